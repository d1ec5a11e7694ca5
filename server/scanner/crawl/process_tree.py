"""A process and all that it started: how much memory they use, and their end.

Playwright's driver and the browser are in process groups of their own, so it does not do to end one group.
"""

import os
from contextlib import suppress
from typing import Any

import psutil

_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


class ProcessTree:
    """A process with its descendants: one that was a descendant stays one, under any parent."""

    def __init__(self, pid: int, mark: str) -> None:
        """`mark` stands in command lines of descendants that may have lost their parents; in no others."""
        self._root = psutil.Process(pid)
        self._known: set[Any] = {self._root}
        self._mark = mark

    def look(self) -> None:
        """Note who is there."""
        with suppress(*_GONE):
            self._known.update(self._root.children(recursive=True))

    def memory(self) -> int:
        """Bytes that they use in all; what several share counts once, as far as the system tells."""
        self.look()
        return sum(map(_memory, tuple(self._known)))

    def end(self) -> None:
        """End all of them at once."""
        self.look()
        for each in psutil.process_iter():
            with suppress(*_GONE):
                if self._mark and any(self._mark in word for word in each.cmdline()):
                    self._known.add(each)
                    self._known.update(each.children(recursive=True))
        # Its own process, if it is one of them, is the last to end.
        for each in sorted(self._known, key=lambda each: each.pid == os.getpid()):
            with suppress(*_GONE):
                each.kill()
        psutil.wait_procs(list(self._known), timeout=10)


def _memory(process: Any) -> int:
    try:
        with open(f"/proc/{process.pid}/smaps_rollup", encoding="ascii") as rollup:  # noqa: PTH123 - not a file
            return next((int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:")), 0)
    except (OSError, ValueError):
        pass  # not Linux, or not ours to read
    try:
        return int(process.memory_info().rss)
    except _GONE:
        return 0
