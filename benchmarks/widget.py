"""What our script costs a visitor beside five others, in one run, in a real browser."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks import load, serving, widget_visits
from benchmarks.bare_chromium import BareChromium, bare_chromium
from benchmarks.widget_pages import NONE, SCRIPTS, SECOND, TOOLS, Tool, Website, website
from benchmarks.widget_visits import Answered, Checked, First, Released, Returning, Shown, Worked

ROUNDS = int(os.environ.get("ROUNDS", "5"))
"""One is enough to see that all works; the figures of one round say little."""

OFTEN = 3
"""How many times in a round that is measured which varies most: a whole visit's work."""

LEVEL = 1.1
"""Within a tenth of the best is level: no run distinguishes them."""


@dataclass
class Seen:
    """All that was measured with one tool, a value for each round."""

    first: list[First] = field(default_factory=list)
    worked: list[Worked] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    released: list[Released] = field(default_factory=list)
    returning: list[Returning] = field(default_factory=list)
    checked: Checked | None = None


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    value: Callable[[Seen, Seen], float | None]
    """From what was seen with the tool and without any; None where the tool has no such thing."""
    budget: float | None = None
    digits: int = 0
    step: float = 0
    """What the browser's clock cannot distinguish."""
    flag: bool = False
    """Whether the value is a yes or a no."""
    beside: tuple[str, float] | None = None
    """The tool that the budget was set beside, and its value then: on a slower machine both grow alike."""
    at_most: str = ""
    """The tool whose value in the same run is the budget."""

    def shown(self, value: float | None) -> str:
        """The value as the table says it."""
        if value is None:
            return "–"
        return ("yes" if value else "no") if self.flag else f"{value:,.{self.digits}f}"


def _first(name: str) -> Callable[[Seen, Seen], float]:
    return lambda seen, none: _median(seen.first, name) - _median(none.first, name)


def _shown(name: str) -> Callable[[Seen, Seen], float]:
    return lambda seen, none: _median(seen.shown, name) - _median(none.shown, name)


def _worked(name: str) -> Callable[[Seen, Seen], float]:
    return lambda seen, none: _median(seen.worked, name) - _median(none.worked, name)


def _returning(name: str) -> Callable[[Seen, Seen], float]:
    return lambda seen, none: _median(seen.returning, name) - _median(none.returning, name)


def _median(values: Sequence[object], name: str) -> float:
    return float(median(getattr(each, name) for each in values))


def _checked(read: Callable[[Checked], float | None]) -> Callable[[Seen, Seen], float | None]:
    return lambda seen, _: read(seen.checked) if seen.checked else None


ROWS = (
    Row("new visitor: bytes", _first("bytes")),
    Row("new visitor: requests", _first("requests")),
    Row("next page: bytes", lambda seen, none: _median(seen.answered, "again_bytes") - _html(none)),
    Row("next page: requests", lambda seen, _: _median(seen.answered, "again_requests") - 1),
    Row("banner visible, ms", lambda seen, _: _median(seen.answered, "visible")),
    Row("main-thread work, ms", _worked("work"), budget=60, beside=("osano", 90)),
    Row("  of it script, ms", _worked("script")),
    Row("  of it style and layout, ms", _worked("layout")),
    Row("new visitor, full speed: work, ms", _shown("work")),
    Row("new visitor, full speed: heap, KiB", _shown("heap")),
    Row(
        "accept to banner gone, ms",
        lambda seen, _: _median(seen.answered, "gone"),
        30,
        step=8,
        beside=("klaro", 37),
    ),
    Row(
        "interaction, 20 blocked scripts, ms",
        lambda seen, _: _median(seen.released, "interaction"),
        40,
        step=8,
        beside=("klaro", 40),
    ),
    Row(
        "  of it handlers, ms", lambda seen, _: _median(seen.released, "handler"), budget=8, digits=1, step=1
    ),
    Row(
        "returning, full speed: script, ms",
        _returning("script"),
        5,
        digits=1,
        step=0.5,
        beside=("osano", 7.1),
    ),
    Row("returning, full speed: heap, KiB", _returning("heap"), budget=81),
    Row("layout shift", _first("shift"), budget=0, digits=3),
    Row("banner is the largest paint", lambda seen, _: _median(seen.first, "largest"), flag=True),
    Row("stored before an answer", _first("stored"), budget=0),
    Row("requests to others before an answer", _first("others"), budget=0),
    Row("cookies after accepting, bytes", lambda seen, _: _median(seen.answered, "cookie"), budget=64),
    Row("axe violations: banner", _checked(lambda checked: len(checked.banner)), budget=0),
    Row(
        "axe violations: settings",
        _checked(lambda checked: None if checked.settings is None else len(checked.settings)),
        budget=0,
    ),
    Row("tab presses to reach reject", _checked(lambda checked: checked.tabs)),
)

SECOND_ROWS = (
    Row("new visitor: bytes", _first("bytes"), budget=8_000),
    Row("new visitor: requests", _first("requests")),
    Row("banner visible, ms", lambda seen, _: _median(seen.answered, "visible")),
    Row("full speed: main-thread work, ms", _shown("work"), at_most="vanilla"),
    Row("full speed: heap, KiB", _shown("heap"), budget=100),
)
"""What visitors are held against who need another language than the site's main one."""


def _html(none: Seen) -> float:
    return _median(none.first, "bytes")


def report() -> None:
    """Print the table."""
    with bilingual_product() as ours, website(ours) as site, sync_playwright() as playwright:
        bare = bare_chromium(widget_visits.executable(playwright))
        with widget_visits.chromium(playwright) as browser, bare as unwatched:
            seen = measure(browser, unwatched, site)
            version = browser.version
    slowed = f"processor slowed {widget_visits.SLOWED} times, {widget_visits.LATENCY} ms, 1.6 Mbit/s"
    print(f"\n## Widget: Chromium {version}, {slowed}; {ROUNDS} interleaved rounds, medians")
    print(f"## A small page, with {SCRIPTS} scripts where some are blocked; what it costs by itself is off\n")
    _print(TOOLS, ROWS, seen)
    print("\n## The same page on a site whose main language is Norwegian: our visitor needs the second one\n")
    _print((SECOND, *TOOLS[1:]), SECOND_ROWS, seen)


def measure(browser: Browser, unwatched: BareChromium, site: Website) -> Mapping[str, Seen]:
    """Every visit with every tool, in turn, and in another order each round."""
    tools = (*TOOLS, SECOND)
    seen = {tool.name: Seen() for tool in (NONE, *tools)}
    for number in range(ROUNDS):
        turn = number % len(tools)
        for tool in (NONE, *tools[turn:], *tools[:turn]):
            mine = seen[tool.name]
            mine.first.append(widget_visits.first(browser, site, tool))
            mine.shown += [widget_visits.shown(unwatched, site, tool) for _ in range(OFTEN)]
            if tool is not NONE:
                mine.answered.append(widget_visits.answered(browser, site, tool))
            # In the second language, only what differs before an answer is reported.
            if tool is SECOND:
                continue
            mine.worked += [widget_visits.worked(unwatched, site, tool) for _ in range(OFTEN)]
            if tool is not NONE:
                mine.released.append(widget_visits.released(unwatched, site, tool))
            mine.returning.append(widget_visits.returning(unwatched, site, tool))
    for tool in TOOLS:
        seen[tool.name].checked = widget_visits.checked(browser, site, tool)
    return seen


def _print(tools: Sequence[Tool], rows: Sequence[Row], seen: Mapping[str, Seen]) -> None:
    names = [tool.name for tool in tools]
    print(f"{'what':36}" + "".join(f"{name:>14}" for name in names) + f"  {'place':18} budget")
    for row in rows:
        values = {name: row.value(seen[name], seen[NONE.name]) for name in names}
        shown = "".join(f"{row.shown(value):>14}" for value in values.values())
        print(f"{row.what:36}{shown}  {place(row, values):18} {verdict(row, values)}")
    for name in names:
        found = seen[name].checked
        if found and (broken := sorted({*found.banner, *(found.settings or ())})):
            print(f"axe on {name}: {', '.join(broken)}")


def place(row: Row, values: Mapping[str, float | None]) -> str:
    """Where we, the first of the tools, are among all: first or level or behind whom."""
    mine, *_ = values.values()
    others = {name: value for name, value in list(values.items())[1:] if value is not None}
    best = min(others, key=lambda name: others[name])
    if mine is None:
        return "none"
    if round(mine, row.digits) < round(others[best], row.digits):
        return "first"
    return "level" if mine <= max(others[best] * LEVEL, others[best] + row.step) else f"behind {best}"


def verdict(row: Row, values: Mapping[str, float | None]) -> str:
    """The budget, or the tool whose value it is, and whether we are within it; slow machines get more."""
    mine, *_ = values.values()
    limit = values.get(row.at_most) if row.at_most else row.budget
    if limit is None or mine is None:
        return ""
    within = round(mine, row.digits) <= round(limit, row.digits)
    name, then = row.beside or ("", 0)
    slower = (values.get(name) or 0) / then if then else 1
    if within or slower <= 1:
        budget = f"{row.at_most}'s" if row.at_most else f"{limit:g}"
        return f"{budget} {'ok' if within else 'OVER'}"
    here = limit * slower
    return f"{limit:g}, here {here:.{row.digits}f} {'ok' if mine <= here else 'OVER'}"


@contextmanager
def bilingual_product() -> Iterator[str]:
    """The product with the demo site's banner twice: English first on `demo`, Norwegian first on `second`."""
    with tempfile.TemporaryDirectory() as folder, serving.product(data_dir=Path(folder)) as address:
        before = load.script_bytes(address)

        def samtykke(*arguments: str, given: str | None = None) -> str:
            environ = {**os.environ, "SAMTYKKE_DATA_DIR": folder, "SAMTYKKE_PUBLIC_URL": address}
            command = [sys.executable, "-m", "server", *arguments]
            done = subprocess.run(
                command, env=environ, input=given, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}")
            return done.stdout

        draft = json.loads(samtykke("banner", "export", "demo"))
        samtykke("site", "create", SECOND.name, "--name", "Second", "--domain", "127.0.0.1")
        for key, language in ((SECOND.name, draft["default_language"]), ("demo", "en")):
            draft["default_language"] = language
            samtykke("banner", "import", key, "-", given=json.dumps(draft))
            samtykke("banner", "publish", key)
        while load.script_bytes(address) == before:
            time.sleep(0.1)
        yield address
