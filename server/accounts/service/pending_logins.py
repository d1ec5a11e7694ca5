"""Logins whose password was right, and whose second factor is awaited: for ten minutes, in one browser."""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.accounts.digests import digest
from server.accounts.models import PendingLogin, User
from server.core.db import db

LIFETIME = timedelta(minutes=10)
"""How long the second factor is awaited."""


def begin(user_id: str, *, now: datetime) -> str:
    """Await the second factor of a user; returns the secret that only the browser stores."""
    db.session.execute(sa.delete(PendingLogin).where(PendingLogin.expires_at <= now))
    secret = secrets.token_urlsafe(32)
    db.session.add(PendingLogin(digest=digest(secret), user_id=user_id, expires_at=now + LIFETIME))
    db.session.flush()
    return secret


def find(secret: str, *, now: datetime) -> tuple[str, str] | None:
    """Id and address of who is logging in; None if nothing is awaited in this browser any more."""
    row = db.session.execute(
        sa.select(User.id, User.email)
        .join(PendingLogin, PendingLogin.user_id == User.id)
        .where(
            PendingLogin.digest == digest(secret), PendingLogin.expires_at > now, User.disabled_at.is_(None)
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


def end(secret: str) -> bool:
    """End it, once the factor was right; False if another request was faster."""
    ended = sa.delete(PendingLogin).where(PendingLogin.digest == digest(secret))
    return db.session.scalar(ended.returning(PendingLogin.digest)) is not None


def end_all(user_id: str) -> None:
    """End all of a user: what they have begun with is not valid any more."""
    db.session.execute(sa.delete(PendingLogin).where(PendingLogin.user_id == user_id))
