"""Sessions of users, which can be revoked on the server.

Of the browser it is stored what classes it is in, by closed lists: no user agent, and no address.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.accounts import queries
from server.accounts.digests import digest
from server.accounts.models import Session, User
from server.accounts.service import pending_logins
from server.accounts.values import Identity
from server.core.db import db
from server.core.errors import NotFound, Unauthenticated

SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is stored when a session was last seen: a write with every request would be too many."""


PROOF_LASTS = timedelta(minutes=15)
"""For how long after a login or another proof nobody is asked again who they are."""


@dataclass(frozen=True)
class Limits:
    """How long sessions last."""

    idle: timedelta = timedelta(hours=12)
    """Since it was last seen."""
    absolute: timedelta = timedelta(days=7)
    """Since its login, however much it is used."""


DEFAULT = Limits()


@dataclass(frozen=True)
class Device:
    """From where a session is, in closed lists; empty: unknown."""

    kind: str = ""
    browser: str = ""
    system: str = ""
    country: str = ""
    """ISO 3166-1 alpha-2 code or `other`, as the CDN's header said."""


UNKNOWN = Device()


@dataclass(frozen=True)
class ProviderSession:
    """What the identity provider says of the session that it opens."""

    name: str
    """The session at the provider (`sid`), which may end this one; empty: it named none."""
    second_factor: bool
    """Whether it shows that it has asked for a second factor."""


@dataclass(frozen=True)
class OpenSession:
    """A session as its user sees it."""

    name: str
    """See `reference`."""
    device: Device
    created_at: datetime
    last_seen_at: datetime


def open_session(
    identity: Identity,
    *,
    now: datetime,
    device: Device = UNKNOWN,
    limits: Limits = DEFAULT,
    provider_session: ProviderSession | None = None,
    proved_at: datetime | None = None,
) -> str:
    """Begin a session and return its secret, which only the browser stores; delete expired sessions.

    :param provider_session: that at the identity provider; None: the user has logged in with a password
    :param proved_at: when the user has shown the identity provider who they are, which may be long ago; None:
        just now
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
            expires_at=now + min(limits.idle, limits.absolute),
            last_seen_at=now,
            device=" ".join((device.kind, device.browser, device.system)),
            country=device.country,
            proved_at=proved_at or now,
            provider_session=provider_session.name if provider_session else None,
            provider_factor=provider_session is not None and provider_session.second_factor,
        )
    )
    db.session.flush()
    return secret


def identity_of(session_secret: str, *, now: datetime) -> Identity | None:
    """The user of a session, with their present role; None if it has ended or the user is disabled."""
    found = _found(digest(session_secret), now)
    return found[0] if found else None


def seen(session_secret: str, *, now: datetime) -> tuple[Identity, bool] | None:
    """As `identity_of`, and whether it is time to store that the session was seen."""
    found = _found(digest(session_secret), now)
    return (found[0], found[1] is None or found[1] <= now - SEEN_EVERY) if found else None


def keep_open(session_secret: str, *, now: datetime, limits: Limits = DEFAULT) -> None:
    """Store that a session was seen: it goes on, though never beyond its absolute end."""
    row = db.session.get(Session, digest(session_secret))
    if row is not None and row.expires_at > now:
        row.last_seen_at = now
        row.expires_at = min(now + limits.idle, row.created_at + limits.absolute)


def is_proved(session_secret: str, *, now: datetime) -> bool:
    """Whether the user of a session has proved in the last `PROOF_LASTS` who they are."""
    last = proved_at(session_secret)
    return last is not None and last > now - PROOF_LASTS


def proved_at(session_secret: str) -> datetime | None:
    """When the user of a session last proved who they are; None if there is no such session."""
    last = sa.func.coalesce(Session.proved_at, Session.created_at)
    return db.session.scalar(sa.select(last).where(Session.digest == digest(session_secret)))


def prove(session_secret: str, *, now: datetime) -> None:
    """Store that the user of a session has just proved who they are."""
    row = db.session.get(Session, digest(session_secret))
    if row is not None:
        row.proved_at = now


def _found(session_digest: bytes, now: datetime) -> tuple[Identity, datetime | None] | None:
    row = db.session.execute(
        sa.select(User, Session.last_seen_at)
        .join(Session, Session.user_id == User.id)
        .where(
            Session.digest == session_digest,
            Session.expires_at > now,
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    return (queries.identity(row[0]), row[1]) if row else None


def is_by_provider(session_secret: str) -> bool:
    """Whether the session was opened by the identity provider, and not with a password."""
    return provider_session(session_secret) is not None


def provider_session(session_secret: str) -> ProviderSession | None:
    """What the identity provider said of a session; None: it was opened with a password, or there is none."""
    said = sa.select(Session.provider_session, Session.provider_factor)
    row = db.session.execute(said.where(Session.digest == digest(session_secret))).one_or_none()
    if row is None or row.provider_session is None:
        return None
    return ProviderSession(row.provider_session, row.provider_factor)


def reference(session_secret: str) -> str:
    """A name for a session, by which others can find out whether it still goes on; it opens nothing."""
    return digest(session_secret).hex()


def referred(name: str, *, now: datetime) -> Identity | None:
    """The user of the session with this name, as `identity_of`."""
    found = _found(bytes.fromhex(name), now)
    return found[0] if found else None


def sessions_of(user_id: str, *, now: datetime) -> tuple[OpenSession, ...]:
    """The sessions of a user that go on, the one seen last first."""
    rows = db.session.scalars(sa.select(Session).where(Session.user_id == user_id, Session.expires_at > now))
    found = [
        OpenSession(
            row.digest.hex(),
            _device(row),
            row.created_at,
            row.last_seen_at or row.created_at,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.last_seen_at, one.name), reverse=True))


def close_session(session_secret: str) -> None:
    """End a session; idempotent."""
    db.session.execute(sa.delete(Session).where(Session.digest == digest(session_secret)))


def end_session(user_id: str, name: str) -> None:
    """End a session of a user by its name.

    :raises NotFound: `session_unknown`; the user has no such session.
    """
    digests = db.session.scalars(sa.select(Session.digest).where(Session.user_id == user_id))
    named = [one for one in digests if one.hex() == name]
    if not named:
        raise NotFound("there is no such session", reason="session_unknown")
    db.session.execute(sa.delete(Session).where(Session.digest.in_(named)))


def end_others(user_id: str, session_secret: str) -> int:
    """End all sessions of a user but this one; returns how many."""
    pending_logins.end_all(user_id)
    others = sa.delete(Session).where(Session.user_id == user_id, Session.digest != digest(session_secret))
    return len(db.session.execute(others.returning(Session.digest)).all())


def end_all(user_id: str) -> int:
    """End all sessions of a user, and logins whose second factor is awaited; returns how many sessions."""
    pending_logins.end_all(user_id)
    ended = sa.delete(Session).where(Session.user_id == user_id).returning(Session.digest)
    return len(db.session.execute(ended).all())


def _device(row: Session) -> Device:
    kind, browser, system = row.device.split(" ") if row.device else ("", "", "")
    return Device(kind, browser, system, row.country)
