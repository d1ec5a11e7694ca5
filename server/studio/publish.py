"""Publishing the draft, the list of versions, and rollback."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Invalid, PreconditionFailed
from server.core.http import settings
from server.notices.service import subscriptions
from server.sites import document_diff
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import LONGEST_ANNOUNCEMENT, Finding, Pending, Version
from server.studio import change_words, drafts, finding_words, findings, version_notes
from server.studio.guard import blueprint, identity, may, needs, site
from server.studio.language import gettext, language_name
from server.studio.views import page, redirect_with_flash

SHOWN = 50
"""Versions on one page."""


@blueprint.get("/sites/<key>/publish")
@needs("site.read")
def publish() -> ResponseReturnValue:
    """What publishing would change, and the findings."""
    return _publish()


@blueprint.post("/sites/<key>/publish")
@needs("banner.publish")
def do_publish() -> ResponseReturnValue:
    """Publish the draft."""
    note, announcement = request.form.get("note", "").strip(), _announcement()
    announced = announcement if _announces() else None
    try:
        now = clock.now()
        with transaction():
            made = sites.publish(
                site().id,
                note=note,
                announcement=announced,
                by=identity().email,
                now=now,
                expected_revision=drafts.revision(),
            )
            _note("published", made, note, now)
    except Invalid as fault:
        return _publish(422, note=note, errors=fault.errors)
    except PreconditionFailed:
        return _publish(409, note=note, moved=True)
    done = (
        gettext(
            "Version %(number)s is published. Visitors get it within five minutes, and are notified of what"
            " changed.",
            number=made.number,
        )
        if made.announcement
        else gettext(
            "Version %(number)s is published. Visitors get it within five minutes.", number=made.number
        )
    )
    return redirect_with_flash("versions", done)


@blueprint.get("/sites/<key>/versions")
@needs("site.read")
def versions() -> ResponseReturnValue:
    """Published versions, newest first."""
    before = parsing.number(request.args.get("before", ""))
    shown = sites.versions(site().id, before=before, limit=SHOWN)
    return page(
        "publish/versions.html",
        versions=shown,
        newest=sites.newest(site().id),
        subscribers=subscriptions.count(site().id),
        language_name=language_name,
        note_in_words=version_notes.in_words,
        older=shown[-1].number if len(shown) == SHOWN and shown[-1].number > 1 else None,
        names=_names,
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
    note = request.form.get("note", "").strip()
    try:
        now = clock.now()
        with transaction():
            made = sites.rollback(site().id, number, note=note, by=identity().email, now=now)
            _note("rolled_back", made, f"as version {number}", now)
    except Invalid as fault:
        if "note" in fault.errors:
            return _confirm_rollback(number, 422, note=note, errors=fault.errors)
        return onward_with_fault(number, fault)
    return redirect_with_flash(
        "versions",
        gettext("Version %(old)s is published again, as version %(number)s.", old=number, number=made.number),
    )


def _confirm_rollback(
    number: int, status: int = 200, *, note: str = "", errors: Mapping[str, object] | None = None
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
    )


def _note(action: str, made: Version, detail: str, now: datetime) -> None:
    subject = f"version {made.number}"
    audit_log.record_event(
        action, by=identity().actor, site_id=site().id, subject=subject, detail=detail, now=now
    )


def onward_with_fault(number: int, fault: Invalid) -> Response:
    """The page that says why an old version cannot be published again."""
    document = sites.version(site().id, number).document
    found = sites.findings(document, site())
    errors = finding_words.errors_said(fault.errors, document, found)
    return page("publish/refused.html", 422, number=number, errors=errors)


def _announces() -> bool:
    """Whether the form says that visitors are to be notified."""
    return request.form.get("announce") == "on"


def _announcement() -> dict[str, str]:
    """Language → what the form has for visitors."""
    named = ((name.partition("."), text) for name, text in request.form.items())
    return {
        code: text.replace("\r\n", "\n").strip()
        for (head, dot, code), text in named
        if dot and head == "announcement"
    }


def _publish(
    status: int = 200, *, note: str = "", errors: Mapping[str, object] | None = None, moved: bool = False
) -> Response:
    draft, newest = sites.draft(site().id), sites.newest(site().id)
    found = sites.check(site().id)
    stops = any(finding.severity == "error" for finding in found)
    differs = newest is None or newest.document != draft.document
    coming = _coming() if differs and not stops else None
    changes = document_diff.changes(newest.document, draft.document) if newest and differs else ()
    return page(
        "publish/publish.html",
        status,
        draft=draft,
        newest=newest,
        findings=[_placed(finding, draft.document) for finding in found],
        stops=stops,
        differs=differs,
        changed=len(changes),
        groups=change_words.groups(changes, newest.document, draft.document) if newest else (),
        coming=coming,
        unasked=_advanced(draft.document) and not (newest and _advanced(newest.document)),
        note=note,
        errors_of=errors or {},
        moved=moved,
        announces=_announces() if status != HTTPStatus.OK else bool(coming and coming.notify),
        announcement=_announcement(),
        texts=[known.code for known in sites.known_languages() if known.code in draft.document["texts"]],
        language_name=language_name,
        longest=LONGEST_ANNOUNCEMENT,
        subscribers=subscriptions.count(site().id),
        mail=settings().smtp_url is not None,
        names=_names,
    )


@dataclass(frozen=True)
class _Shown:
    """A finding as the page shows it."""

    finding: Finding
    said: str
    place: findings.FindingLink
    fixable: bool
    """Whether a button puts it right."""


def _placed(finding: Finding, document: Document) -> _Shown:
    place = findings.link_to(finding.field, document)
    fixable = may("banner.edit") and sites.fix(document, finding) is not None
    return _Shown(finding, finding_words.said(finding, document), place, fixable)


def _coming() -> Pending | None:
    try:
        return sites.pending(site().id)
    except Invalid:
        return None


def _advanced(document: Document) -> bool:
    """Whether Google's tags may load before a decision, which needs a reason."""
    return bool(document["behaviour"]["consent_mode"] == "advanced")


def _names(version: Version | Pending) -> dict[str, str]:
    """Category → its name in the default language."""
    language = version.document["default_language"]
    return {c["key"]: c["names"].get(language) or c["key"] for c in version.document["categories"]}
