"""The list of versions, and rollback."""

from collections.abc import Mapping
from datetime import datetime

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Conflict, Invalid, PreconditionFailed
from server.notices.service import subscriptions
from server.sites import approvals, document_diff, publication_rules, publications
from server.sites import service as sites
from server.sites.values import Version
from server.studio import authors
from server.studio.draft import finding_words
from server.studio.guard import blueprint, identity, may, needs, site
from server.studio.language import gettext, language_name
from server.studio.publishing import publication_words, publish_form, version_notes, waiting_publications
from server.studio.views import page, redirect_with_flash

SHOWN = 50
"""Versions on one page."""


@blueprint.get("/sites/<key>/versions")
@needs("site.read")
def versions() -> ResponseReturnValue:
    """Published versions, newest first."""
    before = parsing.number(request.args.get("before", ""))
    shown = sites.versions(site().id, before=before, limit=SHOWN)
    approved = publications.approvers(site().id, [version.number for version in shown])
    authors.look_up([*(version.published_by for version in shown), *approved.values()])
    return page(
        "publish/versions.html",
        versions=shown,
        newest=sites.newest(site().id),
        subscribers=subscriptions.count(site().id),
        language_name=language_name,
        note_in_words=version_notes.in_words,
        older=shown[-1].number if len(shown) == SHOWN and shown[-1].number > 1 else None,
        names=publication_words.category_names,
        approved=approved,
    )


@blueprint.get("/sites/<key>/versions/<int:number>/rollback")
@needs("banner.publish")
def confirm_rollback(number: int) -> ResponseReturnValue:
    """What publishing an old version again means, and the field for the reason."""
    return _confirm_rollback(number)


@blueprint.post("/sites/<key>/versions/<int:number>/rollback")
@needs("banner.publish")
def rollback(number: int) -> ResponseReturnValue:
    """Publish an old version again, as the next one."""
    note, now = request.form.get("note", "").strip(), clock.now()
    try:
        if site().approval_required:
            return _ask(number, note, now)
        with transaction():
            made = sites.rollback(
                site().id,
                number,
                note=note,
                by=identity().email,
                now=now,
                expected_version=publish_form.version(),
            )
            _note("rolled_back", made, f"as version {number}", now)
    except Invalid as fault:
        if "note" in fault.errors:
            return _confirm_rollback(number, 422, note=note, errors=fault.errors)
        return _refused(number, fault)
    except PreconditionFailed:
        return _confirm_rollback(number, 409, note=note, overtaken=True)
    except Conflict as fault:
        return _confirm_rollback(number, 409, note=note, conflict=fault)
    return redirect_with_flash(
        "versions",
        gettext("Version %(old)s is published again, as version %(number)s.", old=number, number=made.number),
    )


def _ask(number: int, note: str, now: datetime) -> ResponseReturnValue:
    """Ask another person to approve that an old version is published again."""
    with transaction():
        asked = approvals.ask_for_version(
            site().id,
            number,
            note=note,
            by=identity().email,
            now=now,
            expected_version=publish_form.version(),
            replacing=_replacing(),
        )
        audit_log.record_event(
            "approval_asked",
            by=identity().actor,
            site_id=site().id,
            subject=f"publication {asked.number}",
            detail=f"as version {number}",
            now=now,
        )
    return redirect_with_flash("publication", waiting_publications.asked_message(), number=asked.number)


def _replacing() -> int | None:
    """The publication that waits and is to be replaced, if the user may do that."""
    found = publications.waiting(site().id)
    if found and publication_rules.may_replace(found, identity().email, publishes=may("banner.publish")):
        return parsing.number(request.form.get("replacing", ""))
    return None


def _confirm_rollback(
    number: int,
    status: int = 200,
    *,
    note: str = "",
    errors: Mapping[str, object] | None = None,
    overtaken: bool = False,
    conflict: Conflict | None = None,
) -> Response:
    newest = sites.newest(site().id)
    old, draft = sites.version(site().id, number), sites.draft(site().id)
    unpublished = document_diff.changes(newest.document, draft.document) if newest else ()
    return page(
        "publish/rollback.html",
        status,
        version=old,
        newest=newest,
        unpublished=len(unpublished),
        note=note,
        errors=errors or {},
        overtaken=overtaken,
        conflict=conflict,
        waiting=publications.waiting(site().id),
    )


def _refused(number: int, fault: Invalid) -> Response:
    """The page that says why an old version cannot be published again."""
    document = sites.version(site().id, number).document
    found = sites.findings(document, site())
    errors = finding_words.errors_said(fault.errors, document, found)
    return page("publish/refused.html", 422, number=number, errors=errors)


def _note(action: str, made: Version, detail: str, now: datetime) -> None:
    subject = f"version {made.number}"
    audit_log.record_event(
        action, by=identity().actor, site_id=site().id, subject=subject, detail=detail, now=now
    )
