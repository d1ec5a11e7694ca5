"""The browser of the page tests has off what Playwright turns off."""

from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

OFF = "--disable-features="


def command_lines() -> Iterator[list[str]]:
    """Of all processes that this one has started."""
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            yield each.cmdline()


def test_what_playwright_turns_off_stays_off(browser: Browser) -> None:
    """Chromium uses the last list alone, so that ours has to have all of Playwright's."""
    own = next(line for line in command_lines() if "--headless" in line and "--type=" not in " ".join(line))
    given = [set(word.removeprefix(OFF).split(",")) for word in own if word.startswith(OFF)]
    assert len(given) == 2
    assert given[1] > given[0]
