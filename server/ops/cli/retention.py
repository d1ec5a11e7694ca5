"""Commands about how long decisions are stored."""

from datetime import datetime

import click

from server.accounts.values import COMMAND_LINE
from server.core import clock
from server.ops.cli.output import application, json_option, moment, show


@click.group
def retention() -> None:
    """How long decisions are stored."""


@retention.command("run")
@click.option(
    "--now",
    "now",
    type=moment,
    metavar="ISO8601",
    help="What is due at this time; in UTC unless it says otherwise.",
)
@json_option
def run_retention(now: datetime | None, *, as_json: bool) -> None:
    """Delete the records that are due, and what is due of subscriptions, requests and e-mail to visitors.

    Those are due that expired as many days ago as the site keeps them (365 unless it says otherwise), and at
    the latest those of decisions five years ago. The worker does the same once an hour. Decisions go on being
    stored meanwhile, and what was deleted is noted: `samtykke retention show KEY`.
    """
    from server.consents import jobs
    from server.notices import jobs as notices
    from server.notices.retention import RULES

    due = now or clock.now()
    with application():
        deleted = jobs.retain(due, by=COMMAND_LINE)
        of_notices = notices.retain(due, by=COMMAND_LINE)
        jobs.scrub()
    line = "1 record was deleted." if deleted == 1 else f"{deleted} records were deleted."
    lines = [line, *(f"{number}\t{RULES[name].what}" for name, number in of_notices.items())]
    show({"now": due.isoformat(), "deleted": deleted, **of_notices}, lines, as_json=as_json)


@retention.command("set")
@click.argument("key")
@click.argument("days", type=int)
@json_option
def set_retention(key: str, days: int, *, as_json: bool) -> None:
    """Keep the decisions of the site KEY for so many DAYS after they have expired."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import service as sites

    with application(), transaction():
        before = sites.find(key)
        site = sites.set_retention(before.id, days)
        audit_log.record_event(
            "retention_changed",
            by=COMMAND_LINE,
            now=clock.now(),
            site_id=site.id,
            subject=f"{days} days",
            detail=f"before: {before.retention.days} days",
        )
    line = (
        f"Decisions of {key} are stored for {days} days after they have expired, and for five years at most."
    )
    show({"site": key, "days": days}, [line], as_json=as_json)


@retention.command("show")
@click.argument("key")
@json_option
def show_retention(key: str, *, as_json: bool) -> None:
    """Show for how long decisions of the site KEY are stored, and what the newest runs have deleted."""
    from server.consents.service import retention as consents_retention
    from server.sites import service as sites

    with application():
        site = sites.find(key)
        runs = consents_retention.retention_runs(site.id)
    value = {
        "site": key,
        "days": site.retention.days,
        "runs": [
            {
                "due_at": run.ran_at.isoformat(),
                "days": run.retention_days,
                "after_expiry": run.deleted.after_expiry,
                "at_the_latest": run.deleted.at_the_latest,
            }
            for run in runs
        ],
    }
    lines = [f"{site.retention.days} days after expiry"]
    lines += (
        f"{run.ran_at.isoformat()}\t{run.deleted.after_expiry} {run.retention_days} days after expiry"
        f"\t{run.deleted.at_the_latest} after five years"
        for run in runs
    )
    show(value, lines, as_json=as_json)
