"""Who is editing a site's draft right now: one short-lived row for each open tab."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from server.core.db import db, insert
from server.sites import models

SEEN = timedelta(seconds=50)
"""For how long somebody counts as there after the last sign; pages give one every 10 seconds."""

FORGOTTEN = timedelta(minutes=5)
"""When a row is deleted."""

_TABLE = cast("sa.Table", models.EditorPresence.__table__)


@dataclass(frozen=True)
class Present:
    """Somebody who is editing."""

    email: str
    page: str
    """Part of the editor, such as `texts`."""
    field: str
    """Name of the field that is being written in; empty: none."""


def sign(site_id: str, user_id: str, tab: str, present: Present, *, now: datetime) -> None:
    """Note that somebody is there."""
    row = {"site_id": site_id, "user_id": user_id, "tab": tab, "seen_at": now}
    about = {"email": present.email, "page": present.page, "field": present.field}
    statement = insert(_TABLE).values(**row, **about)
    changed = statement.on_conflict_do_update(
        index_elements=["site_id", "user_id", "tab"], set_={"seen_at": now, **about}
    )
    db.session.execute(changed)


def leave(site_id: str, user_id: str, tab: str) -> None:
    """Note that a tab is closed or hidden; idempotent."""
    one = _TABLE.c
    mine = (one.site_id == site_id, one.user_id == user_id, one.tab == tab)
    db.session.execute(sa.delete(_TABLE).where(*mine))


def others(site_id: str, user_id: str, *, now: datetime) -> tuple[Present, ...]:
    """Everybody else who is editing the draft, each once: where they gave the last sign."""
    one = _TABLE.c
    query = sa.select(one.email, one.page, one.field).where(
        one.site_id == site_id, one.user_id != user_id, one.seen_at > now - SEEN
    )
    found: dict[str, Present] = {}
    for row in db.session.execute(query.order_by(one.seen_at.desc(), one.tab)):
        found.setdefault(row.email, Present(*row))
    return tuple(found.values())


def forget(*, now: datetime) -> int:
    """Delete rows of those who are gone; returns how many."""
    gone = sa.delete(_TABLE).where(_TABLE.c.seen_at <= now - FORGOTTEN)
    return cast("sa.CursorResult[object]", db.session.execute(gone)).rowcount
