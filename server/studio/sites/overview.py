"""Overview of a site: whether its banner asks, what needs somebody, what changed, and the newest figures."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import users
from server.analytics.service import figures as released
from server.analytics.values import Cells, Privacy
from server.consents.service import decisions
from server.core import clock
from server.core.http import settings
from server.core.local_days import day_of
from server.demo.service import KEY as DEMO
from server.scanner import service as scanner
from server.sites import responsibility
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Version
from server.studio.analytics import alarms
from server.studio.analytics import charts as analytics_charts
from server.studio.analytics import query as analytics_query
from server.studio.analytics import view as analytics_view
from server.studio.analytics.figures import running_figure, totals_before
from server.studio.analytics.view import Rate
from server.studio.analytics.words import INTERVALS, closes, days
from server.studio.guard import blueprint, may, needs, site, site_zone, zone
from server.studio.language import gettext
from server.studio.publishing import banner_words, waiting_publications
from server.studio.publishing.banner_state import Name
from server.studio.publishing.banner_words import Mark
from server.studio.records import processors, requests
from server.studio.sites import attention, next_steps, recent_changes, samples, site_states
from server.studio.views import page

HEADLINE_CATEGORIES = 3
"""Categories whose rates stand beside the headline figure; *Analytics* has all."""


@blueprint.get("/sites/<key>/")
@needs("site.enter")
def overview() -> ResponseReturnValue:
    """The site's first page; who may not read the site is led to the decisions of its visitors."""
    if not may("site.read"):
        return redirect(url_for("studio.consent_list", key=site().key), 303)
    if site().sample_of is not None:
        return samples.sample_page()
    draft, newest = sites.draft(site().id), sites.newest(site().id)
    received, now = decisions.any_received(site().id), clock.now()
    findings, check = sites.findings(draft.document, site()), scanner.status(site().id)
    errors = sum(finding.severity == "error" for finding in findings)
    today, privacy = released.today(site().id, now=now), released.privacy(site().id)
    state = site_states.of_sites([site()])[site().id]
    publication, found_alarms = waiting_publications.of_site(draft.document), alarms.open_ones(site().id)
    return page(
        "overview.html",
        newest=newest,
        is_demo=settings().demo and site().key == DEMO,
        draft=draft,
        differs=newest is None or newest.document != draft.document,
        errors=errors,
        received=received,
        last_decision=_last_decision(today) if received else None,
        check=check,
        state=state,
        marks=_marks(state.name, newest),
        steps=next_steps.left(draft.document, newest, check, errors=errors, received=received),
        privacy=privacy,
        coming=closes(privacy, today=today),
        running=running_figure(privacy, today=today),
        items=attention.items(
            draft.document,
            findings,
            check,
            newest,
            started=newest is not None,
            publication=publication,
            found_alarms=found_alarms["alarms"],
            requests=requests.waiting()["requests"],
            agreements=processors.attention()["agreements"],
        ),
        changes=recent_changes.newest(site(), zone()),
        responsible=_responsible(),
        people=len(users.people_of(site().id)) if may("site.edit") else 0,
        **found_alarms,
        **_newest_figures(privacy, privacy.released_until, draft.document),
    )


@blueprint.get("/sites/<key>/first-decision")
@needs("site.read")
def first_decision() -> ResponseReturnValue:
    """The news of the first decision, and the steps that are left after it; 204 until it has come."""
    if not decisions.any_received(site().id):
        return Response(status=204)
    today, privacy = released.today(site().id, now=clock.now()), released.privacy(site().id)
    draft, newest = sites.draft(site().id), sites.newest(site().id)
    errors = sum(finding.severity == "error" for finding in sites.findings(draft.document, site()))
    check = scanner.status(site().id)
    return page(
        "figures/first_decision.html",
        privacy=privacy,
        coming=closes(privacy, today=today),
        newest=newest,
        received=True,
        steps=next_steps.left(draft.document, newest, check, errors=errors, received=True),
    )


def _marks(name: Name, newest: Version | None) -> tuple[Mark, ...]:
    number, variant_of = (newest.number, newest.variant_of) if newest else (None, None)
    return banner_words.marks(name, number, variant_of, paused=site().pause is not None)


def _responsible() -> str:
    """The address of who is responsible for the site; empty: nobody is named."""
    named = responsibility.of_site(site().id)
    return users.addresses([named]).get(named, "") if named else ""


def _last_decision(today: date) -> str | None:
    """The day of the newest stored decision in words.

    Only for those who may list decisions, whose list has its minute: for the others, what arrives is in the
    released figures alone (ADR 15).
    """
    last = decisions.last_received(site().id) if may("consent.read") else None
    if last is None:
        return None
    day = day_of(last, site_zone())
    near = {0: gettext("Today"), 1: gettext("Yesterday")}
    return near.get((today - day).days, days(day, day))


def _newest_figures(privacy: Privacy, last: date | None, document: Document) -> dict[str, Any]:
    """The newest closed figures with a comparison, and a chart if there is anything to draw."""
    if last is None:
        return {"tiles": ()}
    glance, longer = analytics_query.newest(privacy, last)
    found = released.figures(glance, site=site())
    more = found if longer == glance else released.figures(longer, site=site())
    span = analytics_query.covered(found)
    if span is None:
        return {"tiles": ()}
    before = totals_before(*span)
    return {
        "tiles": analytics_view.tiles(found.totals, before),
        "headline": analytics_view.measure_rate(found.totals, "accept_all", "decided"),
        "rates": _category_rates(found.totals, document),
        "span": days(*span),
        "per": INTERVALS[longer.interval],
        "chart": analytics_charts.outcomes(more, {}) if analytics_charts.drawable(more) else None,
    }


def _category_rates(cells: Cells, document: Document) -> Sequence[tuple[str, Rate | None]]:
    """Name and consent rate of the first categories, in the order of the banner."""
    main = document["default_language"]
    named = [(each["key"], each["names"].get(main) or each["key"]) for each in document["categories"]]
    asked = [(key, name) for key, name in named if key in cells.granted]
    return [(name, analytics_view.consent_rate(cells, key)) for key, name in asked[:HEADLINE_CATEGORIES]]
