"""Commands about what was erased, and must stay so."""

from pathlib import Path

import click

from server.accounts.values import COMMAND_LINE
from server.consents.values import ERASURE_LOG
from server.core import clock
from server.core.errors import Invalid
from server.ops.cli.output import application, json_option, show, show_stream

_PARTS = ("day", "site_id", "commitment", "decision_digest")
"""What a line of the list has."""


@click.group
def erasure() -> None:
    """What was erased, and must stay so after a backup is restored."""


@erasure.command("list")
@json_option
def list_erasures(*, as_json: bool) -> None:
    """Print everything that was deleted for good, as a list that `erasure replay` reads.

    The data folder has such a list already, `erasures.log`, of what was erased by request. This one comes
    from the database: save it before you restore an older backup of it. `erasure replay` reads the lines, not
    the JSON.
    """
    from server.consents.service import retention

    with application():
        lines = retention.erasure_list(clock.now().date())
        if as_json:
            show_stream(dict(zip(_PARTS, line.split(), strict=True)) for line in lines)
            return
        for line in lines:
            click.echo(line, nl=False)


@erasure.command
@click.argument(
    "lists", metavar="[FILE ...]", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@json_option
def replay(lists: tuple[Path, ...], *, as_json: bool) -> None:
    """Delete again what a restored backup contains again, by the list in the data folder and in each FILE.

    The worker does so by itself with the list in the data folder, within a minute. With several servers, each
    has a list: name them all.
    """
    from server.consents import jobs
    from server.consents.service import retention

    for path in lists:
        if not retention.is_erasure_list(path):
            raise Invalid(f"{path} is not a list of erasures", errors={"FILE": "has no line of such a list"})
    with application() as settings:
        own = settings.data_dir / ERASURE_LOG
        deleted = jobs.replay([own, *lists], by=COMMAND_LINE)
        jobs.scrub()
    line = "1 record was deleted again." if deleted == 1 else f"{deleted} records were deleted again."
    show({"deleted": deleted}, [line], as_json=as_json)


@erasure.command
@click.option(
    "--rewrite", is_flag=True, help="Rewrite the tables, or the file of SQLite, whatever their size."
)
@json_option
def scrub(*, rewrite: bool, as_json: bool) -> None:
    """Remove the bytes of deleted records from the database's files, as the worker does every five minutes.

    With --rewrite, nobody can use a table of PostgreSQL, or write to the file of SQLite, while it is
    rewritten. Exit status 1 when a reader prevented it.
    """
    from server.consents import jobs
    from server.consents.service import retention

    with application():
        done = retention.scrub(everything=True) if rewrite else jobs.scrub() or not retention.pending_purges()
    show({"done": bool(done)}, ["Done." if done else "A reader prevented it; try again."], as_json=as_json)
    if not done:
        raise click.exceptions.Exit(1)
