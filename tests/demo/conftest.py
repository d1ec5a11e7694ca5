import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Playwright, Request

from server.core import clock
from server.core.db import transaction
from server.core.errors import Unavailable
from server.core.settings import Settings
from server.demo import service
from server.embed import service as embed
from tests.absence import absent
from tests.chromium import ARGUMENTS, executable
from tests.processes import PATIENCE
from tests.serving import serving


@pytest.fixture
def shop(app: Flask, tmp_path: Path) -> Iterator[FlaskClient]:
    """The application with the demo switched on, on each engine in turn."""
    before: Settings = app.extensions["samtykke"]
    app.extensions["samtykke"] = dataclasses.replace(before, demo=True, data_dir=tmp_path)
    embed.forget()
    yield app.test_client()
    app.extensions["samtykke"] = before


@pytest.fixture(scope="session")
def built_widget() -> None:
    """Nothing can be shown without it."""
    try:
        embed.bundle()
    except Unavailable as fault:
        absent("the built widget", fault.message)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, built_widget: None) -> Iterator[str]:
    """The address of a running server with the seeded demo."""
    with serving(tmp_path_factory.mktemp("demo"), demo=True) as served:
        with served.app.app_context(), transaction():
            service.seed(served.address, now=clock.now())
        yield served.address


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[BrowserContext]:
    """An ordinary profile: a private window would refuse cookies to third parties by itself."""
    profile = tmp_path_factory.mktemp("profile")
    (profile / "Default").mkdir()
    allowing = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
    (profile / "Default" / "Preferences").write_text(json.dumps(allowing))
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=executable(playwright),
        args=list(ARGUMENTS),
        locale="nb-NO",
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


@dataclass
class Visit:
    """One visitor with a fresh browser, who notes everything."""

    page: Page
    url: str
    elsewhere: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def to(self, path: str) -> None:
        """Open a page and wait until the banner's script has run and the page has loaded."""
        self.page.goto(self.url + path, wait_until="load")
        self.page.wait_for_function("window.samtykke !== undefined")

    def strangers(self) -> list[str]:
        """Requests to anybody but the shop."""
        return [each for each in self.requests if not each.startswith((self.url, "data:", "blob:"))]

    def cookies(self) -> set[str]:
        """Names of every cookie in the browser, first-party or third-party."""
        return {str(cookie.get("name")) for cookie in self.page.context.cookies()}

    def stored(self) -> list[str]:
        """Names in every storage of the page."""
        names: list[str] = self.page.evaluate(
            """async () => [
              ...Object.keys(localStorage), ...Object.keys(sessionStorage),
              ...(await indexedDB.databases()).map(({ name }) => name),
              ...(await caches.keys()),
              ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope),
            ]"""
        )
        return names

    def seen(self) -> dict[str, dict[str, int]]:
        """What the stand-ins have counted, from everybody, ever."""
        answer: dict[str, dict[str, int]] = self.page.request.get(f"{self.url}/demo/seen.json").json()
        return answer

    def until(self, expression: str, argument: Any = None) -> None:
        """Wait until something is true on the page."""
        self.page.wait_for_function(expression, arg=argument)

    def until_calls(self, number: int) -> None:
        """Wait until the panel has seen this many requests to others."""
        self.until("n => document.querySelector('[data-panel-calls]').textContent === String(n)", number)

    def until_recorded(self) -> None:
        """Wait until the server has acknowledged the decision."""
        self.until("() => JSON.parse(localStorage.getItem('samtykke:queue:demo'))?.number?.length === 26")

    def press(self, action: str) -> None:
        """Press a button of the banner or the settings."""
        self.page.locator(f"[data-samtykke-action={action}]:visible").click()

    def choose(self, **choices: bool) -> None:
        """Decide in the settings dialog."""
        self.press("settings")
        dialog = self.page.locator("dialog#samtykke-settings")
        dialog.wait_for()
        for name, wanted in choices.items():
            dialog.locator(f"input[name={name}]").set_checked(wanted)
        dialog.locator("[data-samtykke-action=save]").click()
        self.until("() => window.samtykke.consent.decided")


@pytest.fixture
def visit(browser: BrowserContext, live: str) -> Iterator[Visit]:
    """A visitor; afterwards the browser is as new, and the page may not have complained."""
    elsewhere = live.replace("127.0.0.1", "localhost")
    page = browser.new_page()
    made = Visit(page, live, elsewhere)

    def request(each: Request) -> None:
        made.requests.append(each.url)

    def console(each: ConsoleMessage) -> None:
        if each.type in ("error", "warning"):
            made.complaints.append(f"{each.type}: {each.text} ({each.location.get('url')})")

    page.on("request", request)
    page.on("console", console)
    page.on("pageerror", lambda fault: made.complaints.append(str(fault)))
    yield made
    page.goto("about:blank")
    devtools = browser.new_cdp_session(page)
    for origin in (live, elsewhere):
        devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    browser.clear_cookies()
    page.close()
    assert made.complaints == []
