"""The list of erasures that outlives the database: a file beside it, to which lines are only ever appended.

A restored backup knows nothing of what was erased after it was made. This file does, and has nothing of
anybody in it: a line is the day, the site's id, the commitment that the consent log holds (its key is gone)
and a keyed digest of the decision's id. It need not be kept longer than records are: what was erased so long
ago is due in any backup.
"""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from server.consents.values import Listed

FILE = "erasures.log"
"""Its name in the data folder."""

_LINE = re.compile(rb"\d{4}-\d\d-\d\d ([A-Za-z0-9_-]{22}) ([0-9a-f]{64}) ([0-9a-f]{64})\n?")
_TAIL = 64 * 1024
"""Bytes at the end of the file that are looked at to see whether the database knows its own erasures."""


def append(folder: Path, erased: Iterable[Listed], *, day: date) -> None:
    """Add to the list, durably.

    :raises OSError: it cannot be written.
    """
    # Begins with a line end: what stood last may have been cut off.
    text = "\n" + "".join(line(each, day) for each in erased)
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(text.encode("ascii"))
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def line(erased: Listed, day: date) -> str:
    """A line of the list."""
    return f"{day} {erased.site_id} {erased.commitment.hex()} {erased.decision_digest.hex()}\n"


def read(path: Path) -> Iterator[Listed]:
    """What a file lists; lines that are none are passed over. Nothing where there is no file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        yield from _listed(file)


def is_list(path: Path) -> bool:
    """Whether a file is such a list: it has such lines, or none but empty ones."""
    empty = True
    with path.open("rb") as file:
        for each in file:
            if _LINE.fullmatch(each):
                return True
            empty = empty and not each.strip()
    return empty


def newest(path: Path) -> list[Listed]:
    """The last few that a file lists."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return []
    with file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
        return list(_listed(file))


def _listed(lines: Iterable[bytes]) -> Iterator[Listed]:
    for each in lines:
        found = _LINE.fullmatch(each)
        if found is not None:
            site_id, commitment, digest = (part.decode("ascii") for part in found.groups())
            yield Listed(site_id, bytes.fromhex(commitment), bytes.fromhex(digest))
