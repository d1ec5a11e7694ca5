"""On which days which versions were live, what was counted on them, and what of it is released."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from server.analytics import privacy
from server.analytics.models import DecisionCount, GrantCount
from server.analytics.values import MEASURES, Dimension, Period
from server.core.db import Base, db
from server.sites.values import Version, languages, optional_categories

_DECISIONS = Base.metadata.tables[DecisionCount.__tablename__]
_GRANTS = Base.metadata.tables[GrantCount.__tablename__]

GRANTED = "granted."
"""Before a category's key, the measure of how many granted it."""

_ACTIONS = (*privacy.PARTS, privacy.WITHDRAW)

_MAX_CACHED = 16
"""Cached releases per process; those over three years take two megabytes."""


# --- which versions were live -----------------------------------------------------------------------------


@dataclass(frozen=True)
class LiveInterval:
    """An interval of days in which the same versions are live, i.e. can be decided on."""

    start: date
    end: date
    """Inclusive."""
    versions: tuple[int, ...]
    """Oldest first."""
    languages: tuple[str, ...]
    categories: Mapping[str, tuple[int, ...]]
    """Optional category → the versions that ask about it."""

    def overlaps(self, period: Period) -> bool:
        """Whether interval and period have a day in common."""
        return self.start <= period.end and period.start <= self.end

    def values(self, by: Dimension) -> tuple[str, ...]:
        """The values that can occur."""
        return self.languages if by == "language" else tuple(map(str, self.versions))

    def possible(self, by: Dimension | None) -> dict[str, tuple[str, ...]]:
        """Measure → the values that can occur in it."""
        if by is None:
            return {}
        measures = dict.fromkeys(MEASURES, self.values(by))
        for category, versions in self.categories.items():
            divided = self.languages if by == "language" else tuple(map(str, versions))
            measures[GRANTED + category] = divided
        return measures

    def bucket(self, by: Dimension, value: object) -> str:
        """The value under which a decision is counted.

        Late decisions on a replaced version count for the oldest live one, and those in a language that the
        banner no longer has for its first.
        """
        if by == "language":
            return str(value) if value in self.languages else self.languages[0]
        return str(value if value in self.versions else self.versions[0])


def live_intervals(versions: Iterable[Version]) -> tuple[LiveInterval, ...]:
    """The site's days from its first publication on, split wherever a version begins or ceases to be live.

    A version is live until the day after it was replaced: browsers may keep the old script for a day.
    """
    ordered = sorted(versions, key=lambda version: version.number)
    if not ordered:
        return ()
    first = [version.published_at.date() for version in ordered]
    last = [following + timedelta(days=1) for following in first[1:]] + [date.max]
    starts = sorted({*first, *(day + timedelta(days=1) for day in last[:-1])})
    ends = [start - timedelta(days=1) for start in starts[1:]] + [date.max]
    spans = list(zip(ordered, first, last, strict=True))
    return tuple(
        _live_interval(start, end, [version for version, begin, stop in spans if begin <= start <= stop])
        for start, end in zip(starts, ends, strict=True)
    )


def _live_interval(start: date, end: date, live: Sequence[Version]) -> LiveInterval:
    categories: defaultdict[str, list[int]] = defaultdict(list)
    for version in live:
        for category in optional_categories(version.document):
            categories[category].append(version.number)
    codes = dict.fromkeys(code for version in reversed(live) for code in languages(version.document))
    return LiveInterval(
        start,
        end,
        tuple(version.number for version in live),
        tuple(codes),
        {category: tuple(numbers) for category, numbers in categories.items()},
    )


# --- what was counted --------------------------------------------------------------------------------------


def _days(
    site_id: str, by: Dimension | None, intervals: Sequence[LiveInterval], after: date
) -> Iterator[privacy.Day]:
    """Every day after this one that has counters, as input of the release rule."""
    starts = [interval.start for interval in intervals]
    possible = [interval.possible(by) for interval in intervals]
    for day, counted in sorted(_counters(site_id, by, intervals, after).items()):
        index = max(bisect_right(starts, day) - 1, 0)
        counts: dict[str, int] = defaultdict(int)
        by_value: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for value, row in counted:
            bucket = intervals[index].bucket(by, value) if by else ""
            for measure, number in row:
                counts[measure] += number
                if by:
                    by_value[bucket][measure] += number
        for added in (counts, *by_value.values()):
            added[privacy.DECIDED] = sum(added[part] for part in privacy.PARTS)
        yield privacy.Day(day, counts, by_value, possible[index])


def _counters(
    site_id: str, by: Dimension | None, intervals: Sequence[LiveInterval], after: date
) -> dict[date, list[tuple[object, list[tuple[str, int]]]]]:
    """Day → value of the dimension, with its measures and their counts."""
    found: dict[date, list[tuple[object, list[tuple[str, int]]]]] = defaultdict(list)
    categories = sorted({category for interval in intervals for category in interval.categories})
    granted = [GRANTED + category for category in categories]
    # Decisions first: if something is counted between the two reads, the sum differs the next time.
    for measures, rows in (
        (_ACTIONS, _sums(_DECISIONS, "action", _ACTIONS, site_id, by, after)),
        (granted, _sums(_GRANTS, "category", categories, site_id, by, after)),
    ):
        for day, value, *numbers in rows:
            found[day].append((value, [(m, n) for m, n in zip(measures, numbers, strict=True) if n]))
    return found


def _sums(
    table: sa.Table, what: str, names: Iterable[str], site_id: str, by: Dimension | None, after: date
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Per day and value one row, with a sum for each name: far fewer rows than there are counters."""
    columns = table.c
    divided = [columns[by]] if by else []
    # What a withdrawal leaves granted is not granted by it.
    actions = _ACTIONS if table is _DECISIONS else privacy.PARTS
    statement = (
        sa.select(
            columns.day,
            columns[by] if by else sa.literal(""),
            *(sa.func.sum(columns["count"]).filter(columns[what] == name) for name in names),
        )
        .where(columns.site_id == site_id, columns.day > after, columns.action.in_(actions))
        .group_by(columns.day, *divided)
    )
    return db.session.execute(statement).all()


# --- what is released --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _CachedReleases:
    """Releases of the days that are over, with the state after them."""

    versions: int
    """How many were published: one more may change what can occur."""
    until: date
    decisions: int
    """How many were counted by then. Counters only grow, so an equal sum is the same counters."""
    state: privacy.ReleaseState
    releases: tuple[privacy.Release, ...]


_cache: dict[tuple[str, Dimension | None], _CachedReleases] = {}


def released(
    site_id: str, by: Dimension | None, intervals: Sequence[LiveInterval], versions: int
) -> Sequence[privacy.Release]:
    """The release of each of the site's days; days on which nothing was counted are absent.

    Releases of all days but the last are cached in the process, and reused unless something was counted late
    or another version was published.
    """
    cached = _cache.get((site_id, by))
    if (
        cached is None
        or cached.versions != versions
        or cached.decisions != _decided_until(site_id, cached.until)
    ):
        cached = _CachedReleases(versions, date.min, 0, privacy.ReleaseState(), ())
    days = list(_days(site_id, by, intervals, cached.until))
    if not days:
        return cached.releases
    state = deepcopy(cached.state)
    if over := days[:-1]:
        releases = (*cached.releases, *(state.step(day) for day in over))
        decisions = cached.decisions + sum(day.counts[action] for day in over for action in _ACTIONS)
        cached = _CachedReleases(versions, over[-1].day, decisions, deepcopy(state), releases)
        _remember((site_id, by), cached)
    return (*cached.releases, state.step(days[-1]))


def _remember(key: tuple[str, Dimension | None], cached: _CachedReleases) -> None:
    _cache.pop(key, None)
    _cache[key] = cached
    for oldest in list(_cache)[:-_MAX_CACHED]:
        _cache.pop(oldest, None)


def _decided_until(site_id: str, day: date) -> int:
    """How many decisions of the site were counted until the end of this day."""
    columns = _DECISIONS.c
    return (
        db.session.scalar(
            sa.select(sa.func.sum(columns["count"])).where(columns.site_id == site_id, columns.day <= day)
        )
        or 0
    )
