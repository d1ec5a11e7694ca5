"""Links by which somebody who has forgotten their password chooses another one.

A link works once, for an hour. Several may be open at the same time, so that a stranger who asks for one does
not end the one that its owner has just got; when one is used, all of them end.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from server.accounts import one_time_links, passwords
from server.accounts.models import PasswordReset as Row
from server.accounts.service import account_mail, audit_log, own_messages, users
from server.accounts.service.account_mail import Letter
from server.accounts.values import Account, Actor
from server.core.db import db
from server.core.email_addresses import email_address
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id

LIFETIME = timedelta(hours=1)
"""How long a link works."""

KEPT = timedelta(days=1)
"""How long a row is kept after its link could last work: its page says what became of it."""

PAGE = "new-password"
"""The page of the studio that a link opens."""


@dataclass(frozen=True)
class Reset:
    """A link that somebody has opened."""

    reset_id: str
    user: Account
    state: Literal["open", "used", "expired"]


class Ended(NotFound):
    """A link that works no more: its reason is `reset_used` or `reset_expired`."""

    def __init__(self, reset: Reset) -> None:
        super().__init__("this link works no more", reason=f"reset_{reset.state}")
        self.reset = reset


def issue(user_id: str, *, now: datetime) -> str:
    """The token of a new link for a user; rows of long ago are deleted.

    :raises NotFound: `user_unknown`.
    :raises Conflict: `user_disabled`, or `connected`: they log in by the identity provider alone.
    """
    known = users.user(user_id)
    if known.disabled_at is not None:
        raise Conflict("this account is disabled; enable it first", reason="user_disabled")
    if known.connected:
        raise Conflict("this account logs in by single sign-on, without a password", reason="connected")
    db.session.execute(sa.delete(Row).where(Row.expires_at <= now - KEPT))
    token = one_time_links.new_token(new_id())
    row = Row(
        id=token[:22],
        digest=one_time_links.stored(token),
        user_id=known.user_id,
        expires_at=now + LIFETIME,
        ended_at=None,
    )
    db.session.add(row)
    db.session.flush()
    return token


def open_link(typed: str, *, now: datetime) -> Reset:
    """What a token, or the address of a link, opens.

    :raises NotFound: `reset_unknown`, also of a disabled user; or `Ended`, with what became of it.
    """
    found = one_time_links.read(typed)
    row = db.session.get(Row, found[0], populate_existing=True) if found else None
    user = users.user(row.user_id) if row is not None else None
    opens = found is not None and row is not None and one_time_links.opens(found[1], row.digest)
    if not opens or row is None or user is None or user.disabled_at is not None or user.connected:
        raise NotFound("is not a link for a new password; copy all of it", reason="reset_unknown")
    if row.ended_at is not None:
        raise Ended(Reset(row.id, user, "used"))
    if row.expires_at <= now:
        raise Ended(Reset(row.id, user, "expired"))
    return Reset(row.id, user, "open")


def choose_password(typed: str, password: str, *, now: datetime, words: Collection[str] = ()) -> Account:
    """Set the password that the owner of a link has chosen; all their sessions and links end.

    :param words: see `users.create_user`

    :raises NotFound: as `open_link`; also if somebody else was faster.
    :raises Invalid: the password is not valid.
    """
    known = open_link(typed, now=now)
    passwords.check(password, email=known.user.email, words=words)
    ended = sa.update(Row).where(Row.id == known.reset_id, Row.ended_at.is_(None)).values(ended_at=now)
    if db.session.scalar(ended.returning(Row.id)) is None:
        raise Ended(Reset(known.reset_id, known.user, "used"))
    users.set_password(known.user.user_id, password, now=now)
    own_messages.password_reset(known.user, now=now)
    return known.user


def send_if_known(
    email: str,
    *,
    language: str,
    public_url: str,
    host: str,
    may_mail: Callable[[str], bool],
    now: datetime,
) -> bool:
    """Send a link to whoever has an account with this address; False if nobody has, or it has had enough.

    :param host: of this server, by which the mail tells where the account is
    :param may_mail: whether an address may get another e-mail; asked for accounts alone
    """
    known = users.with_address(email) if email.isprintable() else None
    usable = known is not None and known.disabled_at is None and not known.connected
    address = email_address(known.email) if known and usable else None
    if known is None or address is None or not may_mail(address):
        return False
    token = issue(known.user_id, now=now)
    letter = Letter(address, language, host, link(token, public_url=public_url, language=language))
    account_mail.send_reset(letter, reset_id=token[:22], now=now)
    audit_log.record_event("reset_requested", by=Actor("person", known.email), now=now)
    return True


def drop_expired_mail(*, now: datetime) -> None:
    """Do not send links that have expired while their e-mail waited."""
    expired = sa.select(Row.id, Row.user_id).where(Row.expires_at <= now, Row.ended_at.is_(None))
    for row in db.session.execute(expired).all():
        account_mail.drop_resets(users.user(row.user_id).email, reset_id=row.id, now=now)


def link(token: str, *, public_url: str, language: str = "") -> str:
    """The address of a link, for its user alone."""
    return one_time_links.address(public_url, PAGE, token, language)
