"""What is done in a visit, and what visits share."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser

from server.scanner.crawl.job import Job
from server.scanner.crawl.pace import Pace
from server.scanner.crawl.reach import Reach
from server.scanner.observations import Choice


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
    """Called with the address of a page that was loaded, and its links."""
