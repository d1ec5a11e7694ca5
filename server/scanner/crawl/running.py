"""A crawl as its callers see it: the process that browses is started, watched, and started again."""

import importlib.util
import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from server.core import shipped
from server.scanner.crawl import job as jobs
from server.scanner.crawl.child import browsing
from server.scanner.crawl.job import Begun, Done, Ended, Event, Found, FoundPage, Job, Refused, Started
from server.scanner.observations import Crawl, Fault, Page

_PACKAGES = ("playwright", "protego", "psutil", "publicsuffixlist")
"""What the extra `scanner` brings."""

_BROWSERS = (
    # The same engine without a browser around it: half of the processor time, and it takes cookies of third
    # parties in a fresh profile, as browsers do that are not private.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)


_LOOK = 0.5
"""Seconds between two looks at the memory."""

_SILENCE = 600
"""Seconds without an event after which the process counts as stuck."""

_TRIES = 2
"""How often a page is begun before it is left with a fault."""

_IDLE = 4
"""Processes that may end one after the other without a page that is done."""


class NotPossible(Exception):
    """No pages can be visited on this machine, or in this way; the message says what to do."""


@dataclass(frozen=True)
class Progress:
    """How far a crawl is."""

    done: int
    found: int
    visiting: tuple[str, ...]
    """Pages that are being visited."""


def _nothing(_progress: Progress) -> None:
    pass


def crawl(
    job: Job,
    *,
    now: Callable[[], datetime],
    progress: Callable[[Progress], None] = _nothing,
    state: Path | None = None,
) -> Crawl:
    """Visit the pages of a website.

    Pages that are done are kept whatever happens. A page with which the process or the browser ends is begun
    once more, alone, and then left with a fault.

    :param progress: called after each event
    :param state: file with what was done; a crawl of the same job that was stopped goes on from it. It is
        removed when all is done.
    :raises NotPossible: a package or the browser is missing, or it does not start.
    :raises ValueError: the job cannot be done; why, as a sentence.
    """
    jobs.check(job)
    ready = replace(job, browser=job.browser or chromium(), tools=job.tools or _tools())
    begun_at = now()
    work = _Work(ready, progress, _State.of(state, job))
    work.run()
    return Crawl(
        start=job.start,
        begun_at=begun_at.isoformat(),
        ended_at=now().isoformat(),
        browser=work.browser,
        pages=tuple(work.state.pages),
        whole=work.whole,
        left=work.left,
        options=_options(job, sandboxed=work.sandboxed),
    )


def _options(job: Job, *, sandboxed: bool) -> dict[str, str]:
    return {
        "wait": f"{job.wait:g}",
        "first_wait": f"{job.first_wait:g}",
        "pages": str(job.pages),
        "categories": ",".join(job.categories),
        "robots": "yes" if job.robots else "no",
        "login": "yes" if job.storage_state else "no",
        "sandbox": "yes" if sandboxed else "no",
    }


# --- what is needed ----------------------------------------------------------------------------------------


def chromium() -> str:
    """The path of Chromium.

    :raises NotPossible: it, or a package, is missing.
    """
    missing = [each for each in _PACKAGES if importlib.util.find_spec(each) is None]
    if missing:
        raise NotPossible(
            f"Visiting websites needs the extra “scanner” ({', '.join(missing)} is missing): "
            "pip install 'samtykke[scanner]'"
        )
    found = next(filter(None, map(shutil.which, _BROWSERS)), None) or _playwrights()
    if not found:
        raise NotPossible(
            "Visiting websites needs Chromium: install the system's package chromium-headless-shell or "
            "chromium, or run: playwright install chromium-headless-shell"
        )
    return found


def _playwrights() -> str:
    """The browser that Playwright installed; empty if it did not."""
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    names = ("headless_shell", "chrome-headless-shell", "chrome")
    found = sorted(each for name in names for each in folder.glob(f"chromium*/*/{name}"))
    return str(found[-1]) if found else ""


def _tools() -> str:
    """The folder with autoconsent: of the package, or of a checkout; empty if it is not built."""
    folder = shipped.folder("static") / "dist" / "scanner"
    return str(folder) if folder.is_dir() else ""


# --- what is done, and kept --------------------------------------------------------------------------------


@dataclass
class _State:
    """What was found and done, and the file that it is kept in."""

    found: dict[str, FoundPage] = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    path: Path | None = None

    @classmethod
    def of(cls, path: Path | None, job: Job) -> "_State":
        """What an earlier crawl of the same job kept.

        :raises ValueError: the file is of another job, or none of ours.
        """
        kept = cls(path=path)
        if path is None:
            return kept
        what = {"start": job.start, "listed": job.listed, "categories": job.categories}
        name = json.dumps(what).encode() + b"\n"
        if not path.exists():
            path.write_bytes(name)
            return kept
        first, *lines = path.read_bytes().splitlines(keepends=True) or [b""]
        if first != name:
            raise ValueError(f"{path} is not the state of a scan of {job.start} with these options")
        for line in lines:
            # The last one may be cut off, where the machine was.
            with suppress(ValueError):
                kept.take(jobs.read_event(line))
        return kept

    def take(self, event: Event) -> None:
        if isinstance(event, Found):
            for page in event.pages:
                self.found.setdefault(page.url, page)
        elif isinstance(event, Done) and event.url not in self.visited:
            self.visited.append(event.url)
            self.pages.append(event.page)

    def keep(self, event: Event) -> None:
        """Take an event, and keep it in the file."""
        self.take(event)
        if self.path is not None and isinstance(event, Found | Done):
            with self.path.open("ab") as file:
                file.write(jobs.written(event))

    def forget(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class _Work:
    def __init__(self, job: Job, progress: Callable[[Progress], None], state: _State) -> None:
        self.state = state
        self.browser = ""
        self.sandboxed = False
        self.whole = False
        self.left = 0
        self._job = job
        self._progress = progress
        self._visiting: dict[str, FoundPage] = {}
        self._tries: dict[str, int] = {}
        self._end = time.monotonic() + job.seconds
        self._ended = False
        self._last_words = ""

    def run(self) -> None:
        """Let processes work until all is done or the time is over.

        :raises NotPossible: processes end by themselves and nothing comes of them.
        """
        idle = 0
        while not self._ended and time.monotonic() < self._end:
            done = len(self.state.visited)
            self._left_behind(self._one_process(self._next_job()))
            idle = 0 if len(self.state.visited) > done else idle + 1
            if idle >= _IDLE:
                raise NotPossible(f"The process that browses ends by itself: {self._last_words}")
        if self._ended and self.whole:
            self.state.forget()
        else:
            self.left = self.left or len(self.state.found) - len(self.state.visited)

    def _next_job(self) -> Job:
        """What is left; a page with which a process ended is tried alone."""
        suspects = [url for url in self._tries if url not in self.state.visited]
        alone = next((self.state.found[url] for url in suspects if url in self.state.found), None)
        return replace(
            self._job,
            found=(alone,) if alone else tuple(self.state.found.values()),
            visited=tuple(self.state.visited),
            alone=alone is not None,
        )

    def _left_behind(self, fault: Fault | None) -> None:
        """Count the pages with which a process has ended; give up those that it happened with again."""
        for page in self._visiting.values():
            self._tries[page.url] = self._tries.get(page.url, 0) + 1
            if self._tries[page.url] >= _TRIES:
                left = Page(page.url.partition("?")[0], page.found, faults=(fault or "browser_ended",))
                self.state.keep(Done(page.url, left))
        self._visiting = {}

    # --- one process --------------------------------------------------------------------------------------

    def _one_process(self, job: Job) -> Fault | None:
        """Let one process work; the fault with which it was ended, if it did not end by itself."""
        with browsing(job) as process:
            looked = heard = time.monotonic()
            for event in process.events(_LOOK):
                present = time.monotonic()
                if event is not None:
                    heard = present
                    self._take(event, job)
                if present - looked >= _LOOK:
                    looked = present
                    if process.memory() > job.memory:
                        return "memory"
                if present > self._end or present - heard > _SILENCE:
                    return "timed_out"
            self._last_words = process.last_words()
        return None

    def _take(self, event: Event, job: Job) -> None:
        self.state.keep(event)
        if isinstance(event, Started):
            self.browser, self.sandboxed = event.browser, event.sandboxed
        elif isinstance(event, Begun):
            self._visiting[event.page.url] = event.page
        elif isinstance(event, Done):
            self._visiting.pop(event.url, None)
        elif isinstance(event, Ended) and not job.alone:
            self._ended, self.whole, self.left = True, event.whole, event.left
        elif isinstance(event, Refused):
            raise NotPossible(event.why)
        found = max(len(self.state.found), len(self.state.visited))
        self._progress(Progress(len(self.state.visited), found, tuple(self._visiting)))
