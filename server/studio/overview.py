"""Overview of a site: published version, last week's figures, next steps."""

from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from flask.typing import ResponseReturnValue

from server.analytics.service import figures as released
from server.analytics.values import Query
from server.core import clock
from server.sites import service as sites
from server.sites.values import Draft, Finding, Version
from server.studio import analytics_view
from server.studio.analytics import category_names
from server.studio.guard import blueprint, needs, site
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
    draft, versions = sites.draft(site().id), sites.versions(site().id)
    newest = versions[0] if versions else None
    today = released.today(site().id, now=clock.now())
    week = Query(today - timedelta(days=7), today)
    figures = released.figures(week, site=site()) if newest else None
    findings = sites.check(site().id)
    return page(
        "overview.html",
        newest=newest,
        draft=draft,
        differs=newest is None or newest.document != draft.document,
        errors=sum(finding.severity == "error" for finding in findings),
        figures=figures,
        week=week,
        rates=analytics_view.rates(figures.totals, category_names()) if figures else (),
        chart=analytics_view.chart(figures) if figures else None,
        labels=analytics_view.LABELS,
        shown=analytics_view.formatted,
        steps=_steps(
            draft, newest, findings, counted=figures is not None and analytics_view.has_figures(figures)
        ),
    )


def _steps(
    draft: Draft, newest: Version | None, findings: tuple[Finding, ...], *, counted: bool
) -> tuple[Step, ...]:
    key, document = site().key, draft.document
    errors = sum(finding.severity == "error" for finding in findings)
    controller = url_for("studio.section", key=key, section="controller")
    left = f"{errors} {'thing' if errors == 1 else 'things'} left" if errors else "Nothing stands against it"
    return (
        Step("Say who is responsible", "Name and contact of the controller",
             bool(document["controller"]["name"]), controller, "banner.edit"),
        Step("List what the site uses", "Every service with its provider, purpose and lifetimes",
             len(document["services"]) > 1, url_for("studio.services", key=key), "banner.edit"),
        Step("Put right what stops publishing",
             left, not errors, url_for("studio.publish", key=key), "site.read"),
        Step("Publish", "Visitors get the banner within five minutes", newest is not None,
             url_for("studio.publish", key=key), "banner.publish"),
        Step("Put the script tag on the pages", "Done when the first decisions are counted", counted,
             url_for("studio.install", key=key), "site.read"),
    )  # fmt: skip
