"""Days, and what is known of the running lump, in words. Pure."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from server.analytics.values import THRESHOLD, Live, Privacy

NARROW = "\u202f"
"""Narrow no-break space: between thousands, and around signs."""

COUNTRIES: Mapping[str, str] = {
    "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "CH": "Switzerland", "CY": "Cyprus",
    "CZ": "Czechia", "DE": "Germany", "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland",
    "FR": "France", "GB": "United Kingdom", "GR": "Greece", "HR": "Croatia", "HU": "Hungary",
    "IE": "Ireland", "IS": "Iceland", "IT": "Italy", "LI": "Liechtenstein", "LT": "Lithuania",
    "LU": "Luxembourg", "LV": "Latvia", "MT": "Malta", "NL": "Netherlands", "NO": "Norway",
    "PL": "Poland", "PT": "Portugal", "RO": "Romania", "SE": "Sweden", "SI": "Slovenia",
    "SK": "Slovakia", "UA": "Ukraine", "US": "United States",
}  # fmt: skip
"""Country that figures are divided by → its name (Unicode CLDR, English)."""

_NAME = {"day": "Today", "week": "This week", "month": "This month"}
_FIRST = {
    "day": "A coarse figure comes at the next even hour, from 08:00 on.",
    "week": "A coarse figure comes after every midnight.",
    "month": "A coarse figure comes after every Sunday.",
}


@dataclass(frozen=True)
class Running:
    """What is known of the running lump."""

    when: str
    """`Today, as of 14:00`."""
    figure: str
    """`about 160 ± 29`; empty where there is none yet."""
    note: str
    """When there is a figure, or a better one, as a sentence."""


def number(figure: int) -> str:
    """A whole number, its thousands apart."""
    return f"{figure:,}".replace(",", NARROW)


def figure(value: int) -> str:
    """A figure as it is shown."""
    return f"<{NARROW}{THRESHOLD}" if value < THRESHOLD else number(value)


def day(one: date, *, year: bool = True) -> str:
    """`21 November 2026`."""
    return f"{one.day} {one:%B}" + (f" {one.year}" if year else "")


def days(start: date, end: date, *, month: str = "%B") -> str:
    """A span of days: `21 November 2026`, `16–22 November 2026`, `November 2026`.

    :param month: form of the month, `%B` for November and `%b` for Nov
    """
    if start == end:
        return f"{end.day} {end:{month}} {end.year}"
    last = monthrange(end.year, end.month)[1]
    if (start.year, start.month) == (end.year, end.month):
        if (start.day, end.day) == (1, last):
            return f"{end:{month}} {end.year}"
        return f"{start.day}–{end.day} {end:{month}} {end.year}"
    year = f" {start.year}" if start.year != end.year else ""
    return f"{start.day} {start:{month}}{year} – {end.day} {end:{month}} {end.year}"


def running_name(privacy: Privacy) -> str:
    """What the running lump is called: `Today`, `This week` or `This month`."""
    return _NAME[privacy.lump]


def running_since(privacy: Privacy, live: Live, *, today: date) -> str:
    """The days of the coarse figure: `Today, as of 14:00`, `This week, until 27 November`."""
    if privacy.lump == "day":
        return f"{'Today' if live.start == today else day(live.start)}, as of {live.as_of:%H:%M}"
    until = (live.as_of - timedelta(seconds=1)).date()
    return f"{running_name(privacy)}, until {day(until, year=False)}"


def live_figure(live: Live) -> str:
    """`about 160 ± 29`."""
    if live.decided < THRESHOLD:
        return figure(live.decided)
    return f"about {number(live.decided)} ± {number(live.plus_minus)}"


def running(privacy: Privacy, live: Live | None, *, today: date) -> Running | None:
    """The running lump in words; None if there is none."""
    if privacy.running_until is None:
        return None
    if live is None:
        return Running(running_name(privacy), "", f"not yet. {_FIRST[privacy.lump]}")
    note = f"Rougher than the others; replaced {closes(privacy, today=today)}."
    return Running(running_since(privacy, live, today=today), live_figure(live), note)


def closes(privacy: Privacy, *, today: date) -> str:
    """When the running lump is closed: `tonight after midnight`, `after midnight on Sunday 29 November`."""
    until = privacy.running_until
    if until is None:
        return "after midnight"
    if until < today:
        return "soon"
    if until == today:
        return "tonight after midnight"
    return f"after midnight on {until:%A} {day(until, year=False)}"
