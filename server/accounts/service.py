"""People, their sessions and the programs' tokens. Secrets leave once; digests stay."""

import hashlib
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.accounts import passwords
from server.accounts.models import ApiToken, ApiTokenSite, Session, User, UserSite
from server.accounts.values import ROLES, SCOPES, Account, Bearer, Identity, Token
from server.core.db import db
from server.core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from server.core.ids import PATTERN, new_id

SESSION_LIFETIME = timedelta(hours=12)
"""A login ends this long after it began, used or not."""

_EMAIL = re.compile(r"[^\s@\x00-\x20]{1,64}@[^\s@.\x00-\x20]+(?:\.[^\s@.\x00-\x20]+)*")
_TOKEN = re.compile(r"Bearer (smt_[A-Za-z0-9_-]{43})", re.IGNORECASE)

# --- people ----------------------------------------------------------------------------------------------


def create_user(
    email: str, role: str, *, password: str | None, site_ids: Collection[str] | None, now: datetime
) -> tuple[Identity, str]:
    """Let somebody in, on all sites or on these. Returns the password too; without one a good one is made.

    :raises Invalid: the address, role or password will not do, or `site_ids` is empty.
    :raises Conflict: `email_taken`.
    """
    address = _address(email)
    _check_role(role, site_ids)
    if password is not None:
        passwords.check(password, email=address)
    secret = password if password is not None else passwords.generate()
    row = User(
        id=new_id(),
        email=address,
        password_hash=passwords.digest(secret),
        role=role,
        all_sites=site_ids is None,
        created_at=now,
        disabled_at=None,
    )
    _add_unless_taken(row)
    _set_sites(row, site_ids)
    return _identity(row), secret


def users() -> tuple[Account, ...]:
    """Everybody who has an account, in order of their addresses."""
    rows = db.session.scalars(sa.select(User).order_by(User.email)).all()
    pairs = db.session.execute(sa.select(UserSite.user_id, UserSite.site_id)).all()
    return tuple(_account(row, frozenset(s for u, s in pairs if u == row.id)) for row in rows)


def user(user_id: str) -> Account:
    """One person.

    :raises NotFound: `user_unknown`.
    """
    row = _user(user_id)
    return _account(row, _sites_of(row))


def change_user(user_id: str, *, role: str, site_ids: Collection[str] | None) -> Account:
    """Give somebody another role or other sites; it holds from their next click.

    :raises Invalid: there is no such role, or `site_ids` is empty.
    :raises NotFound: `user_unknown`.
    :raises Conflict: `last_owner`.
    """
    _check_role(role, site_ids)
    row = _user(user_id)
    if role != "owner" or site_ids is not None:
        _keep_an_owner(row)
    row.role, row.all_sites = role, site_ids is None
    _set_sites(row, site_ids)
    return user(user_id)


def disable_user(user_id: str, *, now: datetime) -> Account:
    """Keep somebody out, and end their sessions.

    :raises NotFound: `user_unknown`.
    :raises Conflict: `last_owner`.
    """
    row = _user(user_id)
    _keep_an_owner(row)
    row.disabled_at = row.disabled_at or now
    _end_sessions(row.id)
    return user(user_id)


def enable_user(user_id: str) -> Account:
    """Let somebody back in.

    :raises NotFound: `user_unknown`.
    """
    _user(user_id).disabled_at = None
    return user(user_id)


def reset_password(user_id: str) -> str:
    """A new generated password for somebody who lost theirs; their sessions end.

    :raises NotFound: `user_unknown`.
    """
    row = _user(user_id)
    secret = passwords.generate()
    row.password_hash = passwords.digest(secret)
    _end_sessions(row.id)
    return secret


def change_password(user_id: str, current: str, new: str) -> None:
    """Somebody's own new password; all their sessions end.

    :raises Invalid: `current` is wrong (under `current`), or the new one will not do (under `password`).
    :raises NotFound: `user_unknown`.
    """
    row = _user(user_id)
    if not passwords.matches(row.password_hash, current):
        raise Invalid(
            "the current password is not right", reason="wrong_password", errors={"current": "is not right"}
        )
    passwords.check(new, email=row.email)
    row.password_hash = passwords.digest(new)
    _end_sessions(row.id)


# --- sessions --------------------------------------------------------------------------------------------


def authenticate(email: str, password: str, *, now: datetime) -> Identity:
    """Who this is. An unknown address costs the same work as a wrong password and gets the same answer.

    :raises Unauthenticated: `wrong_login`.
    :raises Unavailable: too many people are logging in at once.
    """
    address = email.strip().lower()
    known = len(address) <= 254 and _EMAIL.fullmatch(address)
    row = db.session.scalar(sa.select(User).where(User.email == address)) if known else None
    right = passwords.matches(row.password_hash if row else None, password)
    if row is None or not right or (row.disabled_at is not None and row.disabled_at <= now):
        raise Unauthenticated("the e-mail address or the password is wrong", reason="wrong_login")
    return _identity(row)


def open_session(identity: Identity, *, now: datetime) -> str:
    """Begin a session and return its secret, which only the browser keeps; forget those that ended."""
    db.session.execute(sa.delete(Session).where(Session.expires_at <= now))
    secret = secrets.token_urlsafe(32)
    db.session.add(
        Session(
            digest=_digest(secret),
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
            Session.digest == _digest(session_secret),
            Session.expires_at > now,
            User.disabled_at.is_(None),
        )
    )
    return _identity(row) if row else None


def close_session(session_secret: str) -> None:
    """End a session for good; one that has ended already is fine."""
    db.session.execute(sa.delete(Session).where(Session.digest == _digest(session_secret)))


# --- tokens ----------------------------------------------------------------------------------------------


def create_token(
    *, name: str, scopes: Collection[str], site_ids: Collection[str] | None, by: str, now: datetime
) -> tuple[Bearer, str]:
    """Make a token for these sites, or for all, and return its secret, which cannot be shown again.

    :raises Invalid: no or unknown scopes, no sites, or a name that is too long.
    """
    wanted = frozenset(scopes)
    if not wanted or not wanted <= frozenset(SCOPES):
        raise Invalid("a token needs at least one known scope", errors={"scopes": "choose at least one"})
    if site_ids is not None and not site_ids:
        raise Invalid("a token needs at least one site", errors={"sites": "choose at least one"})
    if len(name) > 100 or not name.isprintable():
        raise Invalid("the token's name will not do", errors={"name": "must be at most 100 plain characters"})
    secret = "smt_" + secrets.token_urlsafe(32)
    row = ApiToken(
        id=new_id(),
        digest=_digest(secret),
        name=name,
        scopes=" ".join(scope for scope in SCOPES if scope in wanted),
        all_sites=site_ids is None,
        created_at=now,
        created_by=by,
        revoked_at=None,
    )
    db.session.add(row)
    db.session.flush()
    for site_id in sorted(set(site_ids or ())):
        db.session.add(ApiTokenSite(token_id=row.id, site_id=site_id))
    db.session.flush()
    return _bearer(row), secret


def tokens(site_id: str) -> tuple[Token, ...]:
    """The tokens that count for a site, newest first, revoked ones included."""
    here = sa.select(ApiTokenSite.token_id).where(ApiTokenSite.site_id == site_id)
    rows = db.session.scalars(
        sa.select(ApiToken)
        .where(ApiToken.all_sites | ApiToken.id.in_(here))
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    ).all()
    return tuple(_token(row) for row in rows)


def token(token_id: str) -> Token:
    """One token.

    :raises NotFound: `token_unknown`.
    """
    return _token(_token_row(token_id))


def revoke_token(token_id: str, *, now: datetime) -> Token:
    """Make a token worthless, now and for good.

    :raises NotFound: `token_unknown`.
    """
    row = _token_row(token_id)
    row.revoked_at = row.revoked_at or now
    db.session.flush()
    return _token(row)


def authorise(authorization_header: str | None, scope: str, *, site_id: str | None) -> Bearer:
    """The token in an `Authorization` header, if it is good for this scope and, where meant, this site.

    :raises Unauthenticated: there is no token (`authentication_required`) or no such token (`token_unknown`).
    :raises Forbidden: `scope_missing` or `site_forbidden`.
    """
    match = _TOKEN.fullmatch((authorization_header or "").strip())
    if match is None:
        raise Unauthenticated("send a token as `Authorization: Bearer smt_…`")
    row = db.session.scalar(
        sa.select(ApiToken).where(ApiToken.digest == _digest(match[1]), ApiToken.revoked_at.is_(None))
    )
    if row is None:
        raise Unauthenticated("there is no such token, or it was revoked", reason="token_unknown")
    bearer = _bearer(row)
    if scope not in bearer.scopes:
        raise Forbidden(f"the token does not have the scope {scope}", reason="scope_missing")
    if site_id is not None and not bearer.sees(site_id):
        raise Forbidden("the token does not count for this site", reason="site_forbidden")
    return bearer


def grant_site(token_id: str, site_id: str) -> None:
    """Let a token count for one more site.

    :raises NotFound: `token_unknown`.
    """
    known = token(token_id)
    if not known.all_sites and site_id not in known.site_ids:
        db.session.add(ApiTokenSite(token_id=token_id, site_id=site_id))
        db.session.flush()


# --- inside ----------------------------------------------------------------------------------------------


def _digest(secret: str) -> bytes:
    # The secrets have 256 random bits: one fast hash is enough to keep them from being guessed.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _address(email: str) -> str:
    address = email.strip().lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise Invalid(
            f"{email[:254]!r} is not an e-mail address", errors={"email": "is not an e-mail address"}
        )
    return address


def _check_role(role: str, site_ids: Collection[str] | None) -> None:
    if role not in ROLES:
        raise Invalid(f"{role!r} is not a role", errors={"role": f"must be one of {', '.join(ROLES)}"})
    if site_ids is not None and not site_ids:
        raise Invalid("a role needs a site to count for", errors={"sites": "choose at least one, or all"})


def _add_unless_taken(row: User) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as fault:
        raise Conflict(
            f"{row.email} has an account already", reason="email_taken", errors={"email": "is taken"}
        ) from fault


def _user(user_id: str) -> User:
    row = db.session.get(User, user_id) if PATTERN.fullmatch(user_id) else None
    if row is None:
        raise NotFound("there is no such user", reason="user_unknown")
    return row


def _keep_an_owner(row: User) -> None:
    # Locked, so that two owners cannot remove each other at the same moment.
    owners = sa.select(User.id).where(User.role == "owner", User.all_sites, User.disabled_at.is_(None))
    if set(db.session.scalars(owners.order_by(User.id).with_for_update())) == {row.id}:
        raise Conflict(
            f"{row.email} is the last owner of every site; make somebody else an owner first",
            reason="last_owner",
        )


def _set_sites(row: User, site_ids: Collection[str] | None) -> None:
    db.session.execute(sa.delete(UserSite).where(UserSite.user_id == row.id))
    for site_id in sorted(set(site_ids or ())):
        db.session.add(UserSite(user_id=row.id, site_id=site_id))
    db.session.flush()


def _end_sessions(user_id: str) -> None:
    db.session.execute(sa.delete(Session).where(Session.user_id == user_id))
    db.session.flush()


def _sites_of(row: User) -> frozenset[str]:
    return frozenset(db.session.scalars(sa.select(UserSite.site_id).where(UserSite.user_id == row.id)))


def _identity(row: User) -> Identity:
    return Identity(row.id, row.email, row.role, row.all_sites, _sites_of(row))


def _account(row: User, site_ids: frozenset[str]) -> Account:
    return Account(row.id, row.email, row.role, row.all_sites, site_ids, row.created_at, row.disabled_at)


def _token_sites(row: ApiToken) -> frozenset[str]:
    return frozenset(
        db.session.scalars(sa.select(ApiTokenSite.site_id).where(ApiTokenSite.token_id == row.id))
    )


def _bearer(row: ApiToken) -> Bearer:
    return Bearer(row.id, frozenset(row.scopes.split()), row.all_sites, _token_sites(row))


def _token_row(token_id: str) -> ApiToken:
    row = db.session.get(ApiToken, token_id) if PATTERN.fullmatch(token_id) else None
    if row is None:
        raise NotFound("there is no such token", reason="token_unknown")
    return row


def _token(row: ApiToken) -> Token:
    scopes = tuple(row.scopes.split())
    return Token(
        row.id,
        row.name,
        scopes,
        row.all_sites,
        _token_sites(row),
        row.created_at,
        row.created_by,
        row.revoked_at,
    )
