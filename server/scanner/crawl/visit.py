"""One visit to one page, in a fresh profile: it is loaded, answered, loaded again, and left."""

import asyncio
from pathlib import Path

from playwright.async_api import BrowserContext, Dialog, Page, Response
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as BrowserTimeout

from server.core import clock
from server.scanner.crawl import autoconsent, page_facts
from server.scanner.crawl.arrival import ENDS, of_arrival, of_error
from server.scanner.crawl.autoconsent import Autoconsent
from server.scanner.crawl.choices import Banners
from server.scanner.crawl.devtools import DevTools, within
from server.scanner.crawl.egress import Connection, Egress
from server.scanner.crawl.plan import Plan, Surroundings
from server.scanner.crawl.scripts import function
from server.scanner.crawl.traffic import Moments
from server.scanner.crawl.unseen import unseen
from server.scanner.crawl.urls import host_of, port_of, stripped
from server.scanner.observations import Command, Fault, Outcome, Phase, Visit

_QUIET = 1.5
"""Seconds without a new request after which nothing more is expected of an answer."""

_BANNER_SECONDS = 6.0
"""How long a banner may take to come after the page has loaded."""

_MOST_DIALOGS = 20
"""After which a page is not looked at any longer."""

_MOST_NAVIGATIONS = 300
"""The same, of frames; each costs the visits beside it time."""

_CLOSING = 10.0

_ANSWER = 10.0
"""Seconds after which a page that answers nothing counts as one that never will."""

_OVERHEAD = 40.0
"""Seconds that a visit may take beyond loading and waiting."""

_VIEWPORT = {"width": 1280, "height": 800}


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
        self._navigations = 0
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
            # That something took too long then comes of it.
            self._faults.pop("timed_out", None)
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
        page.on("framenavigated", lambda _: self._navigated())
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
        if dialog.type == "beforeunload":
            # Asked because the visit leaves the page.
            asyncio.ensure_future(within(dialog.accept()))  # noqa: RUF006 - it has the time of a visit
            return
        self._fault("dialogs")
        self._dialogs += 1
        if self._dialogs > _MOST_DIALOGS:
            self._stop.set()
        asyncio.ensure_future(within(dialog.dismiss()))  # noqa: RUF006 - it has the time of a visit

    def _navigated(self) -> None:
        self._navigations += 1
        if self._navigations > _MOST_NAVIGATIONS:
            self._fault("timed_out")
            self._stop.set()

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
            refused = [each.refused for each in self._egress.connections]
            self._fault("too_large" if self._egress.too_large else of_error(str(fault), refused))
            raise _Over from fault
        self._arrived(page, response)
        try:
            await page.wait_for_load_state("load", timeout=seconds * 1000)
        except BrowserTimeout:
            self._fault("timed_out")
        await self._alive(page)

    def _arrived(self, page: Page, response: Response | None) -> None:
        """Note where the request for the page led.

        :raises _Over: to nothing that is looked at.
        """
        self._url = stripped(page.url)
        if "timed_out" in self._faults and not page.url.startswith(("http:", "https:")):
            raise _Over
        kind = ""
        if response is not None:
            self._status, kind = response.status, response.headers.get("content-type", "")
        for fault in of_arrival(page.url, self._plan.url, self._status, kind):
            self._fault(fault)
        if self._faults.keys() & ENDS:
            raise _Over

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

    async def _alive(self, page: Page) -> None:
        """Go on only with a page that answers.

        :raises _Over: it never stops computing.
        """
        try:
            await asyncio.wait_for(page.evaluate("() => true"), _ANSWER)
        except BrowserError:
            pass  # it is loading again just now
        except TimeoutError as silence:
            self._fault("timed_out")
            raise _Over from silence

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

        DevTools does not report what a page sends while it ends. So the page first gets the events of being
        left, and is really left then; what it sends then to yet others is a connection of the proxy.
        """
        tools.seen.snapshot(await tools.stored(clock.now().timestamp()), phase)
        await self._alive(page)
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
