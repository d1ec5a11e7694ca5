"""A publication that waits: what it changes, and the decision about it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Forbidden, Invalid, PreconditionFailed
from server.core.http import settings
from server.sites import approvals, document_diff, experiments, publications, schedules
from server.sites import service as sites
from server.sites.publication_rules import Publication
from server.sites.values import Pending, languages
from server.studio import authors
from server.studio.draft import finding_words
from server.studio.guard import blueprint, identity, needs, site, zone
from server.studio.language import gettext, language_name
from server.studio.publishing import (
    banner_words,
    publication_words,
    publish_form,
    typed_times,
    version_notes,
    waiting_publications,
)
from server.studio.publishing.publish_form import Typed
from server.studio.views import page, redirect_with_flash


@blueprint.get("/sites/<key>/publications/<int:number>")
@needs("site.read")
def publication(number: int) -> ResponseReturnValue:
    """What it changes, field by field and as banners, who is asked again, and what may be done with it."""
    return _shown(number)


@blueprint.post("/sites/<key>/publications/<int:number>/approve")
@needs("banner.publish")
def approve_publication(number: int) -> ResponseReturnValue:
    """Approve what another person asked for."""
    digest = request.form.get("digest", "")

    def approve(now: datetime) -> Publication:
        return approvals.approve(site().id, number, digest, by=identity().email, now=now)

    done = _done(number, "approved", approve)
    if isinstance(done, Response):
        return done
    if done.state == "scheduled" and done.publish_at is not None:
        when = publication_words.moment(done.publish_at, zone())
        return redirect_with_flash("publish", gettext("Approved. It is published on %(when)s.", when=when))
    return redirect_with_flash(
        "versions",
        " ".join(
            (
                gettext("Approved."),
                banner_words.published(done.version or 0, paused=site().pause is not None),
            )
        ),
    )


@blueprint.post("/sites/<key>/publications/<int:number>/refuse")
@needs("banner.publish", proof=False)
def refuse_publication(number: int) -> ResponseReturnValue:
    """Send back what another person asked for."""
    reason = request.form.get("reason", "").strip()

    def refuse(now: datetime) -> Publication:
        return approvals.refuse(site().id, number, reason=reason, by=identity().email, now=now)

    done = _done(number, "approval_refused", refuse, reason=reason)
    if isinstance(done, Response):
        return done
    message = publication_words.sent_back(authors.named(done.asked_by), mail=settings().smtp_url is not None)
    return redirect_with_flash("publication", message, number=number)


@blueprint.post("/sites/<key>/publications/<int:number>/withdraw")
@needs("banner.edit")
def withdraw_publication(number: int) -> ResponseReturnValue:
    """Take back what one asked for."""

    def withdraw(now: datetime) -> Publication:
        return approvals.withdraw(site().id, number, by=identity().email, now=now)

    done = _done(number, "approval_withdrawn", withdraw)
    if isinstance(done, Response):
        return done
    return redirect_with_flash("publish", gettext("The request is withdrawn. The draft is as it was."))


@blueprint.post("/sites/<key>/publications/<int:number>/cancel")
@needs("banner.publish", proof=False)
def cancel_publication(number: int) -> ResponseReturnValue:
    """Do not publish what is scheduled."""

    def cancel(now: datetime) -> Publication:
        return schedules.cancel(site().id, number, by=identity().email, now=now)

    done = _done(number, "publish_cancelled", cancel)
    if isinstance(done, Response):
        return done
    return redirect_with_flash(
        "publish", gettext("Cancelled. The draft is as it was, and nothing is published.")
    )


@blueprint.post("/sites/<key>/publications/<int:number>/time")
@needs("banner.publish")
def reschedule_publication(number: int) -> ResponseReturnValue:
    """Choose another moment for what is scheduled."""
    typed, now = publish_form.sent(), clock.now()
    try:
        publish_at = publish_form.moment(typed)
    except Invalid as fault:
        return _shown(number, 422, typed=typed, errors=fault.errors)

    def move(now: datetime) -> Publication:
        return schedules.reschedule(site().id, number, publish_at, by=identity().email, now=now)

    try:
        done = _done(number, "publish_rescheduled", move, typed=typed)
    except Invalid as fault:
        errors = publish_form.at_field(fault, publish_at, now)
        return _shown(number, 422, typed=typed, errors=errors)
    if isinstance(done, Response):
        return done
    if done.state == "requested":
        return redirect_with_flash("publication", waiting_publications.asked_message(), number=number)
    when = publication_words.moment(publish_at, zone())
    return redirect_with_flash("publish", gettext("The new time is %(when)s.", when=when))


def _done(
    number: int,
    action: str,
    step: Callable[[datetime], Publication],
    *,
    reason: str = "",
    typed: Typed | None = None,
) -> Publication | Response:
    """The publication after a step that is put on record; or the page that says what stood against it."""
    try:
        now = clock.now()
        with transaction():
            done = step(now)
            _note(action, done, now)
    except Invalid as fault:
        if "publish_at" in fault.errors:
            raise
        return _shown(number, 422, reason=reason, errors=fault.errors)
    except (Conflict, Forbidden, PreconditionFailed) as fault:
        status = 409 if isinstance(fault, PreconditionFailed) else fault.status
        return _shown(number, status, reason=reason, typed=typed, conflict=fault.message)
    return done


def _note(action: str, done: Publication, now: datetime) -> None:
    """Record a step, and what an approval has published or started."""
    entries = [(action, f"publication {done.number}", publication_words.planned(done))]
    if action == "approval_refused":
        entries = [(action, f"publication {done.number}", done.reason)]
    if action == "approved" and done.state == "published":
        entries.append(("published", f"version {done.version}", done.note))
        if done.kind == "experiment":
            started = experiments.of_site(done.site_id)[0]
            limit = f"beside version {started.version_a}, at most {started.plan.limit_days} days"
            entries.append(("experiment_started", f"experiment {started.number}", limit))
    for name, subject, detail in entries:
        audit_log.record_event(
            name, by=identity().actor, site_id=site().id, subject=subject, detail=detail, now=now
        )


def _shown(
    number: int,
    status: int = 200,
    *,
    reason: str = "",
    typed: Typed | None = None,
    errors: Mapping[str, object] | None = None,
    conflict: str = "",
) -> Response:
    found = publications.find(site().id, number)
    newest, draft = sites.newest(site().id), sites.draft(site().id)
    spoken = languages(found.document)
    asked = request.args.get("language", "")
    if typed is None and found.publish_at is not None:
        day, time = typed_times.typed(found.publish_at, zone())
        typed = Typed(later=True, publish_on=day, publish_time=time)
    known = sites.findings(found.document, site())
    errors = dict(errors or {})
    own = {name: errors.pop(name) for name in ("reason", "publish_on", "publish_time") if name in errors}
    return page(
        "publish/publication.html",
        status,
        publication=found,
        title=publication_words.title(found),
        states=publication_words.STATES,
        tags=publication_words.TAGS,
        newest=newest,
        comparisons=waiting_publications.comparisons(found, newest) if newest else (),
        coming=_coming(found),
        names=publication_words.category_names,
        changed_since=len(document_diff.changes(found.document, draft.document)),
        languages=[one for one in sites.known_languages() if one.code in spoken],
        shown_language=asked if asked in spoken else spoken[0],
        scheme="dark" if request.args.get("scheme") == "dark" else "light",
        faults=waiting_publications.faults(found, site()),
        refused=finding_words.errors_said(errors, found.document, known),
        errors_of=own,
        reason=reason,
        typed=typed or Typed(),
        conflict=conflict,
        late=bool(found.publish_at and found.publish_at <= clock.now()),
        days=publish_form.days(),
        zone=zone().key,
        language_name=language_name,
        note_in_words=version_notes.in_words,
        **waiting_publications.rights(found),
    )


def _coming(found: Publication) -> Pending | None:
    """Who would be asked again; None for what is over. The variants of an experiment ask for the same."""
    try:
        return sites.pending(site().id, found.variant_a or found.document) if found.waits else None
    except Invalid:
        return None
