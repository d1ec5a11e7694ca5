"""Groups of sites over HTTP: what the studio does, for scripts (ADR 41).

A group is changed for all of its sites. So a token that changes one has to count for each of them, and its
maker has to be an owner of every site, as in the studio.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, request, url_for

from server.accounts.service import audit_log
from server.accounts.values import Bearer
from server.core import clock
from server.core.canonical import canonical
from server.core.db import transaction
from server.core.errors import Forbidden, Invalid, NotFound, PreconditionFailed
from server.core.http import Blueprint, as_json, conditional, settings
from server.sites import group_document, group_schemas, groups, inheritance, service
from server.sites.api_access import (
    authorise,
    enter,
    if_match,
    keep_private,
    needs,
    optional_body,
    program_name,
    refuses,
)
from server.sites.fields import shape
from server.sites.values import KEY, Group, Site

blueprint = Blueprint(
    "groups",
    __name__,
    url_prefix="/api/v1/groups",
    description="Groups of sites that share a part of their banners. Needs an API token with the scope "
    "`sites:read` or `sites:write`. What changes a group needs a token that counts for each of its sites, "
    "made by an owner of every site or on the command line.",
    needs_token=True,
    path={"key": {"type": "string", **shape(KEY)}, "site": {"type": "string", **shape(KEY)}},
)

_SAID = {
    400: "The body is not JSON that every reader understands alike.",
    401: "There is no token, it is not known (any more), or its maker can no longer log in.",
    403: "The token lacks the scope, does not count for each of the sites, or its maker may not do this.",
    404: "There is no such group, or no such site.",
    409: "The key is taken, the site is in a group already or in none, or the group is full; `reason` says "
    "which.",
    412: "Somebody else changed the group after the `ETag` in `If-Match`.",
    413: "The body is larger than 1 MiB.",
    422: "Some fields are not as they should be; `errors` names them, and nothing was changed.",
}

_TAG = {"ETag": {"schema": {"type": "string"}, "description": "Of the group, for `If-Match`."}}

_CHANGES = {"parameters": [if_match("the group", {"pattern": '^(?:[*]|(?:W/)?"[0-9a-f]{32}")$'})]}


@blueprint.before_request
def _know_the_caller() -> None:
    """Refuse strangers before anything they sent is read; they do not even learn which sites there are."""
    enter()
    bearer = authorise(None)
    site = (request.view_args or {}).get("site")
    if site is not None:
        authorise(service.find_seen(site, bearer.sees).id)


blueprint.after_request(keep_private)


@blueprint.get("")
@refuses(401, 403, 422, said=_SAID)
@blueprint.arguments(group_schemas.GroupQuerySchema, location="query")
@blueprint.response(200, group_schemas.GroupPageSchema)
@needs("site.read")
def list_groups(query: dict[str, Any]) -> dict[str, Any]:
    """List groups

    Those with a site that the token counts for, by key.
    """
    after, limit = query.get("after", ""), query["limit"]
    listed = sorted(groups.listed(only=authorise(None).visible), key=lambda one: one.key)
    found = [one for one in listed if one.key > after][: limit + 1]
    return {"groups": found[:limit], "next": found[limit - 1].key if len(found) > limit else None}


@blueprint.post("")
@refuses(400, 401, 403, 404, 409, 413, 422, said=_SAID)
@blueprint.arguments(group_schemas.NewGroupSchema)
@blueprint.response(201, group_schemas.GroupSchema, headers=_TAG)
@needs("site.create")
def create_group(new: dict[str, Any]) -> Response:
    """Make a group of a site

    What the site's draft has of the chosen parts is shared, and the site is the first of the group.
    """
    with transaction():
        source = service.find_seen(new["site"], authorise(None).sees)
        bearer, now = authorise(source.id), clock.now()
        made = groups.create(new["key"], new["name"], source, new["shares"], by=program_name(bearer), now=now)
        _note("group_created", made, bearer, now)
    answer = _answer(made, bearer, 201)
    answer.headers["Location"] = url_for("groups.read_group", key=made.key)
    return answer


@blueprint.get("/<string:key>")
@refuses(401, 403, 404, 412, said=_SAID)
@blueprint.response(200, group_schemas.GroupSchema, headers=_TAG)
@needs("site.read")
def read_group(key: str) -> Response:
    """Read a group

    What its sites share, and which these are.
    """
    bearer = authorise(None)
    return conditional(_answer(_visible(key, bearer), bearer))


@blueprint.put("/<string:key>")
@refuses(400, 401, 403, 404, 412, 413, 422, said=_SAID)
@blueprint.doc(**_CHANGES)
@blueprint.arguments(group_schemas.GroupChangeSchema)
@blueprint.response(200, group_schemas.GroupSchema, headers=_TAG)
@needs("site.create")
def change_group(new: dict[str, Any], key: str) -> Response:
    """Change the name of a group and what it shares

    Both are replaced. The drafts of its sites follow within a minute, but for what they have of their own;
    nothing is published. With `If-Match` it is changed only if nobody else has changed it in between.
    """
    try:
        content = group_document.checked(new["document"])
    except Invalid as fault:
        errors = {f"document.{field}": said for field, said in fault.errors.items()}
        raise Invalid(fault.message, errors=errors) from fault
    with transaction():
        found, bearer = _writable(key)
        now = clock.now()
        changed = groups.put(key, new["name"], content, by=program_name(bearer), now=now)
        if (changed.name, changed.revision) != (found.name, found.revision):
            _note("group_changed", changed, bearer, now)
    return _answer(changed, bearer)


@blueprint.delete("/<string:key>")
@refuses(401, 403, 404, 412, said=_SAID)
@blueprint.doc(**_CHANGES)
@blueprint.response(204)
@needs("site.create")
def delete_group(key: str) -> None:
    """Delete a group

    Its sites keep the values that they have.
    """
    with transaction():
        found, bearer = _writable(key)
        now = clock.now()
        groups.delete(found, now=now)
        _note("group_deleted", found, bearer, now)


@blueprint.put("/<string:key>/sites/<string:site>")
@refuses(400, 401, 403, 404, 409, 412, 413, 422, said=_SAID)
@blueprint.doc(
    requestBody={
        "required": False,
        "content": {"application/json": {"schema": group_schemas.MemberSchema}},
    },
    **_CHANGES,
)
@blueprint.response(200, group_schemas.GroupSchema, headers=_TAG)
@needs("site.create")
def add_site(key: str, site: str) -> Response:
    """Put a site into a group

    Its draft stays as it is, or takes all of the group's values (`take`). A site that is in the group
    already stays as it is.
    """
    take = optional_body(group_schemas.MemberSchema)["take"]
    with transaction():
        found, bearer = _writable(key)
        added, now = service.find_live(site), clock.now()
        authorise(added.id)
        if added.id not in groups.member_ids(found):
            by, address = program_name(bearer), settings().public_url
            groups.add(found, added, take=take, by=by, now=now, public_url=address)
            _note("group_joined", found, bearer, now, added)
    return _answer(groups.find(key), bearer)


@blueprint.delete("/<string:key>/sites/<string:site>")
@refuses(401, 403, 404, 412, said=_SAID)
@blueprint.doc(**_CHANGES)
@blueprint.response(204)
@needs("site.create")
def remove_site(key: str, site: str) -> None:
    """Take a site out of a group

    It keeps the values that it has. 404 `site_not_in_group` if it is not in this group.
    """
    with transaction():
        found, bearer = _writable(key)
        gone = service.find_live(site)
        authorise(gone.id)
        if gone.id not in groups.member_ids(found):
            raise NotFound(f"the site {gone.key!r} is not in this group", reason="site_not_in_group")
        now = clock.now()
        groups.remove(gone, now=now)
        _note("group_left", found, bearer, now, gone)


# --- internal ---------------------------------------------------------------------------------------------


def _visible(key: str, bearer: Bearer) -> Group:
    """The group, if the token counts for one of its sites, or for all that there are.

    :raises NotFound: `group_unknown`.
    """
    found = groups.find(key)
    if bearer.visible is not None and not any(bearer.sees(each) for each in groups.member_ids(found)):
        # The same answer as for one that is not there.
        raise NotFound(f"there is no group {key[:40]!r}", reason="group_unknown")
    return found


def _writable(key: str) -> tuple[Group, Bearer]:
    """The group, locked, and who changes it, both as they are in this transaction.

    :raises Forbidden: `site_forbidden`: the token does not count for each of its sites.
    :raises PreconditionFailed: it has another tag than `If-Match` asks for.
    """
    bearer = authorise(None)
    found = groups.locked(_visible(key, bearer))
    if not all(bearer.sees(each) for each in groups.member_ids(found)):
        raise Forbidden("the token does not count for each site of this group", reason="site_forbidden")
    asked = "If-Match" in request.headers and not request.if_match.star_tag
    # Proxies that compress weaken tags; ours is of the whole answer, so that does no harm.
    if asked and not request.if_match.contains_weak(_tag(_value(found, bearer))):
        raise PreconditionFailed("what is here has another ETag than the request's If-Match")
    return found, bearer


def _answer(found: Group, bearer: Bearer, status: int = 200) -> Response:
    value = _value(found, bearer)
    answer = as_json(value, status)
    answer.set_etag(_tag(value))
    return answer


def _value(found: Group, bearer: Bearer) -> dict[str, Any]:
    return {
        "key": found.key,
        "name": found.name,
        "shares": list(inheritance.parts_of(found.document)),
        "document": found.document,
        "saved_at": found.saved_at.isoformat(),
        "saved_by": found.saved_by,
        "sites": [one.key for one, _ in groups.members(found) if bearer.sees(one.id)],
    }


def _tag(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()[:32]


def _note(action: str, found: Group, bearer: Bearer, now: datetime, site: Site | None = None) -> None:
    audit_log.record_event(
        action, by=bearer.actor, site_id=site.id if site else None, subject=found.name, now=now
    )
