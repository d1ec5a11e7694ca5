"""Publishing over HTTP: versions, and what waits for its time."""

from datetime import datetime
from typing import Any

from flask import Response, url_for

from server.accounts.values import Bearer
from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid, NotFound
from server.core.http import as_json
from server.sites import approvals, publication_rules, publications, schedules, schemas, service
from server.sites.api_access import (
    blueprint,
    expected_revision,
    location,
    needs,
    note_site,
    note_version,
    optional_body,
    program_name,
    refuses,
    takes,
    writable,
)
from server.sites.publication_rules import Publication
from server.sites.values import Site, Version


@blueprint.post("/<string:site>/banner/publish")
@refuses(400, 401, 403, 404, 409, 412, 413, 422)
@takes(schemas.PublishSchema, required=False, conditional=True)
@blueprint.response(201, schemas.VersionSchema)
@blueprint.alt_response(
    202,
    schema=schemas.PublicationSchema,
    description="It is scheduled for the time in `at`.",
)
@needs("banner.publish")
def publish(site: str) -> Response | tuple[Version, int, dict[str, str]]:
    """Publish the draft, now or at a time

    Freezes it as the next version, if nothing stops it (422, `not_publishable`), and decides whether the
    change is one of text or of scope. With `at`, the draft as it is now is published then, and the answer
    is 202. What is scheduled or waits for approval is in the way (409, `publication_waiting`); with
    `replace`, what is scheduled is cancelled. Not while an experiment runs (409, `experiment_running`), and
    not on a site where a second person has to approve (409, `approval_required`): that is done in the studio.
    With an `announcement`, visitors are notified of the change: once in the banner, in the feed of the
    notice, and by e-mail to those who subscribe to it.
    """
    body = optional_body(schemas.PublishSchema)
    with transaction():
        found, bearer = writable(site)
        now = clock.now()
        what = {
            "note": body["note"],
            "announcement": body["announcement"],
            "by": program_name(bearer),
            "now": now,
            "expected_revision": expected_revision(found),
            "replacing": _replaceable(found, bearer) if body["replace"] else None,
        }
        if body["at"] is not None:
            _check_time(body["at"], now)
            return _scheduled(found, bearer, schedules.schedule(found.id, body["at"], **what), now)
        made = service.publish(found.id, **what)
        note_version("published", found, bearer, made, made.note, now)
    return made, 201, location(found, made)


@blueprint.get("/<string:site>/banner/waiting")
@refuses(401, 403, 404)
@blueprint.response(200, schemas.WaitingSchema)
@needs("site.read")
def read_waiting(site: str) -> dict[str, Publication | None]:
    """Read what waits

    What is scheduled, or waits for the approval of a second person: at most one publication of a site.
    """
    return {"waiting": publications.waiting(service.find_live(site).id)}


@blueprint.delete("/<string:site>/banner/waiting")
@refuses(401, 403, 404, 409)
@blueprint.response(200, schemas.PublicationSchema)
@needs("banner.publish")
def cancel_waiting(site: str) -> Publication:
    """Cancel what is scheduled

    The draft stays as it is. 404 `publication_unknown` if nothing waits. What a person asked approval for
    is withdrawn by that person, or sent back by another one, in the studio (403, `not_own_request`).
    """
    with transaction():
        found, bearer = writable(site)
        now, by = clock.now(), program_name(bearer)
        waiting = publications.waiting(found.id)
        if waiting is None:
            raise NotFound(
                "nothing is scheduled, and nothing waits for approval", reason="publication_unknown"
            )
        requested = waiting.state == "requested"
        end = approvals.withdraw if requested else schedules.cancel
        gone = end(found.id, waiting.number, by=by, now=now)
        action = "approval_withdrawn" if requested else "publish_cancelled"
        note_site(action, found, bearer, f"publication {gone.number}", "", now)
    return gone


@blueprint.post("/<string:site>/banner/rollback")
@refuses(400, 401, 403, 404, 409, 413, 422)
@blueprint.arguments(schemas.RollbackSchema)
@blueprint.response(201, schemas.VersionSchema)
@needs("banner.publish")
def roll_back(body: dict[str, Any], site: str) -> tuple[Version, int, dict[str, str]]:
    """Go back to a version

    Publishes its document as the next version, with the same content hash. The draft stays as it is. Not
    while an experiment runs (409, `experiment_running`), and not on a site where a second person has to
    approve (409, `approval_required`). What is scheduled is cancelled by it.
    """
    with transaction():
        found, bearer = writable(site)
        now = clock.now()
        made = service.rollback(found.id, body["version"], by=program_name(bearer), now=now)
        note_version("rolled_back", found, bearer, made, f"as version {body['version']}", now)
    return made, 201, location(found, made)


@blueprint.get("/<string:site>/banner/versions")
@refuses(401, 403, 404, 422)
@blueprint.arguments(schemas.VersionQuerySchema, location="query")
@blueprint.response(200, schemas.VersionPageSchema)
@needs("site.read")
def list_versions(query: dict[str, Any], site: str) -> dict[str, Any]:
    """List versions

    Newest first, without their documents.
    """
    limit = query["limit"]
    found = service.versions(service.find_live(site).id, before=query.get("after"), limit=limit + 1)
    return {"versions": found[:limit], "next": found[limit - 1].number if len(found) > limit else None}


@blueprint.get("/<string:site>/banner/versions/<int:number>")
@refuses(401, 403, 404)
@blueprint.response(200, schemas.VersionSchema)
@needs("site.read")
def read_version(site: str, number: int) -> Version:
    """Read a version"""
    return service.version(service.find_live(site).id, number)


# --- internal -------------------------------------------------------------------------------------------


def _replaceable(site: Site, bearer: Bearer) -> int | None:
    """Number of what waits, if a program may have something else published instead; None: it stays."""
    found, by = publications.waiting(site.id), program_name(bearer)
    if found is not None and publication_rules.may_replace(found, by, publishes=True):
        return found.number
    return None


def _check_time(at: datetime, now: datetime) -> None:
    """Refuse a time under the name that it has in the body."""
    if fault := publication_rules.fault_in_time(at, now):
        raise Invalid(f"the time {fault}", errors={"at": fault})


def _scheduled(site: Site, bearer: Bearer, made: Publication, now: datetime) -> Response:
    subject, due = f"publication {made.number}", made.publish_at
    note_site("publish_scheduled", site, bearer, subject, f"due {due:%Y-%m-%d %H:%M}", now)
    response = as_json(schemas.PublicationSchema().dump(made), 202)
    response.headers["Location"] = url_for("sites.read_waiting", site=site.key)
    return response
