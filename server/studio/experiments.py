"""Experiments: two variants of a banner are compared, from the forecast to the publication of the winner."""

from datetime import datetime

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.analytics.service import experiments as results
from server.analytics.service import figures
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Invalid, NotFound, PreconditionFailed
from server.sites import experiments
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Experiment
from server.studio import drafts, experiment_view, finding_words, findings
from server.studio.findings import FindingLink
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext
from server.studio.preview import shown_as
from server.studio.views import page, redirect_with_flash

DEFAULT_DAYS = 28
"""Days of an experiment that the form proposes: four whole weeks, since weekdays differ."""


@blueprint.get("/sites/<key>/experiment")
@needs("analytics.read")
def experiment() -> ResponseReturnValue:
    """The running experiment, or the form for the next one; and those that have ended."""
    return _shown()


@blueprint.post("/sites/<key>/experiment")
@needs("banner.publish")
def start_experiment() -> ResponseReturnValue:
    """Start comparing the draft with variant A."""
    days, now = _days(request.form.get("days", "")), clock.now()
    if days is None:
        return _shown(422)
    forecast = results.forecast(site().id, days, now=now)
    if forecast is None:
        return _shown(422)
    kept = experiments.kept_variant(site().id)
    try:
        with transaction():
            started = experiments.start(
                site().id,
                forecast.planned,
                by=identity().email,
                now=now,
                expected_revision=drafts.revision(),
            )
            if kept is not None:
                _note(
                    "published",
                    f"version {started.version_a}",
                    f"variant A of experiment {started.number}",
                    now,
                )
            limit = f"beside version {started.version_a}, at most {started.plan.limit_days} days"
            _note("published", f"version {started.version_b}", limit, now)
            _note("experiment_started", f"experiment {started.number}", limit, now)
    except Invalid:
        return _shown(422)
    except PreconditionFailed:
        return _shown(409, moved=True)
    return redirect_with_flash(
        "experiment",
        gettext("The experiment is started. Within five minutes every second page view has variant B."),
    )


@blueprint.post("/sites/<key>/experiment/variant-a")
@needs("banner.edit")
def keep_variant() -> ResponseReturnValue:
    """Keep the draft as variant A of the next experiment, or drop the one that is kept."""
    now, keep = clock.now(), request.form.get("do") != "drop"
    try:
        with transaction():
            if keep:
                experiments.keep_variant(
                    site().id, by=identity().email, now=now, expected_revision=drafts.revision()
                )
            else:
                experiments.drop_variant(site().id)
            _note("variant_kept" if keep else "variant_dropped", "variant A", "", now)
    except PreconditionFailed:
        return _shown(409, moved=True)
    if not keep:
        return redirect_with_flash("experiment", gettext("Variant A is the live version."))
    return redirect_with_flash(
        "experiment", gettext("The draft is kept as variant A. Change the draft now: it becomes variant B.")
    )


@blueprint.get("/sites/<key>/experiment/variant-a/preview")
@needs("banner.edit")
def kept_preview() -> ResponseReturnValue:
    """The banner of the draft that is kept as variant A."""
    kept = experiments.kept_variant(site().id)
    if kept is None:
        raise NotFound("no draft is kept as variant A")
    return shown_as(kept.document, request.args.get("language", ""), request.args.get("scheme", ""))


@blueprint.post("/sites/<key>/experiment/<int:number>/end")
@needs("banner.publish")
def end_experiment(number: int) -> ResponseReturnValue:
    """End an experiment before it ends by itself."""
    now = clock.now()
    with transaction():
        ended = experiments.experiment(site().id, number)
        made, _ = results.stop(ended, by=identity().actor, now=now)
    return redirect_with_flash(
        "experiment",
        gettext(
            "The experiment has ended. Visitors get variant A, as version %(number)s.", number=made.number
        ),
    )


@blueprint.post("/sites/<key>/experiment/<int:number>/publish")
@needs("banner.publish")
def publish_winner(number: int) -> ResponseReturnValue:
    """Publish variant B, which has won."""
    now = clock.now()
    try:
        with transaction():
            made = experiments.publish_winner(site().id, number, by=identity().email, now=now)
            _note("published", f"version {made.number}", made.note, now)
    except Invalid as fault:
        refused = experiments.experiment(site().id, number).version_b
        document = sites.version(site().id, refused).document
        found = sites.findings(document, site())
        errors = finding_words.errors_said(fault.errors, document, found)
        return page("publish/refused.html", 422, number=refused, errors=errors)
    return redirect_with_flash(
        "experiment",
        gettext(
            "Variant B is published as version %(number)s. Visitors get it within five minutes.",
            number=made.number,
        ),
    )


@blueprint.get("/sites/<key>/versions/<int:number>/preview")
@needs("site.read")
def version_preview(number: int) -> ResponseReturnValue:
    """The banner of a published version."""
    document = sites.version(site().id, number).document
    return shown_as(document, request.args.get("language", ""), request.args.get("scheme", ""))


def _shown(status: int = 200, *, moved: bool = False) -> Response:
    mine = experiments.of_site(site().id)
    running = next((each for each in mine if each.ended_at is None), None)
    ended = [each for each in mine if each.ended_at is not None]
    values = _running(running) if running else _next(request.values.get("days", str(DEFAULT_DAYS)))
    return page(
        "experiments/experiment.html",
        status,
        running=running,
        ended=[(each, results.progress(each)) for each in ended],
        winner=_winner(ended[0]) if ended and not running else None,
        moved=moved,
        view=experiment_view,
        privacy=figures.privacy(site().id),
        **values,
    )


def _running(running: Experiment) -> dict[str, object]:
    return {"progress": results.progress(running)}


def _next(typed: str) -> dict[str, object]:
    """The form for the next experiment, and what it would find."""
    draft, days = sites.draft(site().id), _days(typed)
    against, found = experiments.check(site().id), sites.check(site().id)
    return {
        "draft": draft,
        "newest": sites.newest(site().id),
        "kept": experiments.kept_variant(site().id),
        "against": [
            (_place(path, draft.document), finding_words.said_of(path, str(message), draft.document, found))
            for path, message in against.items()
        ],
        "typed": typed,
        "fault": "" if days else f"is not a whole number from 1 to {experiments.LONGEST}",
        "forecast": results.forecast(site().id, days, now=clock.now()) if days else None,
    }


def _place(path: str, draft: Document) -> findings.FindingLink:
    """Where a fault is; one of variant A, which is not in the editor, is on no page of it."""
    head, _, rest = path.partition(".")
    if head not in ("variant_a", "version"):
        return findings.link_to(path, draft)
    field = rest if head == "variant_a" else rest.partition(".")[2]
    return FindingLink("", gettext("Variant A › %(place)s", place=findings.link_to(field, draft).label), "")


def _winner(last: Experiment) -> Experiment | None:
    """The newest experiment, if its variant B has won and was not published yet."""
    newest = sites.newest(site().id)
    won = last.result is not None and last.result.outcome == "b_is_better"
    return last if won and newest is not None and newest.number == last.version_b + 1 else None


def _days(typed: str) -> int | None:
    """The number of days that was typed; None if it is not one that an experiment may take."""
    days = parsing.number(typed.strip())
    return days if days is not None and 1 <= days <= experiments.LONGEST else None


def _note(action: str, subject: str, detail: str, now: datetime) -> None:
    audit_log.record_event(
        action, by=identity().actor, site_id=site().id, subject=subject, detail=detail, now=now
    )
