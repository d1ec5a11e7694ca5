"""Projection of the consent log into counters, and the figures that may be published from them."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from server.analytics import privacy, queries
from server.analytics.models import DecisionCount, GrantCount, Watermark
from server.analytics.privacy import Release
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
from server.consents.service import decisions
from server.consents.values import Fact
from server.core.db import Base, db, insert
from server.ledger.service import reading
from server.ledger.values import KIND_DECISION, Entry
from server.sites.values import Site, Version

_DECISIONS = Base.metadata.tables[DecisionCount.__tablename__]
_GRANTS = Base.metadata.tables[GrantCount.__tablename__]
_WATERMARK = Base.metadata.tables[Watermark.__tablename__]

_READER = "decisions"
"""Key of the watermark of this reader of the log."""


# --- counting ---------------------------------------------------------------------------------------------


def project(*, now: datetime, limit: int = 1000) -> int:  # noqa: ARG001 - every reader of the log takes the time
    """Project up to `limit` new entries of the log into the counters; returns how many were read.

    Each entry is counted exactly once: the watermark moves in the same transaction as the counters, and a
    caller that finds it moved by another counts nothing and returns 0.
    """
    read = 0
    for log in reading.logs():
        start = _watermark(log)
        entries = reading.entries(log, start, limit - read)
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
    """Recompute the counters from the log up to the watermark, and compare; nothing is changed.

    Erased decisions cannot be read any more, so counters may be larger by that many, and never smaller.
    """
    tally = _Tally()
    entries = facts = 0
    for log in reading.logs():
        for chunk in _projected(log, batch):
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
    """Counters in memory, before they are stored."""

    def __init__(self) -> None:
        self.decisions: Counter[tuple[object, ...]] = Counter()
        self.grants: Counter[tuple[object, ...]] = Counter()

    def add(self, facts: Iterable[Fact]) -> None:
        """Add these."""
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
    return list(decisions.facts(keys).values()) if keys else []


def _projected(log: str, batch: int) -> Iterator[Sequence[Entry]]:
    start, end = 0, _watermark(log)
    while start < end:
        entries = reading.entries(log, start, min(batch, end - start))
        yield entries
        start += len(entries)


def _watermark(log: str) -> int:
    found = db.session.scalar(
        sa.select(_WATERMARK.c.next_index).where(_WATERMARK.c.reader == _READER, _WATERMARK.c.log == log)
    )
    return found or 0


def _move_watermark(log: str, start: int, end: int) -> bool:
    """Compare and swap: false if another transaction has moved it meanwhile."""
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

    Releases are computed from the site's first day on, so that every window has the same days.
    """
    intervals = queries.live_intervals(versions)
    released = queries.released(site.id, query.by, intervals, len(versions))
    rows: list[Row] = []
    for period in periods(query):
        within = [interval for interval in intervals if interval.overlaps(period)]
        rows.extend(_rows(period, query.by, within, _within(released, period)))
    whole = Period("", query.start, query.end)
    days = [release.figures for release in _within(released, whole)]
    totals = _cells(days, _categories(whole, intervals))
    return Figures(site.key, query, privacy.THRESHOLD, tuple(rows), totals)


def _within(released: Sequence[Release], period: Period) -> Sequence[Release]:
    first = bisect_left(released, period.start, key=_day)
    return released[first : bisect_right(released, period.end, lo=first, key=_day)]


def _day(release: Release) -> date:
    return release.day


def _rows(
    period: Period, by: Dimension | None, within: Sequence[queries.LiveInterval], days: Sequence[Release]
) -> Iterator[Row]:
    if by is None:
        yield Row(period.name, None, _cells([day.figures for day in days], _categories(period, within)))
        return
    for value in dict.fromkeys(value for interval in within for value in interval.values(by)):
        shown = _categories(period, within, int(value) if by == "version" else None)
        yield Row(period.name, value, _cells([day.by_value.get(value, {}) for day in days], shown))


def _categories(
    period: Period, intervals: Iterable[queries.LiveInterval], version: int | None = None
) -> Iterable[str]:
    """The optional categories of the versions that were live in a period, or of one version."""
    return dict.fromkeys(
        category
        for interval in intervals
        if interval.overlaps(period)
        for category, versions in interval.categories.items()
        if version is None or version in versions
    )


def _cells(days: Sequence[Mapping[str, int]], categories: Iterable[str]) -> Cells:
    """A row as the sum of the releases of its days; None where no day released anything."""
    sums: Counter[str] = Counter()
    for day in days:
        sums.update(day)
    return Cells(
        {measure: sums.get(measure) for measure in MEASURES},
        {category: sums.get(queries.GRANTED + category) for category in categories},
    )
