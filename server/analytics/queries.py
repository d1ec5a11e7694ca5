"""Reads of counters, lumps and released figures."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from server.analytics.audience_parts import AudienceLists, lists_of
from server.analytics.last_releases import NOTHING, LastRelease
from server.analytics.leaves import Leaves
from server.analytics.models import (
    OPEN,
    DecisionCount,
    GrantCount,
    LiveBlock,
    MarginCarried,
    OpenLump,
    ReleasedCell,
    ReleasedLump,
    ReleasedMargin,
    ReleaseSetting,
)
from server.analytics.privacy.audience import MarginCell
from server.analytics.privacy.lumps import LumpKind
from server.analytics.privacy.release import Leaf
from server.analytics.values import AUDIENCE, DECISIONS, DecisionDimension, Position, ReleaseChoice
from server.core.db import Base, db

_COUNTS = Base.metadata.tables[DecisionCount.__tablename__]
_GRANTS = Base.metadata.tables[GrantCount.__tablename__]
_SETTING = Base.metadata.tables[ReleaseSetting.__tablename__]
_OPEN = Base.metadata.tables[OpenLump.__tablename__]
_LUMP = Base.metadata.tables[ReleasedLump.__tablename__]
_CELL = Base.metadata.tables[ReleasedCell.__tablename__]
_MARGIN = Base.metadata.tables[ReleasedMargin.__tablename__]
_CARRIED = Base.metadata.tables[MarginCarried.__tablename__]
_BLOCK = Base.metadata.tables[LiveBlock.__tablename__]


# --- counters ---------------------------------------------------------------------------------------------


def counted(site_id: str) -> tuple[Mapping[tuple[int, str, str], int], Mapping[tuple[int, str, str], int]]:
    """The counters of the running lump: (version, language, action) → decisions, and
    (version, language, category) → those among `save` that granted it.
    """
    columns = _COUNTS.c
    decisions = db.session.execute(
        sa.select(columns.version, columns.language, columns.action, columns["count"]).where(
            columns.site_id == site_id, columns.lump == OPEN
        )
    )
    columns = _GRANTS.c
    grants = db.session.execute(
        sa.select(columns.version, columns.language, columns.category, columns["count"]).where(
            columns.site_id == site_id, columns.lump == OPEN, columns.action == "save"
        )
    )
    return {tuple(row[:3]): row[3] for row in decisions}, {tuple(row[:3]): row[3] for row in grants}


def last_counted_day(site_id: str) -> date | None:
    """The last day with counters from before lumps existed; None if there are none."""
    found: date | None = db.session.scalar(
        sa.select(sa.func.max(_COUNTS.c.lump)).where(_COUNTS.c.site_id == site_id, _COUNTS.c.lump < OPEN)
    )
    return found


# --- lumps ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RunningLump:
    """The running lump of a site."""

    start: date
    kind: LumpKind
    epsilon: Fraction
    begins: Position
    block_decided: int
    due_at: datetime


@dataclass(frozen=True)
class Released:
    """A lump that was released."""

    start: date
    end: date
    kind: LumpKind
    epsilon: Fraction
    leaves: Leaves


@dataclass(frozen=True)
class Boundary:
    """Where a lump begins and ends in the log."""

    site_id: str
    start: date
    """`OPEN` for the running lump."""
    begins: Position
    ends: Position | None
    closed_at: datetime | None


def due(now: datetime) -> tuple[str, ...]:
    """Ids of the sites of which a block or lump has ended."""
    rows = db.session.scalars(
        sa.select(_OPEN.c.site_id).where(_OPEN.c.due_at <= now).distinct().order_by(_OPEN.c.site_id)
    )
    return tuple(rows)


def running(site_id: str, *, lock: bool = False) -> RunningLump | None:
    """The running lump of a site; None before its first."""
    query = sa.select(_OPEN).where(_OPEN.c.site_id == site_id, _OPEN.c.tier == DECISIONS)
    row = db.session.execute(query.with_for_update() if lock else query).first()
    if row is None:
        return None
    begins = (row.from_log, row.from_index)
    return RunningLump(row.start, row.kind, row.epsilon, begins, row.block_decided, row.due_at)


def sites_with_lumps(site_ids: Collection[str] | None = None) -> frozenset[str]:
    """Those of the sites, by default of all, that have a running lump."""
    query = sa.select(_OPEN.c.site_id).where(_OPEN.c.tier == DECISIONS)
    if site_ids is not None:
        query = query.where(_OPEN.c.site_id.in_(site_ids))
    return frozenset(db.session.scalars(query))


def setting(site_id: str) -> ReleaseChoice:
    """What the site's owner chose, or the default."""
    row = db.session.execute(sa.select(_SETTING).where(_SETTING.c.site_id == site_id)).first()
    return ReleaseChoice() if row is None else ReleaseChoice(row.lump, row.epsilon)


def first_start(site_id: str) -> date | None:
    """The first day of the first released lump."""
    found: date | None = db.session.scalar(
        sa.select(sa.func.min(_LUMP.c.start)).where(_LUMP.c.site_id == site_id, _LUMP.c.tier == DECISIONS)
    )
    return found


def released(site_id: str, first: date, last: date) -> tuple[Released, ...]:
    """The released lumps whose last day is in the window, oldest first; without those that were skipped."""
    rows = db.session.execute(
        sa.select(_LUMP.c.start, _LUMP.c.end, _LUMP.c.kind, _LUMP.c.epsilon, _LUMP.c.leaves)
        .where(_LUMP.c.site_id == site_id, _LUMP.c.tier == DECISIONS, _LUMP.c.end.between(first, last))
        .where(_LUMP.c.leaves != leaves_text(Leaves({}, {})))
        .order_by(_LUMP.c.start)
    )
    return tuple(Released(row.start, row.end, row.kind, row.epsilon, _leaves(row.leaves)) for row in rows)


def released_until(site_id: str) -> date | None:
    """The last day of the last released lump."""
    found: date | None = db.session.scalar(
        sa.select(sa.func.max(_LUMP.c.end)).where(_LUMP.c.site_id == site_id, _LUMP.c.tier == DECISIONS)
    )
    return found


def last_release(site_id: str) -> LastRelease:
    """Until when the database knows of releases."""
    block: datetime | None = db.session.scalar(
        sa.select(sa.func.max(_BLOCK.c.ends_at)).where(
            _BLOCK.c.site_id == site_id, _BLOCK.c.tier == DECISIONS
        )
    )
    return LastRelease(released_until(site_id) or NOTHING.day, block or NOTHING.block)


def sample_until(site_id: str) -> date | None:
    """The last day of the last lump whose figures are a sample; None if there is none."""
    found: date | None = db.session.scalar(
        sa.select(sa.func.max(_LUMP.c.end)).where(
            _LUMP.c.site_id == site_id, _LUMP.c.tier == DECISIONS, _LUMP.c.sample
        )
    )
    return found


def boundaries() -> Iterator[Boundary]:
    """All lumps of all sites in order, the running ones last."""
    for row in db.session.execute(
        sa.select(_LUMP).where(_LUMP.c.tier == DECISIONS).order_by(_LUMP.c.site_id, _LUMP.c.start)
    ):
        begins, ends = (row.from_log, row.from_index), (row.to_log, row.to_index)
        yield Boundary(row.site_id, row.start, begins, ends, row.closed_at)
    for row in db.session.execute(sa.select(_OPEN).where(_OPEN.c.tier == DECISIONS)):
        yield Boundary(row.site_id, OPEN, (row.from_log, row.from_index), None, None)


def leaves_text(leaves: Leaves) -> str:
    """The leaves of a lump as they are stored."""
    return json.dumps(
        {version: [codes, leaves.categories[version]] for version, codes in leaves.languages.items()},
        separators=(",", ":"),
    )


@lru_cache(maxsize=256)
def _leaves(text: str) -> Leaves:
    stored = {int(version): both for version, both in json.loads(text).items()}
    return Leaves(
        {version: tuple(codes) for version, (codes, _) in stored.items()},
        {version: tuple(categories) for version, (_, categories) in stored.items()},
    )


# --- released figures -------------------------------------------------------------------------------------


def carried(site_id: str, unit: int) -> dict[Leaf, dict[str, int]]:
    """Leaf → measure → noised less published over all lumps, in units of 1/`unit`."""
    columns = _CELL.c
    left = sa.func.sum(columns.noisy) - unit * sa.func.sum(columns.shown)
    rows = db.session.execute(
        sa.select(columns.version, columns.language, columns.measure, left)
        .where(columns.site_id == site_id, columns.tier == DECISIONS)
        .group_by(columns.version, columns.language, columns.measure)
    )
    found: defaultdict[Leaf, dict[str, int]] = defaultdict(dict)
    for version, language, measure, units in rows:
        found[Leaf(version, language)][measure] = int(units)
    return dict(found)


Noised = Mapping[str, int]
"""Measure → sum of the leaves of a version with noise, in units of 1/1680."""


def noised(site_id: str, versions: Collection[int], first: date) -> Mapping[tuple[date, int], Noised]:
    """First day of a lump and version → its noised sums, of lumps that began on a day or later."""
    columns = _CELL.c
    key = (columns.start, columns.version, columns.measure)
    rows = db.session.execute(
        sa.select(*key, sa.func.sum(columns.noisy))
        .where(columns.site_id == site_id, columns.tier == DECISIONS, columns.start >= first)
        .where(columns.version.in_(versions))
        .group_by(*key)
    )
    found: defaultdict[tuple[date, int], dict[str, int]] = defaultdict(dict)
    for start, version, measure, units in rows:
        found[start, version][measure] = int(units)
    return found


def carried_margins(site_id: str) -> dict[MarginCell, int]:
    """What the cells of the audience carry from lump to lump, in units of 1/1680."""
    columns = [_CARRIED.c[name] for name in MarginCell._fields]
    rows = db.session.execute(sa.select(*columns, _CARRIED.c.carried).where(_CARRIED.c.site_id == site_id))
    return {MarginCell(*row[:-1]): row[-1] for row in rows}


@dataclass(frozen=True)
class ReleasedAudience:
    """A lump of the audience that was released."""

    start: date
    end: date
    epsilon: Fraction
    lists: AudienceLists


def released_audience(site_id: str, first: date, last: date) -> dict[date, ReleasedAudience]:
    """First day → the audience's released lump, of those whose last day is in the window."""
    rows = db.session.execute(
        sa.select(_LUMP.c.start, _LUMP.c.end, _LUMP.c.epsilon, _LUMP.c.leaves)
        .where(_LUMP.c.site_id == site_id, _LUMP.c.tier == AUDIENCE, _LUMP.c.end.between(first, last))
        .order_by(_LUMP.c.start)
    )
    return {
        row.start: ReleasedAudience(row.start, row.end, row.epsilon, lists_of(row.leaves)) for row in rows
    }


def last_closed_before(moment: datetime) -> dict[str, date]:
    """Site id → first day of the last lump that was closed before a moment."""
    rows = db.session.execute(
        sa.select(_LUMP.c.site_id, sa.func.max(_LUMP.c.start))
        .where(_LUMP.c.tier == DECISIONS, _LUMP.c.closed_at <= moment)
        .group_by(_LUMP.c.site_id)
    )
    return {row[0]: row[1] for row in rows}


def margins(
    site_id: str, dimension: str, first: date, last: date, *, together: bool = False
) -> Iterator[tuple[date, str, int, str, str, int]]:
    """Released cells of a dimension in lumps that began in the window: start, value, version, event, after,
    and what is published; cells that publish nothing are absent.

    :param together: whether all lumps are added up, as if they were the first that has the cell
    """
    columns = _MARGIN.c
    key = (columns.value, columns.version, columns.event, columns.after)
    query = sa.select(columns.start, *key, columns.shown)
    if together:
        query = sa.select(sa.func.min(columns.start), *key, sa.func.sum(columns.shown)).group_by(*key)
    of_window = (
        columns.site_id == site_id,
        columns.dimension == dimension,
        columns.start.between(first, last),
    )
    for start, value, version, event, after, shown in db.session.execute(query.where(*of_window)):
        yield start, value, version, event, after, int(shown)


def observed(site_id: str, first: date, last: date) -> tuple[int, int]:
    """Days of the lumps that ended in the window, and the sum of their published decisions."""
    days = sum((lump.end - lump.start + timedelta(days=1)).days for lump in released(site_id, first, last))
    total = db.session.scalar(
        _window(sa.select(sa.func.sum(_CELL.c.shown)), site_id, first, last).where(
            _CELL.c.measure.in_(("accept_all", "reject_all", "save"))
        )
    )
    return days, int(total or 0)


Shown = Mapping[str, Mapping[int, Mapping[str, int]]]
"""Value (empty if undivided) → version → measure → published sum of its leaves."""


def figures(
    site_id: str, by: DecisionDimension | None, first: date, last: date, *, together: bool = False
) -> Mapping[date, Shown]:
    """First day of a lump → what was published; of the lumps whose last day is in the window.

    `granted.…` are those among `save` alone.

    :param together: whether all lumps are added up, as if they were the first that has the cell
    """
    columns = _CELL.c
    key = [columns.version, columns.measure, *([columns.language] if by == "language" else [])]
    lump = sa.func.min(columns.start) if together else columns.start
    grouped = key if together else [columns.start, *key]
    rows = db.session.execute(
        _window(sa.select(lump, *key, sa.func.sum(columns.shown)), site_id, first, last).group_by(*grouped)
    )
    found: dict[date, dict[str, dict[int, dict[str, int]]]] = {}
    for start, version, measure, *language, number in rows:
        value = language[0] if language else str(version) if by == "version" else ""
        by_version = found.setdefault(start, {}).setdefault(value, {})
        by_version.setdefault(version, {})[measure] = int(number)
    return found


def _window(query: sa.Select[Any], site_id: str, first: date, last: date) -> sa.Select[Any]:
    """Restrict a query to the cells of the lumps whose last day is in the window.

    Lumps do not overlap, so these are all lumps from the first such to the last: a range of the primary key.
    A join of cells and lumps takes seconds where PostgreSQL has not counted the rows yet.
    """
    of_site = sa.and_(_LUMP.c.site_id == site_id, _LUMP.c.tier == DECISIONS, _LUMP.c.end.between(first, last))
    oldest, newest = (
        sa.select(bound(_LUMP.c.start)).where(of_site).scalar_subquery()
        for bound in (sa.func.min, sa.func.max)
    )
    return query.where(
        _CELL.c.site_id == site_id, _CELL.c.tier == DECISIONS, _CELL.c.start.between(oldest, newest)
    )


def blocks(site_id: str, start: date) -> tuple[tuple[datetime, int], ...]:
    """The ended blocks of a lump, in order: when, and the noised figure."""
    rows = db.session.execute(
        sa.select(_BLOCK.c.ends_at, _BLOCK.c.figure)
        .where(_BLOCK.c.site_id == site_id, _BLOCK.c.tier == DECISIONS, _BLOCK.c.start == start)
        .order_by(_BLOCK.c.ends_at)
    )
    return tuple((row.ends_at, row.figure) for row in rows)


def blocks_since(site_id: str, first: date) -> tuple[tuple[date, datetime, int], ...]:
    """The ended blocks of the lumps that began on a day or later, oldest first: first day of the lump, when
    the block ended, and the noised figure.
    """
    rows = db.session.execute(
        sa.select(_BLOCK.c.start, _BLOCK.c.ends_at, _BLOCK.c.figure)
        .where(_BLOCK.c.site_id == site_id, _BLOCK.c.tier == DECISIONS, _BLOCK.c.start >= first)
        .order_by(_BLOCK.c.start, _BLOCK.c.ends_at)
    )
    return tuple((row.start, row.ends_at, row.figure) for row in rows)
