"""Sites and drafts over HTTP: what the studio does, for scripts."""

from typing import Any

from flask import Response, request, url_for

from server.accounts.service import audit_log, tokens
from server.core import clock
from server.core.bodies import read_body
from server.core.db import transaction
from server.core.http import as_json, conditional, settings
from server.core.strict_json import strict_json
from server.sites import pausing, schemas, service
from server.sites.api_access import (
    REVISION,
    authorise,
    blueprint,
    expected_revision,
    needs,
    note_site,
    optional_body,
    program_name,
    refuses,
    takes,
    writable,
)
from server.sites.document import BannerDocumentSchema
from server.sites.values import Draft, Site

__all__ = ["blueprint"]

# --- sites -----------------------------------------------------------------------------------------------


@blueprint.get("")
@refuses(401, 403, 422)
@blueprint.arguments(schemas.SiteQuerySchema, location="query")
@blueprint.response(200, schemas.SitePageSchema)
@needs("site.read")
def list_sites(query: dict[str, Any]) -> dict[str, Any]:
    """List sites

    Those that the token counts for, by key.
    """
    bearer = authorise(None)
    limit = query["limit"]
    found = service.page(after=query.get("after"), limit=limit + 1, only=bearer.visible)
    return {"sites": found[:limit], "next": found[limit - 1].key if len(found) > limit else None}


@blueprint.post("")
@refuses(400, 401, 403, 409, 413, 422)
@blueprint.arguments(schemas.NewSiteSchema)
@blueprint.response(201, schemas.SiteSchema)
@needs("site.create")
def create_site(new: dict[str, Any]) -> tuple[Site, int, dict[str, str]]:
    """Make a site

    It starts with a draft in Norwegian (bokmål and nynorsk) and English. A token that is bound to sites
    counts for the new one too. The maker of the token must be an owner of every site (403
    `maker_forbidden`); a token made on the command line may make sites.
    """
    with transaction():
        bearer = authorise(None)
        now = clock.now()
        own = "" if bearer.all_sites else settings().own_host
        site = service.create(
            new["key"],
            new["name"],
            new["domains"],
            by=program_name(bearer),
            now=now,
            staging=new["staging_domains"],
            reserved=own,
        )
        if not bearer.all_sites:
            tokens.grant_site(bearer.token_id, site.id)
        audit_log.record_event("site_created", by=bearer.actor, site_id=site.id, subject=site.key, now=now)
    return site, 201, {"Location": url_for("sites.read_draft", site=site.key)}


@blueprint.get("/<string:site>")
@refuses(401, 403, 404)
@blueprint.response(200, schemas.SiteSchema)
@needs("site.read")
def read_site(site: str) -> Site:
    """Read a site"""
    return service.find_live(site)


@blueprint.put("/<string:site>")
@refuses(400, 401, 403, 404, 413, 422)
@blueprint.arguments(schemas.SiteChangeSchema)
@blueprint.response(200, schemas.SiteSchema)
@needs("site.edit")
def change_site(new: dict[str, Any], site: str) -> Site:
    """Change a site's name and domains

    Both are replaced, and take effect at once; domains for testing stay as they are unless named. The key
    stays: it is in the script's address. The maker of the token must be an owner (403 `maker_forbidden`);
    a token made on the command line may do it.
    """
    with transaction():
        found, bearer = writable(site)
        now = clock.now()
        own = "" if bearer.all_sites else settings().own_host
        renamed = service.rename(found.id, new["name"])
        changed = service.set_domains(
            found.id, new["domains"], staging=new.get("staging_domains"), reserved=own
        )
        if renamed.name != found.name:
            note_site("site_renamed", found, bearer, renamed.name, f"{found.name} → {renamed.name}", now)
        if changed.listed_domains != found.listed_domains:
            detail = f"{found.listed_domains} → {changed.listed_domains}"
            note_site("site_changed", found, bearer, "domains", detail, now)
    return changed


@blueprint.post("/<string:site>/pause")
@refuses(400, 401, 403, 404, 409, 413, 422)
@takes(schemas.PauseSchema, required=False)
@blueprint.response(200, schemas.SiteSchema)
@needs("banner.publish")
def pause_site(site: str) -> Site:
    """Pause a site

    Its script does nothing until the site is resumed, and says so on the console. What is marked stays
    blocked. 409 `already_paused` if it is paused.
    """
    note = optional_body(schemas.PauseSchema)["note"]
    with transaction():
        found, bearer = writable(site)
        now = clock.now()
        paused = pausing.pause(found.id, note=note, by=program_name(bearer), now=now)
        note_site("site_paused", paused, bearer, paused.key, note.strip(), now)
    return paused


@blueprint.post("/<string:site>/resume")
@refuses(401, 403, 404, 409)
@blueprint.response(200, schemas.SiteSchema)
@needs("banner.publish")
def resume_site(site: str) -> Site:
    """Resume a paused site

    409 `not_paused` if it is not paused.
    """
    with transaction():
        found, bearer = writable(site)
        resumed = pausing.resume(found.id)
        note_site("site_resumed", resumed, bearer, resumed.key, "", clock.now())
    return resumed


# --- drafts ----------------------------------------------------------------------------------------------


@blueprint.get("/<string:site>/banner/draft")
@refuses(401, 403, 404, 412)
@blueprint.response(200, BannerDocumentSchema, headers=REVISION)
@needs("site.read")
def read_draft(site: str) -> Response:
    """Read the draft

    The banner document as staff left it; its `ETag` is the revision.
    """
    return conditional(_as_draft(service.draft(service.find_live(site).id)))


@blueprint.put("/<string:site>/banner/draft")
@refuses(400, 401, 403, 404, 412, 413, 422)
@takes(BannerDocumentSchema, required=True, conditional=True)
@blueprint.response(200, BannerDocumentSchema, headers=REVISION)
@needs("banner.edit")
def save_draft(site: str) -> Response:
    """Replace the draft

    The whole banner document. It may be incomplete, but not ill-typed. With `If-Match` it is replaced only if
    nobody has saved in between.
    """
    # Read first: a body that comes slowly must not keep the database's one writer waiting.
    document = strict_json(read_body(request))
    with transaction():
        found, bearer = writable(site)
        now = clock.now()
        saved = service.save_draft(
            found.id,
            document,
            by=program_name(bearer),
            now=now,
            expected_revision=expected_revision(found),
        )
        subject = f"revision {saved.revision}"
        audit_log.record_event("draft_imported", by=bearer.actor, site_id=found.id, subject=subject, now=now)
    return _as_draft(saved)


@blueprint.get("/<string:site>/banner/check")
@refuses(401, 403, 404)
@blueprint.response(200, schemas.CheckSchema)
@needs("site.read")
def check_draft(site: str) -> dict[str, Any]:
    """Check the draft

    What would stop a publish, and what should be known before it.
    """
    findings = service.check(service.find_live(site).id)
    return {"publishable": all(f.severity != "error" for f in findings), "findings": findings}


# --- internal -------------------------------------------------------------------------------------------


def _as_draft(draft: Draft) -> Response:
    response = as_json(draft.document)
    response.set_etag(str(draft.revision))
    return response
