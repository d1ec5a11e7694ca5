"""Logins that can be ended from here."""

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
"""A login ends this long after it began, used or not."""


def open_session(identity: Identity, *, now: datetime) -> str:
    """Begin a session and return its secret, which only the browser keeps; forget those that ended.

    :raises Unauthenticated: `wrong_login`; they were disabled since their password was looked at.
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
    """Whose session this is, with their role as it is now; nobody's where it ended or they are kept out."""
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
    """End a session for good; one that has ended already is fine."""
    db.session.execute(sa.delete(Session).where(Session.digest == digest(session_secret)))


def end_all(user_id: str) -> None:
    """End every session of a person."""
    db.session.execute(sa.delete(Session).where(Session.user_id == user_id))
    db.session.flush()
