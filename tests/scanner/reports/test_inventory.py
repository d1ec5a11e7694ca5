"""What was seen, by service; and in figures."""

import random
from dataclasses import replace

from server.scanner.observations import Page, Visit
from server.scanner.reports.inventory import groups
from server.scanner.reports.summary import rows, summary
from tests.scanner.reports import scans


def test_what_was_seen_stands_at_its_service_then_at_the_website_then_at_nobody() -> None:
    visit = Visit(
        "none",
        requests=(scans.request("other.example"), scans.request("shop.example"), scans.request()),
        stored=(scans.cookie(), scans.cookie("cart")),
    )
    found = groups(scans.crawl((Page(scans.SHOP, "start", (visit,)),)), scans.Known())
    assert [(each.name, [(one.kind, one.name, one.host) for one in each.entries]) for each in found] == [
        ("Stats", [("cookie", "_st", "shop.example"), ("request", "", "stats.example")]),
        ("The website itself", [("cookie", "cart", "shop.example"), ("request", "", "shop.example")]),
        ("", [("request", "", "other.example")]),
    ]


def test_an_entry_says_when_it_was_seen_first_on_how_many_pages_and_by_what() -> None:
    (stats, *_) = groups(scans.shop().crawl, scans.Known())
    stored, asked = stats.entries
    assert (stored.pages, stored.lifetime, stored.moments) == (2, 63_072_000, ("before an answer",))
    assert asked.moments == ("before an answer", "after refusing")
    assert asked.set_by == ("https://shop.example/:12",)
    assert asked.details == ("script",)
    assert (asked.certainty, asked.why) == ("certain", "by the host stats.example: the catalog of services")


def test_the_order_of_pages_and_visits_changes_nothing() -> None:
    made = scans.hostile().crawl
    shuffler = random.Random(7)
    mixed = [
        replace(page, visits=tuple(shuffler.sample(page.visits, len(page.visits)))) for page in made.pages
    ]
    shuffler.shuffle(mixed)
    other = replace(made, pages=tuple(mixed))
    assert groups(other, scans.Known()) == groups(made, scans.Known())
    assert rows(other) == rows(made)


def test_figures_tell_the_time_before_an_answer_from_that_after_it() -> None:
    untouched, refused, accepted = rows(scans.shop().crawl)
    assert untouched.after is None
    assert (untouched.visits, untouched.before.requests, untouched.before.third_parties) == (2, 4, 1)
    assert refused.after is not None
    assert (refused.after.requests, refused.after.third_parties, refused.after.stored) == (1, 1, 0)
    assert refused.outcomes == {"made": 1, "no_button": 1}
    assert accepted.choice == "accept_all"


def test_a_page_that_was_never_shown_is_not_counted_as_visited() -> None:
    pages = (
        Page(scans.SHOP, "start", (Visit("none", faults=("unreachable",)), Visit("reject_all"))),
        Page(scans.ABOUT, "link", (Visit("none", status=500, faults=("http_error",)),)),
        Page("https://shop.example/a", "link", (Visit("none", faults=("too_many_redirects",)),)),
        Page("https://shop.example/b", "link", faults=("robots",)),
    )
    found = summary(scans.crawl(pages), ())
    assert (found.pages, found.unvisited) == (2, 2)


def test_each_category_alone_is_a_row_of_its_own() -> None:
    visits = (Visit("only", "statistics"), Visit("only", "advertising"), Visit("withdraw"), Visit("none"))
    found = rows(scans.crawl((Page(scans.SHOP, "start", visits),)))
    assert [(each.choice, each.category) for each in found] == [
        ("none", ""),
        ("only", "advertising"),
        ("only", "statistics"),
        ("withdraw", ""),
    ]
