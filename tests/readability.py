"""How easy a text is to read: LIX, the readability index of Carl-Hugo Björnsson (1968)."""

import re

_WORD = re.compile(r"[^\W_]+(?:[-’'§.][^\W_]+)*")
_END = re.compile(r"[.!?:](?=\s|$)|\n+")

LONG = 7
"""Letters of a word that counts as long."""


def lix(text: str) -> float:
    """Words per sentence, and long words in a hundred; under 45 is medium, under 35 easy."""
    words = _WORD.findall(text)
    return len(words) / len(sentences(text)) + 100 * sum(len(word) >= LONG for word in words) / len(words)


def words_per_sentence(text: str) -> float:
    """The mean length of the sentences of a text, in words."""
    return len(_WORD.findall(text)) / len(sentences(text))


def sentences(text: str) -> list[str]:
    """The sentences of a text: up to a full stop, a colon, or the end of a line."""
    return [part for part in _END.split(text) if _WORD.search(part)]
