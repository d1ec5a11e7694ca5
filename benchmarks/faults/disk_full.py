"""Figure 5: the disk fills up while browsers decide, and is given room again."""

import tempfile
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.faults.clients import Crowd
from benchmarks.faults.disks import NoDisk, disk
from benchmarks.faults.evidence import engine_of, gather, settled, verdict
from benchmarks.faults.figures import Figure, everything, nothing
from benchmarks.faults.server import Server, running, until

ACKNOWLEDGED = 2000
"""Decisions before the disk is full each time, and after it has room again."""

REFUSED = 300
"""Answers 503 until it is given room."""

TIMES = 3


def run() -> Iterator[Figure | str]:
    """Fill the disk of a server on SQLite, three times in one life of it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield from _run(Path(folder))
        except NoDisk as fault:
            yield f"not done: no disk can be mounted here that could be filled ({fault})"


def _run(folder: Path) -> Iterator[Figure | str]:
    with disk(folder / "disk") as small, running(Server(small.place / "data")) as server:
        crowd = Crowd(server.url)
        before = {process.pid for part in server.parts().values() for process in part}
        with crowd.deciding() as history, _readers(f"{server.url}/w/demo.js") as scripts:
            for _ in range(TIMES):
                _more(lambda: len(history.acknowledged), ACKNOWLEDGED)
                small.leave(1_000_000)
                _more(lambda: history.answers[503], REFUSED)
                small.enlarge()
            _more(lambda: len(history.acknowledged), ACKNOWLEDGED)
        engine = engine_of(server.folder, "")
        until(lambda: gather(engine).waiting == 0, "an empty outbox")
        until(lambda: gather(engine).counted == len(gather(engine).decisions), "the counters")
        found = gather(engine)
        engine.dispose()
        alive = {process.pid for part in server.parts().values() for process in part}
        yield f"{TIMES} times full, answers {dict(sorted(history.answers.items()))}"
        yield from verdict(history, found)
        yield from settled(found)
        odd = sum(times for status, times in history.answers.items() if status not in (200, 201, 503))
        yield nothing("answers other than 201, 200 and 503", odd, sum(history.answers.values()))
        yield everything("scripts served meanwhile", scripts[200], sum(scripts.values()))
        yield everything("processes that lived through it", len(before & alive), len(before))
        checked = server.command("log", "fsck")
        yield Figure("samtykke log fsck", "sound", f"exit {checked.returncode}", met=not checked.returncode)


def _more(count: Callable[[], int], wanted: int) -> None:
    """Wait until so many more have been counted."""
    goal = count() + wanted
    until(lambda: count() >= goal, f"{wanted} more answers", seconds=180)


class _readers:  # noqa: N801 - used like a function
    """Pages that load the script all the time; how often each status came, 0 for none."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self._statuses: Counter[int] = Counter()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Counter[int]:
        self._thread.start()
        return self._statuses

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._stop.wait(0.02):
            status = 0
            with suppress(OSError), urllib.request.urlopen(self._url, timeout=20) as answer:
                status = answer.status
            self._statuses[status] += 1
