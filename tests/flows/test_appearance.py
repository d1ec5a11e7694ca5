"""From a theme, a brand colour and a hostile logo to the banner that visitors of the demo shop see."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from server.accounts.service import users
from server.core import clock
from server.core.db import transaction
from server.demo import service
from server.sites.brand_colours import solve
from tests.chromium import AXE
from tests.serving import serving
from tests.sites.test_svg import ATTACKS, svg
from tests.studio.conftest import PASSWORD

pytestmark = pytest.mark.browser

BRAND = "#ffd400"
LIGHT = solve(BRAND).colours["light"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server with the demo and an owner."""
    with serving(tmp_path, demo=True) as served:
        now = clock.now()
        with served.app.app_context(), transaction():
            service.seed(served.address, now=now)
            users.create_user("kari@example.no", "owner", password=PASSWORD, site_ids=None, now=now)
        yield served.address


def rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))


def edit(page: Page, folder: Path) -> str:
    """Fill in the page of the appearance; returns the logo's address."""
    layout = page.locator('input[name="appearance.layout"]:checked')
    page.get_by_role("button", name="Card in the corner").click()
    expect(layout).to_have_value("box")
    page.get_by_role("button", name="Put back what was there").click()
    expect(layout).to_have_value("bar")
    page.get_by_role("button", name="Card in the corner").click()
    expect(page.locator('[id="appearance.position"]')).to_have_value("bottom_left")

    page.locator("#brand").fill("sennepsgul")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not a colour such as #0b57d0.")).to_be_visible()
    page.locator("#brand").fill(BRAND[1:])
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"there, buttons have {LIGHT['accent']}, which is darker.")).to_be_visible()
    expect(page.locator("[data-ratios] .ratio-good")).to_have_count(6)
    expect(page.locator("[data-ratios] .ratio-bad")).to_have_count(0)
    page.locator('[data-picks="appearance.colours.light.border"]').fill("#555555")
    expect(page.locator('[id="appearance.colours.light.border"]')).to_have_value("#555555")

    page.get_by_role("button", name="Round", exact=True).click()
    expect(page.get_by_role("button", name="Round", exact=True)).to_have_attribute("aria-pressed", "true")
    return upload(page, folder)


def upload(page: Page, folder: Path) -> str:
    """Upload a file that is too large, then one with every attack in it."""
    address = page.get_by_label("Address of the logo")
    large = folder / "large.svg"
    large.write_bytes(svg(" " * 102_400))
    page.get_by_label("Upload an image").set_input_files(large)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("The file is larger than 100 KB. Make it smaller.")).to_be_visible()
    expect(address).to_have_value("")
    hostile = folder / "hostile.svg"
    hostile.write_bytes(svg("".join(ATTACKS)))
    page.get_by_label("Upload an image").set_input_files(hostile)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("The logo is uploaded.")).to_be_visible()
    expect(page.get_by_alt_text("The logo on the dark background")).to_be_visible()
    page.get_by_label("What the logo says").fill("Fjellro")
    return address.input_value()


def test_theme_brand_colour_and_logo_reach_the_visitors_of_the_shop(
    browser: Browser, server: str, tmp_path: Path
) -> None:
    context = browser.new_context(color_scheme="light", bypass_csp=True, locale="en")
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto(f"{server}/studio/sites/demo/banner/appearance")
    page.get_by_label("E-mail address").fill("kari@example.no")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/banner/appearance")
    logo = edit(page, tmp_path)
    assert page.evaluate("async () => (await axe.run({iframes: false})).violations.map(({id}) => id)") == []
    page.locator("#save").click()
    expect(page.locator("#messages")).to_contain_text("Saved in the draft.")
    page.get_by_role("link", name="Review and publish").click()
    page.get_by_role("button", name="Publish version").click()
    expect(page.locator("#messages")).to_contain_text("is published.")
    context.close()

    visit(browser, server, logo)


def visit(browser: Browser, server: str, logo: str) -> None:
    """See the banner, and open the logo by itself: with the policy of the server, which is not bypassed."""
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    faults: list[str] = []
    requests: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{server}/demo/")
    image = page.locator("#samtykke img")
    expect(image).to_have_attribute("src", logo)
    expect(image).to_have_attribute("alt", "Fjellro")
    assert image.evaluate("async (image) => { await image.decode(); return image.naturalWidth }") == 40
    for action in ("accept-all", "reject-all"):
        button = page.locator(f'#samtykke [data-samtykke-action="{action}"]')
        expect(button).to_have_css("background-color", rgb(LIGHT["accent"]))
        expect(button).to_have_css("color", rgb(LIGHT["accent_text"]))
        expect(button).to_have_css("border-radius", "20px")
    expect(page.locator("#samtykke")).to_have_css("border-top-color", "rgb(85, 85, 85)")
    page.goto(logo)
    page.locator("svg").click()
    assert page.evaluate("document.documentElement.localName") == "svg"
    assert faults + [address for address in requests if "evil.example" in address] == []
    context.close()
