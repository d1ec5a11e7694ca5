"""Another secret for a token, while the one before works on for a while; and tokens that expire soon."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from server.accounts import token_secrets
from server.accounts.digests import digest
from server.accounts.models import ApiToken
from server.accounts.service import tokens
from server.accounts.values import Identity, Token
from server.core.db import db
from server.core.errors import Conflict, Forbidden, Invalid

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
    lifetime: timedelta = tokens.LIFETIME,
) -> tuple[Token, str]:
    """Give a token another secret, which is returned once; the one before works on for `overlap`.

    A token that expires then works for `lifetime` from now on; one without an end goes on having none. A
    secret that still worked from a rotation before stops at once.

    :param by: None: the command line

    :raises NotFound: `token_unknown`.
    :raises Forbidden: `by` may not have the secret.
    :raises Conflict: `token_ended`, it is revoked or has expired.
    :raises Invalid: `overlap` is none of those offered, or `expires` as `tokens.check_lifetime`.
    """
    known = tokens.token(token_id)
    if by is not None and not may_rotate(by, known):
        raise Forbidden("only who made a token, and owners of every site, can have another secret of it")
    if overlap not in OVERLAPS:
        raise Invalid("some fields are not as they should be", errors={"overlap": "has to be chosen"})
    tokens.check_lifetime(lifetime, "", by)
    row = db.session.scalar(sa.select(ApiToken).where(ApiToken.id == known.token_id).with_for_update())
    if row is None or row.revoked_at is not None or known.life.expired(now):
        raise Conflict("this token has ended; make another one", reason="token_ended")
    secret = token_secrets.new_secret()
    row.old_digest, row.old_until = (row.digest, now + overlap) if overlap else (None, None)
    row.old_hint, row.old_used_at = row.hint, row.used_at
    row.digest, row.hint = digest(secret), token_secrets.hint(secret)
    row.rotated_at, row.used_at = now, None
    if row.expires_at is not None:
        row.expires_at = now + lifetime
    db.session.flush()
    return tokens.token(token_id), secret


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
