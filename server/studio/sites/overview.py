"""Overview of a site: whether its banner asks, what needs somebody, what changed, and the newest figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from server.analytics.service import figures as released
from server.analytics.values import Cells, Privacy
from server.consents.service import decisions
from server.core import clock
from server.core.http import settings
from server.core.local_days import day_of
from server.demo.service import KEY as DEMO
from server.scanner import service as scanner
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Draft, Finding, Version
from server.studio.analytics import alarms
from server.studio.analytics import charts as analytics_charts
from server.studio.analytics import query as analytics_query
from server.studio.analytics import view as analytics_view
from server.studio.analytics.figures import running_figure, totals_before
from server.studio.analytics.view import Rate
from server.studio.analytics.words import INTERVALS, closes, days
from server.studio.guard import blueprint, may, needs, site, site_zone, zone
from server.studio.language import gettext, ngettext
from server.studio.publishing import banner_words, waiting_publications
from server.studio.records import processors, requests
from server.studio.sites import attention, recent_changes, samples, site_states
from server.studio.views import page

HEADLINE_CATEGORIES = 3
"""Categories whose rates stand beside the headline figure; *Analytics* has all."""


@dataclass(frozen=True)
class Step:
    """A step of the set-up, done or not."""

    title: str
    note: str
    done: bool
    address: str
    permission: str
    """Permission that is needed."""


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
    today, privacy = released.today(site().id, now=now), released.privacy(site().id)
    state = site_states.of_sites([site()])[site().id]
    publication, found_alarms = waiting_publications.of_site(draft.document), alarms.open_ones(site().id)
    return page(
        "overview.html",
        newest=newest,
        is_demo=settings().demo and site().key == DEMO,
        draft=draft,
        differs=newest is None or newest.document != draft.document,
        errors=sum(finding.severity == "error" for finding in findings),
        received=received,
        last_decision=_last_decision(today) if received else None,
        check=check,
        state=state,
        marks=banner_words.marks(
            state.name,
            newest.number if newest else None,
            newest.variant_of if newest else None,
            paused=site().pause is not None,
        ),
        steps=() if received else _steps(draft, newest, findings),
        privacy=privacy,
        coming=closes(privacy, today=today),
        running=running_figure(privacy, today=today),
        items=attention.items(
            draft.document,
            findings,
            check,
            newest,
            started=received,
            publication=publication,
            found_alarms=found_alarms["alarms"],
            requests=requests.waiting()["requests"],
            agreements=processors.attention()["agreements"],
        ),
        changes=recent_changes.newest(site(), zone()),
        **found_alarms,
        **_newest_figures(privacy, privacy.released_until, draft.document),
    )


@blueprint.get("/sites/<key>/first-decision")
@needs("site.read")
def first_decision() -> ResponseReturnValue:
    """The news of the first decision, in place of the next steps; 204 until it has come."""
    if not decisions.any_received(site().id):
        return Response(status=204)
    today, privacy = released.today(site().id, now=clock.now()), released.privacy(site().id)
    return page("figures/first_decision.html", privacy=privacy, coming=closes(privacy, today=today))


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


def _steps(draft: Draft, newest: Version | None, findings: tuple[Finding, ...]) -> tuple[Step, ...]:
    key, document = site().key, draft.document
    errors = sum(finding.severity == "error" for finding in findings)
    controller = url_for("studio.section", key=key, section="controller")
    left = (
        ngettext("One thing left", "%(num)s things left", errors) if errors else gettext("Ready to publish")
    )
    return (
        Step(gettext("Say who is responsible"), gettext("Name and contact of the controller"),
             bool(document["controller"]["name"]), controller, "banner.edit"),
        Step(gettext("List what the site uses"),
             gettext("Every service with its provider, purpose and lifetimes"),
             len(document["services"]) > 1, url_for("studio.services", key=key), "banner.edit"),
        Step(gettext("Complete the privacy notice"),
             gettext("What else you do with personal data, and who gets it"),
             bool(document["notice"]["activities"] or document["notice"]["processors"]),
             url_for("studio.activities", key=key), "banner.edit"),
        Step(gettext("Put right what stops publishing"),
             left, not errors, url_for("studio.publish", key=key), "site.read"),
        Step(gettext("Publish the banner"),
             gettext("Visitors get the banner within five minutes"), newest is not None,
             url_for("studio.publish", key=key), "banner.publish"),
        Step(gettext("Put the script tag on the pages"),
             gettext("Done when the first decision is received"), False,  # noqa: FBT003
             url_for("studio.install", key=key), "site.read"),
    )  # fmt: skip
