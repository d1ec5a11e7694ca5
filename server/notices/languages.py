"""Which language a page is shown in. Pure."""

from collections.abc import Iterable, Mapping, Sequence

WORDS = ("nb", "nn", "en")
"""Languages in which the product's own words on these pages are written."""

_NEAREST: Mapping[str, str] = {"no": "nb", "se": "nb", "sv": "nb", "da": "nb"}
"""Language without words of ours → the one its readers most likely read; all others: English."""


def requested(asked: str, accepted: Sequence[str], offered: Sequence[str]) -> str:
    """The language of a page that is offered in several; the first of these is the default.

    :param asked: what the address names; it wins if it is offered, `no` meaning `nb`
    :param accepted: the browser's languages, best first (RFC 9110 § 12.5.4)
    """
    known = {code.lower(): code for code in offered}
    for tag in (asked, *accepted):
        code = tag.lower()
        for candidate in (code, code.split("-", maxsplit=1)[0]):
            found = known.get("nb" if candidate == "no" else candidate)
            if found is not None:
                return found
    return offered[0]


def in_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Languages as pages list them: those of the product's own words first, then the others by code."""
    return tuple(sorted(codes, key=lambda code: (WORDS.index(code) if code in WORDS else len(WORDS), code)))


def of_words(language: str) -> str:
    """The language of the product's own words on a page in `language`: one of `WORDS`."""
    base = language.split("-", maxsplit=1)[0]
    return base if base in WORDS else _NEAREST.get(base, "en")


def localized(texts: Mapping[str, str], language: str, default: str) -> tuple[str, str]:
    """A text of the document and the language it is in: that asked for, else the default, else any.

    The text is empty if there is none in any language.
    """
    for code in (language, default, *texts):
        if texts.get(code, "").strip():
            return texts[code], code
    return "", language
