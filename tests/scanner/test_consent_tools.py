"""What a scan says of the consent tool of the pages."""

from typing import Any

import pytest

from server.scanner.findings.finding import Change, Finding, Kind
from server.scanner.observations import Crawl, Initiator, Tool, Visit
from tests.scanner.crawls import (
    GTAG,
    HOME,
    OURS,
    PIXEL,
    UNKNOWN,
    crawl,
    declared,
    found,
    of_kind,
    page,
    request,
    script,
    stored,
    visit,
)

OTHER = Tool("onetrust", shown=True)
UNSHOWN = Tool("onetrust", shown=False)
NOTHING = declared()

INLINE = Initiator("parser", HOME, 4, "<script>")


def _early(address: str, markup: str = "", line: int = 4) -> Initiator:
    return Initiator("parser", address, line, markup or f'<script src="{address}">')


def _tagged(*early: Initiator, seen: Any = ()) -> Crawl:
    return crawl(visit(*seen, tools=[OURS], script_line=9, early_scripts=early))


# --- there, and alone --------------------------------------------------------------------------------------


def test_a_page_without_the_script_is_named_if_others_have_it() -> None:
    seen = crawl(page(visit(tools=[OURS], script_line=3)), page(visit(), url=f"{HOME}b"))
    (missing,) = of_kind("tag-missing", seen)
    assert (missing.weight, missing.subject, missing.pages) == ("fault", HOME, 1)
    assert [each.page for each in missing.evidence] == [f"{HOME}b"]


def test_with_a_declaration_the_script_is_expected_everywhere() -> None:
    (missing,) = of_kind("tag-missing", crawl(visit(tools=[OTHER])), NOTHING)
    assert missing.facts["tool"] == "onetrust"
    assert of_kind("tag-missing", crawl(visit(tools=[OTHER]))) == ()


def test_a_page_that_did_not_come_is_not_missing_the_script() -> None:
    seen = crawl(page(visit(faults=("http_error",))), page(url=f"{HOME}b", faults=("robots",)))
    assert of_kind("tag-missing", seen, NOTHING) == ()


@pytest.mark.parametrize(
    ("tools", "weight", "facts"),
    [
        ([OURS, OTHER], "fault", {"beside": "yes", "both_shown": "yes"}),
        ([OURS, UNSHOWN], "warning", {"beside": "yes"}),
        ([OTHER], "warning", {}),
    ],
)
def test_another_tool_beside_ours_or_instead_of_it_is_named(
    tools: list[Tool], weight: str, facts: dict[str, str]
) -> None:
    (other,) = of_kind("other-consent-tool", crawl(visit(tools=tools)), NOTHING)
    assert (other.subject, other.weight) == ("onetrust", weight)
    assert other.facts == {"name": "onetrust", **facts}


def test_a_website_that_has_another_tool_alone_is_told_nothing_of_that() -> None:
    assert of_kind("other-consent-tool", crawl(visit(tools=[OTHER]))) == ()
    assert of_kind("other-consent-tool", crawl(visit(tools=[OURS])), NOTHING) == ()


# --- early enough ------------------------------------------------------------------------------------------


def test_a_known_script_before_ours_is_too_early_and_ours_is_put_before_it() -> None:
    early = _early(PIXEL, f'<script async src="{PIXEL}?v=3">')
    (late,) = of_kind("tag-late", _tagged(early))
    assert (late.weight, late.subject, late.facts["name"]) == (
        "warning",
        "connect.facebook.net",
        "Meta Pixel",
    )
    assert late.change == Change(
        HOME,
        4,
        f'<script async src="{PIXEL}?…">',
        f'<script src="https://consent.example.org/w/shop.js"></script>\n<script async src="{PIXEL}?…">',
    )


def test_so_is_one_from_an_unknown_host_of_another() -> None:
    (late,) = of_kind("tag-late", _tagged(_early(UNKNOWN), seen=[request(UNKNOWN)]))
    assert late.subject == "cdn.nobody-knows.test"


@pytest.mark.parametrize(
    "seen",
    [
        [request(UNKNOWN, initiator=script(HOME, 6))],
        [stored("_ga", set_by=script(HOME, 6))],
    ],
)
def test_so_is_an_inline_script_that_did_something(seen: Any) -> None:
    (late,) = of_kind("tag-late", _tagged(INLINE, seen=seen))
    assert late.subject == "inline script"


@pytest.mark.parametrize(
    "seen",
    [
        [],
        # Of the website's own, and nothing that measures.
        [stored("theme", set_by=script(HOME, 6)), stored("qqq", set_by=script(HOME, 6))],
        # By a script behind ours.
        [request(UNKNOWN, initiator=script(HOME, 12))],
        # After the answer.
        [request(UNKNOWN, "after", initiator=script(HOME, 6))],
    ],
)
def test_an_inline_script_that_did_nothing_of_note_is_not(seen: Any) -> None:
    assert of_kind("tag-late", _tagged(INLINE, seen=seen)) == ()


@pytest.mark.parametrize(
    "address", [f"{HOME}app.js", "https://js.stripe.com/v3/", "https://consent.example.org/w/shop.js"]
)
def test_own_and_necessary_scripts_may_come_before_ours(address: str) -> None:
    assert of_kind("tag-late", _tagged(_early(address), seen=[request(address)])) == ()


def test_a_script_that_another_script_adds_is_late() -> None:
    (late,) = of_kind("tag-late", crawl(visit(tools=[OURS])))
    assert late.facts == {"fault": "not_in_html"}


# --- refusing ----------------------------------------------------------------------------------------------


def test_a_banner_without_a_button_to_refuse_is_named() -> None:
    seen = visit(choice="reject_all", outcome="no_button", tools=[OTHER])
    (refusal,) = of_kind("no-refusal", crawl(seen))
    assert (refusal.weight, refusal.subject) == ("fault", "onetrust")


@pytest.mark.parametrize(
    "seen",
    [
        visit(choice="reject_all", tools=[OTHER]),
        visit(choice="reject_all", outcome="no_banner"),
        visit(choice="accept_all", outcome="no_button", tools=[OTHER]),
    ],
)
def test_a_banner_that_was_refused_or_is_not_there_is_not(seen: Visit) -> None:
    assert of_kind("no-refusal", crawl(seen)) == ()


# --- nothing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tag-missing", "tag-late", "other-consent-tool", "no-refusal"])
def test_a_page_with_our_script_first_and_alone_has_none_of_these(kind: Kind) -> None:
    seen = [
        visit(request(GTAG, "after"), choice=choice, tools=[OURS], script_line=3)
        for choice in ("none", "reject_all", "accept_all", "withdraw")
    ]
    made: tuple[Finding, ...] = found(crawl(page(*seen)), NOTHING)
    assert [each for each in made if each.kind == kind] == []
