"""What was recorded is the visitor's: to see, to have as a file, and to have erased."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import World
from playwright.sync_api import BrowserContext, Page, expect

ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
DIALOG = "#samtykke-settings"
ARRIVED = "localStorage.getItem('samtykke:queue:demo')?.includes('NO-7K2P')"


def act(page: Page, action: str) -> None:
    page.click(f"{DIALOG} [data-samtykke-action={action}]")


@pytest.fixture
def decided(world: World, page: Page) -> Page:
    """A page whose visitor has accepted, with the settings open."""
    page.goto(world.put())
    page.click(ACCEPT)
    page.wait_for_function(ARRIVED)
    page.click("#samtykke-open")
    return page


def test_the_records_come_as_a_file_with_their_receipts(decided: Page, tmp_path: Path) -> None:
    with decided.expect_download() as started:
        act(decided, "export")
    assert started.value.suggested_filename == "samtykke-demo.json"
    started.value.save_as(tmp_path / "file")
    file = json.loads((tmp_path / "file").read_text(encoding="utf-8"))
    assert file["site"] == "demo"
    assert [record["consent_id"] for record in file["records"]] == ["NO-7K2P-9QXA"]
    assert [receipt["record"] for receipt in file["receipts"]] == ["NO-7K2P-9QXA"]


def test_erasing_asks_once_more_and_then_confirms(
    world: World, decided: Page, context: BrowserContext
) -> None:
    act(decided, "erase")
    expect(decided.locator(DIALOG)).to_contain_text("Vil du slette alt")
    expect(decided.get_by_role("button", name="Avbryt")).to_be_focused()
    act(decided, "cancel")
    expect(decided.locator(f"{DIALOG} [data-samtykke-action=erase]")).to_be_focused()
    assert world.erased == []
    act(decided, "erase")
    act(decided, "erase-yes")
    expect(decided.locator("#samtykke-status")).to_contain_text("er slettet")
    expect(decided.locator("#samtykke")).to_be_visible()
    expect(decided.locator(DIALOG)).to_have_count(0)
    assert len(world.erased) == 1
    assert context.cookies() == []


@pytest.mark.parametrize("actions", [["export"], ["erase", "erase-yes"]], ids=["export", "erase"])
def test_what_the_server_cannot_do_now_is_shown(decided: Page, actions: list[str]) -> None:
    decided.route("**/me", lambda route: route.fulfill(status=503))
    for action in actions:
        act(decided, action)
    expect(decided.locator(f"{DIALOG} [role=status]")).to_have_text("Noe gikk galt. Prøv igjen om litt.")
    assert decided.evaluate("samtykke.allows('statistics')") is True


def test_a_long_history_is_fetched_to_its_end(world: World, page: Page) -> None:
    pages = {"": {"records": [1, 2], "before": "a/b"}, "?before=a%2Fb": {"records": [3], "before": None}}
    page.route("**/me*", lambda route: route.fulfill(json=pages[route.request.url.partition("/me")[2]]))
    page.goto(world.put())
    page.click(ACCEPT)
    assert page.evaluate("samtykke.me.records().then(all => all.records)") == [1, 2, 3]


def test_before_a_decision_there_is_nothing_to_ask_for(world: World, page: Page) -> None:
    page.goto(world.put())
    page.click("#samtykke [data-samtykke-action=settings]")
    expect(page.locator(DIALOG)).to_be_visible()
    expect(page.locator(f"{DIALOG} [data-samtykke-action=export]")).to_have_count(0)


def test_plain_english_has_plain_dates(world: World, page: Page) -> None:
    page.clock.install(time="2026-11-22T12:00:00Z")
    page.goto(world.put(lang="en"))
    page.click(ACCEPT)
    page.click("#samtykke-open")
    expect(page.locator(DIALOG)).to_contain_text("22 November 2026")
