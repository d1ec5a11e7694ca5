"""One visit to a page in a real Chromium, and what it cost.

Where work and handlers are measured, no test driver is attached; see `bare_chromium`.
"""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright

from benchmarks.bare_chromium import BareChromium, Tab
from benchmarks.widget_pages import SCRIPTS, Tool, Website

SLOWED = 4
"""How many times slower the processor is made: a cheap phone."""
LATENCY, DOWN, UP = 150, 1_600_000 / 8, 750_000 / 8
"""Milliseconds before an answer begins, bytes a second down and up: a slow mobile network."""

SETTLED, PAUSE = 2000, 700
"""Milliseconds that a slowed page and a page at full speed are left alone after loading."""

VIEW = {"width": 1280, "height": 800}
AXE = Path(__file__).parents[1] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
MOST_TABS = 60
CLOCK = 16
"""Milliseconds below which the browser does not report an interaction."""

SEEN = """selector => { const e = selector && document.querySelector(selector);
  if (!e || !e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  const r = e.getBoundingClientRect();
  return r.width > 0 && r.height > 0 && r.top < innerHeight && r.bottom > 0 && r.left < innerWidth
    && r.right > 0; }"""
WATCH = """(() => { const seen = %(seen)s, selector = %(accept)s; window.watched = {};
  const look = () => {
    if (watched.visible === undefined) { if (seen(selector)) watched.visible = performance.now(); }
    else if (watched.pressed !== undefined && !seen(selector)) { watched.gone = performance.now(); return; }
    requestAnimationFrame(look); };
  requestAnimationFrame(look);
  addEventListener("click", event => { watched.pressed ??= event.timeStamp; }, true); })()"""
PAINTED = """banner => new Promise(done => { let shift = 0, largest = false;
  new PerformanceObserver(list => {
      for (const e of list.getEntries()) if (!e.hadRecentInput) shift += e.value; })
    .observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver(list => { for (const e of list.getEntries())
      largest = !!(banner && e.element && e.element.closest(banner)); })
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => done({ shift, largest }), 100); })"""
KEPT = """() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].length"""
TIMED = """() => { window.timed = []; let start = 0;
  const before = () => { start = performance.now(); };
  const after = () => { handled += performance.now() - start; };
  // Compiled now, so that the first press does not pay for the instrument.
  window.handled = 0; before(); after(); handled = 0;
  for (const type of ["pointerdown", "pointerup", "click"]) {
    addEventListener(type, before, true);
    addEventListener(type, after); }
  new PerformanceObserver(list => { for (const e of list.getEntries()) if (e.interactionId)
      timed.push([e.name, e.duration, e.processingEnd - e.processingStart]); })
    .observe({ type: "event", durationThreshold: 16 }); }"""
MIDDLE = """selector => { const r = document.querySelector(selector).getBoundingClientRect();
  return [r.x + r.width / 2, r.y + r.height / 2]; }"""
VIOLATIONS = """root => axe.run(root,
    { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
  .then(found => found.violations.map(each => each.id))"""


@dataclass(frozen=True)
class First:
    """What a first visit on the slow phone fetched and left behind."""

    bytes: int
    requests: int
    shift: float
    largest: bool
    """Whether the banner became the largest contentful paint."""
    stored: int
    """Cookies and storage keys before any answer."""
    others: int
    """Requests to anyone but the page's and the tool's own server before any answer."""


@dataclass(frozen=True)
class Worked:
    """What the main thread did in a first visit on the slow phone: milliseconds of its processor."""

    work: float
    script: float
    layout: float


@dataclass(frozen=True)
class Shown:
    """A first visit at full speed, with the banner on the page."""

    work: float
    """Milliseconds of the processor, on the main thread."""
    heap: float
    """KiB."""


@dataclass(frozen=True)
class Answered:
    """A first visit on the slow phone that ends with consent, and the next one."""

    visible: float
    gone: float
    cookie: int
    """Bytes that every later request carries."""
    again_bytes: int
    again_requests: int


@dataclass(frozen=True)
class Released:
    """What consent cost where scripts waited for it: milliseconds of the interaction, of its handlers."""

    interaction: float
    handler: float


@dataclass(frozen=True)
class Returning:
    """A later visit at full speed."""

    script: float
    """Milliseconds of the processor."""
    heap: float
    """KiB."""


@dataclass(frozen=True)
class Checked:
    """What an accessibility checker says, and how far away refusing is."""

    banner: list[str]
    settings: list[str] | None
    tabs: int | None


def executable(playwright: Playwright) -> str:
    """The machine's Chromium, or else Playwright's own."""
    return shutil.which("chromium") or shutil.which("google-chrome") or playwright.chromium.executable_path


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser with a test driver."""
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    browser = playwright.chromium.launch(executable_path=executable(playwright), args=arguments)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def _opened(browser: Browser, *, slow: bool) -> Iterator["_Visit"]:
    context = browser.new_context(locale="en-GB", viewport=VIEW)  # type: ignore[arg-type]
    try:
        yield _Visit(context, slow=slow)
    finally:
        context.close()


class _Visit:
    """A page with its measuring instruments attached."""

    def __init__(self, context: BrowserContext, *, slow: bool) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.cdp: CDPSession = context.new_cdp_session(self.page)
        self.asked: list[str] = []
        self.received: dict[str, int] = {}
        self.cdp.on("Network.requestWillBeSent", self._sent)
        self.cdp.on("Network.loadingFinished", self._finished)
        self.cdp.send("Network.enable")
        if slow:
            self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
            conditions = {
                "offline": False,
                "latency": LATENCY,
                "downloadThroughput": DOWN,
                "uploadThroughput": UP,
            }
            self.cdp.send("Network.emulateNetworkConditions", conditions)

    def _sent(self, event: dict[str, Any]) -> None:
        self.asked.append(event["request"]["url"])

    def _finished(self, event: dict[str, Any]) -> None:
        self.received[event["requestId"]] = int(event["encodedDataLength"])

    def traffic(self) -> tuple[int, int]:
        """Bytes that came over the network, and in how many answers; then counting starts again."""
        sizes = [size for size in self.received.values() if size]
        self.received.clear()
        self.asked.clear()
        return sum(sizes), len(sizes)

    def go(self, address: str, wait: int) -> None:
        self.page.goto(address, wait_until="load")
        self.page.wait_for_timeout(wait)

    def press(self, selector: str) -> None:
        """A press as a hand makes it, without anything of the driver's in the page at that moment."""
        x, y = self.page.evaluate(MIDDLE, selector)
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(300)
        self.page.mouse.click(x, y)


def first(browser: Browser, site: Website, tool: Tool) -> First:
    """A new visitor who only looks."""
    with _opened(browser, slow=True) as visit:
        visit.go(site.address(tool), SETTLED)
        if tool.accept:
            _until(visit.page, f"({SEEN})({json.dumps(tool.accept)})", f"{tool.name}: no banner")
        painted = visit.page.evaluate(PAINTED, tool.banner)
        stored = len(visit.context.cookies()) + visit.page.evaluate(KEPT)
        own = (site.url, site.ours, "data:", "blob:")
        others = sum(not address.startswith(own) for address in visit.asked)
        size, requests = visit.traffic()
    return First(size, requests, painted["shift"], painted["largest"], stored, others)


def worked(browser: BareChromium, site: Website, tool: Tool) -> Worked:
    """A new visitor who only looks, by the browser's own account of its work."""
    with browser.visitor() as visitor, visitor.tab() as tab:
        tab.slowed(SLOWED, LATENCY, DOWN, UP).go(site.address(tool), SETTLED)
        if tool.accept:
            tab.until(f"({SEEN})({json.dumps(tool.accept)})", f"{tool.name}: no banner")
        found = tab.metrics()
    layout = found["LayoutDuration"] + found["RecalcStyleDuration"]
    return Worked(found["TaskDuration"] * 1000, found["ScriptDuration"] * 1000, layout * 1000)


def shown(browser: BareChromium, site: Website, tool: Tool) -> Shown:
    """A new visitor at full speed who only looks."""
    with browser.visitor() as visitor, visitor.tab() as tab:
        tab.go(site.address(tool), PAUSE)
        if tool.accept:
            tab.until(f"({SEEN})({json.dumps(tool.accept)})", f"{tool.name}: no banner")
        work = tab.metrics()["TaskDuration"] * 1000
        return Shown(work, _heap(tab))


def answered(browser: Browser, site: Website, tool: Tool) -> Answered:
    """A new visitor who accepts, and comes back."""
    with _opened(browser, slow=True) as visit:
        visit.page.add_init_script(WATCH % {"seen": SEEN, "accept": json.dumps(tool.accept)})
        visit.page.goto(site.address(tool))
        _until(visit.page, "watched.visible !== undefined", f"{tool.name}: no banner")
        visit.page.wait_for_timeout(PAUSE)
        visit.press(tool.accept)
        _until(visit.page, "watched.gone !== undefined", f"{tool.name}: the banner stays")
        watched = visit.page.evaluate("watched")
        visit.page.wait_for_timeout(PAUSE)
        cookie = sum(len(each["name"]) + 1 + len(each["value"]) for each in visit.context.cookies())
        visit.traffic()
        visit.go(site.address(tool), SETTLED)
        if visit.page.evaluate(SEEN, tool.accept):
            raise RuntimeError(f"{tool.name}: asks again")
        size, requests = visit.traffic()
    gone = watched["gone"] - watched["pressed"]
    return Answered(watched["visible"], gone, cookie, size, requests)


def released(browser: BareChromium, site: Website, tool: Tool) -> Released:
    """A new visitor who accepts where scripts wait for it."""
    with browser.visitor() as visitor, visitor.tab() as tab:
        site.tracked.clear()
        tab.slowed(SLOWED, LATENCY, DOWN, UP).go(site.address(tool, blocked=True), SETTLED)
        tab.until(f"({SEEN})({json.dumps(tool.accept)})", f"{tool.name}: no banner")
        if site.tracked or tab.evaluate("window.ran"):
            raise RuntimeError(f"{tool.name}: a blocked script ran before consent")
        tab.evaluate(f"({TIMED})()")
        tab.press(*tab.evaluate(f"({MIDDLE})({json.dumps(tool.accept)})"))
        tab.until(f"window.ran?.length === {SCRIPTS}", f"{tool.name}: scripts did not run after consent")
        time.sleep(PAUSE / 1000)
        timed, handled = tab.evaluate("[timed, handled]")
    interaction = max((duration for _, duration, _ in timed), default=CLOCK)
    handler = sum(took for name, _, took in timed if name in {"pointerdown", "pointerup", "click"})
    return Released(interaction, handler if timed else handled)


def returning(browser: BareChromium, site: Website, tool: Tool) -> Returning:
    """A visitor who has answered before."""
    with browser.visitor() as visitor:
        if tool.accept:
            with visitor.tab() as tab:
                tab.go(site.address(tool), PAUSE)
                tab.until(f"({SEEN})({json.dumps(tool.accept)})", f"{tool.name}: no banner")
                tab.press(*tab.evaluate(f"({MIDDLE})({json.dumps(tool.accept)})"))
                tab.until(f"!({SEEN})({json.dumps(tool.accept)})", f"{tool.name}: the banner stays")
                time.sleep(PAUSE / 1000)
        with visitor.tab() as tab:
            tab.go(site.address(tool), PAUSE)
            script = tab.metrics()["ScriptDuration"] * 1000
            if tool.accept and tab.evaluate(f"({SEEN})({json.dumps(tool.accept)})"):
                raise RuntimeError(f"{tool.name}: asks again")
            heap = _heap(tab)
    return Returning(script, heap)


def checked(browser: Browser, site: Website, tool: Tool) -> Checked:
    """Both layers under a checker, and the keyboard's way to refusing."""
    with _opened(browser, slow=False) as visit:
        page = visit.page
        visit.go(site.address(tool), SETTLED)
        tabs = _tabs(page, tool.reject)
    with _opened(browser, slow=False) as visit:
        page = visit.page
        visit.go(site.address(tool), SETTLED)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        banner = page.evaluate(VIOLATIONS, tool.banner)
        settings = None
        if tool.settings:
            page.click(tool.settings)
            _until(page, f"({SEEN})({json.dumps(tool.dialog)})", f"{tool.name}: no settings")
            page.wait_for_timeout(PAUSE)
            settings = page.evaluate(VIOLATIONS, tool.dialog)
    return Checked(banner, settings, tabs)


def _heap(tab: Tab) -> float:
    """KiB that the page keeps."""
    tab.call("HeapProfiler.collectGarbage")
    return tab.metrics()["JSHeapUsedSize"] / 1024


def _tabs(page: Page, selector: str) -> int | None:
    for count in range(1, MOST_TABS + 1):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return count
    return None


def _until(page: Page, condition: str, otherwise: str) -> None:
    """Ask now and then, from outside: what polls inside the page would be measured with it."""
    for _ in range(120):
        if page.evaluate(f"!!({condition})"):
            return
        page.wait_for_timeout(250)
    raise RuntimeError(otherwise)
