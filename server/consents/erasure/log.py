"""The erasure log: an append-only file beside the database, which outlives it.

A restored backup lacks the erasures made after it. This file has them, and no personal data: a line is the
day, the site's id, the commitment in the consent log (its key is deleted) and a keyed digest of the
decision's id. It need not be stored longer than records are: what was erased earlier is due in any backup.
"""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from server.consents.values import ERASURE_LOG, LoggedErasure

_LINE = re.compile(rb"\d{4}-\d\d-\d\d ([A-Za-z0-9_-]{22}) ([0-9a-f]{64}) ([0-9a-f]{64})\n?")
_TAIL = 64 * 1024
"""Bytes at the end of the file that are compared with the database to detect a restored backup."""


def append(folder: Path, erased: Iterable[LoggedErasure], *, day: date) -> None:
    """Append to the log, durably.

    :raises OSError: it cannot be written.
    """
    # Begins with a line feed: the last line may be incomplete.
    text = "\n" + "".join(line(each, day) for each in erased)
    descriptor = os.open(folder / ERASURE_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(text.encode("ascii"))
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def line(erased: LoggedErasure, day: date) -> str:
    """A line of the log."""
    return f"{day} {erased.site_id} {erased.commitment.hex()} {erased.decision_digest.hex()}\n"


def read(path: Path) -> Iterator[LoggedErasure]:
    """The entries of a file; malformed lines are skipped, and a missing file has none."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        yield from _parsed(file)


def is_list(path: Path) -> bool:
    """Whether a file is an erasure log: it has well-formed lines, or only empty ones."""
    empty = True
    with path.open("rb") as file:
        for each in file:
            if _LINE.fullmatch(each):
                return True
            empty = empty and not each.strip()
    return empty


def newest(path: Path) -> list[LoggedErasure]:
    """The last entries of a file, from at most 64 KiB."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return []
    with file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
        return list(_parsed(file))


def _parsed(lines: Iterable[bytes]) -> Iterator[LoggedErasure]:
    for each in lines:
        found = _LINE.fullmatch(each)
        if found is not None:
            site_id, commitment, digest = (part.decode("ascii") for part in found.groups())
            yield LoggedErasure(site_id, bytes.fromhex(commitment), bytes.fromhex(digest))
