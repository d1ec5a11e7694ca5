"""Sessions that end because the identity provider says so (OpenID Connect Back-Channel Logout 1.0 § 2.7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.accounts.digests import digest
from server.accounts.models import ExternalIdentity, Session, UsedLogoutToken, User
from server.accounts.oidc.tokens import Logout
from server.core.db import db, insert
from server.core.errors import Malformed

_USED = cast("sa.Table", UsedLogoutToken.__table__)


@dataclass(frozen=True)
class Ended:
    """The sessions of one user that have ended."""

    email: str
    count: int


def end_sessions(asked: Logout, *, now: datetime) -> tuple[Ended, ...]:
    """End the sessions that a logout token names and that were opened by the provider, by user.

    :raises Malformed: `token_used`: it was sent before.
    """
    forget(now=now)
    _use(asked)
    whose = [Session.provider_session.is_not(None)]
    if asked.subject:
        theirs = sa.select(ExternalIdentity.user_id).where(
            ExternalIdentity.issuer == asked.issuer, ExternalIdentity.subject == asked.subject
        )
        whose.append(Session.user_id.in_(theirs))
    if asked.session:
        # A session whose name at the provider is not known may be the one: it ends too.
        names = (asked.session, "") if asked.subject else (asked.session,)
        whose.append(Session.provider_session.in_(names))
    ended = db.session.execute(sa.delete(Session).where(*whose).returning(Session.user_id)).scalars().all()
    found = db.session.execute(sa.select(User.id, User.email).where(User.id.in_(ended)).order_by(User.email))
    return tuple(Ended(row.email, ended.count(row.id)) for row in found)


def forget(*, now: datetime) -> int:
    """Delete tokens that are too old by now to be used again; returns how many."""
    ended = sa.delete(UsedLogoutToken).where(UsedLogoutToken.expires_at <= now)
    return len(db.session.execute(ended.returning(UsedLogoutToken.digest)).all())


def _use(asked: Logout) -> None:
    row = {"digest": digest(f"{asked.issuer}\n{asked.token_id}"), "expires_at": asked.expires_at}
    once = insert(_USED).values(row).on_conflict_do_nothing()
    if db.session.execute(once.returning(UsedLogoutToken.digest)).one_or_none() is None:
        raise Malformed("this logout token was used before", reason="token_used")
