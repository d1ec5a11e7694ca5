"""The question that the address of the analytics page asks: which days, per what, divided by what. Pure."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from server.analytics.values import (
    DIMENSIONS,
    INTERVALS,
    MAX_DAYS,
    Figures,
    Interval,
    Privacy,
    Query,
    window,
)
from server.core import parsing

OWN = "own"
RANGES = ("today", "7d", "30d", "12m", "version", OWN)
"""Ranges of days by the name that the address has."""

USUAL = "30d"
"""The range of an address without one."""

_DAYS = {"7d": 7, "30d": 30}

FINEST = {62: 0, 366: 1}
"""Most days that are divided by the day, and by the week; longer ones by the month."""


@dataclass(frozen=True)
class Known:
    """What ranges are counted from."""

    today: date
    privacy: Privacy
    published: date | None
    """The day of the newest version."""

    @property
    def last(self) -> date:
        """The last day with closed figures; the day before today if there is none."""
        return self.privacy.released_until or self.today - timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """A question, with what was wrong in the address."""

    range: str
    query: Query
    own_interval: Interval | None
    """None if the page chose it."""
    errors: Mapping[str, str]
    """By field."""

    def address(self, **changes: str | None) -> dict[str, Any]:
        """The parameters of this question, or of one that differs in these."""
        query = self.query
        own = {"from": query.start.isoformat(), "to": query.end.isoformat()}
        given = {"range": self.range, "interval": self.own_interval, "by": query.by, **changes}
        days = own if given["range"] == OWN else {}
        return {name: value for name, value in {**given, **days}.items() if value}


def parse(arguments: Mapping[str, str], known: Known) -> Asked:
    """The question of an address; what is wrong in it is reported, and the usual taken instead."""
    errors: dict[str, str] = {}
    days = {name: _day(arguments, name, errors) for name in ("from", "to")}
    name = arguments.get("range") or (OWN if arguments.keys() & days.keys() else USUAL)
    if name not in RANGES or (name == "version" and known.published is None):
        name = USUAL
    start, end = _own(days, known, errors) if name == OWN else _range(name, known)
    interval = next((one for one in INTERVALS if one == arguments.get("interval")), None)
    by = next((one for one in DIMENSIONS if one == arguments.get("by")), None)
    query = Query(start, end, interval or _sensible(start, end, known.privacy), by)
    return Asked(name, query, interval, errors if name == OWN else {})


def _range(name: str, known: Known) -> tuple[date, date]:
    if name == "today":
        return known.today, known.today
    if name == "version" and known.published:
        first = max(known.published, known.last - timedelta(days=MAX_DAYS - 1))
        return first, max(first, known.last)
    if name == "12m":
        # As many bars as months: the last one, and the eleven before it.
        index = known.last.year * 12 + known.last.month - 12
        return date(index // 12, index % 12 + 1, 1), known.last
    return known.last - timedelta(days=_DAYS.get(name, _DAYS[USUAL]) - 1), known.last


def _own(days: Mapping[str, date | None], known: Known, errors: dict[str, str]) -> tuple[date, date]:
    try:
        return window(days["from"], days["to"], today=known.today)
    except ValueError as wrong:
        errors["from"] = str(wrong)
        return window(None, days["to"], today=known.today)


def _sensible(start: date, end: date, privacy: Privacy) -> Interval:
    """Days, weeks or months, so that there are not too many; none shorter than what is released together."""
    days = (end - start).days + 1
    by_length = next((index for most, index in FINEST.items() if days <= most), len(INTERVALS) - 1)
    return INTERVALS[max(by_length, INTERVALS.index(privacy.lump))]


def _day(arguments: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    text = arguments.get(name, "")
    if not text:
        return None
    day = parsing.day(text)
    if day is None:
        errors[name] = "is not a day such as 2026-11-22"
    elif not 2000 <= day.year <= 2200:
        errors[name] = "is not a day that anything was counted on"
    return None if name in errors else day


# --- the period before ------------------------------------------------------------------------------------


def covered(figures: Figures) -> tuple[date, date] | None:
    """First and last day of the figures; None if there are none."""
    if not figures.rows:
        return None
    return figures.rows[0].start, figures.rows[-1].end


def period_before(start: date, end: date) -> tuple[date, date]:
    """The period before these days: as many whole months if they are whole months, else as many days."""
    if start.day == 1 and end.day == monthrange(end.year, end.month)[1] and (end - start).days >= 27:
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        first = start.year * 12 + start.month - 1 - months
        return date(first // 12, first % 12 + 1, 1), start - timedelta(days=1)
    return start - (end - start) - timedelta(days=1), start - timedelta(days=1)


def newest(privacy: Privacy, last: date) -> tuple[Query, Query]:
    """The newest figures for a glance, and the longer window of their chart.

    Both are the last seven days where figures are released by the day; else the last week or month alone,
    and eight weeks or twelve months.

    :param last: the last day with closed figures
    """
    if privacy.lump == "month":
        return Query(last.replace(day=1), last, "month"), Query(last - timedelta(days=360), last, "month")
    week = Query(last - timedelta(days=6), last, privacy.lump)
    return week, Query(last - timedelta(days=55), last, "week") if privacy.lump == "week" else week
