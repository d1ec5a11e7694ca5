"""All visits of a crawl: which page is next, how many at the same time, and which events are reported."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urljoin

from playwright.async_api import Browser
from protego import Protego

from server.core import guarded_fetch
from server.core.addresses import FetchFault, parse
from server.scanner.crawl import site_pages
from server.scanner.crawl.job import Begun, Done, Ended, Event, Found, FoundPage, Job, Way
from server.scanner.crawl.pace import Pace
from server.scanner.crawl.plan import Plan, Surroundings
from server.scanner.crawl.reach import Reach
from server.scanner.crawl.site_pages import Frontier
from server.scanner.crawl.urls import is_same_site, stripped
from server.scanner.crawl.visit import visit
from server.scanner.observations import Choice, Page, Visit

_FETCH_SECONDS = 15

_THREADS = 64
"""Connections that are being made at the same time."""

_LONGEST_DELAY = 10.0
"""Seconds between pages that a robots.txt may ask for."""

_HOPS = 3
"""Redirects of a robots.txt or a sitemap that are followed."""


class Crawler:
    """A crawl in one browser."""

    def __init__(self, job: Job, browser: Browser, tell: Callable[[Event], None]) -> None:
        self._job = job
        self._tell = tell
        self._frontier = Frontier(job.start, job.pages)
        self._robots: Protego | None = None
        self._pace = Pace(job.pause)
        self._visits = asyncio.Semaphore(job.concurrency)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="connect")
        self._reach = Reach(job.allow_private, job.connect_to, job.any_certificate)
        self._around = Surroundings(browser, job, self._pace, self._reach, self._threads, self._linked)
        self._news = asyncio.Event()

    async def crawl(self) -> None:
        """Visit all pages."""
        job, frontier = self._job, self._frontier
        if not job.alone:
            self._found(frontier.add([job.start], "start", job.start))
            self._found(frontier.add(job.listed, "list", job.start))
        frontier.again(job.found)
        frontier.skip(job.visited)
        asking = asyncio.ensure_future(self._ask_site())
        try:
            await self._work(asking)
        finally:
            asking.cancel()
            self._threads.shutdown(wait=False, cancel_futures=True)
        self._tell(Ended(whole=not frontier.left or frontier.is_full, left=frontier.left))

    async def _work(self, asking: "asyncio.Task[None]") -> None:
        """Visit pages as they are found, some at the same time."""
        most = self._job.concurrency // 2 + 1
        working: set[asyncio.Task[Any]] = {asking}
        while working:
            while len(working - {asking}) < most and (page := self._frontier.next()):
                working.add(asyncio.ensure_future(self._visit_page(page)))
            self._news.clear()
            news = asyncio.ensure_future(self._news.wait())
            done, _ = await asyncio.wait({*working, news}, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            working -= done
            for each in done - {news}:
                each.result()

    def _found(self, pages: list[FoundPage]) -> None:
        if pages:
            self._tell(Found(tuple(pages)))
            self._news.set()

    # --- what the website says of itself ------------------------------------------------------------------

    async def _ask_site(self) -> None:
        """Read robots.txt and the sitemaps."""
        job = self._job
        if job.alone or not (job.robots or job.follow):
            return
        text = (await self._fetch(urljoin(job.start, "/robots.txt")) or b"").decode("utf-8", "replace")
        robots = site_pages.robots(text)
        if job.robots:
            self._robots = robots
            self._pace.pause = max(job.pause, min(robots.crawl_delay(site_pages.ROBOT) or 0, _LONGEST_DELAY))
        if job.follow:
            named = [each for each in robots.sitemaps if is_same_site(each, job.start)]
            await self._read_sitemaps(named or [urljoin(job.start, "/sitemap.xml")])

    async def _read_sitemaps(self, waiting: list[str]) -> None:
        read: set[str] = set()
        while waiting and len(read) < site_pages.MOST_SITEMAPS:
            url = waiting.pop(0)
            if url in read:
                continue
            read.add(url)
            pages, further = site_pages.sitemap(await self._fetch(url) or b"", url)
            self._found(self._frontier.add(pages, "sitemap", url))
            waiting += [each for each in further if is_same_site(each, self._job.start)]

    async def _fetch(self, url: str) -> bytes | None:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._got, url)

    def _got(self, url: str) -> bytes | None:
        """What is at an address of the website, after redirects within it; None: nothing."""
        for _ in range(_HOPS):
            try:
                target = parse(url, allow_http=True, allow_private=True)
                network, allow_private = self._reach.to(target.host, target.port)
                answer = guarded_fetch.get(
                    url,
                    {},
                    timeout=_FETCH_SECONDS,
                    allow_private=allow_private,
                    allow_http=True,
                    limit=site_pages.LARGEST_SITEMAP,
                    network=network,
                )
            except FetchFault:
                return None
            if answer.status == 200:
                return answer.body
            url = urljoin(url, answer.headers.get("location", ""))
            if not 300 <= answer.status < 400 or not is_same_site(url, self._job.start):
                return None
        return None

    # --- pages --------------------------------------------------------------------------------------------

    def _linked(self, base: str, links: Mapping[str, Any]) -> None:
        """Remember what a page links to."""
        if self._job.alone or not self._job.follow:
            return
        ways: tuple[tuple[str, Way], ...] = (("alternates", "alternate"), ("links", "link"))
        for key, way in ways:
            urls = [each for each in links.get(key) or () if isinstance(each, str)]
            self._found(self._frontier.add(urls, way, base))

    async def _visit_page(self, page: FoundPage) -> None:
        self._tell(Begun(page))
        if self._robots and not self._robots.can_fetch(page.url, site_pages.ROBOT):
            self._tell(Done(page.url, Page(stripped(page.url), page.found, faults=("robots",))))
            return
        first = page.found == "start"
        choices: list[tuple[Choice, str]] = [(choice, "") for choice in self._job.choices]
        choices += [("only", category) for category in self._job.categories]
        if first and "accept_all" in self._job.choices:
            choices.append(("withdraw", ""))
        plans = [self._plan(page, choice, category, first=first) for choice, category in choices]
        visits = await asyncio.gather(*map(self._visit, plans))
        kept = tuple(each for each in visits if each.choice != "withdraw" or _is_own(each))
        self._tell(Done(page.url, Page(stripped(page.url), page.found, kept)))

    async def _visit(self, plan: Plan) -> Visit:
        async with self._visits:
            return await visit(plan, self._around)

    def _plan(self, page: FoundPage, choice: Choice, category: str, *, first: bool) -> Plan:
        job = self._job
        name = hashlib.sha256(page.url.encode()).hexdigest()[:16]
        return Plan(
            url=page.url,
            choice=choice,
            category=category,
            wait=job.first_wait if first and choice == "none" else job.wait,
            thorough=first,
            picture=f"{name}-{choice}{category and f'-{category}'}" if job.pictures else "",
        )


def _is_own(made: Visit) -> bool:
    """Whether a withdrawal could be made, as this product's banner alone has a way that is known."""
    return any(tool.key == "samtykke" for tool in made.tools)
