"""What stands in the place of a frame or widget that may not load, and what its buttons do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import SAMPLE, SENT, World
from playwright.sync_api import ConsoleMessage, Locator, Page, Route, expect

from tests.processes import eventually

TEXTS = Path(__file__).resolve().parents[2] / "server" / "sites" / "texts"
COVER = ".samtykke.placeholder"
YOUTUBE = 'data-consent-service="youtube"'


def once(page: Page, number: int = 0) -> Locator:
    return page.locator(COVER).nth(number).get_by_role("button", name="Vis bare denne gangen")


def always(page: Page) -> Locator:
    return page.locator(COVER).first.get_by_role("button", name="Last inn alltid")


def shown(page: Page, number: int = 0) -> None:
    expect(page.locator("iframe").nth(number).content_frame.get_by_text("Innhold")).to_be_visible()


def test_it_says_whose_it_is_what_that_does_and_what_is_needed(world: World, page: Page) -> None:
    page.goto(world.put(world.frame('data-consent-service="youtube"')))
    box = page.get_by_role("group", name="Film")
    expect(box).to_contain_text("YouTube er blokkert til du samtykker til Markedsføring.")
    expect(box).to_contain_text("Viser filmer på sidene våre.")
    assert [b.inner_text() for b in box.get_by_role("button").all()] == [
        "Vis bare denne gangen",
        "Last inn alltid",
    ]


def test_loading_once_shows_this_one_frame_and_leaves_no_trace(world: World, page: Page) -> None:
    address = world.put(
        world.frame('data-consent-service="youtube"') * 2 + world.marked("advertising", "ads")
    )
    page.goto(address)
    once(page).click()
    shown(page)
    expect(page.locator("iframe").first).to_be_focused()
    expect(page.locator(COVER)).to_have_count(1)
    assert page.evaluate("[samtykke.allows('youtube'), samtykke.consent.decided, document.cookie]") == [
        False,
        False,
        "",
    ]
    assert world.decisions == []
    assert "/ads.js" not in world.third.paths()
    page.reload()
    expect(page.locator(COVER)).to_have_count(2)


def test_what_was_loaded_once_stays_through_other_placeholders_and_ends_with_an_answer(
    world: World, page: Page
) -> None:
    world.config["services"].append({"key": "maps", "slot": 2, "category": "functional"})
    maps = world.frame('data-consent-service="maps"').replace("advertising", "functional")
    page.goto(world.put(maps + world.frame('data-consent-service="youtube"')))
    once(page, 1).click()
    shown(page, 1)
    always(page).click()
    shown(page, 0)
    assert page.locator("iframe").nth(1).get_attribute("src") is not None
    page.evaluate("samtykke.rejectAll()")
    expect(page.locator(COVER)).to_have_count(2)
    assert page.locator("iframe[src]").count() == 0


def test_always_allows_its_service_and_withdrawal_covers_it_again(world: World, page: Page) -> None:
    page.goto(world.put(world.frame('data-consent-service="youtube"')))
    always(page).click()
    shown(page)
    page.wait_for_function(SENT)
    assert world.decisions[0]["services"] == {"youtube": True}
    assert world.decisions[0]["surface"] == "placeholder"
    page.evaluate("samtykke.withdraw()")
    expect(page.locator(COVER)).to_be_visible()
    assert page.locator("iframe").get_attribute("src") is None


def test_a_frame_shows_its_own_plain_link_until_it_may_load(world: World, page: Page) -> None:
    link = "srcdoc='<a href=/film>Slik strikker vi</a>'"
    page.goto(world.put(world.frame(link), head=""))
    expect(page.frame_locator("iframe").get_by_role("link", name="Slik strikker vi")).to_be_visible()
    page.goto(world.put(world.frame(link)))
    once(page).click()
    shown(page)


def test_a_box_that_a_script_fills_is_covered_too(world: World, page: Page) -> None:
    page.goto(
        world.put(
            '<div data-consent="advertising" data-consent-service="youtube" '
            'style="width: 400px; height: 300px">'
            f'<a href="/film">Film</a></div>{world.marked("advertising", "widget")}'
        )
    )
    expect(page.locator(COVER).get_by_role("button")).to_have_count(1)
    page.wait_for_function("document.querySelector('.placeholder').getBoundingClientRect().width === 400")
    page.evaluate("samtykke.acceptAll()")
    page.wait_for_function("JSON.stringify(window.ran) === '[\"widget\"]'")
    expect(page.locator(COVER)).to_have_count(0)
    expect(page.get_by_role("link", name="Film")).to_be_visible()


def test_in_a_small_frame_everything_is_reached_by_scrolling(world: World, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 500})
    frame = re.sub(r'width="300" height="300"', 'style="width: 100%; height: 90px"', world.frame(YOUTUBE))
    page.goto(world.put(frame))
    expect(page.locator("#samtykke")).to_be_visible()
    page.evaluate("samtykke.hide()")
    always(page).scroll_into_view_if_needed()
    always(page).click()
    shown(page)


@pytest.mark.parametrize(("width", "height"), [(560, 315), (300, 150), (200, 113), (728, 90), (320, 50)])
@pytest.mark.parametrize("lang", ["nb", "de", "uk", "ar"])
def test_both_answers_are_in_reach_without_scrolling_in_any_frame(
    world: World, page: Page, width: int, height: int, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WCAG 2.5.8 as we mean it: targets of 44 pixels, all of them inside of the frame's own box."""
    texts = json.loads((TEXTS / f"{lang}.json").read_text(encoding="utf-8"))["texts"]
    monkeypatch.setitem(SAMPLE["settings"], "nb", {**SAMPLE["settings"]["nb"], "texts": texts})
    world.config["words"]["dir"] = "rtl" if lang == "ar" else "ltr"
    frame = world.frame('data-consent-service="youtube"')
    page.goto(world.put(frame.replace('width="300" height="300"', f'width="{width}" height="{height}"')))
    page.wait_for_selector(COVER)
    outer, *buttons = page.evaluate(
        """selector => [document.querySelector(selector), ...document.querySelectorAll(selector + " button")]
        .map(e => e.getBoundingClientRect()).map(r => [r.left, r.top, r.right, r.bottom])""",
        COVER,
    )
    # The frame's own border is two pixels on each side.
    assert [outer[2] - outer[0], outer[3] - outer[1]] == [width + 4, height + 4]
    assert len(buttons) == 2
    for left, top, right, bottom in buttons:
        assert min(right - left, bottom - top) >= 44
        assert (left >= outer[0], top >= outer[1], right <= outer[2], bottom <= outer[3]) == (True,) * 4


def test_one_that_could_not_be_fetched_is_tried_again_when_needed_and_not_too_often(
    world: World, page: Page
) -> None:
    world.parts_fail = True
    page.clock.install(time="2026-11-22T12:00:00Z")
    with page.expect_response("**/settings-nb.js"):
        page.goto(world.put(world.frame()))
    stir = "document.body.append(document.createElement('p'))"
    for _ in range(30):
        page.evaluate(stir)
    page.evaluate("samtykke.rejectAll()")
    page.clock.run_for(5000)
    assert world.server.paths().count("/w/demo/abc/settings-nb.js") == 1
    page.clock.run_for(5000)
    with page.expect_response("**/settings-nb.js"):
        page.evaluate(stir)
    page.clock.run_for(10_000)
    world.parts_fail = False
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(COVER)).to_be_visible()
    assert world.server.paths().count("/w/demo/abc/settings-nb.js") == 3


def test_one_whose_frame_the_page_takes_away_goes_with_it_and_comes_back_with_it(
    world: World, page: Page
) -> None:
    page.goto(world.put(f"<main>{world.frame(YOUTUBE)}</main>"))
    expect(page.locator(COVER)).to_be_visible()
    page.evaluate("window.frame = document.querySelector('iframe'); frame.remove()")
    expect(page.locator(COVER)).to_have_count(0)
    page.evaluate("document.querySelector('main').append(frame)")
    expect(page.locator(COVER)).to_be_visible()
    always(page).click()
    shown(page)


UNKNOWN = {
    'data-consent="reklame"': "reklame",
    'data-consent="advertising reklame"': "reklame",
    'data-consent="advertising" data-consent-service="vimeo"': "vimeo",
    'data-consent-service="vimeo"': "vimeo",
    'data-consent=""': "",
}


@pytest.mark.parametrize("marks", UNKNOWN, ids=str)
def test_what_waits_for_a_key_that_does_not_exist_offers_no_button_and_never_loads(
    world: World, page: Page, marks: str
) -> None:
    warnings: list[str] = []
    warned: list[str] = []

    def record(message: ConsoleMessage) -> None:
        if message.type == "warning":
            warnings.append(message.text)
            warned.append(message.args[1].evaluate("element => element.title"))

    page.on("console", record)
    page.goto(world.put(world.frame().replace('data-consent="advertising"', marks)))
    box = page.get_by_role("group", name="Film")
    expect(box).to_have_text("Film")
    expect(box.get_by_role("button")).to_have_count(0)
    page.evaluate("samtykke.acceptAll()")
    page.wait_for_function("samtykke.allows('advertising')")
    # The page goes on changing: what was reported once is not reported again.
    page.evaluate("document.body.append(document.createElement('p'))")
    page.evaluate("samtykke.rejectAll()")
    page.wait_for_function(SENT)
    expect(box).to_be_visible()
    assert page.locator("iframe").get_attribute("src") is None
    assert world.third.requests == []
    [warning] = warnings
    assert f'"{UNKNOWN[marks]}"' in warning
    assert warned == ["Film"]


def test_every_element_with_an_unknown_key_is_reported_to_the_developer(world: World, page: Page) -> None:
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    page.goto(world.put(world.marked("statistikk", "one") + world.marked("reklame", "two")))
    page.click("#samtykke [data-samtykke-action=accept-all]")
    page.wait_for_function("samtykke.allows('advertising')")
    assert [key for key in ("statistikk", "reklame") for each in warnings if f'"{key}"' in each] == [
        "statistikk",
        "reklame",
    ]
    assert world.third.requests == []


@pytest.mark.parametrize(
    "choices", [{"vimeo": True}, {"statistics": True, "reklame": True}, {"reklame": False}]
)
def test_code_that_saves_an_unknown_key_decides_nothing(
    world: World, page: Page, choices: dict[str, bool]
) -> None:
    page.goto(world.put())
    expect(page.locator("#samtykke")).to_be_visible()
    error = page.evaluate(
        "choices => { try { samtykke.save(choices) } catch (e) { return String(e) } }", choices
    )
    assert error == f'RangeError: samtykke: no category or service "{list(choices)[-1]}"'
    expect(page.locator("#samtykke")).to_be_visible()
    assert page.evaluate("[samtykke.consent.decided, document.cookie]") == [False, ""]
    assert world.decisions == []


def on_youtube(world: World, frame: str) -> str:
    """A frame of a host that the banner declares for its service YouTube."""
    return frame.replace("127.0.0.1", "www.video.localhost")


def test_a_frame_that_names_no_service_is_allowed_as_the_service_of_its_host(
    world: World, page: Page
) -> None:
    address = world.put(on_youtube(world, world.frame()) + world.marked("advertising", "ads"))
    page.goto(address)
    expect(page.locator(COVER)).to_contain_text("YouTube er blokkert til du samtykker til Markedsføring.")
    always(page).click()
    shown(page)
    page.wait_for_function(SENT)
    assert world.decisions[0]["services"] == {"youtube": True}
    assert world.decisions[0]["choices"] == {"functional": False, "statistics": False, "advertising": False}
    page.goto(address)
    shown(page)
    expect(page.locator(COVER)).to_have_count(0)
    assert "/ads.js" not in world.third.paths()


@pytest.mark.parametrize("case", ["nobody's host", "declared otherwise", "shared host", "extra file missing"])
def test_a_button_that_allows_a_whole_category_says_so(world: World, page: Page, case: str) -> None:
    frame = world.frame() if case == "nobody's host" else on_youtube(world, world.frame())
    if case == "declared otherwise":
        frame = frame.replace('"advertising"', '"functional"')
    if case == "shared host":
        world.hosts.append(["matomo", ["www.video.localhost"]])
    if case == "extra file missing":
        page.route("**/extra.js", lambda route: route.abort())
    name, key = (
        ("Funksjonelle", "functional") if case == "declared otherwise" else ("Markedsføring", "advertising")
    )
    page.goto(world.put(frame))
    page.get_by_role("button", name=f"Tillat alt under «{name}»").click()
    shown(page)
    page.wait_for_function(SENT)
    assert world.decisions[0]["choices"][key] is True
    assert world.decisions[0]["services"] == {}


def test_a_button_names_all_that_it_allows(world: World, page: Page) -> None:
    frame = world.frame(YOUTUBE).replace('"advertising"', '"advertising statistics"')
    page.goto(world.put(frame))
    page.get_by_role("button", name="Tillat alt under «Statistikk, YouTube»").click()
    shown(page)
    assert page.evaluate("['statistics', 'youtube', 'advertising'].map(samtykke.allows)") == [
        True,
        True,
        False,
    ]


def test_a_frame_that_nobody_could_see_gets_no_visible_box(world: World, page: Page) -> None:
    frame = world.frame(YOUTUBE)
    page.goto(world.put(frame.replace('width="300" height="300"', 'width="1" height="1"') + frame))
    expect(page.locator(COVER)).to_have_count(2)
    expect(page.locator(COVER).nth(0)).to_be_hidden()
    expect(page.locator(COVER).nth(1)).to_be_visible()
    # As soon as it can be seen, it can be answered.
    page.evaluate(
        "document.querySelector('iframe').width = 400; document.querySelector('iframe').height = 300"
    )
    expect(page.locator(COVER).nth(0)).to_be_visible()


def test_frames_of_a_declared_host_are_its_services_whatever_happens_while_that_is_found_out(
    world: World, page: Page
) -> None:
    held: list[Route] = []
    page.route("**/extra.js", lambda route: held.append(route))  # noqa: PLW0108 - a method of a list is not taken for a handler
    address = world.put(on_youtube(world, world.frame() * 2))
    page.goto(address)
    page.wait_for_function("samtykke.consent")
    eventually(lambda: (page.evaluate("1"), bool(held))[1], what="the question whose the frames are")
    # The page goes on changing meanwhile, so all of it is looked at again.
    page.evaluate("document.body.append(document.createElement('p'))")
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert page.locator(COVER).count() == 0
    held[0].continue_()
    expect(page.locator(COVER)).to_have_count(2)
    expect(page.locator(COVER).locator(".name")).to_have_text(["YouTube", "YouTube"])

    always(page).click()
    expect(page.locator("iframe[src]")).to_have_count(2)
    expect(page.locator(COVER)).to_have_count(0)
    page.wait_for_function(SENT)
    assert world.decisions[0]["services"] == {"youtube": True}

    page.goto(address)
    eventually(lambda: (page.evaluate("1"), len(held) > 1)[1], what="the question once more")
    page.evaluate("document.body.append(document.createElement('p'))")
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    held[1].continue_()
    expect(page.locator("iframe[src]")).to_have_count(2)
    expect(page.locator(COVER)).to_have_count(0)
    expect(page.locator("iframe").first).to_have_css("visibility", "visible")
