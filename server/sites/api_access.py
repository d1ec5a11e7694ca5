"""The blueprint of sites: who may call its routes, and what these share."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Response, current_app, request, url_for
from marshmallow import Schema, ValidationError

from server.accounts.service import audit_log, tokens
from server.accounts.values import SCOPE_COVERS, SCOPES, Bearer
from server.core import clock, programs
from server.core.bodies import read_body
from server.core.errors import Invalid, flatten
from server.core.http import Blueprint
from server.core.strict_json import strict_json
from server.sites import authors, service
from server.sites.fields import shape
from server.sites.values import KEY, LARGEST_VERSION, Site, Version

blueprint = Blueprint(
    "sites",
    __name__,
    url_prefix="/api/v1/sites",
    description="Sites and their banners: what the studio does, for scripts. Needs an API token with the "
    "scope `sites:read`, `banner:write`, `banner:publish` or `sites:write`, sent as "
    "`Authorization: Bearer smt_…`. `RateLimit` and `RateLimit-Policy` tell how many requests are left.",
    needs_token=True,
    path={
        "site": {"type": "string", **shape(KEY)},
        "number": {"type": "integer", "minimum": 1, "maximum": LARGEST_VERSION},
    },
)

View = Callable[..., Any]

_SENTENCES = {
    400: "The body is not JSON that every reader understands alike.",
    401: "There is no token, it is not known (any more), has expired, or its maker can no longer log in.",
    403: "The token lacks the scope, its maker may not do this, or a file is for a site that it does not "
    "count for.",
    404: "There is no such site among those that the token counts for, no such version of its banner, or "
    "nothing that waits.",
    409: "Something stands against it: a site with this key, a pause, an experiment that is running, a "
    "publication that waits, or a second person who has to approve; `reason` says which.",
    412: "The draft was saved by somebody else after the revision in `If-Match`.",
    413: "The body is larger than 1 MiB.",
    422: "Some fields are not as they should be; `errors` names them, and nothing was changed.",
}


REVISION = {
    "ETag": {
        "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
        "description": "The revision, for `If-Match`.",
    }
}
"""The header of an answer that names the revision of the draft."""


def refuses(*codes: int, said: Mapping[int, str] = _SENTENCES) -> Callable[[View], View]:
    """Document the answers to requests that cannot be served, in these words."""

    def decorate(view: View) -> View:
        for code in codes:
            view = blueprint.alt_response(code, description=said[code])(view)
        return view

    return decorate


def takes(schema: type[Schema], *, required: bool, conditional: bool = False) -> Callable[[View], View]:
    """Document a body that the view reads by itself, and `If-Match` where it is heeded."""
    doc: dict[str, Any] = {
        "requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}
    }
    if conditional:
        doc["parameters"] = [if_match("the draft")]
    decorate: Callable[[View], View] = blueprint.doc(**doc)
    return decorate


def if_match(what: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The header by which a change is refused if somebody else was faster.

    :param form: of the tag, for OpenAPI
    """
    return {
        "in": "header",
        "name": "If-Match",
        "schema": {"type": "string", **(form or {})},
        "description": f"The `ETag` of {what} that the change is based on.",
    }


def needs(permission: str, *, reads: bool = False) -> Callable[[View], View]:
    """Say which permission a view needs; where the address names a site, on that site.

    :param reads: whether it changes nothing, though it is asked by POST
    """

    def mark(view: View) -> View:
        view.needs = permission  # type: ignore[attr-defined]
        view.reads = reads  # type: ignore[attr-defined]
        return view

    return mark


def may_be_new(view: View) -> View:
    """Say that the site in the address need not be there yet."""
    view.may_be_new = True  # type: ignore[attr-defined]
    return view


@blueprint.before_request
def _know_the_caller() -> None:
    """Refuse strangers before anything they sent is read; they do not even learn which sites there are."""
    enter()
    bearer = authorise(None)
    key = (request.view_args or {}).get("site")
    view = current_app.view_functions[request.endpoint or ""]
    if key is None:
        return
    if getattr(view, "may_be_new", False):
        # Whoever may make a site learns anyhow which keys are taken.
        found = service.with_keys([key])
    else:
        found = (service.find_seen(key, bearer.sees),)
    for site in found:
        authorise(site.id)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Nothing here is for shared caches; browsers and scripts may keep what has an ETag, and ask again."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def enter() -> None:
    """Count the request of a program that shows a token; strangers are refused.

    :raises Unauthenticated: as `tokens.identify`.
    :raises RateLimited: the limit of the token is reached.
    """
    bearer = tokens.identify(request.headers.get("Authorization"), now=clock.now())
    programs.enter(bearer.token_id, noted=bearer.noted, old_secret=bearer.old_secret)


def authorise(site_id: str | None) -> Bearer:
    """The token that was shown, if it may do what the view does, on this site where one is meant."""
    view: Any = current_app.view_functions[request.endpoint or ""]
    reads = view.reads or request.method in ("GET", "HEAD")
    # To be allowed to write is to be allowed to read.
    scopes = [
        scope for scope in SCOPES if view.needs in SCOPE_COVERS[scope] and (reads or scope != "sites:read")
    ]
    return tokens.authorise(
        request.headers.get("Authorization"),
        *scopes,
        site_id=site_id,
        permission=view.needs,
        now=clock.now(),
    )


def writable(key: str) -> tuple[Site, Bearer]:
    """The site and who changes it, both as they are in this transaction."""
    site = service.find_live(key)
    return site, authorise(site.id)


def program_name(bearer: Bearer) -> str:
    """How versions and drafts name a program."""
    return authors.author(bearer.token_id)


def note_site(action: str, site: Site, bearer: Bearer, subject: str, detail: str, now: datetime) -> None:
    """Write into the audit log what a program did."""
    audit_log.record_event(action, by=bearer.actor, site_id=site.id, subject=subject, detail=detail, now=now)


def note_version(action: str, site: Site, bearer: Bearer, made: Version, detail: str, now: datetime) -> None:
    """The same of a version that it made."""
    note_site(action, site, bearer, f"version {made.number}", detail, now)


def expected_revision(site: Site) -> int | None:
    """The revision that `If-Match` asks for, or one that no draft has."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    revision = service.draft(site.id).revision
    # Proxies that compress weaken tags; ours name a revision exactly, so that does no harm.
    return revision if request.if_match.contains_weak(str(revision)) else -1


def optional_body(schema: type[Schema]) -> dict[str, Any]:
    """What the body says, or the defaults if there is none.

    :raises Invalid: `errors` names the fields.
    :raises Malformed: it is not JSON that every reader understands alike.
    """
    raw = read_body(request)
    try:
        loaded: dict[str, Any] = schema().load(strict_json(raw) if raw.strip() else {})
    except ValidationError as fault:
        raise Invalid("some fields are not as they should be", errors=flatten(fault.messages)) from fault
    return loaded


def location(site: Site, version: Version) -> dict[str, str]:
    """The header that says where a version is."""
    return {"Location": url_for("sites.read_version", site=site.key, number=version.number)}
