"""Commands about figures."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from server.accounts.values import COMMAND_LINE
from server.core import clock
from server.core.errors import Invalid
from server.ops.cli.output import application, day, json_option, moment, show

if TYPE_CHECKING:
    from server.analytics.values import Dimension, Figures, Interval, Query
    from server.sites.values import Site

_INTERVALS = ("day", "week", "month")
_DIMENSIONS = ("version", "language", "device", "browser", "os", "country")
_LUMPS = ("auto", "day", "week", "month")
_FORMATS = ("csv", "parquet")

_FARTHEST = timedelta(days=400)
"""How far ahead days may be closed, in trials: what is released once cannot be taken back."""


@click.group
def analytics() -> None:
    """Anonymised figures: show, export, release and check them."""


def _window_options(command: "click.decorators.FC") -> "click.decorators.FC":
    """The options that say which figures."""
    for option in (
        click.option("--by", type=click.Choice(_DIMENSIONS), help="Divide the figures."),
        click.option(
            "--interval", type=click.Choice(_INTERVALS), default="day", show_default=True, help="Period."
        ),
        click.option("--to", "end", type=day, help="Last day; today when absent."),
        click.option(
            "--from", "start", type=day, help="First day, in the site's time zone; 28 days when absent."
        ),
    ):
        command = option(command)
    return command


@analytics.command("show")
@click.argument("key")
@_window_options
@json_option
def show_figures(
    key: str, start: date | None, end: date | None, interval: str, by: str | None, *, as_json: bool
) -> None:
    """Print the figures of the site KEY, with their 95 % margins. `< 10` is too small to be shown."""
    from server.analytics.representations import as_tree

    with application():
        found = _figures(key, start, end, interval, by)
    show(as_tree(found), _lines(found), as_json=as_json)


@analytics.command("export")
@click.argument("key")
@_window_options
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="csv", show_default=True, help="File format."
)
@click.option(
    "-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File."
)
@json_option
def export_figures(
    key: str,
    start: date | None,
    end: date | None,
    interval: str,
    by: str | None,
    form: str,
    file: Path,
    *,
    as_json: bool,
) -> None:
    """Write the figures of the site KEY to a file. Parquet needs the extra `parquet`."""
    write = _writer(form)
    with application():
        found = _figures(key, start, end, interval, by)
    write(found, file)
    rows = len(found.rows)
    line = f"{rows} {'row' if rows == 1 else 'rows'} written to {file}."
    show({"site": key, "file": str(file), "format": form, "rows": rows}, [line], as_json=as_json)


def _writer(form: str) -> Callable[["Figures", Path], object]:
    from server.analytics.representations import as_csv

    if form == "csv":
        return lambda found, file: file.write_text(as_csv(found), encoding="utf-8", newline="")
    try:
        from server.analytics.service import parquet
    except ImportError as missing:
        raise Invalid("Parquet files need the extra `parquet`: pip install 'samtykke[parquet]'") from missing
    return parquet.write


@analytics.command("close")
@click.option("--now", "now", type=moment, metavar="ISO8601", help="What has ended at this time.")
@json_option
def close_lumps(now: datetime | None, *, as_json: bool) -> None:
    """Release the figures of days, weeks and months that have ended. The worker does it by itself."""
    from server.analytics import jobs

    ended = now or clock.now()
    if ended > clock.now() + _FARTHEST:
        raise Invalid(f"--now is more than {_FARTHEST.days} days ahead: days to come would be released")
    with application():
        released = jobs.close(ended)
    line = f"{released} {'lump was' if released == 1 else 'lumps were'} released."
    show({"now": ended.isoformat(), "released": released}, [line], as_json=as_json)


@analytics.command("reconcile")
@json_option
def reconcile(*, as_json: bool) -> None:
    """Count the consent log again and compare; exit 1 if a counter differs.

    Compared are the counters of running lumps and of those closed within a week. Erased decisions stay
    counted, so that a counter may be larger by that many.
    """
    from server.analytics.service import counting

    with application():
        found = counting.recount(now=clock.now())
    value = {"decisions": found.decisions, "erased": found.erased, "differing": list(found.differing)}
    lines = [
        *found.differing,
        f"{found.decisions} decisions counted again, {len(found.differing)} counters differ.",
    ]
    show(value, lines, as_json=as_json)
    if found.differing:
        click.get_current_context().exit(1)


@analytics.command("privacy")
@click.argument("key")
@click.option("--lump", type=click.Choice(_LUMPS), help="How many days are released together.")
@click.option("--epsilon", type=click.Choice(("1", "0.5", "0.25")), help="Smaller hides more.")
@json_option
def privacy(key: str, lump: str | None, epsilon: str | None, *, as_json: bool) -> None:
    """Show or choose how the figures of the site KEY are released; a change begins with the next lump."""
    from server.accounts.service import audit_log
    from server.analytics.service import choices
    from server.core.db import transaction
    from server.sites import service as sites

    with application():
        site = sites.find(key)
        chosen = choices.chosen(site.id)
        if lump or epsilon:
            with transaction():
                before = chosen
                chosen = choices.choose(site.id, lump=lump, epsilon=epsilon)
                if chosen != before:
                    audit_log.record_event(
                        "release_changed",
                        by=COMMAND_LINE,
                        now=clock.now(),
                        site_id=site.id,
                        subject=str(chosen),
                        detail=f"before: {before}",
                    )
    show({"site": key, "lump": chosen.lump, "epsilon": float(chosen.epsilon)}, [str(chosen)], as_json=as_json)


@analytics.command("silent")
@json_option
def print_silent_sites(*, as_json: bool) -> None:
    """Name the sites without a decision for 15 minutes or longer, on which many are usual at this time.

    Exit status 1 if there is one. The numbers are exact: not for those who may only see released figures.
    """
    from server.analytics.service import silence

    with application():
        found = silence.silent_sites(now=clock.now())
    lines = [f"{one.key}: none since {one.since:%Y-%m-%d %H:%M} UTC, usually {one.usually}" for one in found]
    tree = [{"site": one.key, "since": one.since.isoformat(), "usually": one.usually} for one in found]
    show(tree, lines or ["No site is silent."], as_json=as_json)
    if found:
        click.get_current_context().exit(1)


def _figures(key: str, start: date | None, end: date | None, interval: str, by: str | None) -> "Figures":
    from server.analytics.service import figures
    from server.sites import service as sites

    site = sites.find(key)
    return figures.figures(_query(site, start, end, interval, by), site=site)


def _query(site: "Site", start: date | None, end: date | None, interval: str, by: str | None) -> "Query":
    from server.analytics.service import figures
    from server.analytics.values import Query, window

    try:
        first, last = window(start, end, today=figures.today(site.id, now=clock.now()))
    except ValueError as wrong:
        raise Invalid(f"--from {wrong}") from wrong
    return Query(first, last, cast("Interval", interval), cast("Dimension | None", by))


def _lines(figures: "Figures") -> Iterator[str]:
    if figures.privacy.sample_until:
        yield f"Sample figures until {figures.privacy.sample_until}."
    names = tuple(figures.totals.named)
    yield "\t".join(["period", "value", *names])
    for name, value, cells in (
        *((row.period, row.value or "", row.cells) for row in figures.rows),
        ("total", "", figures.totals),
    ):
        yield "\t".join([name, value, *(_cell(cells.named, cells.margins, one) for one in names)])
    if live := figures.live:
        yield f"since {live.start}\tas of {live.as_of:%Y-%m-%d %H:%M}\t{live.decided} ± {live.plus_minus}"


def _cell(figures: Mapping[str, int], margins: Mapping[str, int], name: str) -> str:
    from server.analytics.values import THRESHOLD

    if name not in figures:
        return "–"
    figure = figures[name]
    return f"< {THRESHOLD}" if figure < THRESHOLD else f"{figure} ± {margins[name]}"
