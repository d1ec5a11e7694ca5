"""API tokens of programs. A secret is returned once; only its digest is stored."""

import re
import secrets
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from server.accounts import queries
from server.accounts.digests import digest
from server.accounts.models import ApiToken, ApiTokenSite, User
from server.accounts.values import SCOPE_NEEDS, SCOPES, Bearer, Identity, Token
from server.core.db import db
from server.core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from server.core.ids import PATTERN, new_id

_TOKEN = re.compile(r"Bearer (smt_[A-Za-z0-9_-]{43})", re.IGNORECASE)


def create_token(
    *,
    name: str,
    scopes: Collection[str],
    site_ids: Collection[str] | None,
    by: Identity | str,
    now: datetime,
) -> tuple[Bearer, str]:
    """Create a token for these sites, or for all; returns its secret, which cannot be shown again.

    A token created by a user never has more permissions than that user has at the time of use. One created
    by name alone, on the command line, has its scopes until it is revoked.

    :raises Invalid: no or unknown scopes, no sites, or a name that is too long.
    :raises Forbidden: the token would have more permissions than the user.
    """
    requested = frozenset(scopes)
    if not requested or not requested <= frozenset(SCOPES):
        raise Invalid("a token needs at least one known scope", errors={"scopes": "choose at least one"})
    if site_ids is not None and not site_ids:
        raise Invalid("a token needs at least one site", errors={"sites": "choose at least one"})
    if len(name) > 100 or not name.isprintable():
        raise Invalid(
            "the token's name is not valid", errors={"name": "must be at most 100 plain characters"}
        )
    maker = by if isinstance(by, Identity) else None
    if maker is not None and not _may_give(maker, requested, site_ids):
        raise Forbidden("nobody can make a token that may do more than they themselves")
    secret = "smt_" + secrets.token_urlsafe(32)
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
    )
    db.session.add(row)
    db.session.flush()
    for site_id in sorted(set(site_ids or ())):
        db.session.add(ApiTokenSite(token_id=row.id, site_id=site_id))
    db.session.flush()
    return _bearer(row, _maker(row)), secret


def tokens(site_id: str) -> tuple[Token, ...]:
    """The tokens of a site, newest first, including revoked ones."""
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
    """Revoke a token.

    :raises NotFound: `token_unknown`.
    """
    row = _token_row(token_id)
    row.revoked_at = row.revoked_at or now
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


def authorise(
    authorization_header: str | None, scope: str, *, site_id: str | None, permission: str | None = None
) -> Bearer:
    """The token in an `Authorization` header, if it has this scope and is valid for this site, if given.

    `permission` is what the request needs; the token's creator must have it now, on this site. By default it
    is the permission needed to grant the scope.

    :raises Unauthenticated: there is no token (`authentication_required`), no such token (`token_unknown`),
        or its creator can no longer log in (`maker_disabled`).
    :raises Forbidden: `scope_missing`, `site_forbidden`, or `maker_forbidden` if the token's creator does not
        have the permission (any more).
    """
    bearer = identified(authorization_header)
    if scope not in bearer.scopes:
        raise Forbidden(f"the token does not have the scope {scope}", reason="scope_missing")
    if site_id is not None and not bearer.sees(site_id):
        raise Forbidden("the token does not count for this site", reason="site_forbidden")
    if not bearer.may(permission or SCOPE_NEEDS[scope], site_id):
        raise Forbidden("the maker of this token may not do this", reason="maker_forbidden")
    return bearer


def identified(authorization_header: str | None) -> Bearer:
    """The token in an `Authorization` header, whatever it may do: the caller asks for each permission.

    :raises Unauthenticated: as `authorise`.
    """
    match = _TOKEN.fullmatch((authorization_header or "").strip())
    if match is None:
        raise Unauthenticated("send a token as `Authorization: Bearer smt_…`")
    row = db.session.scalar(
        sa.select(ApiToken).where(ApiToken.digest == digest(match[1]), ApiToken.revoked_at.is_(None))
    )
    if row is None:
        raise Unauthenticated("there is no such token, or it was revoked", reason="token_unknown")
    maker = _maker(row)
    if maker is not None and maker.disabled_at is not None:
        raise Unauthenticated("the maker of this token can no longer log in", reason="maker_disabled")
    return _bearer(row, maker)


def grant_site(token_id: str, site_id: str) -> None:
    """Add a site to a token.

    :raises NotFound: `token_unknown`.
    """
    known = token(token_id)
    if not known.all_sites and site_id not in known.site_ids:
        db.session.add(ApiTokenSite(token_id=token_id, site_id=site_id))
        db.session.flush()


# --- internal --------------------------------------------------------------------------------------------


def _token_sites(row: ApiToken) -> frozenset[str]:
    return frozenset(
        db.session.scalars(sa.select(ApiTokenSite.site_id).where(ApiTokenSite.token_id == row.id))
    )


def _may_give(maker: Identity, scopes: Collection[str], site_ids: Collection[str] | None) -> bool:
    if site_ids is None and not maker.all_sites:
        return False
    return all(maker.may(SCOPE_NEEDS[scope], site) for scope in scopes for site in site_ids or (None,))


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
    )
