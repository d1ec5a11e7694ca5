"""Commands about the audit log of what staff and programs did."""

import sys
from datetime import datetime

import click

from server.ops.cli.output import application, json_option, moment, show_stream

AT_ONCE = 500
"""Events that are read at a time."""


@click.group
def audit() -> None:
    """The audit log: who did what."""


@audit.command
@click.option(
    "--since", metavar="TIME", type=moment, help="Only events from this time on, such as 2026-11-22."
)
@click.option(
    "--after",
    "number",
    metavar="NUMBER",
    type=click.IntRange(0),
    default=0,
    help="Only events after this number.",
)
@json_option
def export(since: datetime | None, number: int, *, as_json: bool) -> None:
    """Print the audit log as lines of JSON, oldest first, however long it is.

    With --json it is one array, still one event a line. To go on later, give the last `number` as --after.
    """
    from collections.abc import Iterator

    from server.accounts.service import audit_log
    from server.ops.audit_export import records

    with application() as settings:

        def lines() -> Iterator[dict[str, object]]:
            after = number
            while found := audit_log.events_after(after, limit=AT_ONCE, since=since):
                for event, digest in found:
                    yield records.record(event, digest, server=settings.public_host)
                after = found[-1][0].number

        if as_json:
            show_stream(lines())
            return
        import json

        for one in lines():
            sys.stdout.write(json.dumps(one, separators=(",", ":")) + "\n")
