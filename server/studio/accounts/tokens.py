"""API tokens: those of a site, one of them, and all that somebody sees."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log, token_rotation
from server.accounts.service import tokens as accounts_tokens
from server.accounts.values import OF_OWNERS, SCOPE_COVERS, SCOPE_NEEDS, SCOPES, Token
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from server.sites import program_tokens, sample_rules
from server.sites import service as sites
from server.studio.guard import blueprint, identity, may, needs, site
from server.studio.language import gettext, lazy_gettext, ngettext
from server.studio.role_names import ROLE_NAMES
from server.studio.views import page, redirect_with_flash

LIFETIMES = {
    "30": (timedelta(days=30), lazy_gettext("30 days")),
    "90": (timedelta(days=90), lazy_gettext("90 days")),
    "365": (timedelta(days=365), lazy_gettext("A year")),
    "730": (timedelta(days=730), lazy_gettext("Two years")),
}
"""What the form offers → how long a token works, and its name."""

NEVER = "never"

AS_BEFORE = ""
"""A token works for as long with another secret as with the one before."""

OVERLAPS = {
    "0": (timedelta(0), lazy_gettext("Stop it at once")),
    "24": (timedelta(hours=24), lazy_gettext("24 hours more")),
    "168": (timedelta(days=7), lazy_gettext("7 days more")),
}
"""What the form offers → how long the old secret works on, and its name."""


class Limit(NamedTuple):
    """A permission that a token no longer has."""

    tag: str
    why: str


MEANINGS = {
    "sites:read": lazy_gettext("Read the draft and the published versions"),
    "banner:write": lazy_gettext("Change the draft, and publish nothing"),
    "banner:publish": lazy_gettext("Publish the draft, pause, and go back, and change nothing in the draft"),
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


@blueprint.get("/tokens")
@needs("token.manage")
def all_tokens() -> ResponseReturnValue:
    """The tokens that work on sites that the user sees, those that expire first on top."""
    who, now = identity(), clock.now()
    found = [
        one
        for one in accounts_tokens.all_tokens()
        if who.all_sites or one.all_sites or one.site_ids & who.site_ids
    ]
    found.sort(key=lambda one: (one.life.expires_at is None, one.life.expires_at or now))
    known = {one.id: one for one in sites.with_ids({id_ for each in found for id_ in each.site_ids})}
    first = sites.page(after=None, limit=1, only=None if who.all_sites else who.site_ids)
    rows = []
    for one in found:
        named = [known[id_] for id_ in one.site_ids if id_ in known and who.sees(id_)]
        home = next(iter([*named, *first]), None)
        rows.append((one, sorted(named, key=lambda each: each.name), home))
    return page("tokens/all.html", rows=rows, now=now)


@blueprint.get("/sites/<key>/tokens")
@needs("token.manage")
def tokens() -> ResponseReturnValue:
    """The tokens that are valid for this site."""
    return _tokens(200, {"name": "", "scopes": [], "expires": "365", "why": ""}, {})


@blueprint.post("/sites/<key>/tokens")
@needs("token.manage")
def create_token() -> ResponseReturnValue:
    """Create a token for this site; only this answer shows its secret."""
    name, scopes = request.form.get("name", "").strip(), request.form.getlist("scopes")
    expires, why = request.form.get("expires", "365"), request.form.get("why", "")
    typed: dict[str, object] = {"name": name, "scopes": scopes, "expires": expires, "why": why}
    if not name:
        return _tokens(422, typed, {"name": "is missing"})
    if expires not in (*LIFETIMES, NEVER):
        return _tokens(422, typed, {"expires": "has to be chosen"})
    sample_rules.refuse(site())
    try:
        now = clock.now()
        with transaction():
            bearer, secret = accounts_tokens.create_token(
                name=name,
                scopes=scopes,
                site_ids=[site().id],
                by=identity(),
                now=now,
                lifetime=None if expires == NEVER else LIFETIMES[expires][0],
                why_unlimited=why,
            )
            made = accounts_tokens.token(bearer.token_id)
            _note("token_created", made, " ".join(sorted(bearer.scopes)))
            program_tokens.tell_of_new(made, identity().actor, now=now)
    except Invalid as fault:
        return _tokens(422, typed, dict(fault.errors))
    return page("tokens/secret.html", 201, token=made, value=secret, example=_example(scopes), rotated=False)


@blueprint.get("/sites/<key>/tokens/<token_id>")
@needs("token.manage")
def token(token_id: str) -> ResponseReturnValue:
    """One token: what it may do, until when, and when it was used."""
    return _token(_known(token_id), 200, {})


@blueprint.post("/sites/<key>/tokens/<token_id>/rotate")
@needs("token.manage")
def rotate_token(token_id: str) -> ResponseReturnValue:
    """Give a token another secret, which only this answer shows; the one before works on for a while."""
    known, chosen = _known(token_id), request.form.get("overlap", "")
    expires = request.form.get("expires", "")
    wrong = {"overlap": chosen not in OVERLAPS, "expires": expires not in (AS_BEFORE, *LIFETIMES)}
    if any(wrong.values()):
        return _token(known, 422, {field: "has to be chosen" for field, is_so in wrong.items() if is_so})
    try:
        with transaction():
            changed, secret = token_rotation.rotate(
                token_id,
                overlap=OVERLAPS[chosen][0],
                by=identity(),
                now=clock.now(),
                lifetime=None if expires == AS_BEFORE else LIFETIMES[expires][0],
                replacing=request.form.get("replacing", ""),
            )
            _note("token_rotated", changed, f"{chosen} hours")
    except Conflict as fault:
        return _token(_known(token_id), fault.status, {"general": fault.message})
    except PreconditionFailed as fault:
        said = gettext(
            "The token got another secret meanwhile, which was shown once. Nothing is changed now; the old "
            "secret works on as the table says."
        )
        return _token(_known(token_id), fault.status, {"general": said})
    return page(
        "tokens/secret.html",
        201,
        token=changed,
        value=secret,
        example=_example(changed.scopes),
        rotated=True,
    )


@blueprint.post("/sites/<key>/tokens/<token_id>/revoke")
@needs("token.manage", proof=False)
def revoke_token(token_id: str) -> ResponseReturnValue:
    """Revoke a token, and cancel what it has scheduled."""
    known = _known(token_id)
    if not _mine(known.all_sites, known.site_ids):
        raise Forbidden("this token counts for sites that are not yours; an owner of all sites can revoke it")
    with transaction():
        revoked = accounts_tokens.revoke_token(token_id, now=clock.now())
        _note("token_revoked", revoked)
        cancelled = program_tokens.cancel_scheduled(revoked, by=identity().actor, now=clock.now())
    said = _revoked(known.name)
    if cancelled:
        said += " " + ngettext(
            "What it had scheduled is cancelled.",
            "%(num)s scheduled publications are cancelled.",
            len(cancelled),
        )
    return redirect_with_flash("tokens", said)


def _known(token_id: str) -> Token:
    """A token that is valid for this site.

    :raises NotFound: `token_unknown`.
    """
    known = accounts_tokens.token(token_id)
    if not known.all_sites and site().id not in known.site_ids:
        raise NotFound("there is no such token", reason="token_unknown")
    return known


def _note(action: str, one: Token, detail: str = "") -> None:
    audit_log.record_event(
        action,
        by=identity().actor,
        site_id=site().id,
        subject=one.actor.name,
        detail=detail,
        now=clock.now(),
    )


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
        if "banner.publish" in missing and site_id in maker.asks_on:
            why = gettext("%(email)s only asks for publishing here", email=maker.email)
        # Of `sites:write` without publishing the draft is left; of other scopes nothing that they are for.
        stopped = missing == SCOPE_COVERS[scope] - OF_OWNERS or "banner.edit" in missing
        if stopped or (missing and scope != "sites:write"):
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


def _as_before(lifetime: timedelta | None) -> str:
    if lifetime is None:
        return gettext("Without an end, as before")
    return ngettext("%(num)s day, as before", "%(num)s days, as before", lifetime.days)


def _tokens(status: int, typed: dict[str, object], errors: dict[str, object]) -> Response:
    found, may_never = accounts_tokens.tokens(site().id), identity().role == "owner"
    return page(
        "tokens/list.html",
        status,
        tokens=[(one, limits_of(one, site().id)) for one in found if one.revoked_at is None],
        revoked=[one for one in found if one.revoked_at is not None],
        scopes=[(scope, _meaning(scope)) for scope in _giveable()],
        lifetimes=[
            *((name, words) for name, (_time, words) in LIFETIMES.items()),
            *([(NEVER, gettext("It never expires"))] if may_never else []),
        ],
        may_never=may_never,
        now=clock.now(),
        typed=typed,
        errors=errors,
    )


def _token(known: Token, status: int, errors: dict[str, object]) -> Response:
    now = clock.now()
    return page(
        "tokens/one.html",
        status,
        token=known,
        limits=limits_of(known, site().id),
        works=known.revoked_at is None and not known.life.expired(now),
        mine=_mine(known.all_sites, known.site_ids),
        may_rotate=token_rotation.may_rotate(identity(), known),
        scopes=[(scope, MEANINGS[scope]) for scope in known.scopes],
        overlaps=[(name, words) for name, (_time, words) in OVERLAPS.items()],
        lifetimes=[
            (AS_BEFORE, _as_before(known.lifetime)),
            *((name, words) for name, (time, words) in LIFETIMES.items() if time != known.lifetime),
        ],
        replacing=token_rotation.mark(known),
        now=now,
        errors=errors,
    )


def _example(scopes: Sequence[str]) -> str:
    """The path of a call that a token with these scopes may make."""
    own = f"/api/v1/sites/{site().key}"
    paths = {
        "sites:read": "/api/v1/sites",
        "banner:write": f"{own}/banner/draft",
        "banner:publish": f"{own}/banner/versions",
        "sites:write": "/api/v1/sites",
        "analytics:read": f"{own}/analytics",
        "metrics:read": "/metrics",
    }
    return next((path for scope, path in paths.items() if scope in scopes), "/api/v1/openapi.json")
