"""How far each target of the audit log has got, so that it gets every event, and few of them twice.

Two workers never deliver to the same target at once: the second finds it claimed. A worker that dies leaves
its claim to end, and what it had delivered and not yet noted is delivered again: at least once, in order.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from server.accounts.models import AuditDelivery, AuditHead
from server.core.db import db, insert

_ROW = cast("sa.Table", AuditDelivery.__table__)
_HEAD = cast("sa.Table", AuditHead.__table__)


@dataclass(frozen=True)
class Claim:
    """A target that this worker alone delivers to."""

    target: str
    number: int
    """Of the last event that it has got; 0: none."""
    until: datetime
    """When the claim ends."""


def is_behind(target: str, *, now: datetime) -> bool:
    """Whether a target lacks events, and no worker has claimed it or put it off; two reads."""
    row = db.session.execute(sa.select(_ROW).where(_ROW.c.target == target)).one_or_none()
    if row is not None and row.claimed_until is not None and row.claimed_until > now:
        return False
    return _size() > (row.number if row is not None else 0)


def claim(target: str, *, until: datetime, now: datetime) -> Claim | None:
    """Claim a target; None if somebody else was faster."""
    first = insert(_ROW).values(target=target, number=0, claimed_until=None, delivered_at=None)
    db.session.execute(first.on_conflict_do_nothing())
    free = sa.or_(_ROW.c.claimed_until.is_(None), _ROW.c.claimed_until <= now)
    taken = sa.update(_ROW).where(_ROW.c.target == target, free).values(claimed_until=until)
    number = db.session.scalar(taken.returning(_ROW.c.number))
    return None if number is None else Claim(target, number, until)


def advance(claimed: Claim, *, number: int, now: datetime) -> None:
    """Note what was delivered, and give the target free; nothing if the claim was taken over."""
    _end(claimed, number=number, claimed_until=None, delivered_at=now)


def put_off(claimed: Claim, *, until: datetime) -> None:
    """Leave a target alone for a while that has taken nothing."""
    _end(claimed, claimed_until=until)


def behind(target: str) -> int:
    """How many events a target lacks."""
    number = db.session.scalar(sa.select(_ROW.c.number).where(_ROW.c.target == target))
    return max(0, _size() - (number or 0))


def _end(claimed: Claim, **values: Any) -> None:
    mine = (_ROW.c.target == claimed.target, _ROW.c.claimed_until == claimed.until)
    db.session.execute(sa.update(_ROW).where(*mine).values(values))


def _size() -> int:
    return db.session.scalar(sa.select(_HEAD.c.size).where(_HEAD.c.id == 1)) or 0
