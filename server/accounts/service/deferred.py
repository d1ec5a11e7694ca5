"""What depends on whether an address has an account, left to the worker.

A request stores what was typed, whatever it is: so it does the same work, in the same time, for every
address, and nobody learns from it who has an account. What was typed is encrypted, and deleted when it is
dealt with.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from server.accounts.models import DeferredTask as Row
from server.core import sealing
from server.core.db import db
from server.core.ids import new_id

Kind = Literal["reset", "refusal"]
"""`reset`: somebody asks for a link for a new password. `refusal`: a login was refused."""

KEPT = timedelta(hours=1)
"""How long a task waits for a worker; then nobody waits for it any more."""

_LONGEST = 254
"""Characters of an e-mail address (RFC 5321, 4.5.3.1.3)."""

_SEALED = "accounts/deferred"


@dataclass(frozen=True)
class Task:
    """Something to be done about an address that somebody typed, and that may be anything."""

    kind: Kind
    email: str
    language: str
    """That of the page on which it was typed."""
    asked_at: datetime


def defer(kind: Kind, email: str, *, language: str = "", secret_key: str, now: datetime) -> None:
    """Leave a task to the worker."""
    task_id = new_id()
    plain = json.dumps([email.strip().lower()[:_LONGEST], language])
    sealed = sealing.seal(plain, task_id, secret_key=secret_key, kind=_SEALED)
    db.session.add(Row(id=task_id, kind=kind, sealed=sealed, created_at=now))
    db.session.flush()


def waiting(*, limit: int) -> tuple[str, ...]:
    """Ids of at most `limit` tasks, oldest first."""
    return tuple(db.session.scalars(sa.select(Row.id).order_by(Row.created_at, Row.id).limit(limit)))


def take(task_id: str, *, secret_key: str) -> Task | None:
    """Delete a task and return it, to be done in the same transaction.

    None: another worker has it, or the server's key was replaced.
    """
    taken = sa.delete(Row).where(Row.id == task_id).returning(Row.kind, Row.sealed, Row.created_at)
    row = db.session.execute(taken).one_or_none()
    if row is None:
        return None
    try:
        plain = sealing.unseal(row.sealed, task_id, secret_key=secret_key, kind=_SEALED)
    except sealing.Unreadable:
        return None
    email, language = json.loads(plain)
    return Task(row.kind, email, language, row.created_at)


def forget(*, now: datetime) -> int:
    """Delete tasks that no worker has done in time; returns how many."""
    gone = db.session.execute(sa.delete(Row).where(Row.created_at <= now - KEPT).returning(Row.id))
    return len(gone.all())
