"""The process that browses: a job on standard input, events on standard output.

`python -m server.scanner.crawl.process`. It ends when its standard input is closed, so that nothing is left
running when its parent process has ended.
"""

import asyncio
import os
import sys
from contextlib import suppress

from playwright.async_api import Error as BrowserError
from playwright.async_api import async_playwright

from server.scanner.crawl import browser
from server.scanner.crawl.crawler import Crawler
from server.scanner.crawl.job import LONGEST_LINE, Event, Job, Refused, Started, read_job, written
from server.scanner.crawl.process_tree import ProcessTree

_NICENESS = 5


def _tell(event: Event) -> None:
    sys.stdout.buffer.write(written(event))
    sys.stdout.buffer.flush()


async def _crawl(job: Job) -> None:
    async with async_playwright() as playwright:
        try:
            started, sandboxed = await browser.launch(
                playwright, job.browser, dict(os.environ), any_certificate=job.any_certificate
            )
        except BrowserError as fault:
            _tell(Refused(f"Chromium does not start: {str(fault)[:1_000]}"))
            return
        _tell(Started(f"Chromium {started.version}"[:200], sandboxed))
        try:
            await Crawler(job, started, _tell).crawl()
        finally:
            with suppress(BrowserError):
                await started.close()


async def _until_left() -> None:
    """Do the job in the first line, until it is done or nobody is there any longer."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    crawling = asyncio.ensure_future(_crawl(read_job(await reader.readline())))
    left = asyncio.ensure_future(reader.read(1))
    await asyncio.wait({crawling, left}, return_when=asyncio.FIRST_COMPLETED)
    if not crawling.done():
        # At once, since a browser can take its time, and nobody waits for it.
        ProcessTree(os.getpid(), os.environ.get("TMPDIR", "")).end()
    left.cancel()
    await crawling


def main() -> None:
    """Browse, as standard input says."""
    with suppress(OSError):
        os.nice(_NICENESS)
    asyncio.run(_until_left())


if __name__ == "__main__":
    main()
