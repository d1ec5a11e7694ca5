"""Counters of events: what is counted into them, and what reads, closes and deletes them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

import sqlalchemy as sa

from server.audience import buckets, record
from server.audience.models import AudienceBatch, AudienceCount
from server.audience.values import OPEN, Cell, Client, Event
from server.core.db import db, insert

_COUNT = cast("sa.Table", AudienceCount.__table__)
_BATCH = cast("sa.Table", AudienceBatch.__table__)


def client_of(user_agent: str, country: str | None) -> Client | None:
    """Who sent a request, in the closed lists; see `buckets.client`."""
    return buckets.client(user_agent, country)


def count(site_id: str, batch: str, events: Iterable[Event]) -> bool:
    """Add a batch of events to the open counters of a site; false if it was added before.

    The batch is named in the same transaction, so it is counted once however often this is called.
    """
    row = insert(_BATCH).values(site_id=site_id, name=batch).on_conflict_do_nothing()
    if db.session.scalar(row.returning(_BATCH.c.name)) is None:
        return False
    tally = Counter(cell for event in events for cell in record.cells(event))
    if tally:
        statement = insert(_COUNT)
        statement = statement.on_conflict_do_update(
            index_elements=list(_COUNT.primary_key.columns),
            set_={"count": _COUNT.c["count"] + statement.excluded["count"]},
        )
        # Sorted: the order of the rows tells nothing of the order in which the events came.
        rows = [
            {"site_id": site_id, "lump": OPEN, **cell._asdict(), "count": tally[cell]}
            for cell in sorted(tally)
        ]
        db.session.connection().execute(statement, rows)
    return True


def forget(site_id: str, batch: str) -> None:
    """Forget that a batch was counted: its file is gone for good."""
    db.session.execute(sa.delete(_BATCH).where(_BATCH.c.site_id == site_id, _BATCH.c.name == batch))


def counts(site_id: str, lump: date = OPEN) -> Mapping[Cell, int]:
    """The counters of a lump, by default of the one that is open; what was never counted is absent.

    To release a lump, `close` it first and read it in the same transaction: what is counted meanwhile stays
    in the open one.
    """
    columns = [_COUNT.c[name] for name in Cell._fields]
    rows = db.session.execute(
        sa.select(*columns, _COUNT.c["count"]).where(_COUNT.c.site_id == site_id, _COUNT.c.lump == lump)
    )
    return {Cell(*row[:-1]): row[-1] for row in rows}


def close(site_id: str, lump_start: date) -> None:
    """Close the open lump of a site, which from now on is named by its first day; the next one is empty.

    :raises IntegrityError: the site has a closed lump of this name with one of the same cells.
    """
    is_open = (_COUNT.c.site_id == site_id, _COUNT.c.lump == OPEN)
    db.session.execute(sa.update(_COUNT).where(*is_open).values(lump=lump_start))


def purge(site_id: str, before: date) -> None:
    """Delete the closed lumps of a site that began before a day."""
    old = (_COUNT.c.site_id == site_id, _COUNT.c.lump < before, _COUNT.c.lump != OPEN)
    db.session.execute(sa.delete(_COUNT).where(*old))
