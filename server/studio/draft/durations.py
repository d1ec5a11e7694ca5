"""Durations of storage as people write them: `6 months` for `P6M` (ISO 8601). Pure."""

import re
from collections.abc import Mapping

from server.studio.language import gettext, ngettext
from server.studio.refusals import sentence

_ISO = re.compile(r"P(?:([0-9]+)([YMWD])|T([0-9]+)([HMS]))")
_LETTERS = {
    **dict.fromkeys(("year", "år"), "Y"),
    **dict.fromkeys(("month", "måned", "månad"), "M"),
    **dict.fromkeys(("week", "uke", "veke"), "W"),
    **dict.fromkeys(("day", "dag"), "D"),
    **dict.fromkeys(("hour", "time", "tima"), "TH"),
    **dict.fromkeys(("minute", "minutt"), "TM"),
    **dict.fromkeys(("second", "sekund"), "TS"),
}
"""How a unit begins in each language → its letters."""

_SHORT = {
    **dict.fromkeys(("y", "yr", "yrs"), "Y"),
    **dict.fromkeys(("mo", "mos", "mth", "mths", "mnd", "md", "mån"), "M"),
    **dict.fromkeys(("w", "wk", "wks"), "W"),
    **dict.fromkeys(("d", "dg"), "D"),
    **dict.fromkeys(("h", "hr", "hrs", "t"), "TH"),
    **dict.fromkeys(("min", "mins"), "TM"),
    **dict.fromkeys(("s", "sec", "secs", "sek"), "TS"),
}
"""Units as they are shortened → their letters. `m` is none: it may mean months or minutes."""

_ABBREVIATED = re.compile(rf"([0-9]{{1,5}})\s*({'|'.join(_SHORT)})\.?", re.IGNORECASE)

_READABLE = re.compile(rf"([0-9]{{1,5}})\s*({'|'.join(_LETTERS)})\w*", re.IGNORECASE)

_SESSION = (
    "session",
    "økt",
    "until the browser is closed",
    "til nettleseren lukkes",
    "til nettlesaren blir lukka",
    "browser session",
    "session cookie",
    "øktkapsel",
    "sesjon",
)
"""How a lifetime is written that ends with the browser."""


_REFUSALS: Mapping[str, str] = {
    "is neither session nor an ISO 8601 duration such as P180D": sentence(
        "is not a time such as 14 months, 30 days or session"
    ),
    "is not an ISO 8601 duration such as P1Y": sentence("is not a time such as 14 months or 30 days"),
}
"""What the schema says to scripts → what the form says to people, who write no ISO 8601."""


def refused(fault: str) -> str:
    """The end of a sentence that says what is wrong with a field, for somebody who typed a time in words."""
    return _REFUSALS.get(fault, fault)


def readable(duration: str) -> str:
    """`P6M` as `6 months` in the language of the reader; what is no such duration is returned unchanged."""
    if duration == "session":
        return gettext("session")
    found = _ISO.fullmatch(duration)
    if not found:
        return duration
    number, letter = (found[1], found[2]) if found[1] else (found[3], "T" + found[4])
    return _in_words(int(number), letter)


def _in_words(number: int, letter: str) -> str:
    match letter:
        case "Y":
            return ngettext("%(num)s year", "%(num)s years", number)
        case "M":
            return ngettext("%(num)s month", "%(num)s months", number)
        case "W":
            return ngettext("%(num)s week", "%(num)s weeks", number)
        case "D":
            return ngettext("%(num)s day", "%(num)s days", number)
        case "TH":
            return ngettext("%(num)s hour", "%(num)s hours", number)
        case "TM":
            return ngettext("%(num)s minute", "%(num)s minutes", number)
        case _:
            return ngettext("%(num)s second", "%(num)s seconds", number)


def is_duration(text: str) -> bool:
    """Whether a text is a lifetime as `parse` makes it: of one unit, or `session`."""
    return text == "session" or bool(_ISO.fullmatch(text))


def suggestions() -> list[str]:
    """Lifetimes that are common, in the language of the reader, for the list at a field."""
    return [
        readable(each) for each in ("session", "PT30M", "P1D", "P30D", "P90D", "P6M", "P13M", "P1Y", "P2Y")
    ]


def parse(text: str) -> str:
    """`6 months`, in any language of the studio, as `P6M`; anything else unchanged, for the schema."""
    text = " ".join(text.split())
    if text.lower() in _SESSION:
        return "session"
    if found := _READABLE.fullmatch(text):
        letter = _LETTERS[found[2].lower()]
    elif found := _ABBREVIATED.fullmatch(text):
        letter = _SHORT[found[2].lower()]
    else:
        return text.upper() if text[:1] in "pP" else text
    return f"P{letter[:-1]}{int(found[1])}{letter[-1]}"
