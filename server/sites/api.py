"""Sites, drafts and versions over HTTP: what the studio does, for scripts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, current_app, request, url_for
from marshmallow import Schema, ValidationError

from server.accounts.service import audit_log, tokens
from server.accounts.values import Bearer
from server.core import clock
from server.core.bodies import read_body
from server.core.db import transaction
from server.core.errors import Forbidden, Invalid, flatten
from server.core.http import Blueprint, as_json, conditional, settings
from server.core.strict_json import strict_json
from server.sites import schemas, service
from server.sites.document import BannerDocumentSchema
from server.sites.fields import shape
from server.sites.values import KEY, LARGEST_VERSION, Draft, Site, Version

blueprint = Blueprint(
    "sites",
    __name__,
    url_prefix="/api/v1/sites",
    description="Sites and their banners: what the studio does, for scripts. Needs an API token with the "
    "scope `sites:read` or `sites:write`, sent as `Authorization: Bearer smt_…`.",
    needs_token=True,
    path={
        "site": {"type": "string", **shape(KEY)},
        "number": {"type": "integer", "minimum": 1, "maximum": LARGEST_VERSION},
    },
)

View = Callable[..., Any]

_SENTENCES = {
    400: "The body is not JSON that every reader understands alike.",
    401: "There is no token, it is not known (any more), or its maker can no longer log in.",
    403: "The token lacks the scope, does not count for this site, or its maker may not do this.",
    404: "There is no such site, or no such version of its banner.",
    409: "There is a site with this key already.",
    412: "The draft was saved by somebody else after the revision in `If-Match`.",
    413: "The body is larger than 1 MiB.",
    422: "Some fields are not as they should be; `errors` names them, and nothing was changed.",
}


_REVISION = {
    "ETag": {
        "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
        "description": "The revision, for `If-Match`.",
    }
}


def _refuses(*codes: int) -> Callable[[View], View]:
    """Document the answers to requests that cannot be served."""

    def decorate(view: View) -> View:
        for code in codes:
            view = blueprint.alt_response(code, description=_SENTENCES[code])(view)
        return view

    return decorate


def _takes(schema: type[Schema], *, required: bool, conditional: bool = False) -> Callable[[View], View]:
    """Document a body that the view reads by itself, and `If-Match` where it is heeded."""
    doc: dict[str, Any] = {
        "requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}
    }
    if conditional:
        doc["parameters"] = [
            {
                "in": "header",
                "name": "If-Match",
                "schema": {"type": "string"},
                "description": "The `ETag` of the draft that the change is based on.",
            }
        ]
    decorate: Callable[[View], View] = blueprint.doc(**doc)
    return decorate


def _needs(permission: str) -> Callable[[View], View]:
    """Say which permission a view needs; where the address names a site, on that site."""

    def mark(view: View) -> View:
        view.needs = permission  # type: ignore[attr-defined]
        return view

    return mark


@blueprint.before_request
def _know_the_caller() -> None:
    """Refuse strangers before anything they sent is read; they do not even learn which sites there are."""
    _authorise(None)
    key = (request.view_args or {}).get("site")
    if key is not None:
        _authorise(service.find(key).id)


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    """Nothing here is for shared caches; browsers and scripts may keep what has an ETag, and ask again."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


# --- sites -----------------------------------------------------------------------------------------------


@blueprint.get("")
@_refuses(401, 403, 422)
@blueprint.arguments(schemas.SiteQuerySchema, location="query")
@blueprint.response(200, schemas.SitePageSchema)
@_needs("site.read")
def list_sites(query: dict[str, Any]) -> dict[str, Any]:
    """List sites

    Those that the token counts for, by key.
    """
    bearer = _authorise(None)
    limit = query["limit"]
    found = service.page(after=query.get("after"), limit=limit + 1, only=bearer.visible)
    return {"sites": found[:limit], "next": found[limit - 1].key if len(found) > limit else None}


@blueprint.post("")
@_refuses(400, 401, 403, 409, 413, 422)
@blueprint.arguments(schemas.NewSiteSchema)
@blueprint.response(201, schemas.SiteSchema)
@_needs("site.create")
def create_site(new: dict[str, Any]) -> tuple[Site, int, dict[str, str]]:
    """Make a site

    It starts with a draft in Norwegian (bokmål and nynorsk) and English. A token that is bound to sites
    counts for the new one too. The maker of the token must be an owner of every site (403
    `maker_forbidden`); a token made on the command line may make sites.
    """
    with transaction():
        bearer = _authorise(None)
        now = clock.now()
        own = "" if bearer.all_sites else settings().own_host
        site = service.create(
            new["key"], new["name"], new["domains"], by=_name(bearer), now=now, reserved=own
        )
        if not bearer.all_sites:
            tokens.grant_site(bearer.token_id, site.id)
        audit_log.record_event("site_created", by=bearer.actor, site_id=site.id, subject=site.key, now=now)
    return site, 201, {"Location": url_for("sites.read_draft", site=site.key)}


# --- drafts ----------------------------------------------------------------------------------------------


@blueprint.get("/<string:site>/banner/draft")
@_refuses(401, 403, 404, 412)
@blueprint.response(200, BannerDocumentSchema, headers=_REVISION)
@_needs("site.read")
def read_draft(site: str) -> Response:
    """Read the draft

    The banner document as staff left it; its `ETag` is the revision.
    """
    return conditional(_as_draft(service.draft(service.find(site).id)))


@blueprint.put("/<string:site>/banner/draft")
@_refuses(400, 401, 403, 404, 412, 413, 422)
@_takes(BannerDocumentSchema, required=True, conditional=True)
@blueprint.response(200, BannerDocumentSchema, headers=_REVISION)
@_needs("banner.edit")
def save_draft(site: str) -> Response:
    """Replace the draft

    The whole banner document. It may be incomplete, but not ill-typed. With `If-Match` it is replaced only if
    nobody has saved in between.
    """
    with transaction():
        found, bearer = _writable(site)
        now = clock.now()
        saved = service.save_draft(
            found.id,
            strict_json(read_body(request)),
            by=_name(bearer),
            now=now,
            expected_revision=_expected(found),
        )
        subject = f"revision {saved.revision}"
        audit_log.record_event("draft_imported", by=bearer.actor, site_id=found.id, subject=subject, now=now)
    return _as_draft(saved)


@blueprint.get("/<string:site>/banner/check")
@_refuses(401, 403, 404)
@blueprint.response(200, schemas.CheckSchema)
@_needs("site.read")
def check_draft(site: str) -> dict[str, Any]:
    """Check the draft

    What would stop a publish, and what should be known before it.
    """
    findings = service.check(service.find(site).id)
    return {"publishable": all(f.severity != "error" for f in findings), "findings": findings}


# --- versions --------------------------------------------------------------------------------------------


@blueprint.post("/<string:site>/banner/publish")
@_refuses(400, 401, 403, 404, 409, 412, 413, 422)
@_takes(schemas.PublishSchema, required=False, conditional=True)
@blueprint.response(201, schemas.VersionSchema)
@_needs("banner.publish")
def publish(site: str) -> tuple[Version, int, dict[str, str]]:
    """Publish the draft

    Freezes it as the next version, if nothing stops it (422, `not_publishable`), and decides whether the
    change is one of text or of scope. Not while an experiment runs (409, `experiment_running`).
    With an `announcement`, visitors are notified of the change: once in the banner, in the feed of the
    notice, and by e-mail to those who subscribe to it.
    """
    with transaction():
        found, bearer = _writable(site)
        now = clock.now()
        body = _optional_body(schemas.PublishSchema)
        made = service.publish(
            found.id,
            note=body["note"],
            announcement=body["announcement"],
            by=_name(bearer),
            now=now,
            expected_revision=_expected(found),
        )
        _note("published", found, bearer, made, made.note, now)
    return made, 201, _location(found, made)


@blueprint.post("/<string:site>/banner/rollback")
@_refuses(400, 401, 403, 404, 409, 413, 422)
@blueprint.arguments(schemas.RollbackSchema)
@blueprint.response(201, schemas.VersionSchema)
@_needs("banner.publish")
def roll_back(body: dict[str, Any], site: str) -> tuple[Version, int, dict[str, str]]:
    """Go back to a version

    Publishes its document as the next version, with the same content hash. The draft stays as it is. Not
    while an experiment runs (409, `experiment_running`).
    """
    with transaction():
        found, bearer = _writable(site)
        now = clock.now()
        made = service.rollback(found.id, body["version"], by=_name(bearer), now=now)
        _note("rolled_back", found, bearer, made, f"as version {body['version']}", now)
    return made, 201, _location(found, made)


@blueprint.get("/<string:site>/banner/versions")
@_refuses(401, 403, 404, 422)
@blueprint.arguments(schemas.VersionQuerySchema, location="query")
@blueprint.response(200, schemas.VersionPageSchema)
@_needs("site.read")
def list_versions(query: dict[str, Any], site: str) -> dict[str, Any]:
    """List versions

    Newest first, without their documents.
    """
    limit = query["limit"]
    found = service.versions(service.find(site).id, before=query.get("after"), limit=limit + 1)
    return {"versions": found[:limit], "next": found[limit - 1].number if len(found) > limit else None}


@blueprint.get("/<string:site>/banner/versions/<int:number>")
@_refuses(401, 403, 404)
@blueprint.response(200, schemas.VersionSchema)
@_needs("site.read")
def read_version(site: str, number: int) -> Version:
    """Read a version"""
    return service.version(service.find(site).id, number)


# --- internal --------------------------------------------------------------------------------------------


def _authorise(site_id: str | None) -> Bearer:
    """The token that was shown, if it may do what the view does, on this site where one is meant."""
    view: Any = current_app.view_functions[request.endpoint or ""]
    header = request.headers.get("Authorization")
    # To be allowed to write is to be allowed to read.
    scopes = ("sites:write", "sites:read") if request.method in ("GET", "HEAD") else ("sites:write",)
    for scope in scopes[:-1]:
        try:
            return tokens.authorise(header, scope, site_id=site_id, permission=view.needs)
        except Forbidden as fault:
            if fault.reason != "scope_missing":
                raise
    return tokens.authorise(header, scopes[-1], site_id=site_id, permission=view.needs)


def _writable(key: str) -> tuple[Site, Bearer]:
    """The site and who changes it, both as they are in this transaction."""
    site = service.find(key)
    return site, _authorise(site.id)


def _name(bearer: Bearer) -> str:
    """How versions and drafts name a program."""
    return f"token {bearer.token_id}"


def _note(action: str, site: Site, bearer: Bearer, made: Version, detail: str, now: datetime) -> None:
    subject = f"version {made.number}"
    audit_log.record_event(action, by=bearer.actor, site_id=site.id, subject=subject, detail=detail, now=now)


def _expected(site: Site) -> int | None:
    """The revision that `If-Match` asks for, or one that no draft has."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    revision = service.draft(site.id).revision
    # Proxies that compress weaken tags; ours name a revision exactly, so that does no harm.
    return revision if request.if_match.contains_weak(str(revision)) else -1


def _optional_body(schema: type[Schema]) -> dict[str, Any]:
    raw = read_body(request)
    try:
        loaded: dict[str, Any] = schema().load(strict_json(raw) if raw.strip() else {})
    except ValidationError as fault:
        raise Invalid("some fields are not as they should be", errors=flatten(fault.messages)) from fault
    return loaded


def _as_draft(draft: Draft) -> Response:
    response = as_json(draft.document)
    response.set_etag(str(draft.revision))
    return response


def _location(site: Site, version: Version) -> dict[str, str]:
    return {"Location": url_for("sites.read_version", site=site.key, number=version.number)}
