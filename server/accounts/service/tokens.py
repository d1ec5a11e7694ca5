"""API tokens of programs. A secret is returned once; only its digest is stored."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.accounts import queries, token_secrets
from server.accounts.digests import digest
from server.accounts.models import ApiToken, ApiTokenSite, User
from server.accounts.values import SCOPE_NEEDS, SCOPES, Bearer, Identity, Life, Token
from server.core.db import db
from server.core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from server.core.ids import PATTERN, new_id

LIFETIME = timedelta(days=365)
"""How long a token works if nobody chooses another time."""

LONGEST = timedelta(days=730)
"""How long a token works at most, unless an owner lets it have no end."""

NOTED_EVERY = timedelta(hours=1)
"""How exactly it is stored when a token was used, so that not every request writes."""

LONGEST_REASON = 200
"""Most characters of why a token has no end."""

_BEARER = re.compile(r"Bearer\s+(\S+)", re.IGNORECASE)


def create_token(
    *,
    name: str,
    scopes: Collection[str],
    site_ids: Collection[str] | None,
    by: Identity | str,
    now: datetime,
    lifetime: timedelta | None = LIFETIME,
    why_unlimited: str = "",
) -> tuple[Bearer, str]:
    """Create a token for these sites, or for all; returns its secret, which cannot be shown again.

    A token created by a user never has more permissions than that user has at the time of use. One created
    by name alone, on the command line, has its scopes until it is revoked or expires.

    :param lifetime: None: it does not expire, for the reason `why_unlimited`

    :raises Invalid: no or unknown scopes, no sites, a name or lifetime that is too long, or no reason.
    :raises Forbidden: the token would have more permissions than the user; or no end, and they are no owner.
    """
    requested, maker = frozenset(scopes), by if isinstance(by, Identity) else None
    _check(name, requested, site_ids)
    if maker is not None and not may_give(maker, requested, site_ids):
        raise Forbidden("nobody can make a token that may do more than they themselves")
    check_lifetime(lifetime, why_unlimited, maker)
    secret = token_secrets.new_secret()
    row = ApiToken(
        id=new_id(),
        digest=digest(secret),
        name=name,
        scopes=" ".join(scope for scope in SCOPES if scope in requested),
        all_sites=site_ids is None,
        created_at=now,
        created_by=by if isinstance(by, str) else by.email,
        maker_id=maker.user_id if maker else None,
        revoked_at=None,
        expires_at=now + lifetime if lifetime is not None else None,
        why_unlimited=why_unlimited.strip() if lifetime is None else "",
        hint=token_secrets.hint(secret),
    )
    db.session.add(row)
    db.session.flush()
    for site_id in sorted(set(site_ids or ())):
        db.session.add(ApiTokenSite(token_id=row.id, site_id=site_id))
    db.session.flush()
    return _bearer(row, _maker(row)), secret


def check_lifetime(lifetime: timedelta | None, why_unlimited: str, maker: Identity | None) -> None:
    """Accept how long a token is to work; `maker` is None on the command line.

    :raises Invalid: `expires`: it is too long or has passed; `why_unlimited`: no end, and no reason for it.
    :raises Forbidden: it is to have no end, and who makes it is no owner.
    """
    if lifetime is None:
        if maker is not None and maker.role != "owner":
            raise Forbidden("only an owner makes a token that does not expire")
        why = why_unlimited.strip()
        if not why:
            raise Invalid("a token without an end needs a reason", errors={"why_unlimited": "is missing"})
        if len(why) > LONGEST_REASON or not why.isprintable():
            raise Invalid(
                "the reason is not valid", errors={"why_unlimited": "must be at most 200 plain characters"}
            )
    elif not timedelta(0) < lifetime <= LONGEST:
        raise Invalid(
            "a token works for two years at most", errors={"expires": "must be within the next two years"}
        )


def tokens(site_id: str) -> tuple[Token, ...]:
    """The tokens of a site, newest first, including revoked ones."""
    here = sa.select(ApiTokenSite.token_id).where(ApiTokenSite.site_id == site_id)
    rows = db.session.scalars(
        sa.select(ApiToken)
        .where(ApiToken.all_sites | ApiToken.id.in_(here))
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    ).all()
    return tuple(_token(row) for row in rows)


def all_tokens() -> tuple[Token, ...]:
    """The tokens that are not revoked, of all sites, newest first."""
    query = sa.select(ApiToken).where(ApiToken.revoked_at.is_(None))
    rows = db.session.scalars(query.order_by(ApiToken.created_at.desc(), ApiToken.id)).all()
    return tuple(_token(row) for row in rows)


def token(token_id: str) -> Token:
    """One token.

    :raises NotFound: `token_unknown`.
    """
    return _token(_token_row(token_id))


def names(token_ids: Collection[str]) -> dict[str, str]:
    """Id → name of these tokens, including revoked ones; without those that are not there."""
    query = sa.select(ApiToken.id, ApiToken.name).where(ApiToken.id.in_(token_ids))
    return {row.id: row.name for row in db.session.execute(query)}


def revoke_token(token_id: str, *, now: datetime) -> Token:
    """Revoke a token, with the secret before if that still works.

    :raises NotFound: `token_unknown`.
    """
    row = _token_row(token_id)
    row.revoked_at = row.revoked_at or now
    row.old_digest = row.old_until = None
    db.session.flush()
    return _token(row)


def tokens_of(user_id: str) -> tuple[Token, ...]:
    """The tokens that a user created and that are not revoked, oldest first."""
    rows = db.session.scalars(
        sa.select(ApiToken)
        .where(ApiToken.maker_id == user_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at, ApiToken.id)
    ).all()
    return tuple(_token(row) for row in rows)


def identify(authorization_header: str | None, *, now: datetime) -> Bearer:
    """The token in an `Authorization` header, if it is valid.

    :raises Unauthenticated: there is no token (`authentication_required`), no such token (`token_unknown`),
        it has expired (`token_expired`), or its creator can no longer log in (`maker_disabled`).
    """
    match = _BEARER.fullmatch((authorization_header or "").strip())
    if match is None:
        raise Unauthenticated("send a token as `Authorization: Bearer smt_…`")
    unknown = Unauthenticated("there is no such token, or it was revoked", reason="token_unknown")
    if not token_secrets.is_one(match[1]):
        raise unknown
    shown = digest(match[1])
    row = db.session.scalar(
        sa.select(ApiToken).where(
            sa.or_(ApiToken.digest == shown, ApiToken.old_digest == shown), ApiToken.revoked_at.is_(None)
        )
    )
    if row is None:
        raise unknown
    old, life = row.digest != shown, _life(row)
    if old and not life.old_works(now):
        raise Unauthenticated("this secret was replaced by another one", reason="token_unknown")
    if life.expired(now):
        raise Unauthenticated("this token has expired; make another one", reason="token_expired")
    maker = _maker(row)
    if maker is not None and maker.disabled_at is not None:
        raise Unauthenticated("the maker of this token can no longer log in", reason="maker_disabled")
    used_at = life.old_used_at if old else life.used_at
    noted = used_at is not None and now < used_at + NOTED_EVERY
    return replace(_bearer(row, maker), old_secret=old, noted=noted)


def authorise(
    authorization_header: str | None,
    *scopes: str,
    site_id: str | None,
    permission: str | None = None,
    now: datetime,
) -> Bearer:
    """The token in an `Authorization` header, if it has one of these scopes and is valid for this site.

    `permission` is what the request needs; the token's creator must have it now, on this site. By default it
    is the permission needed to grant the first of the scopes.

    :raises Unauthenticated: as `identify`.
    :raises Forbidden: `scope_missing`, `site_forbidden`, or `maker_forbidden` if the token's creator does not
        have the permission (any more).
    """
    bearer = identify(authorization_header, now=now)
    if bearer.scopes.isdisjoint(scopes):
        raise Forbidden(f"the token does not have the scope {' or '.join(scopes)}", reason="scope_missing")
    if site_id is not None and not bearer.sees(site_id):
        raise Forbidden("the token does not count for this site", reason="site_forbidden")
    if not bearer.may(permission or SCOPE_NEEDS[scopes[0]], site_id):
        raise Forbidden("the maker of this token may not do this", reason="maker_forbidden")
    return bearer


def note_use(token_id: str, *, old_secret: bool, now: datetime) -> bool:
    """Store that a token was used; false if that was noted within the last hour."""
    column = ApiToken.old_used_at if old_secret else ApiToken.used_at
    due = sa.or_(column.is_(None), column <= now - NOTED_EVERY)
    used = sa.update(ApiToken).where(ApiToken.id == token_id, due).values({column: now})
    return db.session.scalar(used.returning(ApiToken.id)) is not None


def grant_site(token_id: str, site_id: str) -> None:
    """Add a site to a token.

    :raises NotFound: `token_unknown`.
    """
    known = token(token_id)
    if not known.all_sites and site_id not in known.site_ids:
        db.session.add(ApiTokenSite(token_id=token_id, site_id=site_id))
        db.session.flush()


def may_give(maker: Identity, scopes: Collection[str], site_ids: Collection[str] | None) -> bool:
    """Whether somebody may make a token with these scopes, for these sites or for all."""
    if site_ids is None and not maker.all_sites:
        return False
    return all(maker.may(SCOPE_NEEDS[scope], site) for scope in scopes for site in site_ids or (None,))


# --- internal --------------------------------------------------------------------------------------------


def _check(name: str, scopes: frozenset[str], site_ids: Collection[str] | None) -> None:
    if not scopes or not scopes <= frozenset(SCOPES):
        raise Invalid("a token needs at least one known scope", errors={"scopes": "choose at least one"})
    if site_ids is not None and not site_ids:
        raise Invalid("a token needs at least one site", errors={"sites": "must be at least one"})
    if len(name) > 100 or not name.isprintable():
        raise Invalid(
            "the token's name is not valid", errors={"name": "must be at most 100 plain characters"}
        )


def _token_sites(row: ApiToken) -> frozenset[str]:
    return frozenset(
        db.session.scalars(sa.select(ApiTokenSite.site_id).where(ApiTokenSite.token_id == row.id))
    )


def _maker(row: ApiToken) -> User | None:
    return db.session.get(User, row.maker_id) if row.maker_id is not None else None


def _bearer(row: ApiToken, maker: User | None) -> Bearer:
    return Bearer(
        row.id,
        row.name,
        frozenset(row.scopes.split()),
        row.all_sites,
        _token_sites(row),
        queries.identity(maker) if maker else None,
    )


def _life(row: ApiToken) -> Life:
    return Life(
        row.expires_at,
        row.why_unlimited,
        row.hint,
        row.used_at,
        row.rotated_at,
        row.old_until,
        row.old_hint,
        row.old_used_at,
    )


def _token_row(token_id: str) -> ApiToken:
    row = db.session.get(ApiToken, token_id) if PATTERN.fullmatch(token_id) else None
    if row is None:
        raise NotFound("there is no such token", reason="token_unknown")
    return row


def _token(row: ApiToken) -> Token:
    scopes = tuple(row.scopes.split())
    maker = _maker(row)
    return Token(
        row.id,
        row.name,
        scopes,
        row.all_sites,
        _token_sites(row),
        row.created_at,
        row.created_by,
        row.revoked_at,
        queries.identity(maker) if maker else None,
        maker is not None and maker.disabled_at is not None,
        _life(row),
    )
