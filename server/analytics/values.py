"""Values of this slice that others may use: queries and figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Literal, TypeVar

from server.analytics.privacy.lumps import LumpKind
from server.analytics.privacy.margins import plus_minus
from server.analytics.privacy.release import GRANTED

LumpChoice = Literal["auto", "day", "week", "month"]
LUMP_CHOICES: tuple[LumpChoice, ...] = ("auto", "day", "week", "month")
"""`auto`: the shortest whose margins are small enough."""

EPSILONS = (Fraction(1), Fraction(1, 2), Fraction(1, 4))
"""Values of ε that an owner may choose; none is larger than the default, 1."""

RELEASED = "released_lump"
"""Table of the days, weeks or months whose figures are released."""

TABLES_OF_A_SITE = (
    "analytics_alarm",
    "live_block",
    "margin_carried",
    "released_margin",
    "released_cell",
    RELEASED,
    "open_lump",
    "grant_count",
    "decision_count",
    "release_setting",
)
"""Tables of this slice whose rows are deleted with their site; what refers to others comes first."""

DECISIONS = "decisions"
"""The tier of figures that are counted from the consent log."""

AUDIENCE = "audience"
"""The tier of figures that are counted from events without identifiers."""

Number = TypeVar("Number", int, float)

Position = tuple[str, int]
"""A log and an index in it. Positions are ordered as entries were sequenced."""

KEPT = timedelta(days=7)
"""How long counters are kept after their lump was closed."""

THRESHOLD = 10
"""Smaller figures are not shown. A custom of statistics: what protects people is the noise."""

CONFIDENCE = 0.95
"""How often the true figure is within the margin."""

Interval = Literal["day", "week", "month"]
INTERVALS: tuple[Interval, ...] = ("day", "week", "month")
"""Length of a period; weeks begin on Monday (ISO 8601)."""

DecisionDimension = Literal["version", "language"]
"""Dimensions that decisions have."""

AudienceDimension = Literal["version", "language", "device", "browser", "os", "country"]
"""Dimensions that events have."""

Dimension = AudienceDimension
DIMENSIONS: tuple[Dimension, ...] = ("version", "language", "device", "browser", "os", "country")
"""Dimensions. Only sites that count impressions have figures of the last four."""

MAX_DAYS = 1_100
"""Most days of a window: three years and a little."""

DEFAULT_DAYS = 28
"""Days of the default window, its last day included: four whole weeks."""

MEASURES = ("decided", "accept_all", "reject_all", "save", "withdraw")
"""The measures of every row, besides grants per category. `decided` is the sum of the next three."""

IGNORED = "ignored"
"""The measure of banners that were shown and not answered: shown − decided."""

EVENT_MEASURES: Mapping[str, str] = {
    "shown": "shown",
    "accept_all": "accept_all",
    "reject_all": "reject_all",
    "save": "save",
    "closed": "closed",
    "settings_opened": "settings_opened",
    "withdrawn": "withdraw",
    "placeholder": "placeholder",
    "signal": "signal",
    "failed": "failed",
}
"""Event → the measure that counts it."""

SEEN = ("shown", "closed", "settings_opened", "placeholder", "signal", "failed")
"""Measures that come from events alone."""

AUDIENCE_MEASURES = ("shown", "decided", IGNORED, "accept_all", "reject_all", "save", "withdraw", *SEEN[1:])
"""The measures of rows that are divided by what only events have."""

DELAYED = "time_to_decision."
"""Before a class of times, the measure of decisions that took so long after the banner was shown."""


@dataclass(frozen=True)
class Query:
    """A query: window (both days inclusive), periods, dimension."""

    start: date
    end: date
    interval: Interval = "day"
    by: Dimension | None = None


def window(first: date | None, last: date | None, *, today: date) -> tuple[date, date]:
    """First and last day of a window, by default the `DEFAULT_DAYS` until today.

    :raises ValueError: it ends before it begins, or is too long; says what is wrong with the first day.
    """
    last = today if last is None else last
    if first is None:
        first = date.fromordinal(max(last.toordinal() - DEFAULT_DAYS + 1, 1))
    if first > last:
        raise ValueError(f"is after the last day, {last}")
    if (last - first).days >= MAX_DAYS:
        raise ValueError(f"is too early: a window has at most {MAX_DAYS} days")
    return first, last


@dataclass(frozen=True)
class Cells:
    """Released figures, each with the variance of its noise. What is not named was not measured."""

    measures: Mapping[str, int]
    granted: Mapping[str, int]
    """Optional category → number of `decided` that granted it."""
    variances: Mapping[str, float]
    """Variance by measure; a category's name is `granted.` and its key."""
    covariances: Mapping[str, float]
    """Optional category → covariance of those who granted it and those who decided and did not."""
    delays: Mapping[str, int] = field(default_factory=dict)
    """Class of times → decisions that took so long after the banner was shown, e.g. `3-10s`."""
    asked: Mapping[str, int] = field(default_factory=dict)
    """Optional category → number of `decided` on versions that have it: what its consent rate is of."""

    @property
    def named(self) -> Mapping[str, int]:
        """All figures by name; a category's is `granted.` and its key."""
        granted = {GRANTED + key: figure for key, figure in self.granted.items()}
        delays = {DELAYED + key: figure for key, figure in self.delays.items()}
        return {**self.measures, **granted, **delays}

    @property
    def suppressed(self) -> tuple[str, ...]:
        """Names of the figures that are too small to be shown."""
        return tuple(name for name, figure in self.named.items() if figure < THRESHOLD)

    @property
    def margins(self) -> Mapping[str, int]:
        """Half the width of the 95 % interval of each figure."""
        return {name: plus_minus(self.variances[name]) for name in self.named}


def delayed_of(after: str) -> str:
    """The name of a class of times among `Cells.named`."""
    return DELAYED + after


def granted_of(category: str) -> str:
    """The name of a category's figure among `Cells.named`."""
    return GRANTED + category


def added(cells: Iterable[Cells]) -> Cells:
    """The sum of figures of different lumps or leaves; a measure that one of them lacks is absent."""
    parts = tuple(cells)
    return Cells(
        _common([one.measures for one in parts]),
        _sums(one.granted for one in parts),
        _sums(one.variances for one in parts),
        _sums(one.covariances for one in parts),
        _common([one.delays for one in parts]),
        _sums(one.asked for one in parts),
    )


def _common(parts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    found = _sums(parts)
    return {name: figure for name, figure in found.items() if all(name in part for part in parts)}


def _sums(parts: Iterable[Mapping[str, Number]]) -> dict[str, Number]:
    found: dict[str, Number] = {}
    for part in parts:
        for name, figure in part.items():
            found[name] = found[name] + figure if name in found else figure
    return found


@dataclass(frozen=True)
class Row:
    """The figures of one period and, if there is a dimension, of one of its values."""

    period: str
    start: date
    """First day of the first lump of the period."""
    end: date
    """Last day of its last lump."""
    value: str | None
    cells: Cells


@dataclass(frozen=True)
class Totals:
    """The sum of lumps that follow each other."""

    start: date
    """First day of the first lump."""
    end: date
    """Last day of the last one."""
    cells: Cells


@dataclass(frozen=True)
class Live:
    """The coarse figure of the running lump."""

    start: date
    as_of: datetime
    """When the last block ended; local time of the site."""
    decided: int
    plus_minus: int


@dataclass(frozen=True)
class Privacy:
    """What is promised about the figures of a site, and until when they are released."""

    epsilon: Fraction
    """Per decision, over all figures for ever."""
    lump: LumpKind
    """Length of the running lump."""
    since: date | None
    """First day of the first lump; None before the site was published."""
    released_until: date | None
    """Last day of the last released lump."""
    running_until: date | None = None
    """Last day of the running lump, which is released when it has ended; None before the first."""
    sample_until: date | None = None
    """Last day whose figures are a sample (`samtykke demo --history`); nearly always None."""


@dataclass(frozen=True)
class Figures:
    """The answer to a query."""

    site: str
    """The site's public key."""
    query: Query
    time_zone: str
    """Whose days they are, e.g. `Europe/Oslo`."""
    privacy: Privacy
    rows: tuple[Row, ...]
    """Every period that a released lump ended in, with every value that could occur in it."""
    totals: Cells
    """The undivided figures of all lumps that ended in the window."""
    live: Live | None
    """None until the running lump's first block has ended."""
    audience_epsilon: Fraction | None = None
    """ε per event, where events were counted in the window."""


@dataclass(frozen=True)
class ReleaseChoice:
    """What a site's owner may choose; in force from the next lump on."""

    lump: LumpChoice = "auto"
    epsilon: Fraction = Fraction(1)

    def __str__(self) -> str:
        """For people, e.g. `week, ε = 0.5`."""
        return f"{self.lump}, ε = {float(self.epsilon):g}"


@dataclass(frozen=True)
class Recount:
    """Comparison of the counters with the log."""

    decisions: int
    """Number of decisions in the log that can still be read."""
    erased: int
    """Number of erased decisions in the log; they remain in the counters."""
    differing: tuple[str, ...]
    """Counters that differ, in words; empty if all are equal."""


def period_of(day: date, interval: Interval) -> str:
    """The name of the period that a day is in: `2026-11-22`, `2026-W47` or `2026-11`."""
    if interval == "day":
        return day.isoformat()
    if interval == "week":
        year, week, _weekday = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return day.isoformat()[:7]


def shown(figure: int) -> int | None:
    """A figure as it is given away: None below the threshold."""
    return None if figure < THRESHOLD else figure
