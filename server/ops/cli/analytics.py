"""The command that prints figures."""

from collections.abc import Iterator
from datetime import date

import click

from server.analytics.values import (
    DEFAULT_DAYS,
    DIMENSIONS,
    INTERVALS,
    MEASURES,
    Figures,
    Interval,
    Query,
    as_tree,
    window,
)
from server.core import clock
from server.core.errors import Invalid
from server.ops.cli.output import application, day, json_option, show

WITHHELD = ":"
"""How statistical offices write a withheld figure."""


@click.command
@click.argument("key")
@click.option("--from", "start", type=day, help=f"First day (UTC); {DEFAULT_DAYS} days when absent.")
@click.option("--to", "end", type=day, help="Last day (UTC); today when absent.")
@click.option("--interval", type=click.Choice(INTERVALS), default="day", show_default=True, help="Period.")
@click.option("--by", type=click.Choice(DIMENSIONS), help="Divide the figures.")
@json_option
def analytics(
    key: str,
    start: date | None,
    end: date | None,
    interval: Interval,
    by: str | None,
    *,
    as_json: bool,
) -> None:
    """Print the anonymised figures of the site KEY. A colon is a withheld figure: it is too small."""
    from server.analytics import service as figures_service
    from server.sites import service as sites

    query = _query(start, end, interval, by)
    with application():
        site = sites.find(key)
        found = figures_service.figures(query, site=site, versions=sites.versions(site.id))
    show(as_tree(found), _lines(found), as_json=as_json)


def _query(start: date | None, end: date | None, interval: Interval, by: str | None) -> Query:
    try:
        first, last = window(start, end, today=clock.now().date())
    except ValueError as wrong:
        raise Invalid(f"--from {wrong}") from wrong
    return Query(first, last, interval, "version" if by == "version" else "language" if by else None)


def _lines(figures: Figures) -> Iterator[str]:
    categories = tuple(figures.totals.granted)
    yield "\t".join(["period", "value", *MEASURES, *categories])
    for name, value, cells in (
        *((row.period, row.value or "", row.cells) for row in figures.rows),
        ("total", "", figures.totals),
    ):
        shown = [*(cells.measures[one] for one in MEASURES), *(cells.granted.get(one) for one in categories)]
        yield "\t".join([name, value, *(WITHHELD if figure is None else str(figure) for figure in shown)])
