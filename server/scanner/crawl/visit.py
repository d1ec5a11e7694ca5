"""One visit to one page, in a fresh profile: it is loaded, answered, loaded again, and left."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Dialog, Page, Response
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as BrowserTimeout

from server.core import clock
from server.scanner.crawl import autoconsent, page_facts
from server.scanner.crawl.autoconsent import Autoconsent
from server.scanner.crawl.choices import Banners
from server.scanner.crawl.devtools import DevTools, within
from server.scanner.crawl.egress import Connection, Egress
from server.scanner.crawl.job import Job
from server.scanner.crawl.pace import Pace
from server.scanner.crawl.reach import Reach
from server.scanner.crawl.scripts import function
from server.scanner.crawl.traffic import Moments
from server.scanner.crawl.unseen import unseen
from server.scanner.crawl.urls import host_of, is_same_site, port_of, stripped
from server.scanner.observations import Choice, Command, Fault, Outcome, Phase, Visit

_QUIET = 1.5
"""Seconds without a new request after which nothing more is expected of an answer."""

_BANNER_SECONDS = 6.0
"""How long a banner may take to come after the page has loaded."""

_MOST_DIALOGS = 20
"""After which a page is not looked at any longer."""

_CLOSING = 15.0

_OVERHEAD = 60.0
"""Seconds that a visit may take beyond loading and waiting."""

_VIEWPORT = {"width": 1280, "height": 800}


@dataclass(frozen=True)
class Plan:
    """What is done in a visit."""

    url: str
    choice: Choice
    category: str
    wait: float
    """Seconds for which the page is left alone, for what comes late."""
    thorough: bool
    """Whether all of that is waited after an answer too, and not only until the page is quiet."""
    picture: str
    """Where pictures go, as the beginning of a file's name; empty: none are taken."""


@dataclass(frozen=True)
class Surroundings:
    """What visits share."""

    browser: Browser
    job: Job
    pace: Pace
    reach: Reach
    threads: ThreadPoolExecutor
    links: Callable[[str, Mapping[str, Any]], None]
    """Told the links of a page that was loaded, and where it is."""


class _Over(Exception):
    """There is nothing more to see in this visit."""


async def visit(plan: Plan, around: Surroundings) -> Visit:
    """Make a visit.

    :raises BrowserError: the browser has ended.
    """
    return await _Visit(plan, around).made()


class _Visit:
    def __init__(self, plan: Plan, around: Surroundings) -> None:
        job = around.job
        self._plan = plan
        self._around = around
        self._faults: dict[Fault, None] = {}
        self._egress = Egress(around.reach, job.visit_bytes, around.threads)
        self._asked = 0.0
        self._chosen: float | None = None
        self._again: float | None = None
        self._outcome: Outcome = "none"
        self._url = ""
        self._status: int | None = None
        self._language = ""
        self._commands: tuple[Command, ...] = ()
        self._ahead: list[Connection] = []
        self._pictures: list[str] = []
        self._dialogs = 0
        self._stop = asyncio.Event()
        self._tools: DevTools | None = None
        self._banners: Banners | None = None
        self._autoconsent: Autoconsent | None = None

    async def made(self) -> Visit:
        """Make the visit, whatever the page does, within its time."""
        plan, job = self._plan, self._around.job
        limit = _OVERHEAD + 2 * job.load_seconds + 3 * plan.wait
        port = await self._egress.start()
        context = await self._around.browser.new_context(
            proxy={"server": f"socks5://127.0.0.1:{port}"},
            ignore_https_errors=job.any_certificate,
            accept_downloads=False,
            storage_state=job.storage_state or None,
            viewport=_VIEWPORT,  # type: ignore[arg-type]
        )
        try:
            async with asyncio.timeout(limit):
                await self._in(context)
        except _Over:
            pass
        except TimeoutError:
            self._fault("timed_out")
        except BrowserError:
            if not self._around.browser.is_connected():
                raise
            self._fault("browser_ended" if not self._faults else next(iter(self._faults)))
        finally:
            if self._autoconsent:
                self._autoconsent.close()
            await within(context.close(), _CLOSING)
            await self._egress.close()
        if self._egress.too_large:
            self._fault("too_large")
        return self._observed()

    def _fault(self, fault: Fault) -> None:
        self._faults.setdefault(fault)

    # --- what happens -------------------------------------------------------------------------------------

    async def _in(self, context: BrowserContext) -> None:
        page = await context.new_page()
        page.on("dialog", self._dialog)
        page.on("download", lambda _: self._fault("download"))
        page.on("popup", lambda popup: asyncio.ensure_future(within(popup.close())))
        page.on("crash", lambda _: self._crashed())
        tools = self._tools = await DevTools.attach(context, page, host_of(self._plan.url))
        if rules := autoconsent.read(self._around.job.tools):
            self._autoconsent = Autoconsent(page, rules)
            await self._autoconsent.prepare()
        self._asked = await tools.clock()
        await self._load(page)
        self._banners = Banners(page, self._autoconsent)
        if self._plan.choice == "none":
            await self._untouched(page, tools)
        else:
            await self._answered(page, tools)

    def _dialog(self, dialog: Dialog) -> None:
        self._fault("dialogs")
        self._dialogs += 1
        if self._dialogs > _MOST_DIALOGS:
            self._stop.set()
        asyncio.ensure_future(within(dialog.dismiss()))  # noqa: RUF006 - it has the time of a visit

    def _crashed(self) -> None:
        self._fault("browser_ended")
        self._stop.set()

    async def _load(self, page: Page) -> None:
        """Ask for the page, until it is loaded or has taken its time.

        :raises _Over: there is nothing to look at.
        """
        await self._around.pace.turn()
        seconds = self._around.job.load_seconds
        try:
            response = await page.goto(self._plan.url, wait_until="domcontentloaded", timeout=seconds * 1000)
        except BrowserTimeout:
            self._fault("timed_out")
            response = None
        except BrowserError as fault:
            self._fault(self._reason(str(fault)))
            raise _Over from fault
        self._arrived(page, response)
        try:
            await page.wait_for_load_state("load", timeout=seconds * 1000)
        except BrowserTimeout:
            self._fault("timed_out")

    def _arrived(self, page: Page, response: Response | None) -> None:
        """Note where the request for the page led.

        :raises _Over: to nothing that is looked at.
        """
        self._url = stripped(page.url)
        if response is not None:
            self._status = response.status
            if response.status >= 400:
                self._fault("http_error")
            kind = response.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
            if kind not in ("text/html", "application/xhtml+xml"):
                self._fault("not_html")
        if not page.url.startswith(("http:", "https:")):
            self._fault("timed_out" if "timed_out" in self._faults else "unreachable")
        elif not is_same_site(page.url, self._plan.url):
            self._fault("redirected_away")
        if self._faults.keys() & {"not_html", "redirected_away", "unreachable"}:
            raise _Over

    def _reason(self, message: str) -> Fault:
        """The fault that an error of the browser stands for."""
        if self._egress.too_large:
            return "too_large"
        for word, fault in _REASONS.items():
            if word in message:
                return fault
        refused = [each.refused for each in self._egress.connections]
        if refused and refused[-1] not in ("", "unreachable"):
            return "address_not_allowed"
        return "unreachable"

    async def _untouched(self, page: Page, tools: DevTools) -> None:
        banners = self._banners
        assert banners is not None  # noqa: S101 - the page was loaded
        looking = asyncio.ensure_future(banners.look(min(_BANNER_SECONDS, self._plan.wait)))
        try:
            await self._facts(page)
            await self._scroll(page)
            await self._pause(self._plan.wait)
            await looking
        finally:
            looking.cancel()
        await self._picture(page, "before")
        self._commands = await page_facts.commands(page)
        await self._leave(page, tools, "before")

    async def _answered(self, page: Page, tools: DevTools) -> None:
        plan, banners = self._plan, self._banners
        assert banners is not None  # noqa: S101 - the page was loaded
        await self._facts(page)
        shown = await banners.look(_BANNER_SECONDS if not plan.thorough else max(_BANNER_SECONDS, plan.wait))
        if not shown and not banners.has_own:
            self._outcome = "no_banner"
            await self._leave(page, tools, "before")
            return
        if plan.choice == "withdraw":
            self._outcome = await banners.answer("accept_all", "")
            await self._settle(tools)
        await self._picture(page, "before")
        tools.seen.snapshot(await tools.stored(clock.now().timestamp()), "before")
        await self._look_ahead(page, tools)
        self._chosen = await tools.clock()
        if self._outcome in ("none", "made"):
            self._outcome = await banners.answer(plan.choice, plan.category)
        await self._settle(tools)
        await self._scroll(page)
        await self._settle(tools)
        await self._picture(page, "after")
        self._commands = await page_facts.commands(page)
        await self._leave(page, tools, "after")
        if self._outcome != "made":
            return
        self._again = await tools.clock()
        await self._load(page)
        await self._scroll(page)
        await self._settle(tools)
        await self._leave(page, tools, "again")

    async def _facts(self, page: Page) -> None:
        self._language = await page_facts.language(page)
        if self._plan.choice == "none":
            self._around.links(page.url, await page_facts.links(page))

    # --- time ---------------------------------------------------------------------------------------------

    async def _pause(self, seconds: float) -> None:
        """Leave the page alone.

        :raises _Over: the page will not be looked at any longer.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            if self._stop.is_set() or self._egress.too_large:
                break
            await asyncio.sleep(min(0.25, left))
        if self._stop.is_set() or self._egress.too_large:
            raise _Over

    async def _settle(self, tools: DevTools) -> None:
        """Leave the page alone until it is quiet, or for all of the time."""
        if self._plan.thorough:
            await self._pause(self._plan.wait)
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + self._plan.wait
        last, since = tools.traffic.last_at, loop.time()
        while loop.time() < end and loop.time() - since < _QUIET:
            await self._pause(0.1)
            if tools.traffic.last_at != last:
                last, since = tools.traffic.last_at, loop.time()

    async def _scroll(self, page: Page) -> None:
        """Down to the end, and up again, for what loads when it is seen."""
        for place in range(1, 6):
            script = "part => scrollTo(0, Math.min(document.documentElement.scrollHeight, 20000) * part)"
            await within(page.evaluate(script, place / 5), 3)
            await self._pause(0.1)
        await within(page.evaluate("() => scrollTo(0, 0)"), 3)

    async def _leave(self, page: Page, tools: DevTools, phase: Phase) -> None:
        """See what the page stored, and what it sends when it is left.

        DevTools is not told of what a page sends while it ends. So the page is told first that it is being
        left, and is really left then; what it sends then to yet others is a connection of the proxy.
        """
        tools.seen.snapshot(await tools.stored(clock.now().timestamp()), phase)
        await self._look_ahead(page, tools)
        for frame in page.frames[:50]:
            await within(frame.evaluate(function("hiding")), 2)
        await asyncio.sleep(0.3)
        await within(page.goto("about:blank"), 5)
        await asyncio.sleep(0.2)

    async def _look_ahead(self, page: Page, tools: DevTools) -> None:
        """Note the hosts that the page wants to be connected to ahead."""
        at = await tools.clock()
        for address in await page_facts.preconnects(page):
            if (host := host_of(address)) and host != host_of(self._url):
                self._ahead.append(Connection(host, port_of(address), at))

    async def _picture(self, page: Page, moment: str) -> None:
        if not self._plan.picture:
            return
        name = f"{self._plan.picture}-{moment}.jpg"
        path = Path(self._around.job.pictures) / name
        taken = await within(page.screenshot(path=path, type="jpeg", quality=60, timeout=5_000), 8)
        if taken is not None:
            self._pictures.append(name)

    # --- what was observed --------------------------------------------------------------------------------

    def _observed(self) -> Visit:
        plan, tools = self._plan, self._tools
        if tools is None:
            return Visit(plan.choice, plan.category, faults=tuple(self._faults))
        moments = Moments(self._asked, self._chosen, self._again)
        host = host_of(self._url) or host_of(plan.url)
        sent = tools.traffic.requests(moments, host, tools.sources)
        requests = (
            *sent,
            *unseen((*self._egress.connections, *self._ahead), tools.traffic.hosts(), moments, host),
        )
        source = next((each for url, each in tools.sources.items() if stripped(url) == self._url), None)
        own = page_facts.own_tag(source) if source else None
        return Visit(
            choice=plan.choice,
            category=plan.category,
            outcome=self._outcome,
            language=self._language,
            url=self._url,
            status=self._status,
            tools=self._banners.tools() if self._banners else (),
            requests=tuple(sorted(requests, key=lambda each: each.at)),
            stored=tools.seen.all(sent),
            commands=self._commands,
            script_line=own.line if own else None,
            early_scripts=page_facts.early_scripts(source, own) if source and own else (),
            blocked=tuple(tools.blocked),
            mixed=tuple(tools.mixed),
            faults=tuple(self._faults),
            pictures=tuple(self._pictures),
        )


_REASONS: Mapping[str, Fault] = {
    "ERR_TOO_MANY_REDIRECTS": "too_many_redirects",
    "Download is starting": "download",
    "ERR_TIMED_OUT": "timed_out",
    "ERR_ABORTED": "not_html",
    "ERR_UNSAFE_PORT": "address_not_allowed",
    "ERR_UNKNOWN_URL_SCHEME": "address_not_allowed",
    "crashed": "browser_ended",
}
"""By a part of the browser's message."""
