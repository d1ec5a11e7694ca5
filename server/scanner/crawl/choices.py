"""What a visitor does with the banner of a page: this product's, one that a rule knows, or by its words."""

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error as BrowserError
from playwright.async_api import Page

from server.scanner.crawl.autoconsent import Autoconsent
from server.scanner.crawl.devtools import within
from server.scanner.crawl.scripts import function
from server.scanner.observations import Choice, Outcome, Tool

OWN = "samtykke"

UNKNOWN = "unknown"
"""Key of a tool that is recognised by its words alone."""

_LOOK = 0.25
"""Seconds between two looks for a banner."""

_RULES_FIRST = 3.0
"""Seconds for which banners are looked for by rules alone."""

_CLICK = 3_000
"""Milliseconds in which a button has to be there."""

_DECIDED = "() => globalThis.samtykke?.consent?.decided === true"

_SCRIPT = re.compile(r"^(?P<base>.*)/w/(?P<key>[a-z0-9-]{2,40})(?:\.[0-9a-f]+)?\.js$")


class Banners:
    """The banners of one page that is open."""

    def __init__(self, page: Page, autoconsent: Autoconsent | None) -> None:
        self._page = page
        self._autoconsent = autoconsent
        self._own: Tool | None = None
        self._by_words = False

    async def look(self, seconds: float) -> bool:
        """Look for a banner until one is shown, at most so many seconds; whether one is."""
        loop = asyncio.get_running_loop()
        begun_at = loop.time()
        end = begun_at + seconds
        begun = False
        while True:
            state: dict[str, Any] = await within(self._page.evaluate(function("banner_state"))) or {}
            if state.get("own"):
                self._own = _own_tool(state)
            if self._own and self._own.shown:
                return True
            if self._autoconsent and not begun:
                begun = True
                self._autoconsent.begin()
            if self._autoconsent and self._autoconsent.open:
                return True
            is_over = loop.time() >= end
            # A rule knows better what it answers, and may need its time to recognise a banner.
            by_words = self._own is None and (is_over or loop.time() >= begun_at + _RULES_FIRST)
            if by_words and await self._look_by_words():
                return True
            if is_over:
                return False
            await asyncio.sleep(_LOOK)

    async def _look_by_words(self) -> bool:
        found: dict[str, Any] = await within(self._page.evaluate(function("banner"), "look")) or {}
        self._by_words = bool(found.get("shown"))
        return self._by_words

    def tools(self) -> tuple[Tool, ...]:
        """The consent tools that were recognised so far."""
        found = [self._own] if self._own else []
        if self._autoconsent:
            names = dict.fromkeys((*self._autoconsent.open, *self._autoconsent.detected))
            found += [Tool(name, name in self._autoconsent.open) for name in names if name != OWN]
        if self._by_words and not found:
            found.append(Tool(UNKNOWN, shown=True))
        return tuple(found)

    @property
    def has_own(self) -> bool:
        """Whether this product's banner is on the page."""
        return self._own is not None

    async def answer(self, choice: Choice, category: str) -> Outcome:
        """Make a choice in the banner that was found; one of this product even if it is not shown."""
        if self._own is not None:
            return await self._answer_own(choice, category)
        if choice not in ("accept_all", "reject_all"):
            return "no_button"
        if self._autoconsent and self._autoconsent.open:
            made = await self._autoconsent.answer(accept=choice == "accept_all")
            return "made" if made else "no_button"
        if self._by_words:
            found: dict[str, Any] = await within(self._page.evaluate(function("banner"), choice)) or {}
            if not found.get("pressed"):
                return "no_button"
            await asyncio.sleep(1)
            return "failed" if await self._look_by_words() else "made"
        return "no_banner"

    async def _answer_own(self, choice: Choice, category: str) -> Outcome:
        page = self._page
        if choice == "only":
            made = await _does(page, "key => samtykke.save({ [key]: true })", category)
        elif choice == "withdraw":
            return "made" if await _does(page, "() => samtykke.withdraw()") else "failed"
        else:
            action = "accept-all" if choice == "accept_all" else "reject-all"
            shown = self._own is not None and self._own.shown
            made = shown and await _pressed(page, action)
            made = made or await _does(page, f"() => samtykke.{_CALLS[action]}()")
        if not made:
            return "no_button" if choice == "only" else "failed"
        for _ in range(20):
            if await within(page.evaluate(_DECIDED)):
                return "made"
            await asyncio.sleep(0.1)
        return "failed"


_CALLS = {"accept-all": "acceptAll", "reject-all": "rejectAll"}


async def _pressed(page: Page, action: str) -> bool:
    button = page.locator(f'#samtykke [data-samtykke-action="{action}"]').first
    try:
        await button.click(timeout=_CLICK)
    except BrowserError:
        return False
    return True


async def _does(page: Page, call: str, argument: str = "") -> bool:
    """Whether a call of the product's own interface throws nothing."""
    script = f"argument => {{ try {{ ({call})(argument); return true; }} catch {{ return false; }} }}"
    return bool(await within(page.evaluate(script, argument)))


def _own_tool(state: dict[str, Any]) -> Tool:
    parts = urlsplit(str(state.get("script", ""))[:2_000])
    found = _SCRIPT.fullmatch(f"{parts.scheme}://{parts.netloc}{parts.path}")
    return Tool(OWN, bool(state.get("shown")), found["key"] if found else "", found["base"] if found else "")
