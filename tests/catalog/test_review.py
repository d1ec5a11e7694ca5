"""The comparison with the Open Cookie Database, and what was decided of it."""

import pytest

from benchmarks.open_cookie_database import (
    REVIEW,
    Decision,
    Row,
    conflicts,
    decisions,
    joined,
    lifetime_differs,
    privacy_link_differs,
    rows,
    seconds,
    side_of,
)
from server.catalog import service
from server.catalog.values import Provider, Service
from tests.catalog.made_up import made_up, stored

TEXT = REVIEW.read_text(encoding="utf-8")
CATEGORIES = decisions(TEXT, "Categories")
LIFETIMES = decisions(TEXT, "Lifetimes")

HEADER = (
    "ID,Platform,Category,Cookie / Data Key name,Domain,Description,Retention period,Data Controller,"
    "User Privacy & GDPR Rights Portals,Wildcard match"
)
CSV = f"""{HEADER}
1,Counter,Functional,_count,,Text,1 year,Counter AS,https://counter.example/privacy,0
2,Counter,Analytics,_count_,,Text,13 months,Counter AS,https://counter.example/privacy,1
3,Elsewhere,Marketing,_count,,Text,1 year,Else Inc,,0
4,Elsewhere,Marketing,basket,cdn.counter.example (3rd party),Text,session,Else Inc,,0
"""


def theirs() -> list[Row]:
    return list(rows(CSV.splitlines()))


def ours(*names: str, category: str = "statistics", **changes: object) -> list[Service]:
    things = tuple(stored(name, **changes) for name in names)
    link = "https://www.counter.example/notice"
    return [made_up("counter", category, provider=Provider("Counter AS"), storage=things, privacy_link=link)]


# --- the review ------------------------------------------------------------------------------------------


def named(decision: Decision) -> str:
    return f"{decision.service} {decision.stored}"


@pytest.mark.parametrize("decision", CATEGORIES, ids=named)
def test_a_category_that_was_reviewed_is_still_the_catalogs(decision: Decision) -> None:
    known = service.find(decision.service)

    assert decision.ours in {
        each.category or known.category for each in known.storage if each.name == decision.stored
    }
    assert decision.why.endswith(".")


@pytest.mark.parametrize("decision", CATEGORIES, ids=named)
def test_a_reviewed_category_is_one_about_which_both_disagree(decision: Decision) -> None:
    assert {side_of(each) for each in (*decision.theirs.split(", "), decision.ours)} == {"tracking", "other"}


@pytest.mark.parametrize("decision", LIFETIMES, ids=named)
def test_a_lifetime_that_was_reviewed_is_still_the_catalogs(decision: Decision) -> None:
    known = service.find(decision.service)

    assert decision.ours in {each.lifetime for each in known.storage if each.name == decision.stored}
    assert decision.why.endswith(".")


@pytest.mark.parametrize("table", [CATEGORIES, LIFETIMES], ids=["categories", "lifetimes"])
def test_each_cookie_is_decided_once_in_the_order_of_names(table: list[Decision]) -> None:
    places = [(each.service, each.stored) for each in table]

    assert places == sorted(set(places))
    assert len(places) > 30


# --- the comparison --------------------------------------------------------------------------------------


def test_rows_join_by_name_and_platform() -> None:
    pairs = joined(theirs(), ours("_count", "_count_*", "_other"))

    assert [(pair.row.platform, pair.row.name, pair.stored.name) for pair in pairs] == [
        ("Counter", "_count", "_count"),
        ("Counter", "_count_*", "_count_*"),
    ]


def test_rows_join_by_name_and_domain() -> None:
    pairs = joined(theirs(), ours("basket", host=".counter.example"))

    assert [pair.row.name for pair in pairs] == ["basket"]


def test_a_cookie_that_is_necessary_here_joins_by_its_name_alone() -> None:
    pairs = joined(theirs(), ours("basket", category="necessary"))

    assert conflicts(pairs) == {("counter", "basket"): {"Marketing"}}
    assert [pair.same_owner for pair in pairs] == [False]


def test_categories_conflict_where_one_of_both_says_that_a_cookie_measures() -> None:
    assert conflicts(joined(theirs(), ours("_count", "_count_*"))) == {("counter", "_count"): {"Functional"}}
    assert conflicts(joined(theirs(), ours("_count", category="functional"))) == {}
    own = ours("_count", "_count_*", category="functional")
    assert conflicts(joined(theirs(), own)) == {("counter", "_count_*"): {"Analytics"}}


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("P1Y", "1 year", False),
        ("P365D", "12 months", False),
        ("P3M", "90 days", False),
        ("P13M", "400 Days", False),
        ("P1Y", "13 months", True),
        ("session", "Session", False),
        ("session", "1 minute", True),
        ("PT30M", "30 mins", False),
        ("P1DT12H", "36 hours", False),
        ("P1Y", "varies", False),
        ("", "1 year", False),
    ],
)
def test_lifetimes_differ_by_more_than_how_they_are_written(one: str, other: str, differs: bool) -> None:
    row = Row("Counter", "Analytics", "_count", "", other, "Counter AS", "")

    assert [lifetime_differs(pair) for pair in joined([row], ours("_count", lifetime=one))] == [differs]


def test_what_says_no_time_has_no_seconds() -> None:
    assert [seconds(text) for text in ("", "forever", "1 fortnight")] == [None, None, None]


def test_privacy_notices_differ_by_their_hosts() -> None:
    pairs = joined(theirs(), ours("_count"))

    assert [privacy_link_differs(pair) for pair in pairs] == [False]
