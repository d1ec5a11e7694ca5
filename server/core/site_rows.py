"""Rows of one site, by the name of their table: counted before a site is deleted, and deleted in batches."""

import sqlalchemy as sa

from server.core.db import Base, db


def count(table: str, site_id: str) -> int:
    """How many rows of a site a table has.

    :raises KeyError: there is no such table.
    """
    rows = Base.metadata.tables[table]
    return db.session.scalar(sa.select(sa.func.count()).where(rows.c.site_id == site_id)) or 0


def delete_some(table: str, site_id: str, *, most: int) -> int:
    """Delete at most so many rows of a site; returns how many were deleted.

    :raises KeyError: there is no such table.
    """
    rows = Base.metadata.tables[table]
    key = tuple(rows.primary_key.columns)
    found = db.session.execute(sa.select(*key).where(rows.c.site_id == site_id).limit(most)).all()
    if found:
        chosen = sa.tuple_(*key).in_([tuple(each) for each in found])
        db.session.execute(sa.delete(rows).where(rows.c.site_id == site_id, chosen))
    return len(found)
