"""Heads of the audit log stored outside the database, one file a day: `NUMBER DIGEST` of the newest entry.

A digest covers all earlier entries. So a log that has another digest at a stored number was rewritten, even
if its chain is intact. Unlike checkpoints they are not public: they would reveal when staff work.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from server.core.filesystems import write_atomically

FOLDER = "trail"
"""Folder in the data folder."""

_FILE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.txt", re.ASCII)
_LINE = re.compile(r"([0-9]{1,18}) ([0-9a-f]{64})\n?", re.ASCII)

DigestAt = Callable[[int], str | None]
"""The digest of an entry in the database by its number; None if there is no such entry."""


@dataclass(frozen=True)
class Head:
    """A stored head: the newest entry of the log at some time."""

    path: Path
    number: int
    digest: str


def store(number: int, digest: str, digest_at: DigestAt, folder: Path, *, today: date) -> str | None:
    """Store number and digest of the newest entry; returns a fault if the log contradicts the last head.

    :raises OSError: it cannot be written.
    """
    last = max(_files(folder), default=None)
    path = folder / f"{today.isoformat()}.txt"
    if last is not None:
        head = _head(last)
        fault = fault_of(head, digest_at) if head else unreadable(last)
        if fault or (head and head.number == number):
            return fault
        path = max(path, last)  # a clock that was set back must not let an older file look like the newest
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, f"{number} {digest}\n".encode())
    return None


def contradiction(folder: Path, digest_at: DigestAt) -> str | None:
    """The first contradiction between the log and the heads in a folder; None if there is none."""
    for path in sorted(_files(folder)):
        head = _head(path)
        if fault := fault_of(head, digest_at) if head else unreadable(path):
            return fault
    return None


def fault_of(head: Head, digest_at: DigestAt) -> str | None:
    """The contradiction between the log and a stored head; None if there is none."""
    found = digest_at(head.number)
    if found == head.digest:
        return None
    if found is None:
        return f"the audit log has lost entry {head.number}, which it had when {head.path} was stored"
    return f"the audit log was rewritten at or before entry {head.number} after {head.path} was stored"


def unreadable(path: Path) -> str:
    """The fault of a file that contains no head."""
    return f"the stored head of the audit log {path} cannot be read"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if _FILE.fullmatch(path.name)) if folder.is_dir() else iter(())


def _head(path: Path) -> Head | None:
    try:
        line = _LINE.fullmatch(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
    return Head(path, int(line[1]), line[2]) if line else None
