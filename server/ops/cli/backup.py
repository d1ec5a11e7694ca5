"""The command that copies the database while it is in use."""

from pathlib import Path

import click

from server.core.settings import Settings
from server.ops.cli.output import json_option, show


@click.command
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def backup(file: Path, *, as_json: bool) -> None:
    """Copy the embedded database to FILE while everything goes on.

    Every decision that was acknowledged before is in the copy. The data folder's keys are not: keep copies of
    secret_key and of the log's signing key apart from it. How to restore: docs/for-operators.md.
    """
    from server.ops.backup import copy_database

    settings = Settings.from_env(existing=True)
    made = copy_database(settings, file.absolute())
    lines = [
        f"{made.path} holds the database as it is now, {made.size} bytes.",
        f"Keep apart from it: the keys in {settings.data_dir}. Restore with the newest erasures.log.",
    ]
    show({"file": str(made.path), "bytes": made.size}, lines, as_json=as_json)
