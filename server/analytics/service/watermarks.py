"""Where the reader of the consent log stands."""

import sqlalchemy as sa

from server.analytics.models import Watermark
from server.analytics.values import Position
from server.core.db import Base, db, insert

_WATERMARK = Base.metadata.tables[Watermark.__tablename__]

READER = "decisions"
"""Key of the watermark of this reader of the log."""

_START: Position = ("", 0)
"""Before every entry."""


def next_index(log: str) -> int:
    """The index of the first entry of a log that is not counted yet."""
    found = db.session.scalar(
        sa.select(_WATERMARK.c.next_index).where(_WATERMARK.c.reader == READER, _WATERMARK.c.log == log)
    )
    return found or 0


def move(log: str, start: int, end: int) -> bool:
    """Compare and swap: false if another transaction has moved it meanwhile."""
    if start == 0:
        new = {"reader": READER, "log": log, "next_index": 0}
        db.session.execute(insert(_WATERMARK).values(new).on_conflict_do_nothing())
    moved = db.session.connection().execute(
        sa.update(_WATERMARK)
        .where(_WATERMARK.c.reader == READER, _WATERMARK.c.log == log, _WATERMARK.c.next_index == start)
        .values(next_index=end)
    )
    return moved.rowcount == 1


def position(*, lock: bool) -> Position:
    """The last log that was read, and the index of its first entry that is not counted yet.

    :param lock: nothing can be counted until the transaction ends
    """
    query = sa.select(_WATERMARK.c.log, _WATERMARK.c.next_index).where(_WATERMARK.c.reader == READER)
    rows = db.session.execute(query.with_for_update() if lock else query)
    return max(((row.log, row.next_index) for row in rows), default=_START)
