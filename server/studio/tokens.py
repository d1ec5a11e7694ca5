"""API tokens of a site."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.accounts.service import tokens as accounts_tokens
from server.accounts.values import OF_OWNERS, SCOPE_COVERS, SCOPE_NEEDS, SCOPES, Token
from server.core import clock
from server.core.db import transaction
from server.core.errors import Forbidden, Invalid, NotFound
from server.sites import sample_rules
from server.studio.guard import blueprint, identity, may, needs, site
from server.studio.language import gettext, lazy_gettext
from server.studio.role_names import ROLE_NAMES
from server.studio.views import page, redirect_with_flash


class Limit(NamedTuple):
    """A permission that a token no longer has."""

    tag: str
    why: str


MEANINGS = {
    "sites:read": lazy_gettext("Read the draft and the published versions"),
    "sites:write": lazy_gettext("Change the draft, publish, and go back to an earlier version"),
    "analytics:read": lazy_gettext("Read the figures"),
    "metrics:read": lazy_gettext("Read the metrics of the server"),
    "consents:read": lazy_gettext("Read and export consent records"),
}
"""Scope → what it allows."""

CHANGES_SITES = lazy_gettext(
    "Change the draft, publish, go back to an earlier version, and change the name and domains of the site"
)
"""What `sites:write` allows to owners."""

MAKES_SITES = lazy_gettext(
    "Change the draft, publish, go back to an earlier version, change the name and domains of a site, and "
    "add sites"
)
"""What `sites:write` allows to those who may add sites."""


@blueprint.get("/sites/<key>/tokens")
@needs("token.manage")
def tokens() -> ResponseReturnValue:
    """The tokens that are valid for this site."""
    return _tokens(200, {"name": "", "scopes": []}, {})


@blueprint.post("/sites/<key>/tokens")
@needs("token.manage")
def create_token() -> ResponseReturnValue:
    """Create a token for this site; only this answer shows its secret."""
    name, scopes = request.form.get("name", "").strip(), request.form.getlist("scopes")
    typed: dict[str, object] = {"name": name, "scopes": scopes}
    if not name:
        return _tokens(422, typed, {"name": "is missing"})
    sample_rules.refuse(site())
    try:
        now = clock.now()
        with transaction():
            bearer, secret = accounts_tokens.create_token(
                name=name, scopes=scopes, site_ids=[site().id], by=identity(), now=now
            )
            audit_log.record_event(
                "token_created",
                by=identity().actor,
                site_id=site().id,
                subject=bearer.actor.name,
                detail=" ".join(sorted(bearer.scopes)),
                now=now,
            )
    except Invalid as fault:
        return _tokens(422, typed, dict(fault.errors))
    return page("tokens/secret.html", 201, name=name, value=secret, example=_example(scopes))


@blueprint.post("/sites/<key>/tokens/<token_id>/revoke")
@needs("token.manage")
def revoke_token(token_id: str) -> ResponseReturnValue:
    """Revoke a token."""
    known = accounts_tokens.token(token_id)
    if not known.all_sites and site().id not in known.site_ids:
        raise NotFound("there is no such token", reason="token_unknown")
    if not _mine(known.all_sites, known.site_ids):
        raise Forbidden("this token counts for sites that are not yours; an owner of all sites can revoke it")
    now = clock.now()
    with transaction():
        revoked = accounts_tokens.revoke_token(token_id, now=now)
        audit_log.record_event(
            "token_revoked", by=identity().actor, site_id=site().id, subject=revoked.actor.name, now=now
        )
    return redirect_with_flash("tokens", _revoked(known.name))


def limits_of(token: Token, site_id: str) -> tuple[Limit, ...]:
    """The permissions that a token no longer has on this site, and why; empty if it has all."""
    maker = token.maker
    if maker is None:
        return ()
    if token.maker_disabled:
        return (Limit(gettext("Stopped"), gettext("%(email)s can no longer log in", email=maker.email)),)
    if not maker.sees(site_id):
        why = gettext("%(email)s no longer works on this site", email=maker.email)
        return (Limit(gettext("Stopped on this site"), why),)
    limits, role = [], str(ROLE_NAMES[maker.role]).lower()
    for scope in token.scopes:
        missing = token.missing(scope, site_id)
        why = gettext("%(email)s now has the role %(role)s", email=maker.email, role=role)
        if missing == SCOPE_COVERS[scope] - OF_OWNERS:
            limits.append(Limit(gettext("%(scope)s stopped", scope=scope), why))
        elif missing:
            limits.append(Limit(gettext("%(scope)s for the draft only", scope=scope), why))
    return tuple(limits)


def _meaning(scope: str) -> str:
    """The permissions of a scope in a token of this user."""
    if scope != "sites:write" or not may("site.edit"):
        return MEANINGS[scope]
    return MAKES_SITES if may("site.create") else CHANGES_SITES


def _revoked(name: str) -> str:
    return (
        gettext("The token %(name)s is revoked. Programs that use it are refused.", name=name)
        if name
        else gettext("The token is revoked. Programs that use it are refused.")
    )


def _giveable() -> list[str]:
    return [scope for scope in SCOPES if may(SCOPE_NEEDS[scope])]


def _mine(all_sites: bool, site_ids: frozenset[str]) -> bool:  # noqa: FBT001 - as the token has it
    """Whether all sites of a token are within the reach of the user who would revoke it."""
    return identity().all_sites or (not all_sites and site_ids <= identity().site_ids)


def _tokens(status: int, typed: dict[str, object], errors: dict[str, object]) -> Response:
    found = accounts_tokens.tokens(site().id)
    return page(
        "tokens/list.html",
        status,
        tokens=[
            (one, _mine(one.all_sites, one.site_ids), limits_of(one, site().id))
            for one in found
            if one.revoked_at is None
        ],
        revoked=[one for one in found if one.revoked_at is not None],
        scopes=[(scope, _meaning(scope)) for scope in _giveable()],
        typed=typed,
        errors=errors,
    )


def _example(scopes: Sequence[str]) -> str:
    """The path of a call that a token with these scopes may make."""
    own = f"/api/v1/sites/{site().key}"
    paths = {
        "sites:read": "/api/v1/sites",
        "sites:write": "/api/v1/sites",
        "analytics:read": f"{own}/analytics",
        "metrics:read": "/metrics",
    }
    return next((path for scope, path in paths.items() if scope in scopes), "/api/v1/openapi.json")
