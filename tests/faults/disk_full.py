"""Figure 5: the disk fills up while browsers decide, and is given room again."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults.clients import Crowd, loading
from tests.faults.disks import NoDisk, disk
from tests.faults.evidence import at_rest, settled, verdict
from tests.faults.figures import Figure, everything, nothing
from tests.faults.server import Server, running, until

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
        with crowd.deciding() as history, loading(f"{server.url}/w/demo.js") as scripts:
            for _ in range(TIMES):
                _more(lambda: len(history.acknowledged), ACKNOWLEDGED)
                small.leave(1_000_000)
                _more(lambda: history.answers[503], REFUSED)
                small.enlarge()
            _more(lambda: len(history.acknowledged), ACKNOWLEDGED)
        found = at_rest(server.folder, "")
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
