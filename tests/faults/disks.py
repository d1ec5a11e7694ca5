"""A disk of its own for a server, which can be made too small and large again (Linux, as root)."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LARGE = 256 * 1024 * 1024
"""Bytes of a disk that has room."""


class NoDisk(Exception):
    """Nobody may mount one here."""


@dataclass(frozen=True)
class Disk:
    """A file system in memory."""

    place: Path

    def used(self) -> int:
        """Bytes in use."""
        found = os.statvfs(self.place)
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    def leave(self, room: int) -> None:
        """Shrink until only so many bytes are free."""
        self._resize(self.used() + room)

    def enlarge(self) -> None:
        """Give it room again."""
        self._resize(LARGE)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", self.place], check=True, capture_output=True)


@contextmanager
def disk(place: Path) -> Iterator[Disk]:
    """A disk mounted there, for the length of the block.

    :raises NoDisk: nobody may mount here.
    """
    place.mkdir(parents=True, exist_ok=True)
    options = ("-t", "tmpfs", "-o", f"size={LARGE},mode=0700", "samtykke")
    try:
        subprocess.run(["mount", *options, place], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        raise NoDisk(getattr(fault, "stderr", None) or str(fault)) from fault
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True, capture_output=True)
