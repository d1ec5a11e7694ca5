"""The process that browses, as its parent has it: with a stripped environment, and ended as a whole."""

import importlib
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from server.scanner.crawl.job import LONGEST_LINE, Event, Job, read_event, written

_ROOT = Path(__file__).parents[3]

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "PLAYWRIGHT_BROWSERS_PATH", "LD_LIBRARY_PATH")
"""Environment variables that the process gets. Settings and secrets are not among them."""

_ENDING = 10
"""Seconds that it has for ending by itself once it has said its last."""


class Child:
    """A process that browses."""

    def __init__(self, process: "subprocess.Popen[bytes]", tree: Any, complaints: IO[bytes]) -> None:
        self._process = process
        self._tree = tree
        self._complaints = complaints
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reading = threading.Thread(target=self._read, daemon=True, name="browsing")
        self._reading.start()

    def _read(self) -> None:
        out = self._process.stdout
        with suppress(OSError, ValueError):
            while out is not None and (line := out.readline(LONGEST_LINE)):
                self._lines.put(line)
        self._lines.put(b"")

    def events(self, seconds: float) -> Iterator[Event | None]:
        """What it says, until it ends; None after each time of so many seconds without a word.

        :raises ValueError: it says something else than events.
        """
        while True:
            try:
                line = self._lines.get(timeout=seconds)
            except queue.Empty:
                yield None
                continue
            if not line.endswith(b"\n"):
                return  # the end, or cut off by it
            yield read_event(line)

    def memory(self) -> int:
        """Bytes that it and its browser use."""
        return int(self._tree.memory())

    def last_words(self) -> str:
        """The end of what it complained of."""
        self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, self._complaints.tell() - 1_000))
        return self._complaints.read().decode("utf-8", "replace").strip()

    def end(self) -> None:
        """End it, and all that it started."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            if self._lines.empty() and not self._reading.is_alive():
                self._process.wait(_ENDING)
        self._tree.end()
        self._process.wait()
        self._reading.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def browsing(job: Job) -> Iterator[Child]:
    """A process that does a job, until the end of the block; nothing of it is left then."""
    folder = tempfile.mkdtemp(prefix="samtykke-scan-")
    home = Path(folder) / "home"
    home.mkdir()
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {"HOME": str(home), "TMPDIR": folder, "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"}
    try:
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "server.scanner.crawl.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=home,
                env=environment,
                start_new_session=True,
            )
            tree = importlib.import_module("server.scanner.crawl.process_tree").ProcessTree(
                process.pid, folder
            )
            child = Child(process, tree, complaints)
            try:
                _give(process, job)
                yield child
            finally:
                child.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give(process: "subprocess.Popen[bytes]", job: Job) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.write(written(job))
            process.stdin.flush()
