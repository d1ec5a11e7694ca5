"""Names in plain text: none changes the direction in which what stands around it is read. Pure.

In HTML, `<bdi>` does the same. This is for titles, attributes, subjects of e-mails and sentences.
"""

import re
import unicodedata

_DIRECTING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
"""Characters that change the direction of what follows them (UAX #9)."""

_ISOLATE, _END = "\u2068", "\u2069"
"""First strong isolate, and its end (UAX #9)."""

ISOLATION = _ISOLATE + _END
"""What `isolated` adds."""

_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))


def closed(text: str) -> str:
    """A text that was cut, with the end of the isolation that was cut off."""
    return text + _END * (text.count(_ISOLATE) - text.count(_END))


def isolated(name: str) -> str:
    """A name for a sentence or a title: one that runs from right to left does not turn what stands beside it,
    and none has characters that would.

    Isolated twice, it is as isolated once.
    """
    if name.isascii():
        return name
    text = _DIRECTING.sub("", name)
    turns = any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in text)
    return f"{_ISOLATE}{text}{_END}" if turns else text
