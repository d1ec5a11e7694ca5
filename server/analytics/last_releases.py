"""What was last released of each site, in small files outside the database, which outlive it.

A restored backup does not know what was released after it was made. If the same days were released again,
with new noise, two figures of the same decisions would be known, and more ε spent than is promised. So
what these files name is skipped.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from server.core.filesystems import write_atomically

FOLDER = "released"
"""Folder in the data folder; a file for each site and tier."""

_FIRST_MOMENT = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class LastRelease:
    """Until when something was released of a site."""

    day: date = date.min
    """Last day of the last released lump."""
    block: datetime = _FIRST_MOMENT
    """When the last released block of a running lump ended."""


NOTHING = LastRelease()
"""Of a site of which nothing was ever released."""


def read(data_dir: Path, site_id: str, tier: str) -> LastRelease:
    """What was last released.

    :raises ValueError: the file is damaged.
    :raises OSError: it cannot be read.
    """
    try:
        day, block = _path(data_dir, site_id, tier).read_text("ascii").split()
    except FileNotFoundError:
        return NOTHING
    return LastRelease(date.fromisoformat(day), datetime.fromisoformat(block))


def store(data_dir: Path, site_id: str, tier: str, last: LastRelease) -> None:
    """Write what was last released, durably, once it is committed; never less than what is written already.

    :raises ValueError: the file is damaged.
    :raises OSError: it cannot be written.
    """
    before = read(data_dir, site_id, tier)
    new = LastRelease(max(before.day, last.day), max(before.block, last.block))
    if new == before:
        return
    path = _path(data_dir, site_id, tier)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_atomically(path, f"{new.day} {new.block.isoformat()}\n".encode("ascii"), mode=0o600)


def _path(data_dir: Path, site_id: str, tier: str) -> Path:
    return data_dir / FOLDER / f"{site_id}.{tier}"
