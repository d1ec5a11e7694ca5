"""Closing of blocks and lumps: here figures become public, each once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from server.analytics import queries
from server.analytics.last_releases import NOTHING, LastRelease
from server.analytics.leaves import Leaves, live_leaves, live_versions
from server.analytics.models import (
    OPEN,
    DecisionCount,
    GrantCount,
    LiveBlock,
    OpenLump,
)
from server.analytics.privacy import lumps
from server.analytics.privacy.lumps import LumpKind, Observed
from server.analytics.privacy.margins import LIVE
from server.analytics.privacy.noise import discrete_laplace
from server.analytics.privacy.release import Counted, Leaf
from server.analytics.queries import RunningLump
from server.analytics.service import audience_releasing, releasing, watermarks
from server.analytics.service.audience_releasing import Measured
from server.analytics.service.releasing import EndedLump
from server.analytics.values import DECISIONS, Position
from server.audience import service as audience
from server.core.db import Base, db
from server.core.local_days import day_of, midnight
from server.sites import service as sites
from server.sites.values import Version

log = structlog.get_logger("samtykke.analytics")

_COUNTERS = (
    Base.metadata.tables[DecisionCount.__tablename__],
    Base.metadata.tables[GrantCount.__tablename__],
)
_OPEN = Base.metadata.tables[OpenLump.__tablename__]
_BLOCK = Base.metadata.tables[LiveBlock.__tablename__]


_VERSIONS_READ = 5
"""Versions read at a time: of most lumps one or two were live."""


@dataclass(frozen=True)
class _Site:
    """What closing needs to know of a site."""

    id: str
    zone: ZoneInfo
    countries: bool
    """Whether countries of events are measured."""


def due(now: datetime) -> tuple[str, ...]:
    """Ids of the sites of which a block or a lump has ended."""
    return queries.due(now)


def last_release(site_id: str) -> LastRelease:
    """What `advance` has released of a site."""
    return queries.last_release(site_id)


def advance(
    site_id: str,
    *,
    now: datetime,
    countries: bool = False,
    randbelow: Callable[[int], int],
    before: LastRelease = NOTHING,
) -> int:
    """Close the block and the lumps of a site that have ended; returns how many lumps were released.

    In one transaction with what is released. The row of the running lump is locked, so that of two workers
    the second finds nothing to do; a second release of a lump would fail at the primary key besides.

    :param countries: whether countries of events are measured
    :param randbelow: uniform whole numbers below its argument; in production `secrets.randbelow`
    :param before: what was released before; blocks and lumps of a restored backup that are in it are skipped
    """
    # In the order in which counting does, which would otherwise wait for this while this waits for it.
    watermarks.lock()
    position = watermarks.position()
    running = queries.running(site_id, lock=True)
    if running is None:
        return 0
    site = _Site(site_id, sites.time_zone(site_id), countries)
    start, skipped = running.start, 0
    released = 0
    while _end_of(running, site.zone) <= now:
        draw = running.start > before.day
        running = _close_lump(site, running, position, now=now, randbelow=randbelow if draw else None)
        released += draw
        skipped += not draw
    if skipped:
        log.warning("lumps_skipped", site=site_id, number=skipped, first=start.isoformat())
    if running.start == start and running.due_at <= now:
        draw = running.due_at > before.block
        _close_block(site, running, now=now, randbelow=randbelow if draw else None)
    return released


def _end_of(running: RunningLump, zone: ZoneInfo) -> datetime:
    return midnight(lumps.last_day(running.start, running.kind) + timedelta(days=1), zone)


# --- the running lump -------------------------------------------------------------------------------------


def _close_block(
    site: _Site, running: RunningLump, *, now: datetime, randbelow: Callable[[int], int] | None
) -> None:
    """Release the number of decisions since the last block, with noise; skip it without `randbelow`."""
    if randbelow:
        share = LIVE * running.epsilon
        figure = running.block_decided + discrete_laplace(share.numerator, share.denominator, randbelow)
        ended = max(running.due_at, lumps.previous_block_end(now, running.kind, site.zone))
        key = {"site_id": site.id, "tier": DECISIONS, "start": running.start}
        db.session.execute(sa.insert(_BLOCK).values({**key, "ends_at": ended, "figure": figure}))
    due = lumps.due_at(now, running.start, running.kind, site.zone)
    _write(site.id, replace(running, block_decided=0, due_at=due))


# --- a lump that has ended --------------------------------------------------------------------------------


def _close_lump(
    site: _Site,
    running: RunningLump,
    ends: Position,
    *,
    now: datetime,
    randbelow: Callable[[int], int] | None,
) -> RunningLump:
    """Release a lump, or skip it without `randbelow`; it ends before a position in the log.

    Returns the next one.
    """
    end = lumps.last_day(running.start, running.kind)
    versions = _versions_since(site, running.start)
    ended = EndedLump(site.id, running.start, end, running.kind, running.epsilon, running.begins, ends, now)
    if randbelow:
        leaves = live_leaves(versions, running.start, end, site.zone)
        releasing.release_lump(ended, leaves, _counted(site.id, leaves), randbelow=randbelow)
        live = live_versions(versions, running.start, end, site.zone)
        audience_releasing.release_audience(ended, Measured(live, site.countries), randbelow=randbelow)
    else:
        releasing.skip_lump(ended)
        audience.close(site.id, running.start)
    for table in _COUNTERS:
        closed = sa.update(table).where(table.c.site_id == site.id, table.c.lump == OPEN)
        db.session.execute(closed.values(lump=running.start))
    newest = versions[0]
    live = [each for each in versions if each.number in (newest.number, newest.variant_of)]
    following = _next_lump(site, live, running, end + timedelta(days=1), ends, now)
    _write(site.id, following)
    return following


def _versions_since(site: _Site, start: date) -> tuple[Version, ...]:
    """The versions that may have been live on a day or later, newest first; old ones are not read."""
    found: tuple[Version, ...] = ()
    while page := sites.versions(site.id, before=found[-1].number if found else None, limit=_VERSIONS_READ):
        found += page
        # The one before it was live until the day after, or as long as this one in an experiment.
        oldest = page[-1]
        if oldest.variant_of is None and day_of(oldest.published_at, site.zone) < start - timedelta(days=1):
            break
    return found


def _counted(site_id: str, leaves: Leaves) -> Mapping[Leaf, Counted]:
    """The counters of the running lump by leaf; every leaf is there."""
    decisions, grants = queries.counted(site_id)
    actions: dict[Leaf, dict[str, int]] = {leaf: {} for leaf in leaves}
    granted: dict[Leaf, dict[str, int]] = {leaf: {} for leaf in leaves}
    for counts, by_leaf in ((decisions, actions), (grants, granted)):
        for (version, language, name), number in counts.items():
            cell = by_leaf[leaves.leaf(version, language)]
            cell[name] = cell.get(name, 0) + number
    return {leaf: Counted(**actions[leaf], granted=granted[leaf]) for leaf in leaves}


def _next_lump(
    site: _Site,
    live: Sequence[Version],
    running: RunningLump,
    start: date,
    begins: Position,
    now: datetime,
) -> RunningLump:
    """:param live: the newest version and, in an experiment, the other variant"""
    chosen = queries.setting(site.id)
    kind = chosen.lump
    if kind == "auto":
        kind = _kind(site, live, running, start, chosen.epsilon)
    due = lumps.due_at(now, start, kind, site.zone)
    return RunningLump(start, kind, chosen.epsilon, begins, 0, due)


def _kind(
    site: _Site, live: Sequence[Version], running: RunningLump, start: date, epsilon: Fraction
) -> LumpKind:
    first = queries.first_start(site.id) or running.start
    days, decided = queries.observed(
        site.id, start - timedelta(days=lumps.OBSERVED_DAYS), start - timedelta(days=1)
    )
    leaves = live_leaves(live, start, start, site.zone)
    categories = [len(leaves.categories[leaf.version]) for leaf in leaves]
    return lumps.next_kind(
        running.kind,
        start,
        first=first,
        observed=Observed(days, decided),
        categories=categories,
        epsilon=epsilon,
    )


def _write(site_id: str, running: RunningLump) -> None:
    values = {
        "start": running.start,
        "kind": running.kind,
        "epsilon": running.epsilon,
        "from_log": running.begins[0],
        "from_index": running.begins[1],
        "block_decided": running.block_decided,
        "due_at": running.due_at,
    }
    db.session.execute(
        sa.update(_OPEN).where(_OPEN.c.site_id == site_id, _OPEN.c.tier == DECISIONS).values(values)
    )
