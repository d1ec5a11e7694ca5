"""Sessions of users, which can be revoked on the server."""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.accounts import queries
from server.accounts.digests import digest
from server.accounts.models import Session, User
from server.accounts.values import Identity
from server.core.db import db
from server.core.errors import Unauthenticated

SESSION_LIFETIME = timedelta(hours=12)
"""Lifetime of a session from its start, used or not."""


def open_session(identity: Identity, *, now: datetime) -> str:
    """Begin a session and return its secret, which only the browser stores; delete expired sessions.

    :raises Unauthenticated: `wrong_login`; the user was disabled since the password was checked.
    """
    if db.session.scalar(sa.select(User.disabled_at).where(User.id == identity.user_id)) is not None:
        raise Unauthenticated("the e-mail address or the password is wrong", reason="wrong_login")
    db.session.execute(sa.delete(Session).where(Session.expires_at <= now))
    secret = secrets.token_urlsafe(32)
    db.session.add(
        Session(
            digest=digest(secret),
            user_id=identity.user_id,
            created_at=now,
            expires_at=now + SESSION_LIFETIME,
        )
    )
    db.session.flush()
    return secret


def identity_of(session_secret: str, *, now: datetime) -> Identity | None:
    """The user of a session, with their present role; None if it has ended or the user is disabled."""
    row = db.session.scalar(
        sa.select(User)
        .join(Session, Session.user_id == User.id)
        .where(
            Session.digest == digest(session_secret),
            Session.expires_at > now,
            User.disabled_at.is_(None),
        )
    )
    return queries.identity(row) if row else None


def close_session(session_secret: str) -> None:
    """End a session; idempotent."""
    db.session.execute(sa.delete(Session).where(Session.digest == digest(session_secret)))


def end_all(user_id: str) -> None:
    """End all sessions of a user."""
    db.session.execute(sa.delete(Session).where(Session.user_id == user_id))
    db.session.flush()
