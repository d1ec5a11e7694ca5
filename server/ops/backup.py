"""Backup of the embedded database while it is in use."""

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from server.core.db import sqlite
from server.core.errors import Invalid
from server.core.filesystems import flush
from server.core.settings import Settings


@dataclass(frozen=True)
class Copy:
    """The backup that was made."""

    path: Path
    size: int
    """In bytes."""


def copy_database(settings: Settings, target: Path) -> Copy:
    """Copy the database as of one moment; everything acknowledged before is in the copy.

    Does not block readers or writers. The copy is complete or absent, and has no bytes of deleted rows.

    :raises Invalid: the target exists or cannot be written, or the database is PostgreSQL.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise Invalid(
            "the database is PostgreSQL, whose own tools copy it while it is in use: pg_dump, or"
            " pg_basebackup with its write-ahead log for any moment in between"
        )
    source = Path(url.database or "")
    if not source.is_file():
        raise Invalid(f"there is no database at {source}")
    if target.exists():
        raise Invalid(f"{target} is there already; a backup never replaces a file")
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        size = _copy(source, unfinished)
        # Does not overwrite a file created meanwhile.
        os.link(unfinished, target)
    except FileExistsError as fault:
        raise Invalid(f"{target} is there already; a backup never replaces a file") from fault
    except (OSError, sqlite.Error) as fault:
        raise Invalid(f"the backup was not made: {fault}") from fault
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    flush(target.parent)
    return Copy(target, size)


def _copy(source: Path, target: Path) -> int:
    # Created here with its final mode, so that other users can never read it.
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with closing(sqlite.connect(source, isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout=10000")
        # Also for the copy: otherwise unused space in its pages contains deleted rows, which would outlive
        # an erasure that is replayed after a restore.
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("VACUUM INTO ?", (str(target),))
    with closing(sqlite.connect(target, isolation_level=None)) as connection:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise OSError(f"the copy is damaged: {verdict}")
    flush(target)
    return target.stat().st_size
