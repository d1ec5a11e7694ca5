"""What the browser of scans asks for by itself reaches nobody."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from server.scanner.crawl import browser
from server.scanner.crawl.egress import Egress
from server.scanner.crawl.reach import Reach
from server.scanner.crawl.running import NotPossible, chromium
from tests.absence import absent
from tests.scanner.crawl.websites import page, scanner, websites
from tests.threads import in_own_thread

pytestmark = scanner


def _executables() -> list[str]:
    """The browser that is used, and the one with windows if there is one."""
    try:
        used = chromium()
    except NotPossible as missing:
        absent("Chromium", str(missing))
    return [used, *(each for each in ("/usr/bin/chromium",) if Path(each).exists() and each != used)]


@pytest.mark.parametrize("whole", [False, True])
def test_a_browser_that_shows_an_empty_page_reaches_nobody_else(whole: bool) -> None:
    executables = _executables()
    if whole and len(executables) == 1:
        absent("a Chromium with windows", "there is one browser")

    async def connections(port: int) -> tuple[list[str], list[str]]:
        with ThreadPoolExecutor(4) as threads:
            by_itself, visit = (Egress(Reach(True, {}), 1_000_000, threads) for _ in range(2))
            elsewhere = f"socks5://127.0.0.1:{await by_itself.start()}"
            own = f"socks5://127.0.0.1:{await visit.start()}"
            async with async_playwright() as playwright:
                executable = executables[-1] if whole else executables[0]
                started, _ = await browser.launch(playwright, executable, dict(os.environ), proxy=elsewhere)
                context = await started.new_context(proxy={"server": own})
                seen = await context.new_page()
                await seen.goto(f"http://127.0.0.1:{port}/")
                await seen.wait_for_timeout(3_000)
                await started.close()
            await by_itself.close()
            await visit.close()
            return [each.host for each in by_itself.connections], [each.host for each in visit.connections]

    with websites({"127.0.0.1/": page("nothing")}) as sites:
        others, own = in_own_thread(asyncio.run, connections(sites.port))

    assert set(own) == {"127.0.0.1"}
    if not whole:
        # One with windows asks its maker who is logged in; it is led to where nobody listens.
        assert others == []
