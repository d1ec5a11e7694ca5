"""The demo in a browser."""

import itertools
import re
from typing import Literal

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.chromium import AXE
from tests.demo.conftest import Visit

pytestmark = pytest.mark.browser

PAGES = ["/demo/", "/demo/pledd", "/demo/inspirasjon", "/demo/kundeservice", "/demo/personvern"]
CATEGORIES = ("functional", "statistics", "advertising")
STORY = "/demo/inspirasjon"
"""The page that embeds all four services."""

CALLS = {
    "functional": {"praten": {"script": 1}, "lerretet": {"player": 1}},
    "statistics": {"tellekanten": {"script": 1, "hit": 1}},
    "advertising": {"plakatveggen": {"pixel": 1}},
}
COOKIES = {"functional": {"lerretet_id"}, "statistics": {"_maaling"}, "advertising": {"plakat_id"}}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def expected(granted: set[str]) -> dict[str, dict[str, int]]:
    return {party: kinds for category in granted for party, kinds in CALLS[category].items()}


def total(calls: dict[str, dict[str, int]]) -> int:
    return sum(sum(kinds.values()) for kinds in calls.values())


def since(before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """What came, of each kind; what had none is left out."""
    grown = {
        party: {
            kind: after[party][kind] - count for kind, count in kinds.items() if after[party][kind] > count
        }
        for party, kinds in before.items()
    }
    return {party: kinds for party, kinds in grown.items() if kinds}


@pytest.mark.parametrize("path", PAGES)
def test_before_a_choice_nothing_is_stored_and_nobody_else_is_asked(visit: Visit, path: str) -> None:
    before = visit.seen()

    visit.to(path)
    visit.page.locator("#samtykke").wait_for()

    assert visit.strangers() == []
    assert since(before, visit.seen()) == {}
    assert visit.cookies() == set()
    assert visit.stored() == []
    assert visit.page.locator("[data-panel-calls]").inner_text() == "0"
    assert visit.page.locator("[data-panel-stored]").inner_text() == "0"


def test_after_a_yes_each_service_is_asked_and_stores_what_it_is_declared_to_store(visit: Visit) -> None:
    before = visit.seen()
    visit.to(STORY)

    visit.press("accept-all")
    visit.until_calls(5)
    visit.until(
        "() => document.querySelector('[data-panel-stored-list]').textContent.includes('lerretet_posisjon')"
    )
    visit.until_recorded()

    assert since(before, visit.seen()) == expected(set(CATEGORIES))
    assert all(each.startswith(visit.elsewhere) for each in visit.strangers())
    assert visit.cookies() == {"samtykke", "_maaling", "plakat_id", "lerretet_id"}
    assert set(visit.stored()) == {"praten", "samtykke:queue:demo"}


@pytest.mark.parametrize(
    "granted",
    [set(some) for size in range(4) for some in itertools.combinations(CATEGORIES, size)],
    ids=lambda some: "+".join(each for each in CATEGORIES if each in some) or "nothing",
)
def test_a_choice_releases_exactly_its_services(visit: Visit, granted: set[str]) -> None:
    before = visit.seen()
    visit.to(STORY)

    visit.choose(**{category: category in granted for category in CATEGORIES})
    visit.until_calls(total(expected(granted)))
    visit.until_recorded()
    first = visit.seen()
    visit.to(STORY)
    visit.until_calls(total(expected(granted)))

    assert since(before, first) == expected(granted)
    assert since(first, visit.seen()) == expected(granted)
    assert visit.cookies() - {"samtykke"} == {name for each in granted for name in COOKIES[each]}
    assert ("praten" in visit.stored()) is ("functional" in granted)
    assert visit.page.evaluate(
        "CATEGORIES => CATEGORIES.filter((each) => samtykke.allows(each))", CATEGORIES
    ) == [each for each in CATEGORIES if each in granted]


def test_a_no_is_remembered_and_stays_a_no(visit: Visit) -> None:
    before = visit.seen()
    visit.to(STORY)
    visit.press("reject-all")
    visit.until_recorded()

    for path in PAGES:
        visit.to(path)
        assert visit.page.locator("#samtykke").count() == 0

    assert visit.strangers() == []
    assert since(before, visit.seen()) == {}
    assert visit.cookies() == {"samtykke"}


def test_withdrawing_tidies_up_and_ends_what_was_running(visit: Visit) -> None:
    visit.to(STORY)
    visit.press("accept-all")
    visit.until_calls(5)
    visit.until("() => document.querySelector('.praten') !== null")

    visit.page.locator(".foot [data-consent-open]").click()
    visit.page.locator("dialog#samtykke-settings").wait_for()
    visit.press("withdraw")
    visit.until("() => document.querySelector('.praten') === null && !document.cookie.includes('_maaling')")
    visit.until("() => !document.querySelector('.film iframe').hasAttribute('src')")
    visit.until_recorded()
    count = len(visit.strangers())
    visit.to(STORY)

    assert len(visit.strangers()) == count
    assert visit.stored() == ["samtykke:queue:demo"]


def test_the_film_alone_can_be_allowed_where_it_stands(visit: Visit) -> None:
    visit.to(STORY)
    visit.page.evaluate("() => document.querySelector('#samtykke').remove()")

    visit.page.get_by_role("button", name="Tillat og vis innholdet").click()
    visit.until_calls(1)
    visit.page.frame_locator(".film iframe").locator("canvas").wait_for()

    assert [each.split("?")[0] for each in visit.strangers()] == [
        f"{visit.elsewhere}/demo/third-party/lerretet/spiller",
        *[each for each in visit.strangers() if "/static/demo/third-party/" in each],
    ]
    assert visit.page.evaluate("() => [samtykke.allows('lerretet'), samtykke.allows('praten')]") == [
        True,
        False,
    ]


def test_the_film_plays_and_remembers_where_it_stopped(visit: Visit) -> None:
    visit.to(STORY)
    visit.press("accept-all")
    film = visit.page.frame_locator(".film iframe")
    film.locator("input[type=range]").fill("500")
    film.locator("button").click()
    expect(film.locator("output")).to_have_text(re.compile(r"0:(2[1-9]|3\d)"))
    film.locator("button").click()
    # On a busy machine it has gone on until then.
    stopped = film.locator("output").inner_text()

    visit.to(STORY)

    expect(visit.page.frame_locator(".film iframe").locator("output")).to_have_text(stopped)


def test_the_chat_answers_and_goes_on_where_it_was(visit: Visit) -> None:
    visit.to("/demo/kundeservice?lang=nn")
    assert visit.page.locator("[data-chat-open]").is_hidden()
    visit.press("accept-all")

    visit.page.locator("[data-chat-open]").click()
    visit.page.get_by_role("button", name="Når går båten?").click()
    visit.to("/demo/?lang=nn")
    visit.page.locator(".praten-bubble").click()

    assert visit.page.locator(".praten-talk p").last.inner_text() == "Tysdag og fredag, om havet vil."


def test_the_basket_is_stored_when_something_is_put_in_it_and_not_before(visit: Visit) -> None:
    visit.to("/demo/votter")
    assert visit.stored() == []

    visit.page.locator("[data-basket-add]").click()
    assert visit.stored() == ["ullvaer_kurv"]
    visit.to("/demo/")
    assert visit.page.locator("[data-basket-count]").inner_text() == "1"

    visit.to("/demo/votter")
    visit.page.locator("[data-basket-empty]").click()
    assert visit.stored() == []


def test_the_privacy_page_declares_what_is_stored_and_what_was_answered(visit: Visit) -> None:
    place = visit.page.locator("[data-samtykke-declaration=shown]")
    for language, undecided, granted in (
        ("nb", "Du har ikke svart ennå", "Du har sagt ja"),
        ("nn", "Du har ikkje svara enno", "Du har sagt ja"),
        ("en", "You have not answered yet", "You have said yes"),
    ):
        visit.to(f"/demo/personvern?lang={language}")
        expect(place).to_have_attribute("lang", language)
        state = place.locator("section > p:nth-of-type(2)")
        assert [undecided in each for each in state.all_text_contents()] == [False, True, True, True]
        for name in ("ullvaer_kurv", "lerretet_id", "_maaling", "plakat_id"):
            expect(place.get_by_text(name, exact=True)).to_have_count(1)
        visit.page.evaluate("() => samtykke.acceptAll()")
        visit.until_recorded()
        assert [granted in each for each in state.all_text_contents()] == [False, True, True, True]
        assert _violations(visit) == []
        visit.page.evaluate("() => samtykke.me.erase()")


def test_the_visitors_own_page_shows_changes_and_erases_the_answer_and_leads_back(visit: Visit) -> None:
    shop = visit.page
    visit.to("/demo/")
    visit.press("accept-all")
    visit.until_recorded()
    shop.locator("#samtykke-open").click()
    own = _own_page(shop)
    expect(own.locator("#now")).to_contain_text("Statistikk")
    expect(own.locator("#change")).to_have_attribute("href", f"{visit.url}/demo/#samtykke-settings")
    own.locator("#change").click()
    # The secret is in no history: the way there goes by the settings each time.
    again = _own_page(own)
    assert own.url == f"{visit.url}/demo/"
    own.close()
    again.locator("#erase").click()
    again.locator("#yes").click()
    again.locator("#forget").click()
    again.locator("#samtykke").wait_for()
    assert again.url == f"{visit.url}/demo/"
    left = "() => [samtykke.consent.decided, samtykke.me.id, document.cookie.includes('samtykke')]"
    assert again.evaluate(left) == [False, None, False]
    assert not again.evaluate("() => Object.keys(localStorage).some(each => each.startsWith('samtykke'))")
    again.close()


def _own_page(page: Page) -> Page:
    """The page about the visitor's decision, in the tab that the open settings lead to."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Siden om valget ditt").click()
    own = opened.value
    expect(own.locator("#stored")).to_be_visible()
    assert own.evaluate("() => [location.hash, window.opener]") == ["", None]
    return own


@pytest.mark.parametrize(("language", "title"), [("nb", "du bestemmer"), ("nn", ""), ("en", "")])
def test_page_and_banner_have_the_same_language_and_links_keep_it(
    visit: Visit, language: str, title: str
) -> None:
    visit.to(f"/demo/?lang={language}")
    banner = visit.page.locator("#samtykke")
    banner.wait_for()

    assert visit.page.locator("html").get_attribute("lang") == language
    assert banner.get_attribute("lang") == language
    assert title in banner.inner_text()

    visit.page.locator(".head nav a").nth(1).click()
    visit.page.wait_for_url("**/demo/inspirasjon**")
    assert visit.page.locator("html").get_attribute("lang") == language


def test_the_panel_opens_by_keyboard_shows_the_decision_and_starts_over(visit: Visit) -> None:
    visit.to(STORY)
    toggle = visit.page.locator("[data-panel-toggle]")
    toggle.press("Enter")
    assert toggle.get_attribute("aria-expanded") == "true"
    visit.press("accept-all")
    visit.until_recorded()
    number = visit.page.evaluate("() => JSON.parse(localStorage.getItem('samtykke:queue:demo')).number")

    visit.until("n => document.querySelector('[data-panel-choices]').textContent.includes(n)", number)
    visit.until("() => document.querySelector('[data-panel-own]').textContent.includes(' 5 ')")
    visit.page.locator(".head nav a").first.click()
    visit.page.wait_for_url("**/demo/pledd?panel=1")
    visit.page.locator("#panel-body").wait_for()

    with visit.page.expect_navigation(wait_until="load"):
        visit.page.locator("[data-panel-restart]").click()
    visit.page.locator("#samtykke").wait_for()
    assert visit.stored() == []
    assert visit.cookies() <= {"plakat_id", "lerretet_id"}


def test_an_answer_that_comes_late_does_not_lower_what_the_stand_ins_have_counted(visit: Visit) -> None:
    held: list[tuple[Route, APIResponse]] = []

    def in_another_order(route: Route) -> None:
        """The answer to the first question stays away until the page has another one."""
        answer = route.fetch()
        if held:
            route.fulfill(response=answer)
        else:
            held.append((route, answer))

    visit.page.route("**/demo/seen.json", in_another_order)
    visit.to(STORY)
    visit.press("accept-all")
    own = visit.page.locator("[data-panel-own]")
    visit.until_calls(5)
    visit.until("() => document.querySelector('[data-panel-own]').textContent.includes(' 5 ')")

    route, first = held[0]
    with visit.page.expect_response("**/demo/seen.json"):
        route.fulfill(response=first)
    # A turn of the page's event loop later, the answer has been read.
    visit.page.evaluate("() => fetch('/demo/seen.json').then((answer) => answer.json())")

    assert " 5 " in str(own.text_content())


def test_the_panel_does_not_lie_under_the_banner(visit: Visit) -> None:
    for width in (320, 768, 1280):
        visit.page.set_viewport_size({"width": width, "height": 800})
        visit.to("/demo/")
        banner = visit.page.locator("#samtykke")
        banner.wait_for()
        below, above = banner.bounding_box(), visit.page.locator(".panel-bar").bounding_box()
        assert above is not None
        assert below is not None
        assert above["y"] + above["height"] <= below["y"]
    visit.page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("path", [*PAGES, "/demo/?lang=en", "/demo/votter?lang=nn"])
def test_no_page_is_wider_than_the_window(visit: Visit, path: str) -> None:
    visit.to(path)
    for width in (320, 768, 1280):
        visit.page.set_viewport_size({"width": width, "height": 800})
        assert visit.page.evaluate("() => document.documentElement.scrollWidth") <= width
    visit.page.set_viewport_size({"width": 1280, "height": 800})


# Only what is wrong leaves the page: what is right is a hundred times as much. Pages in frames have no
# checker, and are looked at by themselves.
VIOLATIONS = """async (rules) => {
  const { violations } = await axe.run({ runOnly: rules, resultTypes: ["violations"], iframes: false });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}"""


LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 1280), ("dark", 320))


def _violations(visit: Visit) -> list[str]:
    if not visit.page.evaluate("() => 'axe' in window"):
        visit.page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = visit.page.evaluate(VIOLATIONS, RULES)
    return found


def _violations_in_each_look(visit: Visit) -> list[str]:
    found = []
    for scheme, width in LOOKS:
        visit.page.emulate_media(color_scheme=scheme)
        visit.page.set_viewport_size({"width": width, "height": 800})
        found += [f"{scheme} {width}: {each}" for each in _violations(visit)]
    return found


@pytest.mark.parametrize("path", [*PAGES, "/demo/sokker?lang=en"])
def test_pages_are_accessible(visit: Visit, path: str) -> None:
    visit.to(path)
    visit.page.locator("#samtykke").wait_for()
    before = _violations_in_each_look(visit)
    visit.page.locator("[data-panel-toggle]").click()
    visit.press("accept-all")
    visit.until_recorded()
    visit.until("() => document.querySelector('.praten') !== null")
    visit.page.evaluate("() => praten.open()")

    assert before == []
    assert _violations_in_each_look(visit) == []
    visit.page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("path", ["lerretet/spiller", "praten/", "tellekanten/?lang=en"])
def test_the_stand_ins_own_pages_are_accessible(visit: Visit, path: str) -> None:
    visit.page.goto(f"{visit.elsewhere}/demo/third-party/{path}", wait_until="load")

    assert _violations(visit) == []
