"""What was seen and is not declared."""

import json

import pytest

from server.scanner.findings.finding import Finding
from server.scanner.observations import Initiator, Request, Stored
from tests.scanner.crawls import (
    HOME,
    OURS,
    PIXEL,
    UNKNOWN,
    cookie,
    crawl,
    declared,
    of_kind,
    page,
    request,
    service,
    stored,
    visit,
)

SITE = declared(
    service(
        "ads",
        "advertising",
        hosts=("ads.test",),
        cookies=[cookie("_ad*", "P1D"), cookie("id", host=".ads.test")],
    ),
    service("app", "necessary", cookies=[cookie("app", kind="local_storage")], reason="It is the shop."),
)


def _accepted(*items: Request | Stored) -> tuple[Finding, ...]:
    return of_kind("undeclared", crawl(visit(*items, choice="accept_all", tools=[OURS])), SITE)


@pytest.mark.parametrize(
    ("seen", "subject", "weight"),
    [
        (request(UNKNOWN, "after"), "cdn.nobody-knows.test", "fault"),
        (request(PIXEL, "after"), "meta_pixel", "fault"),
        (stored("_fbp", "after"), "meta_pixel", "fault"),
        (stored("qqq", "after"), "qqq", "fault"),
        (stored("csrftoken", "after"), "csrftoken", "fault"),
        (stored("app", "after"), "app", "fault"),
        (stored("other", "after", host=".ads.test"), "other", "fault"),
        (stored("made", kind="cache_storage"), "made", "note"),
    ],
)
def test_what_is_not_declared_is_named_also_when_it_was_accepted(
    seen: Request | Stored, subject: str, weight: str
) -> None:
    (found,) = _accepted(seen)
    assert (found.subject, found.weight) == (subject, weight)


@pytest.mark.parametrize(
    "seen",
    [
        request("https://ads.test/x.js", "after"),
        request("https://www.example.no/x.js", "after"),
        request("https://consent.example.org/w/shop.js"),
        request("https://consent.cookiebot.com/uc.js"),
        stored("_ad123", "after"),
        stored("id", "after", host="px.ads.test"),
        stored("app", kind="local_storage"),
        # A program of the website's own: what it does is seen by itself.
        stored("https://www.example.no/sw.js", kind="service_worker"),
    ],
)
def test_what_is_declared_or_ones_own_is_not(seen: Request | Stored) -> None:
    assert _accepted(seen) == ()


def test_without_a_declaration_nothing_is_undeclared() -> None:
    assert of_kind("undeclared", crawl(visit(request(UNKNOWN), stored("qqq")))) == ()


def test_a_host_that_a_declared_service_brought_is_a_warning() -> None:
    by_ads = Initiator("script", "https://ads.test/x.js", stack=("https://ads.test/x.js:3",))
    (found,) = _accepted(request(UNKNOWN, "after", initiator=by_ads))
    assert (found.weight, found.facts["brought_by"]) == ("warning", "ads")


FILMS = declared(service("films", "advertising", hosts=("www.youtube.com/embed",)))
FILM = "https://www.youtube.com/embed/x"


def test_what_a_declared_frame_asks_of_its_own_host_is_declared_with_it() -> None:
    in_frame = request("https://www.youtube.com/s/player.js", "after", frame=FILM)
    seen = crawl(visit(in_frame, choice="accept_all"))
    assert of_kind("undeclared", seen, FILMS) == ()
    beside = crawl(visit(request("https://www.youtube.com/s/player.js", "after"), choice="accept_all"))
    assert [each.subject for each in of_kind("undeclared", beside, FILMS)] == ["www.youtube.com"]


def test_what_a_declared_frame_asks_of_others_it_brought() -> None:
    in_frame = request("https://i.ytimg.com/a.jpg", "after", kind="image", frame=FILM)
    (found,) = of_kind("undeclared", crawl(visit(in_frame, choice="accept_all")), FILMS)
    assert (found.weight, found.facts["brought_by"]) == ("warning", "films")


def test_a_connection_to_a_host_that_is_declared_with_a_path_is_that_services() -> None:
    ahead = request("https://www.youtube.com", "after", kind="connection")
    assert of_kind("undeclared", crawl(visit(ahead, choice="accept_all")), FILMS) == ()
    early = request("https://www.youtube.com", kind="connection")
    (found,) = of_kind("before-consent", crawl(visit(early)), FILMS)
    assert found.subject == "films"


def test_the_entry_of_a_service_has_all_that_was_seen_of_it() -> None:
    seen = page(
        visit(
            request(PIXEL, "after"),
            request("https://www.facebook.com/tr/", "after", kind="image"),
            stored("_fbp", "after", lifetime=7_776_000),
            choice="accept_all",
        )
    )
    found = {each.subject: each for each in of_kind("undeclared", crawl(seen), SITE)}["meta_pixel"]
    assert found.facts["hosts"] == "connect.facebook.net, www.facebook.com"
    assert found.facts["stored"] == "_fbp"
    assert found.change is not None
    assert (found.change.place, found.change.before) == ("", "")
    assert json.loads(found.change.after) == {
        "key": "meta_pixel",
        "name": "Meta Pixel",
        "category": "advertising",
        "hosts": ["connect.facebook.net", "www.facebook.com"],
        "cookies": [{"name": "_fbp", "host": "", "kind": "cookie", "lifetime": "P90D"}],
    }


def test_of_a_declared_service_the_cookie_alone_is_added() -> None:
    (found,) = _accepted(stored("other", "after", host=".ads.test", lifetime=86_400))
    assert found.facts["declared_service"] == "ads"
    assert found.change is not None
    assert json.loads(found.change.after) == {
        "name": "other",
        "host": ".ads.test",
        "kind": "cookie",
        "lifetime": "P1D",
    }


def test_the_page_on_which_it_was_seen_first_is_shown() -> None:
    seen = crawl(page(visit(stored("qqq")), url=f"{HOME}b"), page(visit(stored("qqq"))))
    (found,) = of_kind("undeclared", seen, SITE)
    assert [each.page for each in found.evidence] == [HOME, f"{HOME}b"]
