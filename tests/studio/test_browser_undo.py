"""Undoing by the keyboard, and going on from one finding to the next, in real Chromium."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from server.core.db import transaction
from server.sites import service as sites
from tests.sites.documents import publishable, service
from tests.studio.conftest import NOW, make_site
from tests.studio.live import Live, live_studio

pytestmark = pytest.mark.browser

KARI = "kari@example.no"
COLOUR, TEXT = "appearance.colours.light.text", "texts.nb.reopen"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio with somebody who edits."""
    with live_studio(tmp_path_factory.mktemp("undo")) as studio:
        studio.user(KARI)
        yield studio


@pytest.fixture
def kari(live: Live, browser: Browser) -> Iterator[Page]:
    """Her browser."""
    with live.page(browser, KARI, axe=True) as page:
        yield page


def site_of(live: Live, key: str, **changes: str) -> str:
    """A site with a draft, in which these fields (with `__` for dots) have other values; its editor."""
    with live.app.app_context():
        site = make_site(key, key.title())
        document: Any = publishable()
        document["services"] = [service()]
        for name, value in changes.items():
            *path, last = name.split("__")
            place = document
            for step in path:
                place = place[step]
            place[last] = value
        with transaction():
            sites.save_draft(site.id, document, by="tests", now=NOW)
    return f"{live.address}/sites/{key}"


def draft(live: Live, key: str) -> Any:
    with live.app.app_context():
        return sites.draft(sites.find(key).id).document


def field(page: Page, name: str) -> Locator:
    return page.locator(f'[id="{name}"]')


def write(page: Page, name: str, text: str) -> None:
    """Write at the end of a field, until that is saved."""
    field(page, name).press("End")
    page.keyboard.type(text[:-1])
    with page.expect_response(
        lambda one: one.url.endswith("/autosave") and text.encode() in (one.request.post_data_buffer or b"")
    ):
        page.keyboard.type(text[-1])


def state(page: Page) -> Locator:
    return page.locator("#save-state")


def test_keys_take_back_what_is_not_saved_first_and_then_what_was_field_by_field(
    live: Live, kari: Page
) -> None:
    kari.goto(f"{site_of(live, 'taster')}/banner/texts")
    title, close = field(kari, "texts.nb.title"), field(kari, "texts.nb.reopen")
    was, closing = title.input_value(), close.input_value()
    write(kari, "texts.nb.title", " en")
    write(kari, "texts.nb.reopen", " to")
    expect(state(kari)).to_have_text(re.compile("^Saved"))

    # What is typed and not saved is the field's own: the draft hears nothing of it.
    kari.context.set_offline(True)
    title.press("End")
    kari.keyboard.type(" tre")
    kari.keyboard.press("Control+z")
    expect(title).to_have_value(f"{was} en")
    kari.context.set_offline(False)
    expect(kari.locator("#redo-button")).to_be_disabled()
    assert draft(live, "taster")["texts"]["nb"]["title"] == f"{was} en"

    # From there on it is the draft's: the newest edit first, one field at each press, as quick as they are.
    kari.keyboard.press("Control+z")
    kari.keyboard.press("Control+z")
    expect(title).to_have_value(was)
    expect(close).to_have_value(closing)
    expect(title).to_be_focused()
    expect(kari.locator("#undo-button")).to_be_disabled()
    kari.keyboard.press("Control+Shift+z")
    kari.keyboard.press("Control+y")
    expect(close).to_have_value(f"{closing} to")
    expect(title).to_have_value(f"{was} en")
    expect(state(kari)).to_have_text("Redone: Texts › Small button to change the choice, Norwegian Bokmål")
    texts = draft(live, "taster")["texts"]["nb"]
    assert (texts["title"], texts["reopen"]) == (f"{was} en", f"{closing} to")


def test_a_key_waits_for_the_step_before_it_however_long_that_takes(live: Live, kari: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    kari.clock.install()
    kari.goto(f"{site_of(live, 'treg')}/banner/texts")
    title, close = field(kari, "texts.nb.title"), field(kari, "texts.nb.reopen")
    was, closing = title.input_value(), close.input_value()
    write(kari, "texts.nb.title", " en")
    write(kari, "texts.nb.reopen", " to")
    expect(state(kari)).to_have_text(re.compile("^Saved"))
    kari.route("**/undo", hold, times=1)
    with kari.expect_request("**/undo"):
        kari.keyboard.press("Control+z")
    kari.clock.run_for(60_000)
    kari.keyboard.press("Control+z")
    held[0].continue_()
    expect(title).to_have_value(was)
    expect(close).to_have_value(closing)


def test_formatted_text_has_the_same_line_of_time(live: Live, kari: Page) -> None:
    kari.goto(f"{site_of(live, 'format')}/banner/notice/sections/security")
    name = "notice.sections.security.body.nb"
    text = field(kari, name)
    was = str(text.text_content())
    write(kari, name, " Vi låser")
    expect(state(kari)).to_have_text(re.compile("^Saved"))
    saved = str(text.text_content())
    kari.context.set_offline(True)
    kari.keyboard.type(" døra.")
    kari.keyboard.press("Control+z")
    expect(text).to_have_text(saved)
    kari.context.set_offline(False)
    expect(kari.locator("#redo-button")).to_be_disabled()
    kari.keyboard.press("Control+z")
    expect(state(kari)).to_have_text(re.compile("^Undone: Notice › "))
    expect(text).to_have_text(was)
    expect(text).to_be_focused()


def test_two_switches_are_two_steps_however_quickly_they_are_pressed(live: Live, kari: Page) -> None:
    kari.goto(f"{site_of(live, 'brytere')}/banner/behaviour")
    before = draft(live, "brytere")["behaviour"]["signals"]
    names = [f"behaviour.signals.{key}" for key in ("dnt", "gpc")]
    kari.evaluate("names => names.forEach(name => document.getElementById(name).click())", names)
    undo = kari.locator("#undo-button")
    expect(undo).to_have_text("Undo: Behaviour › Global Privacy Control counts as a no")
    undo.click()
    expect(undo).to_have_text("Undo: Behaviour › Do Not Track counts as a no")
    assert draft(live, "brytere")["behaviour"]["signals"] == {**before, "dnt": not before["dnt"]}
    undo.click()
    expect(undo).to_be_disabled()
    assert draft(live, "brytere")["behaviour"]["signals"] == before


def test_undoing_leaves_a_value_alone_that_is_not_possible_yet(live: Live, kari: Page) -> None:
    kari.goto(f"{site_of(live, 'halvveis')}/banner/behaviour")
    refusal, undo = kari.get_by_label("A no is valid for"), kari.locator("#undo-button")
    kari.get_by_label("Do Not Track counts as a no").click()
    expect(undo).to_be_enabled()
    refusal.fill("mange")
    expect(state(kari)).to_contain_text("Not saved")
    undo.click()
    expect(undo).to_be_disabled()
    expect(refusal).to_have_value("mange")


def test_a_row_with_what_is_filled_in_is_one_step(live: Live, kari: Page) -> None:
    kari.goto(f"{site_of(live, 'rader')}/banner/services/counter")
    rows = kari.locator(".storage-row")
    rows.nth(1).get_by_role("textbox").nth(0).focus()
    kari.keyboard.type("_ny")
    kari.get_by_label("Lifetime, new row").first.focus()
    expect(field(kari, "services.counter.cookies.1.name")).to_have_value("_ny")
    with kari.expect_response(re.compile("/autosave")):
        kari.keyboard.type("2 years")
    expect(state(kari)).to_have_text(re.compile("^Saved"))
    (one,) = draft(live, "rader")["services"]
    assert [(each["name"], each["lifetime"]) for each in one["cookies"]][1] == ("_ny", "P2Y")
    kari.locator("#undo-button").click()
    expect(state(kari)).to_have_text("Undone: Counter › _ny")
    (one,) = draft(live, "rader")["services"]
    assert [each["name"] for each in one["cookies"]] == ["_count"]


def test_who_comes_from_a_finding_is_led_through_the_others_by_the_keyboard_alone(
    live: Live, kari: Page
) -> None:
    changes = {COLOUR.replace(".", "__"): "#999999", TEXT.replace(".", "__"): ""}
    address = site_of(live, "funn", **changes)
    kari.goto(f"{address}/publish")
    count = kari.locator(".findings li").count()
    kari.get_by_role("link", name="Texts › Small button to change the choice").first.press("Enter")
    strip = kari.locator("#next-finding")
    expect(field(kari, TEXT)).to_be_focused()
    expect(strip).to_contain_text("2 left before you can publish")
    found = kari.evaluate(
        "async () => (await axe.run(document, {iframes: false})).violations.map(one => one.id)"
    )
    assert found == []

    kari.keyboard.type("Endre samtykket")
    expect(strip).to_contain_text("Put right.")
    expect(strip).to_contain_text("One left before you can publish")
    # On to another page of the editor, at the field.
    kari.keyboard.press("F8")
    kari.wait_for_url(re.compile("/banner/appearance"))
    expect(field(kari, COLOUR)).to_be_focused()
    kari.keyboard.press("Control+a")
    kari.keyboard.type("#111111")
    expect(strip).to_contain_text("Put right.")
    expect(strip).not_to_contain_text("publish")
    expect(strip).to_contain_text("worth knowing" if count > 2 else "Nothing is left.")
    # Who goes elsewhere by themselves is not followed by it.
    kari.get_by_role("link", name="Behaviour", exact=True).click()
    kari.wait_for_url(re.compile("/banner/behaviour"))
    expect(kari.locator("#next-finding")).to_be_hidden()
