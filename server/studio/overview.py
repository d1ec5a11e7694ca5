"""Overview of a site: published version, next steps, newest figures."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from server.analytics.service import figures as released
from server.analytics.values import Privacy
from server.consents.service import decisions
from server.core import clock
from server.sites import service as sites
from server.sites.values import Draft, Finding, Version
from server.studio import alarms, analytics_charts, analytics_query, analytics_view, register, requests
from server.studio.analytics import running_figure, totals_before
from server.studio.analytics_words import INTERVALS, closes, days
from server.studio.guard import blueprint, needs, site
from server.studio.language import gettext, ngettext
from server.studio.views import page


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
@needs("site.read")
def overview() -> ResponseReturnValue:
    """The site's first page."""
    draft, versions = sites.draft(site().id), sites.versions(site().id, limit=1)
    newest = versions[0] if versions else None
    received = decisions.any_received(site().id)
    findings = sites.check(site().id)
    today, privacy = released.today(site().id, now=clock.now()), released.privacy(site().id)
    return page(
        "overview.html",
        newest=newest,
        draft=draft,
        differs=newest is None or newest.document != draft.document,
        errors=sum(finding.severity == "error" for finding in findings),
        received=received,
        steps=() if received else _steps(draft, newest, findings),
        privacy=privacy,
        coming=closes(privacy, today=today),
        running=running_figure(privacy, today=today),
        **alarms.open_ones(site().id),
        **requests.waiting(),
        **register.attention(),
        **_newest_figures(privacy, privacy.released_until),
    )


@blueprint.get("/sites/<key>/first-decision")
@needs("site.read")
def first_decision() -> ResponseReturnValue:
    """The news of the first decision, in place of the next steps; 204 until it has come."""
    if not decisions.any_received(site().id):
        return Response(status=204)
    today, privacy = released.today(site().id, now=clock.now()), released.privacy(site().id)
    return page("figures/first_decision.html", privacy=privacy, coming=closes(privacy, today=today))


def _newest_figures(privacy: Privacy, last: date | None) -> dict[str, Any]:
    """The newest closed figures with a comparison, and a chart if there is anything to draw."""
    if last is None:
        return {"tiles": ()}
    glance, longer = analytics_query.newest(privacy, last)
    found = released.figures(glance, site=site())
    more = found if longer == glance else released.figures(longer, site=site())
    span = analytics_query.covered(found)
    if span is None:
        return {"tiles": ()}
    return {
        "tiles": analytics_view.tiles(found.totals, totals_before(*span)),
        "span": days(*span),
        "per": INTERVALS[longer.interval],
        "chart": analytics_charts.outcomes(more, {}) if analytics_charts.drawable(more) else None,
    }


def _steps(draft: Draft, newest: Version | None, findings: tuple[Finding, ...]) -> tuple[Step, ...]:
    key, document = site().key, draft.document
    errors = sum(finding.severity == "error" for finding in findings)
    controller = url_for("studio.section", key=key, section="controller")
    left = (
        ngettext("One thing left", "%(num)s things left", errors)
        if errors
        else gettext("Nothing stands against it")
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
