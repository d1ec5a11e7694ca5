"""Logins by the identity provider: begun here, finished there, and the account that they lead to.

An account is found by the provider's own name for a person (`iss` and `sub`), never by an e-mail address,
which a provider may give to somebody else later. A connected account has no password.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.accounts.digests import digest
from server.accounts.models import ExternalIdentity, SignOn, User
from server.accounts.oidc.authorization import Secrets
from server.accounts.service import sessions, tokens, users
from server.accounts.values import Account, Identity, Token
from server.core.db import db
from server.core.errors import Conflict, Forbidden, NotFound

LIFETIME = timedelta(minutes=10)
"""How long a login may take at the provider."""


@dataclass(frozen=True)
class Begun:
    """A login that goes on at the provider."""

    nonce: str
    verifier: str
    next_path: str
    """The page of the studio to go on to; empty: its first."""
    kept: str
    """A form to go on with, sealed; empty: none."""
    again: bool
    """Whether the person has to show the provider who they are, even if they are logged in there."""
    began_at: datetime


def begin(
    made: Secrets, browser: str, *, next_path: str, kept: str, again: bool = False, now: datetime
) -> None:
    """Remember a login of this browser, which has a secret of its own; those of long ago are deleted."""
    forget(now=now)
    row = SignOn(
        state=digest(made.state),
        browser=digest(browser),
        nonce=made.nonce,
        verifier=made.verifier,
        next_path=next_path,
        kept=kept,
        again=again,
        expires_at=now + LIFETIME,
    )
    db.session.add(row)
    db.session.flush()


def take(state: str, browser: str, *, now: datetime) -> Begun | None:
    """The login that an answer with this `state` is to, once; None if this browser has begun none such."""
    mine = sa.delete(SignOn).where(SignOn.state == digest(state), SignOn.browser == digest(browser))
    row = db.session.execute(
        mine.returning(
            SignOn.nonce, SignOn.verifier, SignOn.next_path, SignOn.kept, SignOn.again, SignOn.expires_at
        )
    ).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    return Begun(row.nonce, row.verifier, row.next_path, row.kept, row.again, row.expires_at - LIFETIME)


def forget(*, now: datetime) -> int:
    """Delete logins that were never finished; returns how many."""
    ended = sa.delete(SignOn).where(SignOn.expires_at <= now)
    return len(db.session.execute(ended.returning(SignOn.state)).all())


@dataclass(frozen=True)
class Grant:
    """Somebody whom the provider has named, and what their claims give them here."""

    issuer: str
    subject: str
    email: str
    """As the provider has checked it."""
    role: str
    site_ids: tuple[str, ...] | None
    """The sites that the role counts for by name; None means all."""
    group_ids: tuple[str, ...] = ()
    """The groups whose sites it counts for, too."""


@dataclass(frozen=True)
class Entered:
    """The account of somebody who has logged in."""

    identity: Identity
    before: Account | None = None
    """With the role of before, where the claims give another now; None: nothing has changed."""
    programs: tuple[Token, ...] = ()
    """Their API tokens as they were before that."""
    created: bool = False


def enter(who: Grant, *, now: datetime) -> Entered:
    """The account of somebody, with what their claims give them now; it is created if they have none.

    :raises Forbidden: `account_disabled`.
    :raises Conflict: `address_taken`: somebody has an account of this address, which is not theirs until they
        have proved it; or `last_owner`, whom the claims would make something else.
    """
    known = _account(who)
    if known is None:
        try:
            made = users.create_user_without_password(
                who.email, who.role, site_ids=who.site_ids, group_ids=who.group_ids, now=now
            )
        except Conflict as fault:
            # Another tab of theirs may have been faster.
            if (known := _account(who)) is None:
                raise Conflict(fault.message, reason="address_taken") from fault
        else:
            _connect(made.user_id, who, now)
            return Entered(made, created=True)
    if known.disabled_at is not None:
        raise Forbidden("this account is disabled; ask an owner", reason="account_disabled")
    return _renewed(known, who, now)


def connect(user_id: str, who: Grant, *, now: datetime) -> Entered:
    """Connect an account, whose owner has just proved it, to what the provider calls them.

    Its password and sessions end: it is entered by the provider alone.

    :raises Conflict: `connected` already; `break_glass`, which has to work without the provider; or
        `last_owner`, as for `enter`.
    """
    known = users.user(user_id)
    if known.break_glass:
        raise Conflict("the break-glass owner logs in with a password alone", reason="break_glass")
    if known.connected or _account(who) is not None:
        raise Conflict("this account is connected already", reason="connected")
    entered = _renewed(known, who, now)
    _connect(user_id, who, now)
    users.drop_password(user_id, now=now)
    sessions.end_all(user_id)
    return entered


def disconnect(user_id: str) -> Account:
    """Let a user log in by the provider no more. They have no password until they choose one by a link.

    :raises NotFound: `user_unknown`.
    :raises Conflict: `not_connected`.
    """
    users.user(user_id)
    gone = sa.delete(ExternalIdentity).where(ExternalIdentity.user_id == user_id)
    if not db.session.execute(gone.returning(ExternalIdentity.user_id)).all():
        raise Conflict("this account is not connected", reason="not_connected")
    sessions.end_all(user_id)
    return users.user(user_id)


# --- internal --------------------------------------------------------------------------------------------


def _account(who: Grant) -> Account | None:
    """The account of somebody; locked, so that two logins at once do not change it both."""
    theirs = sa.select(ExternalIdentity.user_id).where(
        ExternalIdentity.issuer == who.issuer, ExternalIdentity.subject == who.subject
    )
    user_id = db.session.scalar(theirs)
    if user_id is None:
        return None
    db.session.execute(sa.select(User.id).where(User.id == user_id).with_for_update())
    return users.user(user_id)


def _renewed(known: Account, who: Grant, now: datetime) -> Entered:
    sites = None if known.all_sites else known.site_ids
    theirs = None if who.site_ids is None else frozenset(who.site_ids)
    if (known.role, sites, known.group_ids) == (who.role, theirs, frozenset(who.group_ids)):
        return Entered(_identity(known.user_id))
    programs = tokens.tokens_of(known.user_id)
    users.change_user(known.user_id, role=who.role, site_ids=who.site_ids, group_ids=who.group_ids, now=now)
    return Entered(_identity(known.user_id), known, programs)


def _identity(user_id: str) -> Identity:
    found = users.active_identity(user_id)
    if found is None:
        raise NotFound("there is no such user", reason="user_unknown")
    return found


def _connect(user_id: str, who: Grant, now: datetime) -> None:
    db.session.add(
        ExternalIdentity(issuer=who.issuer, subject=who.subject, user_id=user_id, connected_at=now)
    )
    db.session.flush()
