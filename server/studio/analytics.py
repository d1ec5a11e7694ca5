"""The analytics page: a chart, the same figures in a table, and as CSV."""

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from server.analytics.service import figures
from server.analytics.values import DIMENSIONS, INTERVALS, Figures, Query, as_csv
from server.core import clock
from server.sites import service as sites
from server.studio import analytics_view
from server.studio.guard import blueprint, needs, site
from server.studio.views import page


@blueprint.get("/sites/<key>/analytics")
@needs("analytics.read")
def analytics() -> ResponseReturnValue:
    """The figures of the requested days."""
    query, errors = analytics_view.parse_query(request.args, today=figures.today(site().id, now=clock.now()))
    found = _figures(query)
    names = category_names()
    return page(
        "analytics.html",
        422 if errors else 200,
        figures=found,
        newest=sites.newest(site().id),
        anything=analytics_view.has_figures(found),
        query=query,
        errors=errors,
        typed={"from": request.args.get("from") or query.start, "to": request.args.get("to") or query.end},
        intervals=INTERVALS,
        dimensions=DIMENSIONS,
        columns=analytics_view.columns(found),
        labels=analytics_view.LABELS,
        shown=analytics_view.formatted,
        names=names,
        rates=analytics_view.rates(found.totals, names),
        chart=analytics_view.chart(found),
        csv=url_for("studio.analytics_csv", **_address(query)),
    )


@blueprint.get("/sites/<key>/analytics.csv")
@needs("analytics.read")
def analytics_csv() -> ResponseReturnValue:
    """The table as a CSV file."""
    query, _errors = analytics_view.parse_query(request.args, today=figures.today(site().id, now=clock.now()))
    name = f"{site().key}-{query.start}-{query.end}.csv"
    return Response(
        as_csv(_figures(query)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _address(query: Query) -> dict[str, Any]:
    days = {"from": query.start.isoformat(), "to": query.end.isoformat()}
    return {"key": site().key, **days, "interval": query.interval, "by": query.by}


def _figures(query: Query) -> Figures:
    return figures.figures(query, site=site())


def category_names() -> dict[str, str]:
    """Category → its name in the default language of the draft."""
    document = sites.draft(site().id).document
    language = document["default_language"]
    return {c["key"]: c["names"].get(language) or c["key"] for c in document["categories"]}
