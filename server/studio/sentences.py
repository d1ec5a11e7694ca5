"""Sentences of other slices, as the API answers them, in the language of the reader.

Errors and their fields are English sentences, or the ends of sentences, with places such as `%(most)s`.
"""

import functools
import re
from collections.abc import Iterator

from server.studio.language import FALLBACK, current, gettext
from server.studio.refusals import REFUSALS, WORDS, sentence

__all__ = ("SENTENCES", "sentence", "translated", "whole", "word")

SENTENCES = REFUSALS
"""What other slices say, with the places that they fill."""

_NESTED = frozenset(("fault", "sentence", "when", "what"))
"""Places that are filled with another sentence, or the end of one."""

_NAMED = frozenset(("role", "state", "reason"))
"""Places that are filled with a word of `WORDS`."""

_PLACE = re.compile(r"%\((\w+)\)s")


def translated(english: str) -> str:
    """The sentence in the language of the reader; in English if the table does not have it."""
    if current() == FALLBACK:
        return english
    if english in SENTENCES:
        return gettext(english)
    for known, pattern in _patterns():
        if found := pattern.fullmatch(english):
            places = found.groupdict()
            inner = {name: translated(places[name]) for name in _NESTED & places.keys()}
            words = {name: word(places[name]) for name in _NAMED & places.keys()}
            return gettext(known, **{**places, **inner, **words})
    return english


def word(english: str) -> str:
    """A role, a state or a kind of address in the language of the reader; other words as they are."""
    return gettext(english) if english in WORDS else english


def whole(english: str) -> str:
    """A message of an error as a sentence of its own."""
    text = translated(english)
    return f"{text[:1].upper()}{text[1:]}."


@functools.cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Sentences with places, and what matches them: those with the most words of their own first."""
    known = sorted(
        (each for each in SENTENCES if _PLACE.search(each)),
        key=lambda each: len(_PLACE.sub("", each)),
        reverse=True,
    )
    return tuple((each, re.compile("".join(_parts(each)), re.DOTALL)) for each in known)


def _parts(known: str) -> Iterator[str]:
    for index, part in enumerate(_PLACE.split(known)):
        yield f"(?P<{part}>.+)" if index % 2 else re.escape(part)
