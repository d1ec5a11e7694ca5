"""Which of many titled things fit a question best. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

_WORD = re.compile(r"[^\W_]+(?:[.\-][^\W_]+)*")
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l"})
"""Letters that Unicode does not take apart into a plain one and a mark."""

MOST_WORDS = 8
"""Words of a question that count; the others are left out."""


class Titled(Protocol):
    """Something that can be found."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def words(self) -> str:
        """Other words that people look for it by."""


T = TypeVar("T", bound=Titled)


@dataclass(frozen=True)
class _Words:
    title: str
    in_title: tuple[str, ...]
    others: tuple[str, ...]


def folded(text: str) -> str:
    """The text in small letters without marks: `Blåbær` is `blabaer`."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def ranked(entries: Iterable[T], question: str) -> list[T]:
    """The entries in which each word of the question begins a word, best first; all, if it has no words.

    A whole title comes before the beginning of one, that before words within a title, and those before other
    words. Among equals the order is that of the entries.
    """
    asked = _words(question)[:MOST_WORDS]
    scored = [(_score(entry, asked), entry) for entry in entries]
    return [entry for score, entry in sorted(scored, key=lambda pair: pair[0] or 0) if score is not None]


def _score(entry: Titled, asked: Sequence[str]) -> int | None:
    """How far an entry is from the question, 0 being the question itself; None if it does not fit."""
    known = _known(entry.title, entry.words)
    if not all(_begins(word, known.in_title) or _begins(word, known.others) for word in asked):
        return None
    if asked and list(known.in_title) == list(asked):
        return 0
    whole = " ".join(asked)
    if known.title.startswith(whole):
        return 1
    return 2 + sum(not _begins(word, known.in_title) for word in asked)


@lru_cache(maxsize=4096)
def _known(title: str, words: str) -> _Words:
    in_title = _words(title)
    return _Words(" ".join(in_title), in_title, _words(words))


def _words(text: str) -> tuple[str, ...]:
    """The words of a text; those of `www.example.no` and `opt-in` both whole and in parts."""
    found = _WORD.findall(folded(text))
    parts = [part for word in found for part in re.split(r"[.\-]", word)[1:]]
    return (*found, *parts)


def _begins(word: str, words: Iterable[str]) -> bool:
    return any(each.startswith(word) for each in words)
