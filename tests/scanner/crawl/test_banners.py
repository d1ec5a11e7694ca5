"""Answers in banners: of other tools by their rules, and of tools that nobody knows by their words."""

from collections.abc import Iterator

import pytest

from server.scanner.crawl.running import _tools
from server.scanner.observations import Choice, Crawl, Outcome, Page, Visit
from tests.absence import absent
from tests.scanner.crawl.websites import SHOP, page, scanner, visit_of, websites

pytestmark = scanner

LOADING = (
    "<script>const load = (name) => {{ new Image().src = `http://tracker.example/${{name}}`; {} }}</script>"
)

GONE = LOADING.format("document.querySelector('.banner').remove()")

STAYS = LOADING.format("")

WORDS = (
    '<div class="banner" style="position: fixed; bottom: 0"><p>Vi bruker informasjonskapsler for å måle '
    "bruken av nettstedet.</p>{}</div>"
)

REFUSE = "<button onclick=\"load('refused')\">Avvis alle</button>"

ACCEPT = "<button onclick=\"load('accepted')\">Godta alle</button>"

ADOPT = (
    '<div id="adopt-controller-button">c</div><div id="cookie-banner" class="banner"><p>Cookies</p>'
    '<button id="adopt-reject-all-button" onclick="load(\'refused\')">1</button>'
    '<button id="adopt-accept-all-button" onclick="load(\'accepted\')">2</button></div>'
)

SHADOW = (
    "<consent-banner style='position: fixed; bottom: 0'></consent-banner><script>"
    "const root = document.querySelector('consent-banner').attachShadow({mode: 'open'});"
    "root.innerHTML = '<p>We use cookies to measure how our website is used.</p>"
    "<button>Reject all</button><button>Accept all</button>';"
    "root.querySelectorAll('button').forEach((each, n) => each.onclick = () => {"
    "new Image().src = `http://tracker.example/${n ? 'accepted' : 'refused'}`;"
    "document.querySelector('consent-banner').remove() })</script>"
)

LATE = (
    "setTimeout(() => document.body.append(document.querySelector('template').content.cloneNode(true)), 1500)"
)

PAGES = {
    "both": page(GONE + WORDS.format(REFUSE + ACCEPT)),
    "no-refusal": page(GONE + WORDS.format(ACCEPT)),
    "stays": page(STAYS + WORDS.format(REFUSE + ACCEPT)),
    "no-banner": page(GONE + "<div><p>Les om informasjonskapsler.</p><button>Send inn</button></div>"),
    "rule": page(GONE + ADOPT),
    "shadow": page(SHADOW),
    "late": page(GONE + f"<template>{WORDS.format(REFUSE + ACCEPT)}</template><script>{LATE}</script>"),
}

OUTCOMES: list[tuple[str, Choice, Outcome, str]] = [
    ("both", "reject_all", "made", "refused"),
    ("both", "accept_all", "made", "accepted"),
    ("no-refusal", "reject_all", "no_button", ""),
    ("no-refusal", "accept_all", "made", "accepted"),
    ("stays", "reject_all", "failed", "refused"),
    ("no-banner", "reject_all", "no_banner", ""),
    ("rule", "reject_all", "made", "refused"),
    ("rule", "accept_all", "made", "accepted"),
    ("shadow", "reject_all", "made", "refused"),
    ("shadow", "accept_all", "made", "accepted"),
    ("late", "reject_all", "made", "refused"),
]


@pytest.fixture(scope="module")
def seen() -> Iterator[Crawl]:
    if not _tools():
        absent("autoconsent", "it is not built: run `make assets`")
    with websites({f"{SHOP}/{name}": answer for name, answer in PAGES.items()}) as sites:
        first, *others = PAGES
        listed = tuple(f"http://{SHOP}/{name}" for name in others)
        yield sites.crawl(f"/{first}", listed=listed, pages=100, wait=4.0, first_wait=8.0, load_seconds=30.0)


def _page(seen: Crawl, name: str) -> Page:
    (meant,) = [each for each in seen.pages if each.url == f"http://{SHOP}/{name}"]
    return meant


def _pixels(visit: Visit) -> set[str]:
    return {each.url.rpartition("/")[2] for each in visit.requests if each.host == "tracker.example"}


@pytest.mark.parametrize(("name", "choice", "outcome", "pixel"), OUTCOMES)
def test_an_answer_is_given_by_the_banners_own_button(
    seen: Crawl, name: str, choice: Choice, outcome: Outcome, pixel: str
) -> None:
    visit = visit_of(_page(seen, name), choice)

    assert visit.outcome == outcome
    assert _pixels(visit) == ({pixel} if pixel else set())


def test_what_is_requested_after_an_answer_is_of_that_phase(seen: Crawl) -> None:
    visit = visit_of(_page(seen, "both"), "accept_all")

    assert {each.phase for each in visit.requests if each.host == "tracker.example"} == {"after"}
    assert {each.phase for each in visit.requests if each.host == SHOP} == {"before", "again"}


def test_the_tool_is_named_by_its_rule_or_as_unknown(seen: Crawl) -> None:
    assert [(each.key, each.shown) for each in visit_of(_page(seen, "rule")).tools] == [("adopt", True)]
    assert [(each.key, each.shown) for each in visit_of(_page(seen, "both")).tools] == [("unknown", True)]
    assert visit_of(_page(seen, "no-banner")).tools == ()


def test_an_untouched_page_is_not_answered(seen: Crawl) -> None:
    assert [_pixels(visit_of(_page(seen, name))) for name in PAGES] == [set()] * len(PAGES)
