"""Texts that people type, without characters that do harm where they are shown. Pure.

What writing needs stays, although Python counts it as not printable: joiners (Persian, Hindi, emoji), soft
hyphens, and characters that are newer than the Unicode tables of this Python.
"""

import re

_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")

_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Spaces of other widths, and those at which no line may end."""

_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line feed, halves of characters, and what overrides the direction of all
that follows (UAX #9)."""


def prose(text: str) -> str:
    """A text of several lines, without surrounding space, and with the space of the keyboard."""
    lines = _LINE_ENDS.sub("\n", text)
    return _HARMFUL.sub("", _SPACES.sub(" ", lines)).strip()


def one_line(text: str) -> str:
    """The text on one line; what is left out of `prose` is a space here, and so is every run of spaces."""
    return " ".join(_HARMFUL.sub(" ", text).split())
