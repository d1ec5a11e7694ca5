"""Publishing the draft: now, at a moment, or by asking another person."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import Response
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Invalid, PreconditionFailed
from server.core.http import settings
from server.notices.service import subscriptions
from server.sites import approvals, document_diff, publication_rules, publications, schedules
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import LONGEST_ANNOUNCEMENT, Finding, Pending, Version
from server.studio.draft import change_words, finding_words
from server.studio.editor import drafts, finding_list
from server.studio.guard import blueprint, identity, may, needs, site, zone
from server.studio.language import gettext, language_name
from server.studio.publishing import banner_words, publication_words, publish_form, waiting_publications
from server.studio.publishing.publish_form import Typed
from server.studio.views import page, redirect_with_flash


@blueprint.get("/sites/<key>/publish")
@needs("site.read")
def publish() -> ResponseReturnValue:
    """What publishing would change, the findings, and what waits."""
    return _publish()


@blueprint.post("/sites/<key>/publish")
@needs("banner.publish")
def do_publish() -> ResponseReturnValue:
    """Publish the draft, now or at a moment."""
    return _do(asks=False)


@blueprint.post("/sites/<key>/publish/ask")
@needs("banner.edit")
def ask_to_publish() -> ResponseReturnValue:
    """Ask another person to approve that the draft is published, now or at a moment."""
    return _do(asks=True)


def _do(*, asks: bool) -> ResponseReturnValue:
    """Do what the form asks for; whatever stands against it, what was typed is shown again."""
    typed, now, publish_at = publish_form.sent(), clock.now(), None
    try:
        publish_at = publish_form.moment(typed) if typed.later else None
        with transaction():
            if asks:
                return _ask(typed, publish_at, now)
            return _schedule(typed, publish_at, now) if publish_at else _publish_now(typed, now)
    except Invalid as fault:
        return _publish(422, typed, errors=publish_form.at_field(fault, publish_at, now))
    except PreconditionFailed:
        return _publish(409, typed, moved=True)
    except Conflict as fault:
        return _publish(409, typed, conflict=fault)


def _publish_now(typed: Typed, now: datetime) -> ResponseReturnValue:
    made = sites.publish(
        site().id,
        note=typed.note,
        announcement=typed.announcement if typed.announces else None,
        by=identity().email,
        now=now,
        expected_revision=drafts.revision(),
        expected_version=publish_form.version(),
        replacing=_replacing(typed),
    )
    _note("published", f"version {made.number}", typed.note, now)
    done = banner_words.published(
        made.number, paused=site().pause is not None, notified=bool(made.announcement)
    )
    return redirect_with_flash("versions", done)


def publish_first(note: str, now: datetime) -> Version:
    """Publish the draft at once, as a set-up does; the form names its revision.

    :raises PreconditionFailed: the draft was saved since, or a version is published already.
    :raises Conflict: something waits, or an experiment runs.
    :raises Invalid: something in the draft stops it, or `note`: a reason is needed, or cannot be stored.
    """
    made = sites.publish(
        site().id,
        note=note,
        announcement=None,
        by=identity().email,
        now=now,
        expected_revision=drafts.revision(),
        expected_version=0,
        replacing=None,
    )
    _note("published", f"version {made.number}", note, now)
    return made


def _schedule(typed: Typed, publish_at: datetime, now: datetime) -> ResponseReturnValue:
    made = schedules.schedule(
        site().id,
        publish_at,
        note=typed.note,
        announcement=typed.announcement if typed.announces else None,
        by=identity().email,
        now=now,
        expected_revision=drafts.revision(),
        expected_version=publish_form.version(),
        replacing=_replacing(typed),
    )
    _note("publish_scheduled", f"publication {made.number}", publication_words.planned(made), now)
    done = gettext("The draft is scheduled for %(when)s.", when=publication_words.moment(publish_at, zone()))
    return redirect_with_flash("publish", done)


def _ask(typed: Typed, publish_at: datetime | None, now: datetime) -> ResponseReturnValue:
    asked = approvals.ask(
        site().id,
        note=typed.note,
        announcement=typed.announcement if typed.announces else None,
        publish_at=publish_at,
        by=identity().email,
        now=now,
        expected_revision=drafts.revision(),
        expected_version=publish_form.version(),
        replacing=_replacing(typed),
    )
    _note("approval_asked", f"publication {asked.number}", publication_words.planned(asked), now)
    return redirect_with_flash("publication", waiting_publications.asked_message(), number=asked.number)


def _replacing(typed: Typed) -> int | None:
    """The publication that waits and is to be replaced, if the user may do that."""
    found = publications.waiting(site().id)
    publishes = may("banner.publish")
    if found and publication_rules.may_replace(found, identity().email, publishes=publishes):
        return typed.replacing
    return None


def _note(action: str, subject: str, detail: str, now: datetime) -> None:
    audit_log.record_event(
        action, by=identity().actor, site_id=site().id, subject=subject, detail=detail, now=now
    )


def _publish(
    status: int = 200,
    typed: Typed | None = None,
    *,
    errors: Mapping[str, object] | None = None,
    moved: bool = False,
    conflict: Conflict | None = None,
) -> Response:
    draft, newest = sites.draft(site().id), sites.newest(site().id)
    found = sites.findings(draft.document, site())
    faults, warnings = finding_list.listed(draft.document, found, editable=may("banner.edit"))
    stops = faults.count > 0
    differs = newest is None or newest.document != draft.document
    coming = _coming() if differs and not stops else None
    changes = document_diff.changes(newest.document, draft.document) if newest and differs else ()
    publishes = may("banner.publish") and not site().approval_required
    return page(
        "publish/publish.html",
        status,
        draft=draft,
        newest=newest,
        faults=faults,
        warnings=warnings,
        differs=differs,
        changed=len(changes),
        groups=change_words.groups(changes, newest.document, draft.document) if newest else (),
        coming=coming,
        unasked=publication_rules.needs_reason(newest, draft.document),
        typed=typed or Typed(announces=bool(coming and coming.notify)),
        conflict=conflict,
        texts=[known.code for known in sites.known_languages() if known.code in draft.document["texts"]],
        language_name=language_name,
        longest=LONGEST_ANNOUNCEMENT,
        subscribers=subscriptions.count(site().id),
        mail=settings().smtp_url is not None,
        names=publication_words.category_names,
        publishes=publishes,
        asks=may("banner.edit") and not publishes,
        approvers=approvals.approvers(site().id, identity().email),
        days=publish_form.days(),
        zone=zone().key,
        **_refusal(errors or {}, draft.document, found),
        **_precedence(typed, newest, moved=moved),
        **waiting_publications.of_site(draft.document),
    )


def _refusal(errors: Mapping[str, object], document: Document, found: Sequence[Finding]) -> dict[str, object]:
    """What stood against it: errors of the form's fields, and those of the banner that no finding says."""
    of_form, others = publish_form.divided(errors)
    listed = {each.field for each in found}
    others = {field: why for field, why in others.items() if field not in listed}
    return {
        "errors_of": of_form,
        "stopped": bool(errors) and not of_form,
        "refused": finding_words.errors_said(others, document, found),
    }


def _precedence(typed: Typed | None, newest: Version | None, *, moved: bool) -> dict[str, bool]:
    """What came before a form that was sent: a save of the draft, or a version, perhaps by the same form."""
    overtaken = moved and newest is not None and newest.number != publish_form.version()
    return {
        "moved": moved and not overtaken,
        "overtaken": overtaken,
        "lost": bool(overtaken and newest and typed and publish_form.is_lost(typed, newest)),
    }


def _coming() -> Pending | None:
    try:
        return sites.pending(site().id)
    except Invalid:
        return None
