"""Texts that people type, without characters that do harm where they are shown. Pure.

What writing needs stays, although Python counts it as not printable: joiners (Persian, Hindi, emoji), soft
hyphens, and characters that are newer than the Unicode tables of this Python.
"""

import json
import re

_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")

_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Spaces of other widths, and those at which no line may end."""

_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line feed, halves of characters, and what overrides the direction of all
that follows (UAX #9)."""

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
"""What cannot be seen and changes how the rest is shown, or hides something in it: control characters, ends
of lines, directions (UAX #9), spaces without width, halves of characters and tags (Unicode, 23.9)."""


def unseen(text: str) -> str | None:
    """The first character that cannot be seen and changes or hides something; None: there is none."""
    found = _UNSEEN.search(text)
    return found[0] if found else None


_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")
"""Characters that are letters or marks and show nothing."""


def invisible(text: str) -> bool:
    """Whether a text has a character that shows nothing, such as a joiner or an override of direction.

    For names that have to be what they look like; in prose, joiners are part of writing.
    """
    return bool(_BLANK.search(text)) or not text.isprintable()


def escaped(text: str, *, keep: str = "") -> str:
    """The text for a terminal: what cannot be seen is written as JSON escapes it.

    :param keep: characters that stay
    """
    return _UNSEEN.sub(lambda found: found[0] if found[0] in keep else _escape(found[0]), text)


def _escape(sign: str) -> str:
    # JSON leaves U+007F as it is.
    return "\\u007f" if sign == "\x7f" else json.dumps(sign)[1:-1]


def prose(text: str) -> str:
    """A text of several lines, without surrounding space, and with the space of the keyboard."""
    lines = _LINE_ENDS.sub("\n", text)
    return _HARMFUL.sub("", _SPACES.sub(" ", lines)).strip()


def one_line(text: str, *, keep: str = "") -> str:
    """The text on one line; what is left out of `prose` is a space here, and so is every run of spaces.

    :param keep: characters that stay
    """
    return " ".join(_HARMFUL.sub(lambda found: found[0] if found[0] in keep else " ", text).split())
