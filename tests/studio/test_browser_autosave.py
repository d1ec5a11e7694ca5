"""The draft is saved while somebody types, in real Chromium: alone, with a colleague, without a network."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from tests.sites.documents import publishable, service
from tests.studio.conftest import NOW, make_site
from tests.studio.live import Live, live_studio

pytestmark = pytest.mark.browser

ANNA, KARI = "anna@example.no", "kari@example.no"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio with two people and a site."""
    with live_studio(tmp_path_factory.mktemp("autosave")) as studio:
        studio.user(ANNA)
        studio.user(KARI)
        with studio.app.app_context():
            site = make_site("butikken", "Butikken")
            document = publishable()
            document["services"] = [service()]
            with transaction():
                sites.save_draft(site.id, document, by="tests", now=NOW)
        yield studio


def saved(page: Page, text: str) -> AbstractContextManager[object]:
    """Until what was typed is saved, and not what was typed before it."""
    return page.expect_response(
        lambda response: (
            response.url.endswith("/autosave") and text.encode() in (response.request.post_data_buffer or b"")
        )
    )


@pytest.fixture
def kari(live: Live, browser: Browser) -> Iterator[Page]:
    """Kari's browser."""
    with live.page(browser, KARI, axe=True) as page:
        yield page


@pytest.fixture
def both(live: Live, browser: Browser) -> Iterator[list[Page]]:
    """Kari's browser and Anna's."""
    with live.page(browser, KARI, axe=True) as kari, live.page(browser, ANNA, axe=True) as anna:
        yield [kari, anna]


def open_part(live: Live, page: Page, part: str) -> None:
    page.goto(f"{live.address}/sites/butikken/banner/{part}")


def state(page: Page) -> Any:
    return page.locator("#save-state")


def draft(live: Live) -> Any:
    with live.app.app_context():
        return sites.draft(sites.find("butikken").id).document


def test_what_is_typed_is_saved_by_itself_and_the_caret_stays(live: Live, kari: Page) -> None:
    open_part(live, kari, "texts")
    title = kari.locator('[id="texts.nb.title"]')
    title.fill("  Kaker")
    title.press("Home")
    expect(state(kari)).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    assert draft(live)["texts"]["nb"]["title"] == "Kaker"
    # Typing goes on where it was; the field gets the stored value once it is left.
    expect(title).to_be_focused()
    assert title.evaluate("field => [field.value, field.selectionStart]") == ["  Kaker", 0]
    kari.locator('[id="texts.nb.body"]').focus()
    expect(title).to_have_value("Kaker")
    # Leaving a field saves at once, and leaving the page waits for it.
    kari.locator('[id="texts.nb.body"]').fill("Vi måler besøk.")
    kari.get_by_role("link", name="Behaviour").click()
    kari.wait_for_url(re.compile("behaviour"))
    assert draft(live)["texts"]["nb"]["body"] == "Vi måler besøk."
    # A choice is saved as it is made, and a button afterwards is no conflict with oneself.
    before = draft(live)["behaviour"]["signals"]["dnt"]
    kari.get_by_label("Do Not Track counts as a no").click()
    kari.get_by_role("button", name="Save draft").click()
    expect(kari.locator("#messages")).to_have_text("Saved in the draft.")
    assert draft(live)["behaviour"]["signals"]["dnt"] is not before


def test_what_is_wrong_is_kept_and_named_and_the_rest_is_saved(live: Live, kari: Page) -> None:
    open_part(live, kari, "behaviour")
    refusal, validity = kari.get_by_label("A no is valid for"), kari.get_by_label("A yes is valid for")
    refusal.fill("mange")
    expect(state(kari)).to_contain_text("Not saved: one field has to be put right.")
    # Nobody is interrupted by the error of a field in which they type.
    expect(kari.locator(".field-error")).to_have_count(0)
    with saved(kari, "300"):
        validity.fill("300")
    assert draft(live)["behaviour"]["validity_days"] == 300
    expect(kari.locator(".field-error")).to_contain_text("whole number")
    expect(refusal).to_have_accessible_description(re.compile("whole number"))
    expect(state(kari)).to_have_attribute("data-state", "problem")
    expect(refusal).to_have_value("mange")
    state(kari).get_by_role("link").click()
    expect(refusal).to_be_focused()
    found = kari.evaluate(
        "async () => (await axe.run(document, {iframes: false})).violations.map(one => one.id)"
    )
    assert found == []
    refusal.fill("200")
    expect(state(kari)).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    expect(kari.locator(".field-error")).to_have_count(0)
    behaviour = draft(live)["behaviour"]
    assert (behaviour["validity_days"], behaviour["refusal_days"]) == (300, 200)


def test_two_people_write_in_one_form_and_only_the_same_field_is_asked_about(
    live: Live, both: list[Page]
) -> None:
    kari, anna = both
    # Otherwise Kari's form may have Anna's words before she writes in the same field.
    kari.route("**/banner/presence", lambda route: route.abort())
    for page in both:
        open_part(live, page, "texts")
    field = '[id="texts.nb.{}"]'.format
    with saved(anna, "Ja til alt"):
        anna.locator(field("accept_all")).fill("Ja til alt")
    anna.locator(field("title")).fill("Fra Anna")
    with saved(anna, "Fra Anna"):
        anna.locator(field("body")).focus()

    # Another field: both stay, and the form shows what Anna wrote.
    kari.locator(field("reject_all")).fill("Nei takk")
    expect(state(kari)).to_contain_text(f"together with what {ANNA} changed.")
    expect(kari.locator(field("accept_all"))).to_have_value("Ja til alt")
    expect(kari.locator(field("title"))).to_have_value("Fra Anna")
    texts = draft(live)["texts"]["nb"]
    assert (texts["title"], texts["reject_all"]) == ("Fra Anna", "Nei takk")

    # The same field: nobody's words are put in place of the other's without asking.
    anna.locator(field("title")).fill("Fra Anna igjen")
    with saved(anna, "Fra Anna igjen"):
        anna.locator(field("body")).focus()
    kari.locator(field("title")).fill("Fra Kari")
    expect(state(kari)).to_contain_text(f"{ANNA} changed this too: Title")
    expect(kari.locator(field("title"))).to_have_value("Fra Kari")
    assert draft(live)["texts"]["nb"]["title"] == "Fra Anna igjen"
    state(kari).get_by_role("button", name="Choose which to keep").click()
    expect(kari.get_by_text("Fra Anna igjen")).to_be_visible()
    # Nothing is called saved before it is, nor chosen for anybody; the choice itself saves.
    expect(state(kari)).to_have_text("Not saved: choose which to keep.")
    expect(state(kari)).to_have_attribute("data-state", "problem")
    expect(kari.get_by_label("Keep mine")).not_to_be_checked()
    kari.get_by_label("Keep mine").check()
    expect(kari.locator("#messages")).to_have_text("Saved in the draft.")
    expect(state(kari)).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    assert draft(live)["texts"]["nb"]["title"] == "Fra Kari"
    # From then on it saves by itself again.
    kari.locator(field("title")).fill("Fra Kari også")
    with saved(kari, "Fra Kari også"):
        kari.locator(field("body")).focus()
    assert draft(live)["texts"]["nb"]["title"] == "Fra Kari også"


def test_a_button_is_not_replaced_while_it_is_pressed(live: Live, kari: Page) -> None:
    """Pressing it leaves the field, which saves at once and has other buttons put in the place of these."""
    kari.route("**/banner/presence", lambda route: route.abort())
    open_part(live, kari, "texts")
    with live.app.app_context(), transaction():
        document = sites.draft(sites.find("butikken").id).document
        document["texts"]["nb"]["title"] = "Fra Anna, en gang til"
        sites.save_draft(sites.find("butikken").id, document, by=ANNA, now=NOW)
    title = kari.locator('[id="texts.nb.title"]')
    title.fill("Fra Kari med musa")
    expect(state(kari)).to_contain_text(f"{ANNA} changed this too: Title")
    state(kari).get_by_role("button", name="Choose which to keep").click(delay=400)
    kari.get_by_label("Keep mine").check()
    expect(kari.locator("#messages")).to_have_text("Saved in the draft.")

    title.fill("Fra Kari igjen")
    kari.locator("#undo-button").click(delay=400)
    expect(state(kari)).to_contain_text("Undone: Texts › Title")
    expect(title).to_have_value("Fra Kari med musa")


def test_without_a_network_it_waits_and_is_saved_once_there_is_one(live: Live, kari: Page) -> None:
    open_part(live, kari, "controller")
    kari.context.set_offline(True)
    address = kari.locator('[id="controller.address"]')
    address.fill("Kaigata 2, Bergen")
    expect(state(kari)).to_have_text("Offline – will be saved")
    kari.context.set_offline(False)
    expect(state(kari)).to_have_text(re.compile("^Saved"))
    assert draft(live)["controller"]["address"] == "Kaigata 2, Bergen"


def test_formatted_text_and_the_rest_of_a_form_keep_apart(live: Live, kari: Page) -> None:
    open_part(live, kari, "notice/sections/security")
    text = kari.locator('[id="notice.sections.security.body.nb"]')
    text.focus()
    kari.keyboard.press("Control+a")
    kari.keyboard.type("Vi låser døra")
    with saved(kari, "Vi låser døra."):
        kari.keyboard.type(".")
    expect(state(kari)).to_have_text(re.compile("^Saved"))
    kari.keyboard.type(" Og vinduene.")
    with saved(kari, "Og vinduene."):
        kari.locator('[id="notice.sections.security.heading.nb"]').focus()
    expect(text).to_have_text("Vi låser døra. Og vinduene.")
    section = next(each for each in draft(live)["notice"]["sections"] if each["key"] == "security")
    assert section["body"]["nb"] == "Vi låser døra. Og vinduene."


def stored(live: Live) -> list[tuple[str, str]]:
    (service,) = draft(live)["services"]
    return [(each["name"], each["lifetime"]) for each in service["cookies"]]


def test_rows_are_saved_as_they_are_added_and_removed(live: Live, kari: Page) -> None:
    open_part(live, kari, "services/counter")
    rows = kari.locator(".storage-row")
    name, lifetime = (rows.nth(1).get_by_role("textbox").nth(0), kari.get_by_label("Lifetime, new row").first)
    # A row without a name waits, and what is typed in it stays.
    lifetime.fill("2 years")
    expect(state(kari)).to_have_text(re.compile("A row needs a name to be saved"))
    name.focus()
    with saved(kari, "_ny"):
        kari.keyboard.type("_ny")
    expect(rows.nth(1).locator('[id="services.counter.cookies.1.name"]')).to_be_focused()
    expect(state(kari)).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    assert stored(live) == [("_count", "P30D"), ("_ny", "P2Y")]
    # It is edited further under its new name, and a blank row is below it.
    with saved(kari, "_nyere"):
        kari.keyboard.type("ere")
    expect(state(kari)).to_have_text(re.compile("^Saved"))
    expect(rows).to_have_count(3)
    assert stored(live) == [("_count", "P30D"), ("_nyere", "P2Y")]

    # What is removed is gone at once, the row below it moves up, and it comes back at a press.
    with saved(kari, 'name="remove"'):
        kari.get_by_role("button", name="Remove: _count").click()
    expect(state(kari)).to_have_text(re.compile("^Saved"))
    assert stored(live) == [("_nyere", "P2Y")]
    expect(rows.nth(1).locator('[id="services.counter.cookies.0.name"]')).to_have_value("_nyere")
    with saved(kari, "new."):
        rows.nth(0).get_by_role("button", name="Undo").click()
    expect(state(kari)).to_have_text(re.compile("^Saved"))
    assert stored(live) == [("_nyere", "P2Y"), ("_count", "P30D")]


def test_people_see_each_other_and_undo_their_own_edits(live: Live, both: list[Page]) -> None:
    kari, anna = both
    open_part(live, anna, "texts")
    with anna.expect_response(re.compile("presence")):
        anna.locator('[id="texts.nb.title"]').focus()
    open_part(live, kari, "behaviour")
    seen = kari.locator("#presence")
    expect(seen).to_have_text(f"{ANNA} is editing Texts now: Title")
    found = kari.evaluate(
        "async () => (await axe.run(document, {iframes: false})).violations.map(one => one.id)"
    )
    assert found == []

    undo, redo = (kari.locator(f"#{name}-button") for name in ("undo", "redo"))
    validity, before = kari.get_by_label("A yes is valid for"), draft(live)["behaviour"]["validity_days"]
    for days in ("250", "251"):
        validity.fill(days)
        with saved(kari, days):
            kari.get_by_label("A no is valid for").focus()
    expect(undo).to_have_text("Undo: Behaviour › A yes is valid for")
    anna.locator('[id="texts.nb.title"]').fill("Fra Anna til slutt")
    with saved(anna, "Fra Anna til slutt"):
        anna.locator('[id="texts.nb.body"]').focus()
    # In a field the keys are the field's own; beside it they undo.
    kari.get_by_role("heading", level=1).click()
    kari.keyboard.press("Control+z")
    expect(state(kari)).to_have_text("Undone: Behaviour › A yes is valid for")
    expect(validity).not_to_have_value("251")
    assert draft(live)["texts"]["nb"]["title"] == "Fra Anna til slutt"
    while undo.is_enabled() and draft(live)["behaviour"]["validity_days"] != before:
        with kari.expect_response(re.compile("banner/behaviour")):
            undo.click()
    expect(validity).to_have_value(str(before))
    redo.click()
    expect(validity).not_to_have_value(str(before))
    expect(redo).to_be_focused() if redo.is_enabled() else expect(undo).to_be_focused()
    anna.context.close()


def test_nothing_moves_when_something_is_undone(live: Live, kari: Page) -> None:
    with live.app.app_context():
        site = sites.find("butikken")
        written = sites.draft(site.id).document["texts"]["nb"]["days"]
        for text in ("dager til", "døgn"):
            document = sites.draft(site.id).document
            document["texts"]["nb"]["days"] = text
            with transaction():
                sites.save_draft(site.id, document, by=KARI, now=clock.now())
    open_part(live, kari, "texts")
    kari.get_by_text("Labels and short texts").click()
    field = kari.locator('[id="texts.nb.days"]')
    field.scroll_into_view_if_needed()
    button = kari.locator("#undo-button").bounding_box()
    assert button
    before = field.bounding_box()
    at = (button["x"] + button["width"] / 4, button["y"] + button["height"] / 2)
    for expected in ("dager til", written):
        kari.mouse.click(*at)
        expect(field).to_have_value(expected)
        expect(state(kari)).to_contain_text("Undone: ")
        expect(field).to_be_visible()
        after = field.bounding_box()
        assert before
        assert after
        assert abs(after["y"] - before["y"]) < 2


def test_what_a_colleague_saves_is_shown_without_an_own_edit(live: Live, kari: Page) -> None:
    open_part(live, kari, "texts")
    field = kari.locator('[id="texts.nn.title"]')
    expect(field).to_be_visible()
    with live.app.app_context(), transaction():
        document = sites.draft(sites.find("butikken").id).document
        document["texts"]["nn"]["title"] = "Frå Anna"
        sites.save_draft(sites.find("butikken").id, document, by=ANNA, now=NOW)
    # The next sign of presence, which else comes within seconds.
    kari.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(field).to_have_value("Frå Anna")
    expect(state(kari)).to_contain_text(f"together with what {ANNA} changed.")


def test_a_button_pressed_while_something_is_typed_saves_it_once_and_says_one_thing(
    live: Live, kari: Page
) -> None:
    kari.goto(f"{live.address}/sites/butikken/setup/who")
    with kari.expect_response(lambda response: response.url.endswith("/autosave")):
        kari.get_by_label("Postal address", exact=True).fill("")
        kari.get_by_label("Name", exact=True).focus()
    asked: list[str] = []
    kari.on("request", lambda request: asked.append(request.url))
    kari.get_by_label("Name", exact=True).fill("Butikken AS")
    kari.get_by_role("button", name="Save and go on", exact=True).last.click()
    expect(kari.locator("#problems")).to_contain_text("The draft is saved. One thing has to be put right:")
    expect(kari.locator(".notice-success")).to_have_count(0)
    assert not [url for url in asked if url.endswith("/autosave")]
    assert draft(live)["controller"]["name"] == "Butikken AS"
