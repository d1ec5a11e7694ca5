"""The first lump of a site."""

from collections.abc import Collection
from datetime import datetime, timedelta

from server.analytics import queries
from server.analytics.models import OpenLump
from server.analytics.privacy import lumps
from server.analytics.privacy.lumps import LumpKind
from server.analytics.values import DECISIONS, Position
from server.core.db import Base, db, insert
from server.core.local_days import day_of
from server.sites import service as sites
from server.sites.values import time_zone

_OPEN = Base.metadata.tables[OpenLump.__tablename__]

_FIRST_KIND: LumpKind = "day"


def without_lump(site_ids: Collection[str]) -> frozenset[str]:
    """Those of the sites that have no lump yet."""
    return frozenset(site_ids) - queries.sites_with_lumps(site_ids)


def open_first(site_ids: Collection[str], *, begins: Position, now: datetime) -> int:
    """Begin the first lump of those sites that have none, today; returns how many.

    Where counters from before lumps existed reach to today, tomorrow: a day's decisions that were published
    under another rule are not published a second time.

    :param begins: the position in the log from which on decisions belong to the lump
    """
    missing = sorted(without_lump(site_ids))
    for site_id in missing:
        newest = sites.newest(site_id)
        if newest is None:
            continue
        zone = time_zone(newest.document)
        start, before = day_of(now, zone), queries.last_counted_day(site_id)
        if before is not None and before >= start:
            start = before + timedelta(days=1)
        row = {
            "site_id": site_id,
            "tier": DECISIONS,
            "start": start,
            "kind": _FIRST_KIND,
            "epsilon": queries.setting(site_id).epsilon,
            "from_log": begins[0],
            "from_index": begins[1],
            "block_decided": 0,
            "due_at": lumps.due_at(now, start, _FIRST_KIND, zone),
        }
        db.session.execute(insert(_OPEN).values(row).on_conflict_do_nothing())
    return len(missing)
