"""Sites as files over HTTP: for `samtykke plan` and `apply` on another machine, and other programs."""

from typing import Any

from server.accounts.service import audit_log, tokens
from server.accounts.values import Bearer
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.sites import service, site_file_schemas, site_files, site_plans
from server.sites.api_access import (
    authorise,
    blueprint,
    may_be_new,
    needs,
    optional_body,
    program_name,
    refuses,
    takes,
)
from server.sites.site_file_values import outcome_value, plan_value
from server.sites.site_plans import Caller


@blueprint.get("/<string:site>/file")
@refuses(401, 403, 404)
@blueprint.response(200, site_file_schemas.SiteFileSchema)
@needs("site.read")
def read_file(site: str) -> dict[str, Any]:
    """Read a site as a file

    Its settings and its draft, as `samtykke site export` writes them: sent back, it changes nothing.
    """
    return dict(site_plans.content(service.find_live(site)))


@blueprint.post("/<string:site>/file/plan")
@refuses(400, 401, 403, 413, 422)
@takes(site_file_schemas.PlanRequestSchema, required=True)
@blueprint.response(200, site_file_schemas.PlanSchema)
@may_be_new
@needs("site.read", reads=True)
def plan_file(site: str) -> dict[str, Any]:
    """Say what a file would change

    Nothing is changed. The site need not be there: then the file would make it. What drifted, since a file
    was last applied, is among the changes, by their `origin`.
    """
    body = optional_body(site_file_schemas.PlanRequestSchema)
    return plan_value(site_plans.plan(site, body["file"], _caller(_bearer(site))))


@blueprint.post("/<string:site>/file/apply")
@refuses(400, 401, 403, 409, 412, 413, 422)
@takes(site_file_schemas.ApplyRequestSchema, required=True)
@blueprint.response(200, site_file_schemas.OutcomeSchema)
@may_be_new
@needs("banner.edit")
def apply_file(site: str) -> dict[str, Any]:
    """Apply a file

    The site becomes what the file says, all of it or nothing; what the file does not name stays as it is. A
    site that is not there is made, and the token counts for it. What was changed in the studio since a file
    was last applied is not undone (409, `drifted`), nor is anything where no file was applied yet (409,
    `never_applied`), unless `overwrite` is true. What the file changes, the token must be allowed to change:
    settings need an owner. `publish` publishes the banner too, as `POST …/banner/publish` does, unless
    visitors have it already.
    """
    body = optional_body(site_file_schemas.ApplyRequestSchema)
    with transaction():
        bearer = _bearer(site)
        now = clock.now()
        done = site_files.apply(
            site,
            body["file"],
            _caller(bearer),
            now=now,
            overwrite=body["overwrite"],
            publish=body["publish"],
            note=body["note"],
        )
        if done.plan.site is None and not bearer.all_sites:
            tokens.grant_site(bearer.token_id, done.site.id)
        for event in done.events:
            audit_log.record_event(
                event.action,
                by=bearer.actor,
                site_id=done.site.id,
                subject=event.subject,
                detail=event.detail,
                now=now,
            )
    return outcome_value(done)


def _bearer(key: str) -> Bearer:
    """The token, if it may do what the view does: on the site, or anywhere where there is none yet."""
    found = service.with_keys([key])
    return authorise(found[0].id if found else None)


def _caller(bearer: Bearer) -> Caller:
    return Caller(
        by=program_name(bearer),
        may=bearer.may,
        public_url=settings().public_url,
        groups=bearer.all_sites and bearer.may("site.create"),
        reserved="" if bearer.all_sites else settings().own_host,
    )
