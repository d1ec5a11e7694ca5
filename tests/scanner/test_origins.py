"""What of the website's own brought something."""

from server.scanner.findings.changes import marked
from server.scanner.findings.finding import Change, Finding
from server.scanner.findings.origins import Origins
from server.scanner.observations import Command, Initiator, Request, Stored
from tests.scanner.crawls import (
    COLLECT,
    GTAG,
    HOME,
    OURS,
    PIXEL,
    UNKNOWN,
    crawl,
    element,
    of_kind,
    request,
    script,
    stored,
    visit,
)

MANAGER = "https://www.googletagmanager.com/gtm.js"
CONFIG = Command("config", ("G-8XYZ",))
TAG = element(f'<script async src="{GTAG}?…">', line=5)


def _redirected(url: str) -> Initiator:
    return Initiator("redirect", url)


def _of(subject: str, *items: Request | Stored | Command) -> Finding:
    found = of_kind("before-consent", crawl(visit(*items, tools=[OURS])))
    return next(each for each in found if each.subject == subject)


def test_a_script_of_others_is_followed_back_to_the_element_that_loads_it() -> None:
    sent = request(COLLECT, initiator=script(GTAG))
    origin = Origins(visit(request(GTAG, initiator=TAG), sent)).of(sent.initiator)
    assert origin.initiator == TAG
    assert [each.url for each in origin.carriers] == [GTAG]


def test_redirects_are_followed_back() -> None:
    first = request("https://a.sync.test/x", initiator=script(f"{HOME}app.js", 8))
    second = request("https://b.sync.test/x", initiator=_redirected("https://a.sync.test/x"))
    third = request("https://c.sync.test/x", initiator=_redirected("https://b.sync.test/x"))
    origin = Origins(visit(first, second, third)).of(third.initiator)
    assert (origin.initiator.url, origin.initiator.line) == (f"{HOME}app.js", 8)
    assert [each.url for each in origin.carriers] == ["https://b.sync.test/x", "https://a.sync.test/x"]


def test_the_innermost_place_of_the_websites_own_is_meant() -> None:
    stack = (f"{PIXEL}:1", f"{HOME}app.js:20", f"{HOME}main.js:3")
    sent = request(PIXEL, initiator=Initiator("script", PIXEL, 1, stack=stack))
    origin = Origins(visit(sent)).of(sent.initiator)
    assert (origin.initiator.url, origin.initiator.line) == (f"{HOME}app.js", 20)


def test_what_leads_in_a_circle_or_nowhere_ends() -> None:
    one = request("https://a.sync.test/x", initiator=_redirected("https://b.sync.test/x"))
    other = request("https://b.sync.test/x", initiator=_redirected("https://a.sync.test/x"))
    assert len(Origins(visit(one, other)).of(one.initiator).carriers) == 2
    nowhere = script("https://c.sync.test/x.js")
    assert Origins(visit(one, other)).of(nowhere).initiator == nowhere


def test_the_page_itself_and_the_consent_script_bring_nothing() -> None:
    by_link = element('<link rel="alternate" hreflang="nn" href="/nn/">')
    home = request(HOME, kind="document", initiator=by_link)
    consent = request("https://consent.example.org/w/shop.js", initiator=element("<script src=x>"))
    origins = Origins(visit(home, consent, tools=[OURS]))
    in_page, released = Initiator("other", HOME), script("https://consent.example.org/w/shop.js")
    assert origins.of(in_page).initiator == in_page
    assert origins.of(released).initiator == released


def test_a_link_that_loads_nothing_is_not_marked() -> None:
    assert marked('<link rel="alternate" href="/nn/">', "statistics", "") == ""
    assert marked('<link rel=preload href="/a.js" as=script>', "statistics", "") == (
        '<link data-consent="statistics" rel=preload data-consent-href="/a.js" as=script>'
    )


def test_the_line_to_change_of_a_cookie_is_that_of_the_element_behind_its_script() -> None:
    found = _of("_ga", CONFIG, request(GTAG, initiator=TAG), stored("_ga", set_by=script(GTAG)))
    assert found.facts["remedy"] == "mark"
    assert found.change is not None
    assert (found.change.place, found.change.line) == (HOME, 5)
    assert 'data-consent="statistics" data-consent-service="google_analytics"' in found.change.after


def test_what_a_service_brings_waits_with_the_element_of_that_service() -> None:
    of_pixel = element(f'<script src="{PIXEL}">')
    brought = request("https://a.mgid.com/x.js", initiator=script(PIXEL))
    found = _of("a.mgid.com", request(PIXEL, initiator=of_pixel), brought)
    assert found.change is not None
    assert 'data-consent-service="meta_pixel"' in found.change.after


def test_what_a_tag_manager_brings_waits_in_the_tag_manager() -> None:
    loaded = request(MANAGER, initiator=element(f'<script src="{MANAGER}">'))
    found = _of("meta_pixel", loaded, request(PIXEL, initiator=script(MANAGER)))
    assert (found.facts["remedy"], found.facts["brought_by"]) == ("tag_manager", "Google Tag Manager")
    assert found.change is None


def test_of_what_no_element_and_no_script_is_known_no_line_is_proposed() -> None:
    found = _of("meta_pixel", request(PIXEL, initiator=Initiator("other", HOME)))
    assert (found.facts["remedy"], found.change) == ("find", None)


def test_of_what_the_website_declares_nowhere_the_category_is_its_own_to_say() -> None:
    markup = f'<script src="{UNKNOWN}">'
    from_frame = stored("qqq", host=".nobody-knows.test", set_by=script(UNKNOWN))
    found = _of("qqq", request(UNKNOWN, initiator=element(markup)), from_frame)
    assert found.change == Change(
        HOME, 12, markup, f'<script type="text/plain" data-consent="CATEGORY" src="{UNKNOWN}">'
    )
