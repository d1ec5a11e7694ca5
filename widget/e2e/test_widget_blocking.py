"""Automatic blocking: what nobody marked is held back by the declared hosts of the services."""

from __future__ import annotations

import pytest
from conftest import World
from playwright.sync_api import Page, expect

ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
COVER = ".samtykke.placeholder"


@pytest.fixture
def ads(world: World) -> str:
    """A third party on a host of its own, which the banner declares for a service."""
    world.fragments.append("blocking.js")
    world.config["blocking"] = [["youtube", ["*.video.localhost"]], ["matomo", ["stats.localhost"]]]
    return world.third.url.replace("127.0.0.1", "www.video.localhost")


def test_scripts_and_frames_of_the_markup_wait_for_consent(world: World, page: Page, ads: str) -> None:
    page.goto(
        world.put(
            f'<script src="{ads}/early.js"></script><script type="module" src="{ads}/module.js"></script>'
            f'<iframe src="{ads}/frame" title="Film" width="300" height="200"></iframe>'
            f'<script src="{world.site.url}/own.js"></script>'
            f'<script src="{world.third.url}/other.js"></script>'
        )
    )
    expect(page.locator(COVER)).to_contain_text("YouTube")
    assert page.evaluate("window.ran") == ["other"]
    assert page.locator("iframe").get_attribute("src") is None
    assert [frame.url for frame in page.frames if "/frame" in frame.url] == []
    page.click(ACCEPT)
    expect(page.frame_locator("iframe").get_by_text("Innhold")).to_be_visible()
    page.wait_for_function("JSON.stringify(ran.sort()) === JSON.stringify(['early', 'module', 'other'])")


ADDED = """address => {
  const first = document.scripts[0];
  const snippet = document.createElement("script"); snippet.async = true;
  snippet.src = address + "/snippet.js";
  first.parentNode.insertBefore(snippet, first);
  const late = document.createElement("script"); late.setAttribute("src", address + "/late.js");
  late.type = "text/javascript"; document.body.append(late);
  new Image().src = address + "/pixel.gif";
  const style = document.createElement("link"); style.href = address + "/style.css"; style.rel = "stylesheet";
  document.head.append(style);
  document.body.insertAdjacentHTML("beforeend", `<img src="${address}/markup.gif" alt="">`);
  const frame = document.createElement("iframe"); frame.src = address + "/frame"; document.body.append(frame);
}"""


def test_what_scripts_add_never_reaches_the_third_party(world: World, page: Page, ads: str) -> None:
    page.goto(world.put())
    page.wait_for_selector("#samtykke")
    page.evaluate(ADDED, ads)
    expect(page.locator(COVER)).to_have_count(1)
    assert world.third.paths() == []
    with page.expect_request("**/style.css"):
        page.click(ACCEPT)
    page.wait_for_function("window.ran && ran.includes('snippet') && ran.includes('late')")
    expect(page.frame_locator("iframe").get_by_text("Innhold")).to_be_visible()


def test_what_is_allowed_or_nobodys_is_left_alone(world: World, page: Page, ads: str) -> None:
    page.goto(world.put())
    page.evaluate("samtykke.save({youtube: true})")
    page.wait_for_function("samtykke.allows('youtube')")
    with page.expect_request("**/pixel.gif"), page.expect_request("**/style.css"):
        page.evaluate(ADDED, ads)
    page.wait_for_function("window.ran && ran.length === 2")
    assert page.evaluate("document.querySelectorAll('[data-consent-service]').length") == 0
    page.evaluate(
        """() => { const data = document.createElement("script"); data.type = "application/json";
        data.src = "https://stats.localhost/x.json"; document.body.append(data); window.kind = data.type; }"""
    )
    assert page.evaluate("kind") == "application/json"


def test_withdrawal_stops_the_frames_that_were_never_marked(world: World, page: Page, ads: str) -> None:
    address = world.put(f'<iframe src="{ads}/frame" title="Film" width="300" height="200"></iframe>')
    page.goto(address)
    page.click(ACCEPT)
    page.goto(address)
    expect(page.frame_locator("iframe").get_by_text("Innhold")).to_be_visible()
    page.evaluate("samtykke.withdraw()")
    expect(page.locator(COVER)).to_be_visible()
    assert page.locator("iframe").get_attribute("src") is None


def test_a_host_of_two_services_waits_for_both(world: World, page: Page, ads: str) -> None:
    world.config["blocking"].append(["matomo", ["www.video.localhost"]])
    page.goto(world.put(f'<script src="{ads}/both.js"></script>'))
    page.evaluate("samtykke.save({youtube: true})")
    page.wait_for_function("samtykke.allows('youtube')")
    assert page.evaluate("window.ran") is None
    page.evaluate("samtykke.acceptAll()")
    page.wait_for_function("JSON.stringify(window.ran) === '[\"both\"]'")


def test_an_element_that_gets_another_address_is_free(world: World, page: Page, ads: str) -> None:
    page.goto(world.put('<img id="picture" alt="">'))
    page.evaluate("address => { picture.src = address + '/a.gif' }", ads)
    assert page.evaluate("[picture.hasAttribute('src'), picture.dataset.consentService]") == [
        False,
        "youtube",
    ]
    page.evaluate("address => { picture.src = address + '/b.gif' }", world.third.url)
    page.wait_for_function("picture.complete && picture.naturalWidth === 1")
    assert page.evaluate("Object.keys(picture.dataset)") == []


def test_a_script_that_has_run_is_left_alone_when_the_page_moves_it(
    world: World, page: Page, ads: str
) -> None:
    page.goto(world.put("<p id='end'></p>", head=f'<script src="{ads}/early.js"></script>{world.script}'))
    page.wait_for_function("window.ran")
    page.evaluate(
        """() => { const first = document.scripts[0]; first.parentNode.insertBefore(new Comment(), first);
        end.append(first); }"""
    )
    assert page.evaluate("document.querySelector('#end script').type") == ""


def test_the_pages_own_images_show_where_only_one_address_is_held_back(
    world: World, page: Page, ads: str
) -> None:
    page.goto(world.put('<video id="film" src="/own.mp4"></video><img id="photo" alt="">'))
    page.evaluate(
        """ads => { film.poster = ads + "/poster.gif"; photo.src = ads + "/a.gif";
        photo.srcset = "/own.gif 2x";
        photo.srcset = ads + "/b.gif 2x"; photo.src = "/own.gif"; }""",
        ads,
    )
    held = "({ dataset }) => Object.keys(dataset).sort()"
    assert page.evaluate(f"[{held}][0](film)") == ["consentPoster", "consentService"]
    assert page.evaluate("film.getAttribute('src')") == "/own.mp4"
    assert page.evaluate(f"[{held}][0](photo)") == ["consentService", "consentSrcset"]
    assert page.evaluate("[photo.getAttribute('src'), photo.hasAttribute('srcset')]") == ["/own.gif", False]
    page.evaluate("photo.srcset = '/own2.gif 2x'")
    assert page.evaluate(f"[{held}][0](photo)") == []
    assert world.third.paths() == []


def test_a_base_of_the_third_party_makes_its_scripts_not_the_pages_own(
    world: World, page: Page, ads: str
) -> None:
    page.goto(world.put(f'<base href="{ads}/"><script src="relative.js"></script><p id="end"></p>'))
    page.wait_for_selector("#end", state="attached")
    assert page.evaluate("window.ran") is None
    page.click(ACCEPT)
    page.wait_for_function("JSON.stringify(window.ran) === '[\"relative\"]'")


def test_a_longer_path_decides_and_a_necessary_service_frees_only_what_it_names(
    world: World, page: Page, ads: str
) -> None:
    world.config["blocking"] = [
        ["necessary", ["www.video.localhost/recaptcha"]],
        ["youtube", ["www.video.localhost/maps"]],
        ["matomo", ["*.video.localhost"]],
    ]
    page.goto(world.put(f'<script src="{ads}/recaptcha/api.js"></script>'))
    page.wait_for_function("JSON.stringify(window.ran) === '[\"recaptcha/api\"]'")
    page.evaluate(
        """ads => { for (const path of ["/maps/api.js?key=1", "/mapsmore.js"]) {
        const script = document.createElement("script"); script.src = ads + path;
        document.body.append(script); } }""",
        ads,
    )
    held = "[...document.querySelectorAll('[data-consent-service]')].map(e => e.dataset.consentService)"
    assert page.evaluate(held) == ["youtube", "matomo"]
    page.evaluate("samtykke.save({youtube: true})")
    page.wait_for_function("ran.includes('maps/api')")
    assert page.evaluate("ran.includes('mapsmore')") is False
