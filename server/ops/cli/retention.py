"""The command that deletes what need not be kept any longer."""

from datetime import UTC, datetime

import click

from server.core import clock
from server.ops import worker
from server.ops.cli.output import CreateApp, application, json_option, show


@click.group
def retention() -> None:
    """How long decisions are kept."""


@retention.command("run")
@click.option(
    "--now", "now", metavar="ISO8601", help="What is due at this time; in UTC unless it says otherwise."
)
@json_option
@click.pass_obj
def run_retention(create_app: CreateApp, now: str | None, *, as_json: bool) -> None:
    """Delete the records that are due: 365 days after they expired, at the latest 5 years after the decision.

    The worker does the same once an hour. Decisions go on being stored meanwhile.
    """
    moment = _moment(now) if now is not None else clock.now()
    with application(create_app):
        deleted = worker.retain(moment)
        worker.scrub()
    line = "1 record was deleted." if deleted == 1 else f"{deleted} records were deleted."
    show({"now": moment.isoformat(), "deleted": deleted}, [line], as_json=as_json)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise click.BadParameter(
            f"{text!r} is not a time such as 2026-11-22T12:00:00Z.", param_hint="--now"
        ) from fault
