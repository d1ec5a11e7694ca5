"""A studio that listens, for tests in real browsers with several people at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from server.accounts.service import users
from server.core import clock
from server.core.db import transaction
from tests.chromium import AXE
from tests.serving import serving
from tests.studio.conftest import PASSWORD, log_in_without_hashing

COOKIE = "samtykke_studio"


@dataclass(frozen=True)
class Live:
    """A studio, and people who come with browsers."""

    app: Flask
    address: str
    """Of the studio, without a slash at the end."""

    def user(self, email: str, role: str = "editor") -> None:
        """Add somebody, with the password of all tests."""
        with self.app.app_context(), transaction():
            users.create_user(email, role, password=PASSWORD, site_ids=None, now=clock.now())

    def cookie(self, email: str) -> str:
        """The cookie of a new session of somebody."""
        with self.app.app_context():
            known = users.authenticate(email, PASSWORD, now=clock.now())
            visitor = log_in_without_hashing(self.app, known)
            found = visitor.client.get_cookie(COOKIE)
            assert found
            return found.value

    def enter(self, browser: Browser, email: str, **options: object) -> BrowserContext:
        """A browser in which somebody is logged in."""
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
        context.add_cookies([{"name": COOKIE, "value": self.cookie(email), "url": self.address}])
        return context

    @contextmanager
    def page(self, browser: Browser, email: str, *, axe: bool = False, **options: object) -> Iterator[Page]:
        """A page of somebody who is logged in, with the checker of accessibility in it, if asked for."""
        with watched(self.enter(browser, email, **options), axe=axe) as opened:
            yield opened


@contextmanager
def watched(context: BrowserContext, *, axe: bool = False) -> Iterator[Page]:
    """A page of a browser, which is closed after the block.

    What the page's scripts throw fails the test; so does what its Content Security Policy forbids, which the
    checker itself would break.
    """
    if axe:
        context.add_init_script(path=AXE)
    complaints: list[str] = []

    def note(entry: ConsoleMessage) -> None:
        if "Content Security" in entry.text and not axe:
            complaints.append(entry.text)

    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", note)
    yield page
    context.close()
    assert complaints == []


@contextmanager
def live_studio(folder: Path, *, host: str = "127.0.0.1") -> Iterator[Live]:
    """A studio on a database of its own, until the end of the block."""
    with serving(folder, host=host) as served:
        yield Live(served.app, f"{served.address}/studio")
