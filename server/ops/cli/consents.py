"""Commands about stored decisions."""

import csv
import json
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

import click

from server.consents import service as decisions
from server.consents.values import ConsentRow
from server.core.spreadsheets import harmless
from server.ops.cli.output import CreateApp, application
from server.sites import service as sites


@click.group
def consents() -> None:
    """Visitors' stored decisions."""


@consents.command
@click.argument("key")
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True, help="Form."
)
@click.pass_obj
def export(create_app: CreateApp, key: str, form: str) -> None:
    """Print every stored decision of the site KEY, oldest first, however many there are."""
    write: Callable[[Iterable[ConsentRow], TextIO], None] = _write_csv if form == "csv" else _write_jsonl
    with application(create_app):
        write(decisions.export(sites.find(key).id), sys.stdout)


def _write_jsonl(rows: Iterable[ConsentRow], out: TextIO) -> None:
    for row in rows:
        out.write(json.dumps(_tree(row), ensure_ascii=False) + "\n")


def _write_csv(rows: Iterable[ConsentRow], out: TextIO) -> None:
    names = (
        "consent_id",
        "recorded_at",
        "expires_at",
        "version",
        "language",
        "action",
        "choices",
        "commitment",
    )
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        tree = _tree(row) | {"choices": " ".join(key for key, granted in row.choices.items() if granted)}
        writer.writerow([harmless(str(tree[name])) for name in names])


def _tree(row: ConsentRow) -> dict[str, object]:
    return {
        "consent_id": row.consent_id,
        "recorded_at": row.recorded_at.isoformat(),
        "expires_at": row.expires_at.isoformat(),
        "version": row.version,
        "language": row.language,
        "action": row.action,
        "choices": dict(row.choices),
        "record": json.loads(row.record) if row.record is not None else None,
        "commitment": row.commitment.hex(),
    }
