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

_MAX_KNOWN = 16
"""How many walks a process remembers; one over three years takes two megabytes."""


# --- which versions were live -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Stretch:
    """Days on which the same versions can be decided on."""

    start: date
    end: date
    """Both days belong to it."""
    versions: tuple[int, ...]
    """Oldest first."""
    languages: tuple[str, ...]
    categories: Mapping[str, tuple[int, ...]]
    """Optional category → the versions that ask about it."""

    def meets(self, period: Period) -> bool:
        """Whether they have a day in common."""
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

    def place(self, by: Dimension, value: object) -> str:
        """The value that a decision counts with: late ones on a replaced version with the oldest live one,
        those in a language that the banner no longer has with its first.
        """
        if by == "language":
            return str(value) if value in self.languages else self.languages[0]
        return str(value if value in self.versions else self.versions[0])


def stretches(versions: Iterable[Version]) -> tuple[Stretch, ...]:
    """The site's days from its first publication on, cut wherever a version begins or ceases to be live.

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
        _stretch(start, end, [version for version, begin, stop in spans if begin <= start <= stop])
        for start, end in zip(starts, ends, strict=True)
    )


def _stretch(start: date, end: date, live: Sequence[Version]) -> Stretch:
    categories: defaultdict[str, list[int]] = defaultdict(list)
    for version in live:
        for category in optional_categories(version.document):
            categories[category].append(version.number)
    spoken = dict.fromkeys(code for version in reversed(live) for code in languages(version.document))
    return Stretch(
        start,
        end,
        tuple(version.number for version in live),
        tuple(spoken),
        {category: tuple(numbers) for category, numbers in categories.items()},
    )


# --- what was counted --------------------------------------------------------------------------------------


def _days(
    site_id: str, by: Dimension | None, stretches: Sequence[Stretch], after: date
) -> Iterator[privacy.Day]:
    """Every day after this one that has counters, as the release rule wants it."""
    starts = [stretch.start for stretch in stretches]
    possible = [stretch.possible(by) for stretch in stretches]
    for day, counted in sorted(_counters(site_id, by, stretches, after).items()):
        index = max(bisect_right(starts, day) - 1, 0)
        counts: dict[str, int] = defaultdict(int)
        by_value: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for value, row in counted:
            place = stretches[index].place(by, value) if by else ""
            for measure, number in row:
                counts[measure] += number
                if by:
                    by_value[place][measure] += number
        for added in (counts, *by_value.values()):
            added[privacy.DECIDED] = sum(added[part] for part in privacy.PARTS)
        yield privacy.Day(day, counts, by_value, possible[index])


def _counters(
    site_id: str, by: Dimension | None, stretches: Sequence[Stretch], after: date
) -> dict[date, list[tuple[object, list[tuple[str, int]]]]]:
    """Day → value of the dimension, with its measures and their counts."""
    found: dict[date, list[tuple[object, list[tuple[str, int]]]]] = defaultdict(list)
    categories = sorted({category for stretch in stretches for category in stretch.categories})
    granted = [GRANTED + category for category in categories]
    # Decisions first: were something counted between the two reads, the sum would differ the next time.
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
class _Known:
    """A walk as far as the days are over."""

    versions: int
    """How many were published: one more may change what can occur."""
    until: date
    decisions: int
    """How many were counted by then. Counters only grow, so an equal sum is the same counters."""
    walk: privacy.Walk
    releases: tuple[privacy.Release, ...]


_known: dict[tuple[str, Dimension | None], _Known] = {}


def released(
    site_id: str, by: Dimension | None, stretches: Sequence[Stretch], versions: int
) -> Sequence[privacy.Release]:
    """What each of the site's days publishes; days on which nothing was counted are absent.

    A process remembers its walk but for the last day, and goes on from there unless something was counted
    late or another version was published.
    """
    known = _known.get((site_id, by))
    if known is None or known.versions != versions or known.decisions != _decided_until(site_id, known.until):
        known = _Known(versions, date.min, 0, privacy.Walk(), ())
    days = list(_days(site_id, by, stretches, known.until))
    if not days:
        return known.releases
    walk = deepcopy(known.walk)
    if over := days[:-1]:
        releases = (*known.releases, *(walk.step(day) for day in over))
        decisions = known.decisions + sum(day.counts[action] for day in over for action in _ACTIONS)
        known = _Known(versions, over[-1].day, decisions, deepcopy(walk), releases)
        _remember((site_id, by), known)
    return (*known.releases, walk.step(days[-1]))


def _remember(key: tuple[str, Dimension | None], known: _Known) -> None:
    _known.pop(key, None)
    _known[key] = known
    for oldest in list(_known)[:-_MAX_KNOWN]:
        _known.pop(oldest, None)


def _decided_until(site_id: str, day: date) -> int:
    """How many decisions of the site were counted until the end of this day."""
    columns = _DECISIONS.c
    return (
        db.session.scalar(
            sa.select(sa.func.sum(columns["count"])).where(columns.site_id == site_id, columns.day <= day)
        )
        or 0
    )
