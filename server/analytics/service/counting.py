"""Projection of the consent log into the counters of running lumps, and their recomputation from the log."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.analytics import queries
from server.analytics.models import OPEN, DecisionCount, GrantCount, OpenLump, ReleasedLump
from server.analytics.service import opening, watermarks
from server.analytics.values import DECISIONS, KEPT, Position, Recount
from server.audience import service as audience
from server.consents.service import decisions
from server.consents.values import Fact
from server.core.db import Base, db, insert
from server.ledger.service import reading
from server.ledger.values import KIND_DECISION, Entry

_DECISIONS = Base.metadata.tables[DecisionCount.__tablename__]
_GRANTS = Base.metadata.tables[GrantCount.__tablename__]
_OPEN = Base.metadata.tables[OpenLump.__tablename__]
_LUMP = Base.metadata.tables[ReleasedLump.__tablename__]

_BEFORE = date.min
"""Stands for the time before a site's first lump."""


Cell = tuple[Any, ...]
"""Site, lump, version, language, action; of grants, the category too."""


def project(*, now: datetime, limit: int = 1000) -> int:
    """Project up to `limit` new entries of the log into the counters; returns how many were read.

    Each entry is counted exactly once, in the lump and block that run now: the watermark moves in the same
    transaction as the counters, and a caller that finds it moved by another counts nothing and returns 0.
    """
    watermarks.lock()
    read = 0
    for log in reading.logs():
        start = watermarks.next_index(log)
        entries = reading.entries(log, start, limit - read)
        if not entries:
            continue
        if not watermarks.move(log, start, entries[-1].index + 1):
            return read
        tally = Tally()
        for _entry, fact in _facts(entries):
            tally.add(fact, OPEN)
        opening.open_first(tally.sites, begins=(log, start), now=now)
        add(tally)
        read += len(entries)
        if read == limit:
            break
    return read


def purge(*, now: datetime) -> int:
    """Delete the counters of lumps that were closed more than `KEPT` ago; returns how many rows."""
    deleted = 0
    for table in (_GRANTS, _DECISIONS):
        closed = sa.exists().where(
            _LUMP.c.site_id == table.c.site_id,
            _LUMP.c.tier == DECISIONS,
            _LUMP.c.start == table.c.lump,
            _LUMP.c.closed_at <= now - KEPT,
        )
        deleted += db.session.connection().execute(sa.delete(table).where(closed)).rowcount
    for site_id, last in queries.last_closed_before(now - KEPT).items():
        audience.purge(site_id, last + timedelta(days=1))
    return deleted


# --- counting again ---------------------------------------------------------------------------------------


def recount(*, now: datetime, batch: int = 1000) -> Recount:
    """Recompute the counters from the log up to the watermark, and compare; nothing is changed.

    Lumps whose counters may be deleted by now are left out. Erased decisions cannot be read any more, so
    counters may be larger by that many, and never smaller.
    """
    lumps = _Lumps(now)
    tally = Tally()
    entries = facts = 0
    for log in reading.logs():
        for chunk in _projected(log, batch):
            known = _facts(chunk)
            entries += sum(entry.kind == KIND_DECISION for entry in chunk)
            facts += len(known)
            for entry, fact in known:
                lump = lumps.of(fact.site_id, (log, entry.index))
                if lump is not None:
                    tally.add(fact, lump)
    erased = entries - facts
    differing = (
        *_differences(_DECISIONS, tally.decisions, lumps, erased),
        *_differences(_GRANTS, tally.grants, lumps, erased),
    )
    return Recount(facts, erased, differing)


class _Lumps:
    """Which positions of the log belong to which lumps whose counters are still stored."""

    def __init__(self, now: datetime) -> None:
        self._ends: defaultdict[str, list[Position]] = defaultdict(list)
        self._names: defaultdict[str, list[date]] = defaultdict(list)
        self._first: dict[str, Position] = {}
        self._purged: set[tuple[str, date]] = set()
        for lump in queries.boundaries():
            self._first.setdefault(lump.site_id, lump.begins)
            self._names[lump.site_id].append(lump.start)
            if lump.ends is not None:
                self._ends[lump.site_id].append(lump.ends)
            if lump.closed_at is not None and lump.closed_at <= now - KEPT:
                self._purged.add((lump.site_id, lump.start))

    def of(self, site_id: str, at: Position) -> date | None:
        """The lump that an entry belongs to; None if its counters may be deleted."""
        if site_id not in self._first or at < self._first[site_id]:
            return _BEFORE
        index = bisect_right(self._ends[site_id], at)
        names = self._names[site_id]
        return self.stored(site_id, names[index] if index < len(names) else OPEN)

    def stored(self, site_id: str, lump: date) -> date | None:
        """The lump as counters are compared: all from before the first one together."""
        if (site_id, lump) in self._purged:
            return None
        return lump if lump in self._names[site_id] or lump == OPEN else _BEFORE


class Tally:
    """Counters in memory."""

    def __init__(self) -> None:
        self.decisions: Counter[Cell] = Counter()
        self.grants: Counter[Cell] = Counter()

    def add(self, fact: Fact, lump: date, number: int = 1) -> None:
        """Count a decision in a lump."""
        cell = (fact.site_id, lump, fact.version, fact.language, fact.action)
        self.decisions[cell] += number
        for category, granted in fact.choices.items():
            if granted:
                self.grants[*cell, category] += number

    @property
    def sites(self) -> frozenset[str]:
        """Ids of the sites of which decisions are counted."""
        return frozenset(cell[0] for cell in self.decisions)


def _differences(table: sa.Table, counted: Mapping[Cell, int], lumps: _Lumps, erased: int) -> Iterator[str]:
    stored: Counter[Cell] = Counter()
    for site_id, day, *rest, count in db.session.execute(sa.select(table)):
        lump = lumps.stored(site_id, day)
        if lump is not None:
            stored[site_id, lump, *rest] += count
    for cell in sorted({*counted, *stored}, key=str):
        there, here = stored.get(cell, 0), counted.get(cell, 0)
        if not here <= there <= here + erased:
            yield f"{table.name} {_named(cell)}: {there} stored, {here} in the log"


def _named(cell: Cell) -> str:
    site_id, lump, *rest = cell
    name = {OPEN: "running", _BEFORE: "before the first lump"}.get(lump, lump)
    return " ".join(map(str, (site_id, name, *rest)))


# --- the log ----------------------------------------------------------------------------------------------


def _facts(entries: Sequence[Entry]) -> list[tuple[Entry, Fact]]:
    keys = {(entry.site_id, entry.subject): entry for entry in entries if entry.kind == KIND_DECISION}
    found = decisions.facts(list(keys)) if keys else {}
    return [(keys[key], fact) for key, fact in found.items()]


def _projected(log: str, batch: int) -> Iterator[Sequence[Entry]]:
    start, end = 0, watermarks.next_index(log)
    while start < end:
        entries = reading.entries(log, start, min(batch, end - start))
        yield entries
        start += len(entries)


def add(tally: Tally) -> None:
    """Add counters to the running lumps, and decisions to their running blocks."""
    decided: Counter[str] = Counter()
    for (site_id, _lump, _version, _language, action), number in tally.decisions.items():
        decided[site_id] += number if action != "withdraw" else 0
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
    for site_id, number in sorted(decided.items()):
        db.session.execute(
            sa.update(_OPEN)
            .where(_OPEN.c.site_id == site_id, _OPEN.c.tier == DECISIONS)
            .values(block_decided=_OPEN.c.block_decided + number)
        )
