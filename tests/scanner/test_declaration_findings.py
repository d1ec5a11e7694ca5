"""What is declared, held against what scans saw."""

import json

import pytest

from server.scanner.findings.declaration import find_never_seen
from server.scanner.findings.finding import Change
from server.scanner.observations import Crawl, StorageKind
from tests.scanner.crawls import cookie, crawl, declared, of_kind, request, service, stored, visit

DAY = 86_400

# --- how long something stays ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kind", "seen", "weight"),
    [
        ("P30D", "cookie", 31 * DAY + 1, "fault"),
        ("P1Y", "cookie", 400 * DAY, "fault"),
        ("PT30M", "cookie", 2 * DAY, "fault"),
        ("session", "cookie", 2 * DAY, "fault"),
        ("session", "cookie", 600, "note"),
        ("session", "local_storage", None, "fault"),
        ("session", "indexed_db", None, "fault"),
    ],
)
def test_what_stays_longer_than_declared_is_named(
    said: str, kind: StorageKind, seen: int | None, weight: str
) -> None:
    site = declared(service("app", "functional", cookies=[cookie("last", said, kind=kind)]))
    made = crawl(visit(stored("last", "after", kind=kind, lifetime=seen), choice="accept_all"))
    (longer,) = of_kind("lifetime", made, site)
    assert (longer.weight, longer.subject, longer.facts["declared"]) == (weight, "last", said)
    assert longer.change is not None
    assert longer.change.before == f'"lifetime": "{said}"'
    assert json.loads(f"{{{longer.change.after}}}")["lifetime"] == longer.facts["lifetime"]


@pytest.mark.parametrize(
    ("said", "kind", "seen"),
    [
        ("P30D", "cookie", 30 * DAY),
        ("P30D", "cookie", 31 * DAY),
        ("P2Y", "cookie", 730 * DAY),
        ("P2Y", "cookie", 740 * DAY),
        ("P13M", "cookie", 400 * DAY),
        ("P30D", "cookie", None),
        ("session", "cookie", None),
        ("session", "session_storage", None),
        ("P30D", "local_storage", None),
        ("", "cookie", 400 * DAY),
    ],
)
def test_what_stays_as_declared_or_shorter_is_not(said: str, kind: StorageKind, seen: int | None) -> None:
    site = declared(service("app", "functional", cookies=[cookie("last", said, kind=kind)]))
    made = crawl(visit(stored("last", "after", kind=kind, lifetime=seen), choice="accept_all"))
    assert of_kind("lifetime", made, site) == ()


def test_of_two_entries_of_a_name_the_longer_one_counts() -> None:
    site = declared(service("app", "functional", cookies=[cookie("last", "P1D"), cookie("last", "P90D")]))
    made = crawl(visit(stored("last", "after", lifetime=80 * DAY), choice="accept_all"))
    assert of_kind("lifetime", made, site) == ()


def test_an_exact_name_counts_before_a_pattern() -> None:
    site = declared(service("app", "functional", cookies=[cookie("la*", "P2Y"), cookie("last", "P1D")]))
    made = crawl(visit(stored("last", "after", lifetime=80 * DAY), choice="accept_all"))
    assert [each.subject for each in of_kind("lifetime", made, site)] == ["last"]


# --- what was never seen -----------------------------------------------------------------------------------


SITE = declared(
    service(
        "ads",
        "advertising",
        hosts=("ads.test",),
        cookies=[cookie("ad"), cookie("gone"), cookie("px", kind="pixel")],
    ),
    service("old", "statistics", hosts=("old.test",), cookies=[cookie("old")]),
    service("silent", "functional"),
)


def _whole(*items: str) -> Crawl:
    return crawl(visit(request("https://ads.test/a.js", "after"), stored("ad", "after"), choice="accept_all"))


def test_what_three_whole_scans_did_not_see_is_named() -> None:
    found = find_never_seen([_whole(), _whole(), _whole()], SITE)
    assert [(each.subject_kind, each.subject, each.weight) for each in found] == [
        ("service", "old", "note"),
        ("storage", "gone", "note"),
    ]
    assert {each.facts["scans"] for each in found} == {"3"}


def test_what_one_of_them_saw_is_not() -> None:
    late = crawl(visit(stored("old", "after"), stored("gone", "after"), choice="accept_all"))
    assert find_never_seen([_whole(), late, _whole()], SITE) == ()


def test_two_scans_are_too_few() -> None:
    assert find_never_seen([_whole(), _whole()], SITE) == ()


def test_a_scan_that_stopped_or_could_not_accept_saw_too_little() -> None:
    stopped = Crawl(**{**vars(_whole()), "whole": False})
    unanswered = crawl(visit(request("https://ads.test/a.js"), choice="accept_all", outcome="failed"))
    assert find_never_seen([_whole(), _whole(), stopped], SITE) == ()
    assert find_never_seen([_whole(), _whole(), unanswered], SITE) == ()


# --- why necessary -----------------------------------------------------------------------------------------


def test_what_is_necessary_without_a_reason_is_named() -> None:
    site = declared(service("app", "necessary", reason=" "), service("shop", "necessary", reason="It sells."))
    (found,) = of_kind("necessary-without-reason", crawl(visit()), site)
    assert (found.subject, found.weight) == ("app", "fault")
    assert found.change == Change("", None, '"necessary_reason": {}', '"necessary_reason": {"en": "…"}')


def test_what_visitors_are_asked_about_needs_none_and_our_own_is_known() -> None:
    site = declared(service("ads", "advertising"), service("samtykke", "necessary"))
    assert of_kind("necessary-without-reason", crawl(visit()), site) == ()
