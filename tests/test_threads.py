"""Threads of tests."""

import asyncio

import pytest
from playwright.sync_api import Browser

from tests.threads import in_own_thread


@pytest.mark.browser
def test_an_event_loop_can_be_run_while_a_browser_is_open(browser: Browser) -> None:
    async def answer() -> int:
        return 42

    assert browser.is_connected()
    assert in_own_thread(asyncio.run, answer()) == 42
