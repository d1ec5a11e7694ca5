"""Counters that follow the log of decisions, and the figures that may be published from them."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.analytics import privacy
from server.analytics.models import DecisionCount, GrantCount, Watermark
from server.analytics.values import (
    MEASURES,
    Cells,
    Dimension,
    Figures,
    Period,
    Query,
    Recount,
    Row,
    periods,
)
from server.consents import service as consents
from server.consents.values import Fact
from server.core.db import Base, db, insert
from server.ledger import service as ledger
from server.ledger.values import KIND_DECISION, Entry
from server.sites.values import Site, Version, languages, optional_categories

_DECISIONS = Base.metadata.tables[DecisionCount.__tablename__]
_GRANTS = Base.metadata.tables[GrantCount.__tablename__]
_WATERMARK = Base.metadata.tables[Watermark.__tablename__]

_READER = "decisions"
"""Our name among those who read the log."""

_GRANTED = "granted."
"""Before a category's key, the measure of how many granted it."""


# --- counting ---------------------------------------------------------------------------------------------


def fold(*, now: datetime, limit: int = 1000) -> int:  # noqa: ARG001 - what follows the log takes the time
    """Count up to `limit` new entries of the log; how many were read, decisions or not.

    Each entry is counted once, whoever calls this and however often: the watermark moves in the same
    transaction as the counters, and who finds it moved by another counts nothing and answers 0.
    """
    read = 0
    for log in ledger.logs():
        start = _watermark(log)
        entries = ledger.entries(log, start, limit - read)
        if not entries:
            continue
        if not _move_watermark(log, start, entries[-1].index + 1):
            return read
        _add(_tally(_facts(entries)))
        read += len(entries)
        if read == limit:
            break
    return read


def recount(*, batch: int = 1000) -> Recount:
    """Count the log anew, as far as it was folded, and compare; nothing is changed.

    Erased decisions can no longer be told, so the counters may be larger by that many, and never smaller.
    """
    tally = _Tally()
    entries = facts = 0
    for log in ledger.logs():
        for chunk in _folded(log, batch):
            known = _facts(chunk)
            tally.add(known)
            entries += sum(entry.kind == KIND_DECISION for entry in chunk)
            facts += len(known)
    erased = entries - facts
    differing = (
        *_differences(_DECISIONS, tally.decisions, erased),
        *_differences(_GRANTS, tally.grants, erased),
    )
    return Recount(facts, erased, differing)


class _Tally:
    """Counters before they are stored."""

    def __init__(self) -> None:
        self.decisions: Counter[tuple[object, ...]] = Counter()
        self.grants: Counter[tuple[object, ...]] = Counter()

    def add(self, facts: Iterable[Fact]) -> None:
        """Count these too."""
        for fact in facts:
            cell = (fact.site_id, fact.day, fact.version, fact.language, fact.action)
            self.decisions[cell] += 1
            self.grants.update((*cell, category) for category, granted in fact.choices.items() if granted)


def _tally(facts: Iterable[Fact]) -> _Tally:
    tally = _Tally()
    tally.add(facts)
    return tally


def _facts(entries: Sequence[Entry]) -> list[Fact]:
    keys = [(entry.site_id, entry.subject) for entry in entries if entry.kind == KIND_DECISION]
    return list(consents.facts(keys).values()) if keys else []


def _folded(log: str, batch: int) -> Iterator[Sequence[Entry]]:
    start, end = 0, _watermark(log)
    while start < end:
        entries = ledger.entries(log, start, min(batch, end - start))
        yield entries
        start += len(entries)


def _watermark(log: str) -> int:
    found = db.session.scalar(
        sa.select(_WATERMARK.c.next_index).where(_WATERMARK.c.reader == _READER, _WATERMARK.c.log == log)
    )
    return found or 0


def _move_watermark(log: str, start: int, end: int) -> bool:
    """Compare and swap: false when somebody else has moved it meanwhile."""
    if start == 0:
        new = {"reader": _READER, "log": log, "next_index": 0}
        db.session.execute(insert(_WATERMARK).values(new).on_conflict_do_nothing())
    moved = db.session.connection().execute(
        sa.update(_WATERMARK)
        .where(_WATERMARK.c.reader == _READER, _WATERMARK.c.log == log, _WATERMARK.c.next_index == start)
        .values(next_index=end)
    )
    return moved.rowcount == 1


def _add(tally: _Tally) -> None:
    for table, counts in ((_DECISIONS, tally.decisions), (_GRANTS, tally.grants)):
        if not counts:
            continue
        names = [column.name for column in table.columns]
        key = [column.name for column in table.primary_key]
        statement = insert(table)
        statement = statement.on_conflict_do_update(
            index_elements=key, set_={"count": table.c["count"] + statement.excluded["count"]}
        )
        rows = [dict(zip(names, (*cell, number), strict=True)) for cell, number in counts.items()]
        db.session.connection().execute(statement, rows)


def _differences(table: sa.Table, counted: Mapping[tuple[object, ...], int], erased: int) -> Iterator[str]:
    stored = {tuple(row[:-1]): row[-1] for row in db.session.execute(sa.select(table))}
    for cell in sorted({*counted, *stored}, key=str):
        there, here = stored.get(cell, 0), counted.get(cell, 0)
        if not here <= there <= here + erased:
            yield f"{table.name} {' '.join(map(str, cell))}: {there} stored, {here} in the log"


# --- figures ----------------------------------------------------------------------------------------------


def figures(query: Query, *, site: Site, versions: Sequence[Version]) -> Figures:
    """What may be published about a window; `versions` are all that the site ever published.

    The walk begins at the site's first day whatever the window, so that every window sees the same days.
    """
    stretches = _stretches(sorted(versions, key=lambda version: version.number))
    released = [
        release for release in privacy.release(_days(site.id, query, stretches)) if query.start <= release.day
    ]
    rows: list[Row] = []
    for period in periods(query):
        within = [stretch for stretch in stretches if stretch.meets(period)]
        first = bisect_left(released, period.start, key=_day)
        days = released[first : bisect_right(released, period.end, lo=first, key=_day)]
        rows.extend(_rows(period, query.by, within, days))
    whole = Period("", query.start, query.end)
    totals = _cells([release.figures for release in released], _categories(whole, stretches))
    return Figures(site.key, query, privacy.THRESHOLD, tuple(rows), totals)


def _day(release: privacy.Release) -> date:
    return release.day


@dataclass(frozen=True)
class _Stretch:
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
            measures[_GRANTED + category] = divided
        return measures

    def place(self, by: Dimension, value: object) -> str:
        """The value that a decision counts with: late ones on a replaced version with the oldest live one,
        those in a language that the banner no longer has with its first.
        """
        if by == "language":
            return str(value) if value in self.languages else self.languages[0]
        return str(value if value in self.versions else self.versions[0])


def _stretches(versions: Sequence[Version]) -> tuple[_Stretch, ...]:
    """The site's days from its first publication on, cut wherever a version begins or ceases to be live.

    A version is live until the day after it was replaced: browsers may keep the old script for a day.
    """
    if not versions:
        return ()
    first = [version.published_at.date() for version in versions]
    last = [following + timedelta(days=1) for following in first[1:]] + [date.max]
    starts = sorted({*first, *(day + timedelta(days=1) for day in last[:-1])})
    ends = [start - timedelta(days=1) for start in starts[1:]] + [date.max]
    spans = list(zip(versions, first, last, strict=True))
    return tuple(
        _stretch(start, end, [version for version, begin, stop in spans if begin <= start <= stop])
        for start, end in zip(starts, ends, strict=True)
    )


def _stretch(start: date, end: date, live: Sequence[Version]) -> _Stretch:
    categories: defaultdict[str, list[int]] = defaultdict(list)
    for version in live:
        for category in optional_categories(version.document):
            categories[category].append(version.number)
    spoken = dict.fromkeys(code for version in reversed(live) for code in languages(version.document))
    return _Stretch(
        start,
        end,
        tuple(version.number for version in live),
        tuple(spoken),
        {category: tuple(numbers) for category, numbers in categories.items()},
    )


def _days(site_id: str, query: Query, stretches: Sequence[_Stretch]) -> Iterator[privacy.Day]:
    """Every day up to the window's last that has counters, as the release rule wants it."""
    starts = [stretch.start for stretch in stretches]
    possible = [stretch.possible(query.by) for stretch in stretches]
    for day, counted in sorted(_counters(site_id, query, stretches).items()):
        index = max(bisect_right(starts, day) - 1, 0)
        counts: dict[str, int] = defaultdict(int)
        by_value: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for value, row in counted:
            place = stretches[index].place(query.by, value) if query.by else ""
            for measure, number in row:
                counts[measure] += number
                if query.by:
                    by_value[place][measure] += number
        for added in (counts, *by_value.values()):
            added[privacy.DECIDED] = sum(added[part] for part in privacy.PARTS)
        yield privacy.Day(day, counts, by_value, possible[index])


def _counters(
    site_id: str, query: Query, stretches: Sequence[_Stretch]
) -> dict[date, list[tuple[object, list[tuple[str, int]]]]]:
    """Day → value of the dimension, with its measures and their counts."""
    found: dict[date, list[tuple[object, list[tuple[str, int]]]]] = defaultdict(list)
    categories = sorted({category for stretch in stretches for category in stretch.categories})
    actions = (*privacy.PARTS, privacy.WITHDRAW)
    granted = _sums(_GRANTS, "category", categories, site_id, query)
    for measures, statement in (
        (actions, _sums(_DECISIONS, "action", actions, site_id, query)),
        ([_GRANTED + key for key in categories], granted.where(_GRANTS.c.action.in_(privacy.PARTS))),
    ):
        for day, value, *numbers in db.session.execute(statement).all() if measures else ():
            found[day].append((value, [(m, n) for m, n in zip(measures, numbers, strict=True) if n]))
    return found


def _sums(
    table: sa.Table, what: str, names: Iterable[str], site_id: str, query: Query
) -> sa.Select[*tuple[Any, ...]]:
    """Per day and value one row, with a sum for each name: far fewer rows than there are counters."""
    columns = table.c
    divided = [columns[query.by]] if query.by else []
    return (
        sa.select(
            columns.day,
            columns[query.by] if query.by else sa.literal(""),
            *(sa.func.sum(columns["count"]).filter(columns[what] == name) for name in names),
        )
        .where(columns.site_id == site_id, columns.day <= query.end)
        .group_by(columns.day, *divided)
    )


def _rows(
    period: Period, by: Dimension | None, within: Sequence[_Stretch], days: Sequence[privacy.Release]
) -> Iterator[Row]:
    if by is None:
        yield Row(period.name, None, _cells([day.figures for day in days], _categories(period, within)))
        return
    for value in dict.fromkeys(value for stretch in within for value in stretch.values(by)):
        asked = _categories(period, within, int(value) if by == "version" else None)
        yield Row(period.name, value, _cells([day.by_value.get(value, {}) for day in days], asked))


def _categories(period: Period, stretches: Iterable[_Stretch], version: int | None = None) -> Iterable[str]:
    """The optional categories that anybody, or this version, was asked about in a period."""
    return dict.fromkeys(
        category
        for stretch in stretches
        if stretch.meets(period)
        for category, versions in stretch.categories.items()
        if version is None or version in versions
    )


def _cells(days: Sequence[Mapping[str, int]], categories: Iterable[str]) -> Cells:
    """A row as the sum of what its days published; withheld where no day published anything."""
    sums: Counter[str] = Counter()
    for day in days:
        sums.update(day)
    return Cells(
        {measure: sums.get(measure) for measure in MEASURES},
        {category: sums.get(_GRANTED + category) for category in categories},
    )
