"""Where the reader of the consent log stands."""

import sqlalchemy as sa

from server.analytics.models import Watermark
from server.analytics.values import Position
from server.core.db import Base, db, insert

_WATERMARK = Base.metadata.tables[Watermark.__tablename__]

READER = "decisions"
"""Key of the watermark of this reader of the log."""

_NO_LOG = ""
"""Before every log: the row that is locked, and the position before every entry."""


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


def lock() -> None:
    """Let nobody else count or close until the transaction ends.

    A row of its own is locked, since the watermark of a log that has just begun is not there yet.
    """
    row = {"reader": READER, "log": _NO_LOG, "next_index": 0}
    db.session.execute(insert(_WATERMARK).values(row).on_conflict_do_nothing())
    key = (_WATERMARK.c.reader == READER, _WATERMARK.c.log == _NO_LOG)
    db.session.execute(sa.select(_WATERMARK.c.reader).where(*key).with_for_update())


def position() -> Position:
    """The last log that was read, and the index of its first entry that is not counted yet."""
    rows = db.session.execute(
        sa.select(_WATERMARK.c.log, _WATERMARK.c.next_index).where(_WATERMARK.c.reader == READER)
    )
    return max(((row.log, row.next_index) for row in rows), default=(_NO_LOG, 0))
