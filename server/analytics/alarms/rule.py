"""The rule: when a figure is so far below what is usual that somebody should look. Pure.

A figure is an alarm if it is below the median by four standard deviations *and* by a stated part of it
(`FALL`), where holidays may lower what is expected (`holidays`). Both are needed: the first keeps small and
restless sites quiet, the second keeps large and steady ones from alarms about nothing. A figure that cannot
be distinguished from zero is `no_events`, and raises an alarm also right after a publication, when every
other fall is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Literal

from server.analytics.alarms.baseline import Observation, Usual, usual
from server.analytics.alarms.holidays import least_share

Kind = Literal["no_events", "impressions_fell", "decisions_fell", "opt_in_fell"]

Measure = Literal["decided", "shown", "accepted"]
"""What is compared; `accepted` is the share of `decided` that accepted all."""

MEASURE_OF: dict[Kind, Measure] = {
    "no_events": "decided",
    "impressions_fell": "shown",
    "decisions_fell": "decided",
    "opt_in_fell": "accepted",
}

_FELL: dict[Measure, Kind] = {
    "decided": "decisions_fell",
    "shown": "impressions_fell",
    "accepted": "opt_in_fell",
}

Span = Literal["block", "day", "7 days", "week", "4 weeks", "month"]
"""Days of a figure; `block` is a part of the running day."""

DEVIATIONS = 4
"""So many standard deviations below the median a figure is an alarm."""

FALL: dict[Measure, float] = {"decided": 0.4, "shown": 0.4, "accepted": 0.2}
"""And by so large a part of the median."""

BLOCK_DEVIATIONS = 8
"""The same for parts of the running day: there are nine each day, and their noise has long tails."""

BLOCK_FALL = 0.75

NONE = 2
"""So many standard deviations of its noise a figure may be above zero and still stand for nothing at all."""

SOME = 4
"""So many it must be above zero to say that something came again."""

QUIET = timedelta(days=3)
"""The day of a publication and the two after it: falls are what the publication may have been meant to do."""


@dataclass(frozen=True)
class Alarm:
    """A figure far below what is usual."""

    kind: Kind
    language: str
    """The one that fell silent; empty if the figure is undivided."""
    span: Span
    start: date
    """First day of the figure, and since when the alarm is."""
    end: date
    low: float
    """What is usual, from here …"""
    high: float
    """… to here: a count, for `opt_in_fell` a share."""
    came: float
    """The figure."""
    hour: int | None = None
    """For a part of the running day, the local hour at which it ended, 24 at midnight."""

    @property
    def measure(self) -> Measure:
        """What is compared."""
        return MEASURE_OF[self.kind]


@dataclass(frozen=True)
class Series:
    """The figures of one measure, over spans of one length."""

    measure: Measure
    span: Span
    history: Sequence[Observation]
    newest: Observation
    language: str = ""


def alarm(series: Series, *, published: Sequence[date]) -> Alarm | None:
    """What is wrong with the newest figure of a series; None if nothing is, or too little is known.

    :param published: days on which versions were published
    """
    newest, expected = series.newest, usual(series.history, series.newest)
    if expected is None:
        return None
    limit = bound(series, expected)
    # The noise of coarse figures may be below zero, and so may the bound of a small site.
    if limit <= 0 or newest.value >= limit:
        return None
    silent = series.measure == "decided" and newest.value <= NONE * sqrt(newest.noise) + 0.5
    if silent:
        return _alarm("no_events", series, expected)
    if series.language or is_quiet(newest, published):
        return None
    return _alarm(_FELL[series.measure], series, expected)


def bound(series: Series, expected: Usual) -> float:
    """The figure under which a series is an alarm; not above zero if so few are usual that there is none."""
    deviations, fall = DEVIATIONS, FALL[series.measure]
    if series.span == "block":
        deviations, fall = BLOCK_DEVIATIONS, BLOCK_FALL
    return min(expected.below(deviations), (1 - fall) * expected.centre) * _holidays(series)


def is_usual(series: Series) -> bool | None:
    """Whether the newest figure is in the usual range, or above; None if it is not known what is usual."""
    expected = usual(series.history, series.newest)
    return None if expected is None else series.newest.value >= expected.low * _holidays(series)


def is_over(raised: Alarm, series: Series) -> bool:
    """Whether the newest figure of the same span ends an alarm."""
    if raised.kind != "no_events":
        return bool(is_usual(series))
    newest, expected = series.newest, usual(series.history, series.newest)
    return expected is not None and some_came(newest) and newest.value >= bound(series, expected)


def is_quiet(newest: Observation, published: Sequence[date]) -> bool:
    """Whether a version was published during the days of a figure, or just before."""
    return any(newest.start < day + QUIET and day <= newest.end for day in published)


def some_came(newest: Observation) -> bool:
    """Whether a count is clearly more than nothing."""
    return newest.value > SOME * sqrt(newest.noise)


def _holidays(series: Series) -> float:
    """What holidays may leave of the usual number; shares do not depend on them."""
    newest = series.newest
    return 1.0 if series.measure == "accepted" else least_share(newest.start, newest.end)


def _alarm(kind: Kind, series: Series, expected: Usual) -> Alarm:
    newest = series.newest
    hour = newest.position[-1] if series.span == "block" else None
    days = (newest.start, newest.end)
    return Alarm(kind, series.language, series.span, *days, expected.low, expected.high, newest.value, hour)
