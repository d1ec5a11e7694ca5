"""Sentences of other slices, as the API answers them, in the language of the reader.

Errors and their fields are English sentences, or the ends of sentences, with places such as `%(most)s`.
"""

import functools
import re
from collections.abc import Iterator

from server.studio.language import FALLBACK, current, gettext


def sentence(english: str) -> str:
    """Mark a sentence for translation; `make messages` finds it by this name."""
    return english


SENTENCES: tuple[str, ...] = (
    sentence("is missing"),
    sentence("is not right"),
    sentence("there is nothing here"),
    sentence("that is more than this page accepts"),
    sentence("that did not work"),
    sentence("there is no such site"),
    sentence("your role, %(role)s, does not include this"),
    sentence("the form was too old, or made for another login; nothing was done"),
    sentence("this form was sent from another website; nothing was done"),
    sentence("the e-mail address or the password is wrong"),
    sentence("the current password is not right"),
    sentence("is not a time zone"),
    sentence("must be one of %(choices)s"),
)
"""What other slices say, with the places that they fill."""

_PLACE = re.compile(r"%\((\w+)\)s")


def translated(english: str) -> str:
    """The sentence in the language of the reader; in English if the table does not have it."""
    if current() == FALLBACK:
        return english
    if english in SENTENCES:
        return gettext(english)
    for known, pattern in _patterns():
        if found := pattern.fullmatch(english):
            return gettext(known, **found.groupdict())
    return english


def whole(english: str) -> str:
    """A message of an error as a sentence of its own."""
    text = translated(english)
    return f"{text[:1].upper()}{text[1:]}."


@functools.cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Sentences with places, and what matches them, the longest first."""
    known = sorted((each for each in SENTENCES if _PLACE.search(each)), key=len, reverse=True)
    return tuple((each, re.compile("".join(_parts(each)), re.DOTALL)) for each in known)


def _parts(known: str) -> Iterator[str]:
    for index, part in enumerate(_PLACE.split(known)):
        yield f"(?P<{part}>.+)" if index % 2 else re.escape(part)
