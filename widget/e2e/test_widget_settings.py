"""The settings dialog: what is stored, what is declared, and a way back from every page."""

from __future__ import annotations

import re

import pytest
from conftest import SAMPLE, SENT, WIDGET, World, called
from playwright.sync_api import Browser, BrowserContext, Page, expect

ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
SETTINGS = "#samtykke [data-samtykke-action=settings]"
DIALOG = "#samtykke-settings"


def act(page: Page, action: str) -> None:
    page.click(f"{DIALOG} [data-samtykke-action={action}]")


def test_every_switch_is_off_at_first_and_shows_the_stored_state_later(world: World, page: Page) -> None:
    page.goto(world.put())
    page.click(SETTINGS)
    switches = page.locator(f"{DIALOG} input[type=checkbox][role=switch][name]")
    expect(switches).to_have_count(3)
    assert switches.evaluate_all("all => all.map(e => [e.name, e.checked])") == [
        ["functional", False],
        ["statistics", False],
        ["advertising", False],
    ]
    page.get_by_role("switch", name="Statistikk").check()
    act(page, "save")
    expect(page.get_by_role("status")).to_have_text("Valget ditt er lagret.")
    page.reload()
    page.click("#samtykke-open")
    expect(switches).to_have_count(3)
    assert switches.evaluate_all("all => all.map(e => e.checked)") == [False, True, False]
    expect(page.locator(DIALOG)).to_contain_text(re.compile(r"Du svarte \d+\. \w+ \d{4}"))


def test_a_link_of_the_page_opens_it_also_when_added_later(world: World, page: Page) -> None:
    page.goto(world.put("<footer></footer>"))
    page.click(ACCEPT)
    page.evaluate(
        "document.querySelector('footer').innerHTML = '<a href=\"#x\" data-consent-open><b>Endre</b></a>'"
    )
    page.click("footer b")
    expect(page.locator(DIALOG)).to_be_visible()
    assert "#x" not in page.url
    act(page, "close")
    expect(page.locator(DIALOG)).to_have_count(0)
    expect(page.locator("footer a")).to_be_focused()


def test_withdrawing_takes_two_clicks_on_any_page(world: World, page: Page) -> None:
    address = world.put()
    page.goto(address)
    page.click(ACCEPT)
    page.goto(address)
    page.click("#samtykke-open")
    act(page, "withdraw")
    page.wait_for_function("samtykke.consent.decided && !samtykke.allows('statistics')")
    page.wait_for_function(SENT)
    assert [(each["action"], each["surface"]) for each in world.decisions] == [
        ("accept_all", "banner"),
        ("withdraw", "settings"),
    ]


def test_services_and_what_they_store_are_declared_in_words(world: World, page: Page) -> None:
    page.goto(world.put())
    page.click(SETTINGS)
    page.locator(f"{DIALOG} summary").nth(2).click()
    declared = page.locator(f"{DIALOG} details[open]")
    for words in ("Google Ireland Ltd", "Irland", "180 dager", "Til du lukker nettleseren", "Google LLC"):
        expect(declared).to_contain_text(words)
    expect(declared.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer")
    expect(page.locator(f"{DIALOG} section").first).to_contain_text("Alltid på")
    expect(page.locator(f"{DIALOG} section").first.get_by_role("switch")).to_have_count(0)


def test_a_service_is_decided_on_apart_and_stays_so(world: World, page: Page) -> None:
    frame = world.frame('data-consent-service="youtube"')
    address = world.put(frame + world.marked("advertising", "ads"))
    page.goto(address)
    page.click(SETTINGS)
    advertising = page.get_by_role("switch", name="Markedsføring")
    youtube = page.get_by_role("switch", name="YouTube")
    page.locator(f"{DIALOG} summary").nth(2).click()
    expect(youtube).not_to_be_checked()
    advertising.check()
    expect(youtube).to_be_checked()
    youtube.uncheck()
    act(page, "save")
    page.wait_for_function("JSON.stringify(window.ran) === '[\"ads\"]'")
    assert page.evaluate("[samtykke.allows('advertising'), samtykke.allows('youtube')]") == [True, False]
    page.goto(address)
    page.click("#samtykke-open")
    page.locator(f"{DIALOG} summary").nth(2).click()
    expect(advertising).to_be_checked()
    expect(youtube).not_to_be_checked()
    advertising.uncheck()
    youtube.check()
    act(page, "save")
    expect(page.frame_locator("iframe").get_by_text("Innhold")).to_be_visible()
    page.wait_for_function(SENT)
    assert [each["services"] for each in world.decisions] == [{"youtube": False}, {"youtube": True}]


def test_saving_without_a_change_keeps_what_was_granted_to_one_service(world: World, page: Page) -> None:
    page.goto(world.put())
    page.evaluate("samtykke.save({youtube: true})")
    page.click("#samtykke-open")
    act(page, "save")
    page.wait_for_function("samtykke.consent.source === 'settings'")
    assert page.evaluate("[samtykke.allows('advertising'), samtykke.allows('youtube')]") == [False, True]


def test_an_objection_by_the_browser_is_shown(world: World, page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page.goto(world.put())
    page.click(SETTINGS)
    expect(page.locator(DIALOG)).to_contain_text("ikke vil bli sporet")
    act(page, "accept-all")
    page.click("#samtykke-open")
    expect(page.locator(DIALOG)).not_to_contain_text("ikke vil bli sporet")
    expect(page.locator(DIALOG)).to_contain_text("Du svarte")


def test_the_number_of_the_record_can_be_copied(world: World, page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(world.put())
    page.click(ACCEPT)
    page.wait_for_function("localStorage.getItem('samtykke:queue:demo')?.includes('NO-7K2P')")
    page.click("#samtykke-open")
    expect(page.locator(DIALOG)).to_contain_text("Samtykkenummer: NO-7K2P-9QXA")
    page.get_by_role("button", name="Kopier").click()
    expect(page.get_by_role("button", name="Kopiert")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "NO-7K2P-9QXA"


def test_a_part_that_cannot_be_fetched_leaves_the_first_layer(world: World, page: Page) -> None:
    world.parts_fail = True
    page.goto(world.put('<a href="#" data-consent-open>Endre</a>'))
    page.click(SETTINGS)
    expect(page.locator("#samtykke [role=status]")).to_contain_text("Vi får ikke hentet innstillingene nå")
    page.click(ACCEPT)
    expect(page.locator("#samtykke")).to_have_count(0)
    page.click("[data-consent-open]")
    expect(page.locator("#samtykke [role=status]")).to_contain_text("Vi får ikke hentet innstillingene nå")
    page.click("#samtykke [data-samtykke-action=reject-all]")
    page.wait_for_function("!samtykke.allows('statistics')")


@pytest.mark.parametrize("lang", ["nb", "ar"])
def test_the_settings_come_in_from_the_side_where_a_site_wants_that(
    world: World, page: Page, lang: str
) -> None:
    world.config["sheet"] = True
    world.config["words"]["dir"] = "rtl" if lang == "ar" else "ltr"
    page.set_viewport_size({"width": 1280, "height": 700})
    page.goto(world.put())
    page.click(SETTINGS)
    expect(page.locator(DIALOG)).to_be_visible()
    box = page.locator(DIALOG).bounding_box()
    assert box
    assert (box["y"], box["height"]) == (0, 700)
    assert box["x"] == (0 if lang == "ar" else 1280 - box["width"])
    page.set_viewport_size({"width": 320, "height": 256})
    act(page, "save")
    expect(page.locator(DIALOG)).to_have_count(0)


def test_a_browser_without_dialogs_shows_the_settings_all_the_same(world: World, page: Page) -> None:
    page.add_init_script(
        "for (const name of ['showModal', 'show', 'close']) delete HTMLDialogElement.prototype[name];"
        "for (const name of ['popover', 'showPopover']) delete HTMLElement.prototype[name]"
    )
    page.goto(world.put())
    page.click(SETTINGS)
    page.get_by_role("switch", name="Statistikk").check()
    act(page, "close")
    expect(page.locator(DIALOG)).to_have_count(0)
    page.click(SETTINGS)
    page.get_by_role("switch", name="Statistikk").check()
    act(page, "save")
    expect(page.locator(DIALOG)).to_have_count(0)
    page.wait_for_function("samtykke.allows('statistics') && !samtykke.allows('advertising')")


def test_the_visitor_may_erase_everything(world: World, page: Page, context: BrowserContext) -> None:
    page.goto(world.put())
    page.click(ACCEPT)
    page.wait_for_function("localStorage.getItem('samtykke:queue:demo')?.includes('NO-7K2P')")
    assert len(page.evaluate("samtykke.me.records()")["records"]) == 1
    page.evaluate("samtykke.me.erase()")
    assert len(world.erased) == 1
    assert context.cookies() == []
    assert page.evaluate("[localStorage.length, samtykke.me.id, samtykke.consent.decided]") == [
        0,
        None,
        False,
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("lang", ["nb", "en"])
def test_axe_finds_nothing(world: World, page: Page, scheme: str, width: int, lang: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(world.put(f"<main><h1>Side</h1>{world.frame()}</main>", lang=lang))
    page.wait_for_selector("#samtykke")
    page.wait_for_selector(".samtykke.placeholder")
    page.add_script_tag(path=WIDGET / "node_modules" / "axe-core" / "axe.min.js")

    def violations() -> list[str]:
        found: list[str] = page.evaluate(
            """() => axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
                                        "best-practice"]})
            .then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | ")))"""
        )
        return found

    assert violations() == []
    page.click(SETTINGS)
    page.wait_for_selector(DIALOG)
    page.locator(f"{DIALOG} details").evaluate_all("all => all.forEach(e => { e.open = true })")
    page.get_by_role("switch").first.check()
    assert violations() == []
    act(page, "save")
    page.click("#samtykke-open")
    page.wait_for_selector(f"{DIALOG} .state")
    assert violations() == []


def test_a_title_of_two_lines_pushes_the_text_down_and_is_not_cut(world: World, page: Page) -> None:
    title = {"settings_title": "Einstellungen für Informationskapseln und Ähnliches"}
    texts = {**SAMPLE["settings"]["nb"]["texts"], **title}
    page.set_viewport_size({"width": 320, "height": 640})
    page.route(
        "**/settings-nb.js",
        lambda route: route.fulfill(
            content_type="text/javascript",
            headers={"Access-Control-Allow-Origin": "*"},
            body=called("settings.js", {**SAMPLE["settings"]["nb"], "texts": texts}),
        ),
    )
    page.goto(world.put())
    page.click(SETTINGS)
    heading, top, body = (page.locator(f"{DIALOG} {each}").bounding_box() for each in ("h2", ".top", ".body"))
    assert heading
    assert top
    assert body
    assert heading["height"] > 40
    assert top["y"] <= heading["y"]
    assert heading["y"] + heading["height"] <= top["y"] + top["height"] <= body["y"]


def test_settings_that_open_right_after_a_decision_stay_open(world: World, page: Page) -> None:
    """What is done about a decision after the page was painted is no reason to close them."""
    page.goto(world.put())
    page.click(SETTINGS)
    page.wait_for_selector(DIALOG)
    # They are there at once from now on, and closed before the decision.
    page.keyboard.press("Escape")
    page.wait_for_selector(DIALOG, state="detached")
    page.evaluate(
        """async () => {
            // A browser that is slow to paint.
            window.requestAnimationFrame = () => 0;
            const changed = new Promise((done) => document.addEventListener("samtykke:change", done));
            samtykke.save({ statistics: true });
            samtykke.settings();
            await changed;
            await new Promise((done) => setTimeout(done));
        }"""
    )
    expect(page.locator(f"{DIALOG} .state")).to_be_visible(timeout=5_000)


def test_dates_lengths_and_countries_are_norwegian_in_nynorsk(world: World, browser: Browser) -> None:
    """Browsers have no words of nynorsk: they would use the language of their own windows."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(world.put(lang="nn"))
    page.wait_for_selector("#samtykke")
    page.evaluate("samtykke.save({statistics: true})")
    page.evaluate("samtykke.settings()")
    dialog = page.locator("#samtykke-settings")
    expect(dialog).to_contain_text(re.compile(r"Du svara \d+\. \w+ \d{4} kl\. "))
    for details in dialog.locator("details").all():
        details.evaluate("details => { details.open = true }")
    expect(dialog).to_contain_text("13 månadar")
    expect(dialog).to_contain_text("Irland")
    expect(dialog).not_to_contain_text(re.compile(" months| days|Norway"))
    context.close()


def test_the_settings_open_again_at_once_after_they_were_closed(world: World, page: Page) -> None:
    """Before the browser has reported that the first dialog is closed."""
    page.goto(world.put())
    page.evaluate("samtykke.settings()")
    page.evaluate("(samtykke.hide(), samtykke.settings())")
    expect(page.locator(DIALOG)).to_be_visible()
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    expect(page.locator(DIALOG)).to_have_count(1)


def test_the_small_button_waits_until_a_dialog_that_is_open_has_closed(world: World, page: Page) -> None:
    page.goto(world.put())
    # Once it is loaded, the dialog opens at once, and the button is mounted after the next paint.
    page.evaluate("samtykke.settings()")
    expect(page.locator(DIALOG)).to_be_visible(timeout=20_000)
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_have_count(0, timeout=20_000)
    page.evaluate("(samtykke.save({statistics: true}), samtykke.settings())")
    expect(page.locator(DIALOG)).to_be_visible(timeout=20_000)
    page.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
    )
    assert (page.locator(DIALOG).count(), page.locator("#samtykke-open").count()) == (1, 0)
    page.keyboard.press("Escape")
    expect(page.locator("#samtykke-open")).to_be_visible(timeout=20_000)


def test_a_dialog_opened_by_code_after_a_decision_follows_what_is_sent(world: World, page: Page) -> None:
    world.failing = 503
    page.goto(world.put())
    page.evaluate("(samtykke.save({statistics: true}), samtykke.settings())")
    state = page.locator(f"{DIALOG} .state")
    expect(state).to_contain_text("ikke sendt")
    world.failing = None
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(state).to_contain_text("NO-7K2P-9QXA")
    page.keyboard.press("Escape")
    expect(page.locator("#samtykke-open")).to_be_visible()
    expect(page.locator(DIALOG)).to_have_count(0)
