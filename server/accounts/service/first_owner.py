"""The first owner: made in the browser by whoever has the token that the server printed at its start.

Each node that starts while there is no user prints a token of its own. All of them work until an owner is
made with one of them, or their time is over.
"""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.accounts import passwords
from server.accounts.digests import digest
from server.accounts.models import OwnerToken, User
from server.accounts.service import users
from server.accounts.values import Identity
from server.core.db import db
from server.core.errors import Conflict, Invalid

LIFETIME = timedelta(hours=24)
"""How long a token works; another start of the server prints another."""


_REFUSED = "is not right, has been used, or is too old: restart the server, and it prints another"


def is_missing() -> bool:
    """Whether nobody has an account yet."""
    return db.session.scalar(sa.select(User.id).limit(1)) is None


def is_awaited() -> bool:
    """Whether nobody has an account yet, and a token was printed to make the first one with."""
    printed = sa.exists().where(OwnerToken.digest.is_not(None))
    return bool(db.session.scalar(sa.select(sa.and_(printed, ~sa.exists().where(User.id.is_not(None))))))


def issue_token(*, now: datetime) -> str:
    """A new token, which works once; those that have expired are deleted."""
    db.session.execute(sa.delete(OwnerToken).where(OwnerToken.expires_at <= now))
    secret = secrets.token_urlsafe(24)
    db.session.add(OwnerToken(digest=digest(secret), expires_at=now + LIFETIME))
    return secret


def create_owner(
    token: str, email: str, password: str, *, now: datetime, words: Collection[str] = ()
) -> Identity:
    """Make the first owner of every site; no token works any more.

    :param words: see `users.create_user`

    :raises Invalid: the token is not right (`token`), or the address (`email`) or password (`password`) is
        not valid: all that is wrong is named.
    :raises Conflict: `owner_exists`, also when somebody else was faster.
    """
    if is_missing():
        if errors := _errors(token, email, password, words, now=now):
            raise Invalid("the account cannot be created", errors=errors)
        # Whoever deletes the tokens has them: a second transaction waits here, and finds none.
        taken = db.session.execute(sa.delete(OwnerToken).returning(OwnerToken.digest)).all()
    else:
        taken = []
    if not taken or not is_missing():
        raise Conflict("there is an owner already: log in", reason="owner_exists")
    owner, _password = users.create_user(email, "owner", password=password, site_ids=None, now=now)
    return owner


def _errors(
    token: str, email: str, password: str, words: Collection[str], *, now: datetime
) -> dict[str, object]:
    errors: dict[str, object] = {}
    if not _is_right(token, now=now):
        errors |= {"token": _REFUSED}
    for check in (
        lambda: users.address(email),
        lambda: passwords.check(password, email=email.strip().lower(), words=words),
    ):
        try:
            check()
        except Invalid as fault:
            errors |= fault.errors
    return errors


def _is_right(token: str, *, now: datetime) -> bool:
    given = digest(token.strip())
    known = db.session.scalars(sa.select(OwnerToken.digest).where(OwnerToken.expires_at > now)).all()
    # Each is compared, in a time that tells nothing of where they differ.
    return sum(hmac.compare_digest(given, each) for each in known) > 0
