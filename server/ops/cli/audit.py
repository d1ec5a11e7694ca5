"""Commands about the audit log of what staff and programs did."""

import sys
from datetime import datetime
from pathlib import Path

import click

from server.ops.cli.output import application, json_option, moment, show_stream


@click.group
def audit() -> None:
    """The audit log: who did what."""


@audit.command
@click.option(
    "--since", metavar="TIME", type=moment, help="Only events from this time on, such as 2026-11-22."
)
@click.option("--after", metavar="NUMBER", type=click.IntRange(0), help="Only events after this number.")
@click.option(
    "--cursor-file",
    "cursor",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Go on after the number in this file, which is kept up to date.",
)
@click.option("--follow", is_flag=True, help="Wait for what comes next, until it is stopped.")
@json_option
def export(
    since: datetime | None, after: int | None, cursor: Path | None, *, follow: bool, as_json: bool
) -> None:
    """Print the audit log as lines of JSON, oldest first, however long it is.

    With --json it is one array, still one event a line. To go on later, name a --cursor-file, or give the
    last `number` as --after.
    """
    if after is not None and cursor is not None:
        raise click.UsageError("--after and --cursor-file both say where to go on; give one of them.")
    if as_json and (follow or cursor is not None):
        raise click.UsageError("--follow and --cursor-file are for lines; an array with --json has an end.")
    from server.ops.audit_export import exporting

    start = exporting.cursor_of(cursor) if cursor is not None else after or 0
    with application() as settings:
        if as_json:
            show_stream(exporting.records_after(start, server=settings.public_host, since=since))
            return
        stopped = exporting.stopped_by_signals() if follow else None
        exporting.write_lines(
            sys.stdout, start, server=settings.public_host, since=since, cursor=cursor, stopped=stopped
        )
