"""Help in place and the sample site, in real Chromium: by keyboard, on a phone, and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import AXE
from tests.studio.live import Live, live_studio
from tests.studio.test_browser import furnish

pytestmark = pytest.mark.browser

KARI = "kari@example.no"
SITE = "sites/butikken"
PAGES = (
    f"{SITE}/banner/texts",
    f"{SITE}/banner/appearance",
    f"{SITE}/banner/services",
    f"{SITE}/banner/categories",
    f"{SITE}/publish",
    f"{SITE}/versions",
    f"{SITE}/compare",
    f"{SITE}/experiment",
    f"{SITE}/install",
    f"{SITE}/analytics",
    f"{SITE}/consents",
    f"{SITE}/requests",
    f"{SITE}/register",
    f"{SITE}/tokens",
    f"{SITE}/messages",
    f"{SITE}/domains",
    "users/new",
    "account",
    "sites",
)
OUTSIDE = """() => [...document.querySelectorAll(".help")].flatMap(one => {
  one.open = true;
  const box = one.querySelector(".help-body").getBoundingClientRect();
  const mark = one.querySelector("summary").getBoundingClientRect();
  const others = "main :is(input, select, textarea, button, a, label, h2, h3, p)";
  const covered = [...document.querySelectorAll(others)]
    .filter(each => each.checkVisibility() && !one.contains(each))
    .filter(each => !each.closest(".edit-bar, .save-bar, .preview-open, .visually-hidden"))
    .map(each => each.getBoundingClientRect())
    .some(each => each.width > 1 && each.left < box.right - 1 && each.right > box.left + 1
      && each.top < box.bottom - 1 && each.bottom > box.top + 1);
  const wrong = one.querySelector("summary").checkVisibility() && (covered || box.left < 0
    || box.right > innerWidth || box.width < 200 || mark.width < 24
    || document.documentElement.scrollWidth > innerWidth || box.top < mark.bottom - 1);
  one.open = false;
  return wrong ? [one.querySelector("summary").getAttribute("aria-label")] : [];
})"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio in use."""
    with live_studio(tmp_path_factory.mktemp("help")) as studio:
        with studio.app.app_context():
            furnish(studio.app, studio.address)
        yield studio


@pytest.fixture
def page(live: Live, browser: Browser) -> Iterator[Page]:
    """A page of an owner."""
    with live.page(browser, KARI, axe=True) as opened:
        yield opened


def axe(page: Page) -> list[str]:
    options = "{iframes: false}"
    found: list[str] = page.evaluate(
        f"async () => (await axe.run(document, {options})).violations.map(one => one.id)"
    )
    return found


def test_a_help_opens_and_closes_by_keyboard_and_the_focus_comes_back(live: Live, page: Page) -> None:
    page.goto(f"{live.address}/{SITE}/banner/behaviour")
    asked = page.get_by_label("Help: When visitors are asked again")
    signals = page.get_by_label("Help: Signals from the browser")
    said = page.get_by_text("Half a year for both is a good value")
    asked.focus()
    page.keyboard.press("Enter")
    expect(said).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="More help: Behaviour")).to_be_focused()
    page.keyboard.press("Escape")
    expect(said).to_be_hidden()
    expect(asked).to_be_focused()
    page.keyboard.press("Space")
    expect(said).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    # On the field that it explains: it is read while this is filled in.
    expect(said).to_be_visible()
    page.keyboard.press("Escape")
    expect(said).to_be_visible()
    signals.click()
    expect(said).to_be_hidden()
    expect(page.locator(".help[open]")).to_have_count(1)
    signals.click()
    expect(page.locator(".help[open]")).to_have_count(0)
    asked.click()
    page.get_by_role("link", name="More help: Behaviour").click()
    expect(page).to_have_url(f"{live.address}/help/behaviour#asked-again")
    expect(page.locator("h2#asked-again")).to_be_in_viewport()
    assert axe(page) == []


def test_every_help_is_seen_whole_and_covers_nothing_on_every_width(live: Live, page: Page) -> None:
    found, seen = {}, 0
    for path in PAGES:
        page.goto(f"{live.address}/{path}")
        seen += page.locator(".help").count()
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            # Charts follow the window some frames later.
            page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
            if wrong := page.evaluate(OUTSIDE):
                found[path, width] = wrong
    assert found == {}
    assert seen > 45


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_help_itself_has_no_fault_that_axe_finds(live: Live, browser: Browser, scheme: str) -> None:
    context = live.enter(browser, KARI, color_scheme=scheme)
    context.add_init_script(path=AXE)
    page = context.new_page()
    for path in ("help", "help/appearance", f"{SITE}/banner/appearance"):
        page.goto(f"{live.address}/{path}")
        expect(page.locator("[data-stage][aria-busy=true]")).to_have_count(0)
        for mark in page.locator(".help > summary").all()[:2]:
            mark.click()
            assert axe(page) == [], path
        assert axe(page) == [], path
    context.close()


def test_a_help_works_without_scripts(live: Live, browser: Browser) -> None:
    context = live.enter(browser, KARI, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live.address}/{SITE}/domains")
    page.locator(".help > summary").first.click()
    expect(page.get_by_text("the script keeps its address")).to_be_visible()
    page.get_by_role("link", name="More help: Website").first.click()
    expect(page.get_by_role("heading", level=1, name="Website")).to_be_visible()
    context.close()


def test_the_search_leads_to_a_section_of_the_help(live: Live, page: Page) -> None:
    page.goto(f"{live.address}/{SITE}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("representative in")
    page.get_by_role("option", name="Help › Controller").click()
    expect(page).to_have_url(f"{live.address}/help/controller#representative")


def test_somebody_learns_on_a_sample_site_with_few_presses(live: Live, page: Page) -> None:
    page.goto(f"{live.address}/sites")
    page.get_by_role("button", name="Try it on a sample site").click()
    tries = page.get_by_role("list").filter(has_text="Change a text")
    done = tries.locator(".is-done")
    expect(tries.locator("li")).to_have_count(5)
    expect(done).to_have_count(0)
    assert axe(page) == []
    home = page.url

    page.get_by_role("link", name="Change a text").click()
    page.locator("[id='texts.en.title']").fill("Seeds for your balcony")
    expect(page.frame_locator("iframe.is-shown, .stage iframe").first.locator("#samtykke")).to_contain_text(
        "Seeds for your balcony"
    )
    expect(page.locator("#undo-button")).to_be_enabled()
    assert axe(page) == []
    page.locator("#undo-button").click()
    expect(page.locator("[id='texts.en.title']")).to_have_value("Welcome to Solsikke!")
    page.goto(home)
    expect(done).to_have_count(2)

    page.get_by_role("link", name="Put something right").click()
    page.get_by_role("button", name="Fix it for me").first.click()
    expect(page.get_by_role("heading", name="One thing has to be put right first")).to_be_visible()
    page.goto(home)
    expect(done).to_have_count(3)

    page.get_by_role("link", name="Compare two states").click()
    expect(page.get_by_role("heading", level=1, name="Compare")).to_be_visible()
    page.goto(home)
    expect(done).to_have_count(4)

    page.get_by_role("link", name="Choose a theme").click()
    page.get_by_role("button", name="Card in the corner").click()
    expect(page.get_by_label("Box")).to_be_checked()
    page.locator("#save").click()
    expect(page.locator("#messages .notice")).to_be_visible()
    page.goto(home)
    expect(done).to_have_count(5)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_text("Everything is as it was at first.")).to_be_visible()
    expect(done).to_have_count(0)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Try it on a sample site")).to_be_visible()
