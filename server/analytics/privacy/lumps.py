"""Lumps: the days, weeks or months for which noise is drawn once; and the blocks of the running lump. Pure.

Which lumps and blocks exist depends on the calendar, the owner's settings and earlier releases, never on what
was counted in them: their boundaries tell nothing about a decision.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

from server.analytics.privacy import margins
from server.core.local_days import day_of, midnight

LumpKind = Literal["day", "week", "month"]
LUMP_KINDS: tuple[LumpKind, ...] = ("day", "week", "month")
"""Lengths of a lump, shortest first; weeks begin on Monday (ISO 8601)."""

FIRST_DAYS = 7
"""So many days after its first lump began, a site has lumps of one day."""

OBSERVED_DAYS = 28
"""Released days from which the length of the next lumps is chosen."""

WIDEST_MARGIN = 0.30
"""Largest share of the expected number of decisions that its margin may be."""

HYSTERESIS = 1.25
"""A length is given up when it misses `WIDEST_MARGIN` by this factor, and a shorter one taken when it keeps
it by this factor: otherwise sites near a limit would change every week."""

_FIRST_HOUR, _HOURS = 8, 2
"""Blocks of a day end at 08, 10, … 24 o'clock."""

_DAYS_OF: dict[LumpKind, float] = {"day": 1, "week": 7, "month": 30.4}


@dataclass(frozen=True)
class Observed:
    """What was released of the last days."""

    days: int
    """How many days the lumps cover that ended within the last `OBSERVED_DAYS`."""
    decided: int
    """The sum of their released figures."""


def last_day(start: date, kind: LumpKind) -> date:
    """Last day of the lump that begins on `start`; the first one of its kind may be short."""
    if kind == "day":
        return start
    if kind == "week":
        return start + timedelta(days=6 - start.weekday())
    return start.replace(day=monthrange(start.year, start.month)[1])


def is_boundary(day: date) -> bool:
    """Whether a lump that begins on this day may have another length than the one before."""
    return day.weekday() == 0 or day.day == 1


def next_kind(
    current: LumpKind,
    start: date,
    *,
    first: date,
    observed: Observed,
    categories: Sequence[int],
    epsilon: Fraction,
) -> LumpKind:
    """Length of the lump that begins on `start`: the shortest whose margin is small enough.

    :param current: length of the lump before
    :param first: the day on which the site's first lump began
    :param categories: for each leaf of the newest version, its number of optional categories
    :param epsilon: ε of the next lumps
    """
    if not is_boundary(start) or (start - first).days < FIRST_DAYS or not observed.days:
        return current
    margin = margins.plus_minus(sum(margins.variances(count, epsilon).decided for count in categories))
    a_day = max(observed.decided, 0) / observed.days
    for kind in LUMP_KINDS[:-1]:
        shorter = LUMP_KINDS.index(kind) < LUMP_KINDS.index(current)
        allowed = WIDEST_MARGIN / HYSTERESIS if shorter else WIDEST_MARGIN * HYSTERESIS
        if kind != current and not shorter:
            allowed = WIDEST_MARGIN
        if margin <= allowed * a_day * _DAYS_OF[kind]:
            return kind
    return "month"


def block_end(now: datetime, kind: LumpKind, zone: ZoneInfo) -> datetime:
    """The first moment after `now` at which a block of the running lump ends, in UTC.

    Day: 08, 10, … 24 o'clock; week: midnight; month: midnight after a Sunday. Local time of the zone.
    """
    today = day_of(now, zone)
    if kind == "month":
        return midnight(today + timedelta(days=7 - today.weekday()), zone)
    if kind == "day":
        for hour in range(_FIRST_HOUR, 24, _HOURS):
            moment = datetime.combine(today, time(hour), zone)
            if moment > now:
                return moment.astimezone(UTC)
    return midnight(today + timedelta(days=1), zone)


def due_at(now: datetime, start: date, kind: LumpKind, zone: ZoneInfo) -> datetime:
    """When the running block or the lump that began on `start` ends, whichever is first, in UTC."""
    lump_end = midnight(last_day(start, kind) + timedelta(days=1), zone)
    return min(block_end(max(now, midnight(start, zone)), kind, zone), lump_end)


def previous_block_end(now: datetime, kind: LumpKind, zone: ZoneInfo) -> datetime:
    """The last moment, `now` included, at which a block ended: the name of one that is closed late."""
    back = {"day": timedelta(days=1), "week": timedelta(days=2), "month": timedelta(days=8)}[kind]
    moment = block_end(now - back, kind, zone)
    while (following := block_end(moment, kind, zone)) <= now:
        moment = following
    return moment
