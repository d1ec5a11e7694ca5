"""Events on their way to the counters: one file for each site, outside of the database.

So that nobody who reads the database sees a single event, or when it came: a file is applied only when it
holds twenty. All processes of a machine append to the same file, and each machine has its own; no event is
fsynced, so a power cut may lose some.

In the folder, readable by the server alone:

- `SITE.events` grows by one line for each event;
- `SITE.BATCH.taken` is such a file renamed, which nobody appends to any more;
- `SITE.BATCH.counted` is one whose events are in the counters for good.
"""

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from server.core.filesystems import flush
from server.core.ids import new_id

FEWEST = 20
"""Events that are counted together, at least."""

LONGEST = 120
"""Most bytes of a line."""

_TAIL = 4096
"""Bytes in which the end of the last whole line is."""

_EVENTS, _TAKEN, _COUNTED = "events", "taken", "counted"

_OWN = re.compile(rf"[A-Za-z0-9_-]{{1,22}}\.(?:{_EVENTS}|[A-Za-z0-9_-]{{22}}\.(?:{_TAKEN}|{_COUNTED}))")
"""Names of the spool's files."""


class Batch(NamedTuple):
    """Events of a site that are counted together."""

    site_id: str
    name: str
    counted: bool


class Spool:
    """The files of this machine. Its methods raise `OSError` when the disk does."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "spool"

    def append(self, site_id: str, line: bytes) -> None:
        """Append the line of one event; a process that is killed afterwards does not lose it."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with _held(self._path(site_id), os.O_RDWR | os.O_APPEND | os.O_CREAT) as file:
            end = _end_of_last_line(file)
            if os.write(file, line) != len(line):
                os.ftruncate(file, end)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @contextmanager
    def applied_here(self) -> Iterator[bool]:
        """Whether this process may apply the spool: only one at a time may."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield True
                return
            yield False
        finally:
            os.close(lock)

    def site_ids(self) -> frozenset[str]:
        """The sites that have files here."""
        return frozenset(parts[0] for parts in self._names())

    def waiting(self) -> list[str]:
        """The sites to whose files is being appended."""
        return sorted(parts[0] for parts in self._names() if parts[1:] == [_EVENTS])

    def take(self, site_id: str) -> None:
        """Make a batch of the events of a site, if there are enough."""
        with suppress(FileNotFoundError), _held(self._path(site_id), os.O_RDONLY) as file:
            if os.pread(file, FEWEST * LONGEST, 0).count(b"\n") >= FEWEST:
                self._path(site_id).rename(self._file(Batch(site_id, new_id(), counted=False)))
        # Before it is counted: after a power cut it would be there again, under its first name.
        flush(self._folder)

    def batches(self) -> list[Batch]:
        """The batches that are not removed."""
        return [
            Batch(parts[0], parts[1], parts[2] == _COUNTED)
            for parts in sorted(self._names())
            if parts[2:] in ([_TAKEN], [_COUNTED])
        ]

    def lines(self, batch: Batch) -> Iterator[bytes]:
        """The lines of a batch; the last one may be torn off."""
        with self._file(batch).open("rb") as file:
            yield from file

    def mark_counted(self, batch: Batch) -> Batch:
        """Note durably that a batch is in the counters."""
        marked = batch._replace(counted=True)
        self._file(batch).rename(self._file(marked))
        flush(self._folder)
        return marked

    def remove(self, batch: Batch) -> None:
        """Remove a batch."""
        self._file(batch).unlink()

    def discard(self, site_id: str) -> None:
        """Remove all files of a site that is no more."""
        for parts in self._names():
            if parts[0] == site_id:
                (self._folder / ".".join(parts)).unlink(missing_ok=True)

    def _names(self) -> list[list[str]]:
        """The names of the spool's own files, in parts; whatever else is in the folder is left alone."""
        with suppress(FileNotFoundError):
            return [
                entry.name.split(".")
                for entry in os.scandir(self._folder)
                if _OWN.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            ]
        return []

    def _path(self, site_id: str) -> Path:
        return self._folder / f"{site_id}.{_EVENTS}"

    def _file(self, batch: Batch) -> Path:
        return self._folder / f"{batch.site_id}.{batch.name}.{_COUNTED if batch.counted else _TAKEN}"


@contextmanager
def _held(path: Path, flags: int) -> Iterator[int]:
    """The open file at a path, locked against all others who hold it.

    Waiting for the lock, it may have been renamed: then the next one is opened.
    """
    while True:
        file = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(file, path):
                yield file
                return
        finally:
            os.close(file)


def _is_at(file: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file), path.stat(follow_symlinks=False))
    return False


def _end_of_last_line(file: int) -> int:
    """The size of a file, after cutting off a line that was torn by a power cut."""
    size = os.fstat(file).st_size
    tail = os.pread(file, _TAIL, max(0, size - _TAIL))
    torn = len(tail) - (tail.rfind(b"\n") + 1)
    if torn:
        os.ftruncate(file, size - torn)
    return size - torn
