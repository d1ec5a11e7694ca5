"""The analytics page: headline figures, charts with their tables, how figures are made, and the CSV file."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.analytics.representations import as_csv
from server.analytics.service import choices, figures
from server.analytics.values import (
    EPSILONS,
    Cells,
    Dimension,
    Figures,
    LumpChoice,
    Privacy,
    Query,
)
from server.audience.values import BROWSERS, OTHER, SYSTEMS
from server.consents.service import decisions
from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid
from server.core.local_days import day_of
from server.sites import service as sites
from server.sites.values import Version
from server.studio.analytics import alarms, measure_words
from server.studio.analytics import charts as analytics_charts
from server.studio.analytics import query as analytics_query
from server.studio.analytics import view as analytics_view
from server.studio.analytics import words as analytics_words
from server.studio.analytics.query import Asked, Known
from server.studio.analytics.words import Running
from server.studio.guard import blueprint, identity, needs, site, site_zone
from server.studio.language import country_name, gettext, language_name, lazy_gettext, number
from server.studio.views import page, redirect_with_flash

_MOST_ROWS = 500
"""Longer tables of divided figures are only in the CSV file."""

_LUMPS: Mapping[LumpChoice, str] = {
    "auto": lazy_gettext("Automatic"),
    "day": lazy_gettext("One day"),
    "week": lazy_gettext("One week"),
    "month": lazy_gettext("One month"),
}
"""Choice → label."""

_DIMENSIONS: Mapping[Dimension, str] = {
    "version": lazy_gettext("Version"),
    "language": lazy_gettext("Language"),
    "device": lazy_gettext("Device"),
    "browser": lazy_gettext("Browser"),
    "os": lazy_gettext("System"),
    "country": lazy_gettext("Country"),
}
"""Dimension → label."""

_DEVICES: Mapping[str, str] = {
    "mobile": lazy_gettext("Mobile"),
    "tablet": lazy_gettext("Tablet"),
    "desktop": lazy_gettext("Desktop"),
}
"""Class of devices → its name."""

_RANGES: Mapping[str, str] = {
    "7d": lazy_gettext("7 days"),
    "30d": lazy_gettext("30 days"),
    "12m": lazy_gettext("12 months"),
    "version": lazy_gettext("Since the last version"),
    analytics_query.OWN: lazy_gettext("Other days"),
}
"""Range of days → label; the running day, week or month has a name of its own."""


@blueprint.get("/sites/<key>/analytics")
@needs("analytics.read")
def analytics() -> ResponseReturnValue:
    """The figures of the requested days."""
    return _page(200)


@blueprint.get("/sites/<key>/analytics.csv")
@needs("analytics.read")
def analytics_csv() -> ResponseReturnValue:
    """The table as a CSV file.

    :raises Invalid: the days cannot be.
    """
    asked = analytics_query.parse(request.args, _known(sites.newest(site().id)))
    if asked.errors:
        wrong = "; ".join(f"{field} {fault}" for field, fault in asked.errors.items())
        raise Invalid(f"there is no file of these days: {wrong}", errors=asked.errors)
    query = asked.query
    name = f"{site().key}-{query.start}-{query.end}.csv"
    return Response(
        as_csv(figures.figures(query, site=site())),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.get("/sites/<key>/running")
@needs("analytics.read")
def running_lump() -> ResponseReturnValue:
    """The coarse figure of the running day, week or month, for a page that is open.

    A page whose closed figures end before the newest ones (`until`) has to load again.
    """
    today, privacy = figures.today(site().id, now=clock.now()), figures.privacy(site().id)
    answer = page("figures/running.html", privacy=privacy, running=running_figure(privacy, today=today))
    if request.args.get("until", "") != str(privacy.released_until or ""):
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/sites/<key>/release")
@needs("analytics.manage")
def set_release() -> ResponseReturnValue:
    """Choose how figures are released from the next lump on."""
    lump, epsilon = (request.form.get(name, "") for name in ("lump", "epsilon"))
    try:
        with transaction():
            before = choices.chosen(site().id)
            chosen = choices.choose(site().id, lump=lump, epsilon=epsilon)
            if chosen != before:
                audit_log.record_event(
                    "release_changed",
                    by=identity().actor,
                    now=clock.now(),
                    site_id=site().id,
                    subject=str(chosen),
                    detail=f"before: {before}",
                )
    except Invalid as fault:
        return _page(422, {name: str(sentence) for name, sentence in fault.errors.items()})
    if chosen == before:
        return redirect_with_flash("analytics", gettext("Nothing was changed."))
    return redirect_with_flash(
        "analytics", gettext("Saved. It begins when the running day, week or month has ended.")
    )


# --- what pages show --------------------------------------------------------------------------------------


def running_figure(privacy: Privacy, *, today: date) -> Running | None:
    """The coarse figure of the site's running lump in words; None if there is no such lump."""
    zone = site_zone()
    coming = figures.next_block(privacy.lump, zone, now=clock.now()).astimezone(zone)
    return analytics_words.running(privacy, figures.live(site().id, zone), today=today, next_block=coming)


def totals_before(start: date, end: date) -> Cells | None:
    """The figures of the period before these days; None if they do not cover all of it."""
    span = analytics_query.period_before(start, end)
    before = figures.totals(*span, site=site())
    return before.cells if before and (before.start, before.end) == span else None


def category_names() -> dict[str, str]:
    """Category → its name in the default language of the draft."""
    document = sites.draft(site().id).document
    language = document["default_language"]
    return {c["key"]: c["names"].get(language) or c["key"] for c in document["categories"]}


def _known(newest: Version | None) -> Known:
    today = figures.today(site().id, now=clock.now())
    published = day_of(newest.published_at, site_zone()) if newest else None
    return Known(today, figures.privacy(site().id), published)


def _page(status: int, release_errors: Mapping[str, str] | None = None) -> Response:
    versions = sites.versions(site().id)
    newest = versions[0] if versions else None
    known = _known(newest)
    asked = analytics_query.parse(request.args, known)
    query = asked.query
    last = Query(known.last, known.last)
    undivided = last if asked.range == "today" else Query(query.start, query.end, query.interval)
    found = figures.figures(undivided, site=site())
    return page(
        "analytics.html",
        422 if asked.errors else status,
        asked=asked,
        typed={"from": request.args.get("from") or query.start, "to": request.args.get("to") or query.end},
        ranges={name: _range_label(name, known) for name in analytics_query.RANGES},
        intervals=analytics_words.INTERVALS,
        per=analytics_words.INTERVALS[query.interval],
        dimensions=_DIMENSIONS,
        counts=found.audience_epsilon is not None,
        known=known,
        newest=newest,
        received=decisions.any_received(site().id),
        coming=analytics_words.closes(known.privacy, today=known.today),
        words=analytics_words,
        csv=url_for("studio.analytics_csv", key=site().key, **asked.address()),
        running=running_figure(known.privacy, today=known.today),
        release=_release(known.privacy, release_errors or {}),
        **alarms.with_earlier(site().id),
        **_shown(found, versions, known.privacy),
        **_divided(asked, len(found.rows)),
        days_of={str(one.number): day_of(one.published_at, site_zone()) for one in versions},
    )


def _range_label(name: str, known: Known) -> str:
    if name == "today":
        return analytics_words.running_name(known.privacy)
    return str(_RANGES[name])


def _shown(found: Figures, versions: tuple[Version, ...], privacy: Privacy) -> dict[str, Any]:
    """What is shown of the undivided figures."""
    span, names = analytics_query.covered(found), category_names()
    if span is None:
        return {"figures": found, "span": None}
    before, earlier = totals_before(*span), analytics_query.period_before(*span)
    published = {version.number: day_of(version.published_at, site_zone()) for version in versions}
    within = {number: day for number, day in published.items() if span[0] <= day <= span[1]}
    drawable = analytics_charts.drawable(found)
    return {
        "figures": found,
        "span": span,
        "before": earlier if before else None,
        "comparable_since": privacy.since is not None and privacy.since <= earlier[0],
        "tiles": analytics_view.tiles(found.totals, before),
        "further": analytics_view.further_tiles(found.totals, before),
        "times": analytics_view.times_to_decision(found.totals),
        "funnel": analytics_view.funnel(found.totals),
        "rates": analytics_view.category_rates(found.totals, before, names),
        "names": names,
        "measures": analytics_view.measures(found.totals),
        "view": analytics_view,
        "measure_label": measure_words.label,
        "published": within,
        "outcomes": analytics_charts.outcomes(found, within) if drawable else None,
        "charts": analytics_charts.consent_rates(found, found.totals.granted) if drawable else {},
    }


def _divided(asked: Asked, periods: int) -> dict[str, Any]:
    """What is shown of the figures by the values of a dimension, in so many periods."""
    query = asked.query
    if query.by is None:
        return {"divided": False}
    compared = query.by == "version"
    parts = analytics_view.parts(figures.parts(query, site=site()), compared=compared)
    shown = tuple(reversed(parts)) if compared else analytics_view.largest(parts)
    few = len(parts) * periods <= _MOST_ROWS
    return {
        "divided": True,
        "measured": bool(parts),
        "parts": shown,
        "left_out": len(parts) - len(shown),
        "divided_rows": figures.figures(query, site=site()).rows if few else (),
        "value_names": _value_names(query.by, [part.value for part in parts]),
    }


def _value_names(by: Dimension, values: Iterable[str]) -> dict[str, str]:
    """Value of a dimension → its name."""
    listed: Mapping[str, Mapping[str, str]] = {"device": _DEVICES, "browser": BROWSERS, "os": SYSTEMS}
    named = {"language": language_name, "country": country_name}
    known = {value: named[by](value) for value in values} if by in named else listed.get(by, {})
    return {**known, OTHER: gettext("Other")}


def _release(privacy: Privacy, errors: Mapping[str, str]) -> dict[str, Any]:
    chosen = choices.chosen(site().id)
    return {
        "chosen": chosen,
        "lumps": _LUMPS,
        "epsilons": {f"{float(epsilon):g}": _written(epsilon) for epsilon in EPSILONS},
        "chosen_epsilon": f"{float(chosen.epsilon):g}",
        "epsilon": f"{float(privacy.epsilon):g}",
        "written": _written,
        "errors": errors,
    }


def _written(epsilon: Fraction) -> str:
    """`0.25`; in Norwegian `0,25`."""
    value = float(epsilon)
    return number(value, len(f"{value:g}".partition(".")[2]))
