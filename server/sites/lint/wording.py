"""Lint of texts: complete in every language, and free of steering."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from server.sites.constraints import Field, Line, fields_of
from server.sites.document_types import TEXT_KEYS, Document, TextKey
from server.sites.lint.finding import error, warning
from server.sites.lint.visible_text import visible
from server.sites.values import Finding, languages

_PLACEHOLDERS: Mapping[TextKey, tuple[str, ...]] = {
    "changed": ("names",),
    "placeholder": ("service", "category"),
    "load_category": ("category",),
    "state_decided": ("date",),
}
"""Placeholders that the widget fills in, per text."""

_FILLED = re.compile(r"\{([^{}]*)\}")

_SILENCE = re.compile(
    r"\bscroll|\bskroll|\b(blar?|surfer?|går) vid(e|a)re\b|fortset(ter|te|t)? (du )?å (bruke|surfe|besøk|bla)"
    r"|ved å fortsette|ved å halde fram|held(e)? (du )?fram med å bruk"
    r"|continu(e|ing) (to|using|browsing)|by using (this|our) (web)?site|keep browsing",
    re.IGNORECASE,
)
"""Words by which continuing counts as consent; it does not (EDPB 05/2020, 86)."""

_COAXING = re.compile(
    r"best mulige? (bruker)?opplevelse|best mogleg(e)? (brukar)?oppleving|\bdessverre\b|\bdiverre\b"
    r"|(forbedrer?|bedre) (brukeropplevelse|opplevelse|din opplevelse)"
    r"|(forbetrar?|betrar?|betre) (brukaroppleving|oppleving|di oppleving)"
    r"|best possible experience|(improve|enhance|optimi[sz]e) (your|the|user) (user )?experience",
    re.IGNORECASE,
)
"""Words of emotional steering instead of the purpose (EDPB 03/2022)."""


_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Controls that show a text in another order than it has (Unicode Standard Annex 9, 2)."""

_UNSEEN = re.compile("[\u200b\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
"""Directions, ends of lines, spaces without width and tags: none of them can be seen in a name."""


def findings(document: Document) -> Iterator[Finding]:
    """Findings of the texts, then of the labels of adjacent buttons, then of names."""
    yield from _texts(document)
    yield from _labels(document)
    for field, name in _names(document):
        if _UNSEEN.search(name):
            yield error(field, "has signs that cannot be seen", "unseen_in_name")


def steering(field: str, words: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """Findings of words, each with its language or its key, that take silence for consent or press for it."""
    for key, text in words:
        silence, coaxing = _steering_words(text)
        if silence:
            yield error(
                f"{field}.{key}",
                f"says «{silence}»: going on is never a consent",
                "consent_by_silence",
                words=silence,
            )
        if coaxing:
            yield warning(
                f"{field}.{key}",
                f"says «{coaxing}» instead of naming the purpose",
                "coaxing_words",
                words=coaxing,
            )


@lru_cache(maxsize=1024)
def _steering_words(text: str) -> tuple[str, str]:
    """The first words that take silence for consent, and the first that coax; empty where there are none.

    Remembered: most texts of a draft stay from save to save, and both searches have many branches.
    """
    silence, coaxing = _SILENCE.search(text), _COAXING.search(text)
    return silence[0] if silence else "", coaxing[0] if coaxing else ""


def without_direction(text: str) -> str:
    """A text without signs that show it in another order."""
    return _DIRECTION.sub("", text)


def without_unseen(name: str) -> str:
    """A name without signs that cannot be seen; a space stands where it had several lines."""
    return _UNSEEN.sub("", re.sub("[\u2028\u2029]+", " ", name))


def _names(document: Document) -> Iterator[tuple[str, str]]:
    """Field → text of everything on one line that people read: names, providers, headings, the controller."""
    for name, field in fields_of(Document):
        if name != "texts":
            yield from _lines(field, cast("Mapping[str, object]", document)[name], name)


def _lines(field: Field, value: Any, path: str) -> Iterator[tuple[str, str]]:
    entries = field.entries
    if isinstance(field.constraint, Line):
        yield path, value
    elif field.has_fields:
        for name, inner in fields_of(field.type):
            yield from _lines(inner, value[name], f"{path}.{name}")
    elif field.named:
        for name, inner in field.named.items():
            yield from _lines(inner, value[name], f"{path}.{name}")
    elif entries is not None:
        for at, each in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _lines(entries, each, f"{path}.{at}")


def _texts(document: Document) -> Iterator[Finding]:
    for language in languages(document):
        texts = document["texts"][language]
        for key in TEXT_KEYS:
            field = f"texts.{language}.{key}"
            if not visible(texts[key]):
                yield error(field, "is missing", "text_missing")
                continue
            if _DIRECTION.search(texts[key]):
                yield error(field, "has signs that change the direction of writing", "direction_changed")
            yield from _gaps(field, texts[key], _PLACEHOLDERS.get(key, ()))
        yield from steering(f"texts.{language}", texts.items())


def _gaps(field: str, text: str, expected: Iterable[str]) -> Iterator[Finding]:
    there = set(_FILLED.findall(text))
    for name in expected:
        if name not in there:
            yield error(field, f"lacks {{{name}}}, which is filled in", "placeholder_missing", name=name)
    for name in sorted(there - set(expected)):
        yield warning(field, f"has {{{name}}}, which nobody fills in", "placeholder_unknown", name=name)


def _labels(document: Document) -> Iterator[Finding]:
    for language in languages(document):
        texts = document["texts"][language]
        labels = (texts["accept_all"], texts["reject_all"], texts["settings"])
        accept, reject, settings = (visible(label) for label in labels)
        field = f"texts.{language}.reject_all"
        if reject and reject.casefold() in (accept.casefold(), settings.casefold()):
            yield error(field, "reads like another button", "labels_same")
        shorter, longer = sorted((len(accept), len(reject)))
        if shorter and longer > 2 * shorter and longer - shorter > 8:
            lengths = f"has {len(reject)} characters, and the acceptance {len(accept)}"
            yield warning(
                field,
                f"{lengths}: make them about equally long",
                "labels_uneven",
                refusal=len(reject),
                acceptance=len(accept),
            )
