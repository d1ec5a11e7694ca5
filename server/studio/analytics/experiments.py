"""Experiments: two variants of a banner are compared, from the forecast to the publication of the winner."""

from datetime import datetime

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.analytics.service import experiments as results
from server.analytics.service import figures
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Conflict, Invalid, PreconditionFailed
from server.sites import approvals, experiments, publications
from server.sites import service as sites
from server.sites.values import Experiment
from server.studio.analytics import experiment_form, experiment_view
from server.studio.draft import finding_words
from server.studio.editor import drafts
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext
from server.studio.publishing import publish_form, waiting_publications
from server.studio.publishing.publication_words import category_names
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
    """Start comparing the two variants that were chosen."""
    days, now = _days(request.form.get("days", "")), clock.now()
    newest = sites.newest(site().id)
    if days is None or newest is None:
        return _shown(422)
    choice = experiment_form.chosen(newest.number)
    forecast = results.forecast(site().id, days, now=now, variant=choice.a.document)
    if forecast is None or choice.faults:
        return _shown(422)
    seen = {
        "expected_revision": drafts.revision() if choice.has_draft else None,
        "expected_version": publish_form.version(),
    }
    a, b, by = choice.a.state.name, choice.b.state.name, identity().email
    try:
        with transaction():
            if site().approval_required:
                asked = approvals.ask_for_experiment(
                    site().id, forecast.planned, a=a, b=b, by=by, now=now, **seen
                )
                _note("approval_asked", f"publication {asked.number}", "", now)
                said = waiting_publications.asked_message()
                return redirect_with_flash("publication", said, number=asked.number)
            started = experiments.start(site().id, forecast.planned, a=a, b=b, by=by, now=now, **seen)
            _note_start(started, newest.number, now)
    except Invalid:
        return _shown(422)
    except PreconditionFailed:
        return _shown(409, moved=True)
    except Conflict as fault:
        return _shown(409, conflict=fault)
    return redirect_with_flash(
        "experiment",
        gettext("The experiment is started. Within five minutes every second page view has variant B."),
    )


def _note_start(started: Experiment, live: int, now: datetime) -> None:
    """Record what a start has published after the version that was live, and the start itself."""
    if started.version_a > live:
        _note("published", f"version {started.version_a}", f"variant A of experiment {started.number}", now)
    limit = f"beside version {started.version_a}, at most {started.plan.limit_days} days"
    _note("published", f"version {started.version_b}", limit, now)
    _note("experiment_started", f"experiment {started.number}", limit, now)


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
            "Variant B is published as version %(number)s. Pages with the script tag show it within five"
            " minutes.",
            number=made.number,
        ),
    )


def _shown(status: int = 200, *, moved: bool = False, conflict: Conflict | None = None) -> Response:
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
        conflict=conflict,
        waiting=publications.waiting(site().id),
        view=experiment_view,
        privacy=figures.privacy(site().id),
        **values,
    )


def _running(running: Experiment) -> dict[str, object]:
    return {"progress": results.progress(running)}


def _next(typed: str) -> dict[str, object]:
    """The form for the next experiment, and what it would find."""
    newest, days = sites.newest(site().id), _days(typed)
    if newest is None:
        return {"newest": None}
    choice = experiment_form.chosen(newest.number)
    fault = "" if days else f"is not a whole number from 1 to {experiments.LONGEST}"
    return {
        "newest": newest,
        "draft": sites.draft(site().id),
        "choice": choice,
        "options": experiment_form.options(choice, newest.number),
        "names": category_names,
        "typed": typed,
        "faults": {**choice.faults, **({"days": fault} if fault else {})},
        "forecast": results.forecast(site().id, days, now=clock.now(), variant=choice.a.document)
        if days
        else None,
    }


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
