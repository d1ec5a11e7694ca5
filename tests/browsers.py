"""A plugin of pytest that the tests of the product and those of the widget load: they share one browser."""

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.chromium import ARGUMENTS, executable, patient


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let workers of pytest-xdist begin with the files that take long: browsers', then those of many tests.

    By itself, xdist begins with the files of many tests. Those in browsers have few and last minutes: one
    worker would be left with them in the end. `--no-loadscope-reorder` keeps this order.
    """
    if not hasattr(config, "workerinput"):
        return
    sizes = Counter(item.path for item in items)
    slow = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: (item.path not in slow, -sizes[item.path]))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver of all browsers: a process can have only one at a time."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A real Chromium, in which each test has pages of its own."""
    started = playwright.chromium.launch(executable_path=executable(playwright), args=list(ARGUMENTS))
    yield patient(started)
    started.close()
