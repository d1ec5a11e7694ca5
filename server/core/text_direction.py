"""Names in sentences: none may change the direction in which what follows it is read. Pure."""

import re

_DIRECTING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that change the direction of what follows them (UAX #9)."""


def undirected(text: str) -> str:
    """The text without characters that change its direction, to stand in a sentence or a title."""
    return _DIRECTING.sub("", text)
