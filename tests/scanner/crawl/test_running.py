"""A crawl returns what was done, whatever happens to the processes that browse."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from server.scanner.crawl import running
from server.scanner.crawl.job import (
    Begun,
    Done,
    Ended,
    Event,
    Found,
    FoundPage,
    Job,
    Refused,
    Started,
    written,
)
from server.scanner.crawl.running import NotPossible, Progress, crawl
from server.scanner.observations import Crawl, Page, Visit
from tests.processes import eventually
from tests.scanner.crawl.websites import NOON, SHOP, crawled, page, scanner, websites

START = FoundPage(f"http://{SHOP}/", "start")
SECOND = FoundPage(f"http://{SHOP}/second", "link")
JOB = Job(START.url, browser="/usr/bin/browser", tools="/tools")


def done(found: FoundPage) -> Done:
    """A page that was visited."""
    return Done(found.url, Page(found.url, found.found, (Visit("none"),)))


@dataclass
class Processes:
    """Stands in for the processes that browse: each says what a test wrote for it, and ends."""

    scripts: list[Sequence[Event]]
    jobs: list[Job] = field(default_factory=list)
    ended: int = 0

    @contextmanager
    def browsing(self, job: Job) -> Iterator["Processes"]:
        self.jobs.append(job)
        try:
            yield self
        finally:
            self.ended += 1

    def events(self, _seconds: float) -> Iterator[Event | None]:
        yield from self.scripts.pop(0) if self.scripts else ()

    def memory(self) -> int:
        return 0

    def last_words(self) -> str:
        return "no such file"


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Processes]:
    """Processes with these scripts, in the place of real ones."""

    def make(*scripts: Sequence[Event]) -> Processes:
        made = Processes(list(scripts))
        monkeypatch.setattr(running, "browsing", made.browsing)
        return made

    return make


def crawl_of(job: Job = JOB, state: Path | None = None) -> Crawl:
    return crawl(job, now=lambda: NOON, state=state)


STARTED, FOUND = Started("Chromium 1", sandboxed=True), Found((START, SECOND))


def test_a_crawl_is_what_its_process_reports(processes: Callable[..., Processes]) -> None:
    made = processes(
        [STARTED, FOUND, Begun(START), done(START), Begun(SECOND), done(SECOND), Ended(whole=True, left=0)]
    )

    found = crawl_of()

    assert [each.url for each in found.pages] == [START.url, SECOND.url]
    assert (found.whole, found.left, found.browser) == (True, 0, "Chromium 1")
    assert (found.begun_at, found.ended_at) == (NOON.isoformat(), NOON.isoformat())
    assert made.ended == 1


def test_pages_that_are_done_are_kept_when_the_process_ends(processes: Callable[..., Processes]) -> None:
    made = processes(
        [STARTED, FOUND, Begun(START), done(START), Begun(SECOND)],
        [STARTED, Begun(SECOND), done(SECOND), Ended(whole=True, left=0)],
        [STARTED, Ended(whole=True, left=0)],
    )

    found = crawl_of()

    assert [(each.url, each.faults) for each in found.pages] == [(START.url, ()), (SECOND.url, ())]
    assert [each.visited for each in made.jobs] == [(), (START.url,), (START.url, SECOND.url)]


def test_a_page_with_which_the_process_ends_twice_is_left_with_a_fault(
    processes: Callable[..., Processes],
) -> None:
    made = processes(
        [STARTED, FOUND, Begun(START), Begun(SECOND), done(START)],
        [STARTED, Begun(SECOND)],
        [STARTED, Ended(whole=True, left=0)],
    )

    found = crawl_of()

    assert [(each.url, each.faults) for each in found.pages] == [
        (START.url, ()),
        (SECOND.url, ("browser_ended",)),
    ]
    assert [(each.alone, each.found) for each in made.jobs[1:2]] == [(True, (SECOND,))]
    assert not made.jobs[2].alone


def test_a_page_that_needs_too_much_memory_is_left_with_that_fault(
    processes: Callable[..., Processes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_LOOK", 0.0)
    made = processes([STARTED, FOUND, Begun(START)], [STARTED, Begun(START)], [Ended(whole=True, left=1)])
    used = iter([0, 0, 2, 0, 2])
    monkeypatch.setattr(made, "memory", lambda: JOB.memory * next(used, 0))

    found = crawl_of()

    assert [(each.url, each.faults) for each in found.pages] == [(START.url, ("memory",))]


def test_a_crawl_that_was_stopped_goes_on_where_it_was(
    processes: Callable[..., Processes], tmp_path: Path
) -> None:
    state = tmp_path / "scan.state"

    def stop(progress: Progress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    made = processes([STARTED, FOUND, Begun(START), done(START), Begun(SECOND)])
    with pytest.raises(KeyboardInterrupt):
        crawl(JOB, now=lambda: NOON, progress=stop, state=state)
    assert made.ended == 1

    made = processes([STARTED, Begun(SECOND), done(SECOND), Ended(whole=True, left=0)])
    found = crawl_of(state=state)

    assert made.jobs[0].visited == (START.url,)
    assert made.jobs[0].found == (START, SECOND)
    assert [each.url for each in found.pages] == [START.url, SECOND.url]
    assert not state.exists()


def test_a_state_of_which_the_last_line_is_cut_off_is_gone_on_from(
    processes: Callable[..., Processes], tmp_path: Path
) -> None:
    state = tmp_path / "scan.state"
    what = {"start": JOB.start, "listed": [], "categories": []}
    lines = [
        json.dumps(what).encode() + b"\n",
        written(FOUND),
        written(done(START)),
        written(done(SECOND))[:40],
    ]
    state.write_bytes(b"".join(lines))
    made = processes([STARTED, Begun(SECOND), done(SECOND), Ended(whole=True, left=0)])

    assert [each.url for each in crawl_of(state=state).pages] == [START.url, SECOND.url]
    assert made.jobs[0].visited == (START.url,)


def test_the_state_of_another_scan_is_not_gone_on_from(tmp_path: Path) -> None:
    state = tmp_path / "scan.state"
    state.write_text("{}\n")

    with pytest.raises(ValueError, match=r"is not the state of a scan of http://shop\.example/"):
        crawl_of(state=state)


def test_when_the_time_is_over_what_is_left_is_counted(
    processes: Callable[..., Processes], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(0, 100_000, 400))
    clock = SimpleNamespace(monotonic=lambda: float(next(seconds)))
    monkeypatch.setattr("server.scanner.crawl.running.time", clock)
    processes([STARTED, FOUND, Begun(START), done(START), Begun(SECOND)], [STARTED])

    found = crawl_of(replace(JOB, seconds=2_000))

    assert [each.url for each in found.pages] == [START.url]
    assert (found.whole, found.left) == (False, 1)


def test_a_browser_that_does_not_start_is_said_with_its_words(processes: Callable[..., Processes]) -> None:
    processes([Refused("Chromium does not start: no libnss3.so")])

    with pytest.raises(NotPossible, match="no libnss3"):
        crawl_of()


def test_a_process_that_always_ends_by_itself_is_not_started_for_ever(
    processes: Callable[..., Processes],
) -> None:
    made = processes()

    with pytest.raises(NotPossible, match="no such file"):
        crawl_of()
    assert len(made.jobs) == 4


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_PACKAGES", ("playwright", "no_such_package"))

    with pytest.raises(NotPossible, match=r"no_such_package is missing.*pip install 'samtykke\[scanner\]'"):
        crawl_of(replace(JOB, browser=""))


def test_without_a_browser_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))

    with pytest.raises(NotPossible, match="chromium-headless-shell"):
        crawl_of(replace(JOB, browser=""))


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "ftp://shop.example/"},
        {"start": "shop.example"},
        {"listed": ("file:///etc/passwd",)},
        {"pages": 0},
        {"pages": 1_001},
        {"concurrency": 100},
        {"wait": -1.0},
    ],
)
def test_a_job_that_cannot_be_done_is_refused_before_anything_starts(
    wrong: dict[str, object], processes: Callable[..., Processes]
) -> None:
    made = processes()

    with pytest.raises(ValueError, match=r"is"):
        crawl_of(replace(JOB, **wrong))  # type: ignore[arg-type]
    assert made.jobs == []


# --- real processes ----------------------------------------------------------------------------------------


def _browsers(of: psutil.Process) -> list[psutil.Process]:
    """The browsers, without their own processes, below a process."""
    found = []
    for each in of.children(recursive=True):
        with suppress(psutil.Error):
            line = " ".join(each.cmdline())
            if "chrom" in line and "--type=" not in line and "--user-data-dir" in line:
                found.append(each)
    return found


@scanner
def test_a_browser_that_is_killed_is_started_again_and_the_page_is_visited() -> None:
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.visiting and not killed:
            killed.extend(each.pid for each in _browsers(psutil.Process()))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    with websites({f"{SHOP}/": page("shop")}) as sites:
        crawled(sites.job(choices=("none",), wait=0.0, first_wait=0.0))  # skips where there is no browser
        found = crawl(sites.job(choices=("none",)), now=lambda: NOON, progress=kill)

    assert killed
    assert [(each.url, each.faults) for each in found.pages] == [(f"http://{SHOP}/", ())]
    assert found.pages[0].visits[0].status == 200
    assert psutil.Process().children(recursive=True) == []


@scanner
def test_more_memory_than_is_allowed_ends_the_browser() -> None:
    greedy = page(
        "<script>const kept = [];"
        "setInterval(() => kept.push(new Uint8Array(5e7).fill(kept.length)), 50)</script>"
    )
    with websites({f"{SHOP}/": greedy}) as sites:
        found = sites.crawl(choices=("none",), first_wait=60.0, memory=600_000_000)

    assert [each.faults for each in found.pages] == [("memory",)]
    assert psutil.Process().children(recursive=True) == []


@scanner
def test_nothing_is_left_of_a_crawl_whose_parent_was_killed(tmp_path: Path) -> None:
    with websites({f"{SHOP}/": page("shop")}) as sites:
        crawled(sites.job(choices=("none",), wait=0.0, first_wait=0.0))  # skips where there is no browser
        job = tmp_path / "job.json"
        job.write_bytes(written(sites.job(first_wait=100.0, wait=100.0)))
        parent = subprocess.Popen([sys.executable, "-c", _PARENT, str(job)], cwd=Path(__file__).parents[3])
        try:
            there = psutil.Process(parent.pid)
            eventually(lambda: _browsers(there), what="the browser")
            descendants = there.children(recursive=True)
        finally:
            parent.kill()
            parent.wait()

        _, alive = psutil.wait_procs(descendants, timeout=60)
        assert alive == []


_PARENT = """
import pathlib, sys
from server.core import clock
from server.scanner.crawl.job import read_job
from server.scanner.crawl.running import crawl
crawl(read_job(pathlib.Path(sys.argv[1]).read_bytes()), now=clock.now)
"""
