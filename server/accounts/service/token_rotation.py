"""Another secret for a token, while the one before works on for a while; and tokens that expire soon."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from server.accounts import token_secrets
from server.accounts.digests import digest
from server.accounts.models import ApiToken
from server.accounts.service import tokens
from server.accounts.values import Identity, Token
from server.core.db import db
from server.core.errors import Conflict, Forbidden, Invalid, PreconditionFailed

OVERLAPS = (timedelta(0), timedelta(hours=24), timedelta(days=7))
"""How long the secret before may work on: not at all, a day, or a week."""

WARNED_BEFORE = timedelta(days=14)
"""How long before a token expires its people are told."""


def may_rotate(who: Identity, token: Token) -> bool:
    """Whether somebody may have another secret of a token: its maker, or an owner of every site.

    Nobody else: a token acts with its maker's rights, and the secret would give them those.
    """
    if who.role == "owner" and who.all_sites:
        return True
    if token.maker is None or token.maker.user_id != who.user_id:
        return False
    return tokens.may_give(who, token.scopes, None if token.all_sites else token.site_ids)


def rotate(
    token_id: str,
    *,
    overlap: timedelta,
    by: Identity | None,
    now: datetime,
    lifetime: timedelta | None = None,
    replacing: str | None = None,
) -> tuple[Token, str]:
    """Give a token another secret, which is returned once; the one before works on for `overlap`.

    It works no longer than it would have. A secret that still worked from a rotation before stops at once.

    :param by: None: the command line
    :param lifetime: how long the token works from now on; None: as long as before, or without an end
    :param replacing: `mark` of the secret that the caller has seen, so that a form that is sent twice does
        not end the secret that programs have; None: whichever there is

    :raises NotFound: `token_unknown`.
    :raises Forbidden: `by` may not have the secret.
    :raises Conflict: `token_ended`, it is revoked or has expired.
    :raises PreconditionFailed: `changed_meanwhile`, it has another secret than `replacing`.
    :raises Invalid: `overlap` is none of those offered, or `expires` as `tokens.check_lifetime`.
    """
    known = tokens.token(token_id)
    if by is not None and not may_rotate(by, known):
        raise Forbidden("only who made a token, and owners of every site, can have another secret of it")
    if overlap not in OVERLAPS:
        raise Invalid("some fields are not as they should be", errors={"overlap": "has to be chosen"})
    if lifetime is not None:
        tokens.check_lifetime(lifetime, "", by)
    locked = sa.select(ApiToken).where(ApiToken.id == known.token_id).with_for_update()
    row = db.session.scalar(locked.execution_options(populate_existing=True))
    known = tokens.token(token_id)
    if row is None or row.revoked_at is not None or known.life.expired(now):
        raise Conflict("this token has ended; make another one", reason="token_ended")
    if replacing not in (None, mark(known)):
        raise PreconditionFailed("the token got another secret meanwhile")
    secret = token_secrets.new_secret()
    until = min(now + overlap, row.expires_at or now + overlap)
    row.old_digest, row.old_until = (row.digest, until) if overlap else (None, None)
    row.old_hint, row.old_used_at = row.hint, row.used_at
    row.digest, row.hint = digest(secret), token_secrets.hint(secret)
    row.rotated_at, row.used_at = now, None
    works_for = lifetime or known.lifetime
    if works_for is not None:
        row.expires_at, row.why_unlimited = now + works_for, ""
    db.session.flush()
    return tokens.token(token_id), secret


def mark(token: Token) -> str:
    """What tells the present secret of a token from those before and after; it opens nothing."""
    return token.secret_made_at.isoformat()


def expiring(*, now: datetime) -> tuple[Token, ...]:
    """The tokens that work and expire soon, the first to expire first."""
    soon = sa.select(ApiToken.id).where(
        ApiToken.revoked_at.is_(None), ApiToken.expires_at > now, ApiToken.expires_at <= now + WARNED_BEFORE
    )
    ids = db.session.scalars(soon.order_by(ApiToken.expires_at, ApiToken.id)).all()
    return tuple(tokens.token(one) for one in ids)


def forget_old_secrets(*, now: datetime) -> int:
    """Delete the digests of secrets that no longer work; returns how many."""
    past = sa.update(ApiToken).where(ApiToken.old_digest.is_not(None), ApiToken.old_until <= now)
    gone = db.session.execute(past.values(old_digest=None, old_until=None).returning(ApiToken.id))
    return len(gone.all())
