"""A plugin of pytest that the tests of the product and those of the widget load: they share one browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.chromium import ARGUMENTS, executable, patient


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
