"""A visitor decides while the consent server is away: nothing breaks, nothing leaks, nothing is lost."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.core.db import sqlite
from tests.flows.conftest import Website
from tests.processes import eventually, free_port, running, samtykke

pytestmark = [pytest.mark.browser, pytest.mark.servers]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def _stored(folder: Path) -> list[dict[str, object]]:
    exported = samtykke(folder, "consents", "export", "demo")
    return [json.loads(line) for line in exported.stdout.splitlines()]


def _arrived(folder: Path) -> int:
    """How many decisions are stored; a command would be a process for each look."""
    with closing(sqlite.connect(folder / "samtykke.db")) as database:
        return int(database.execute("SELECT count(*) FROM consent").fetchone()[0])


def test_a_page_whose_consent_server_is_away_works_and_holds_everything_back(
    page: Page, website: Website
) -> None:
    website.script = f"http://127.0.0.1:{free_port()}/w/demo.js"
    page.goto(website.url)
    page.get_by_role("button", name="Buy").click()
    expect(page.get_by_role("button", name="Bought")).to_be_visible()
    assert website.tracked == []
    assert page.context.cookies() == []


def test_a_decision_made_meanwhile_takes_effect_at_once_and_arrives_once(
    page: Page, website: Website, folder: Path
) -> None:
    port = free_port()
    with running(folder, port=port) as product:
        website.script = f"{product.url}/w/demo.js"
        page.goto(website.url)
        expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("window.samtykke.consent.decided")
    eventually(lambda: len(website.tracked) == 3, what="the release of three trackers")
    page.reload()  # the script comes from the browser's cache, the decision waits in its storage
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)
    with running(folder, port=port):
        page.reload()
        eventually(lambda: _arrived(folder) == 1, what="the arrival")
        page.reload()
        page.wait_for_function(
            "Object.keys(localStorage).every((key) => !localStorage[key].includes('decided_at'))"
        )
    (stored,) = _stored(folder)
    assert stored["action"] == "accept_all"
    assert stored["choices"] == {"functional": True, "statistics": True, "advertising": True}


def test_a_refusal_is_remembered_over_twenty_visits_and_holds_everything_back(
    page: Page, website: Website, folder: Path
) -> None:
    with running(folder) as product:
        website.script = f"{product.url}/w/demo.js"
        page.goto(website.url)
        page.get_by_role("button", name="Reject all").click()
        eventually(lambda: _arrived(folder) == 1, what="the arrival")
        for _ in range(20):
            page.goto(website.url)
            page.wait_for_function("window.samtykke.consent.decided")
            expect(page.locator("#samtykke")).to_have_count(0)
        assert website.tracked == []
        assert [one["action"] for one in _stored(folder)] == ["reject_all"]
        page.get_by_text("Change consent").click()
        dialog = page.locator("dialog#samtykke-settings")
        expect(dialog).to_be_visible()
        assert dialog.get_by_role("switch", checked=True).count() == 0
        dialog.get_by_role("button", name="Accept all").click()
        eventually(lambda: len(website.tracked) == 3, what="the release of three trackers")
        eventually(lambda: _arrived(folder) == 2, what="the arrival of the change")
