"""Counting from the log, and figures from the counters."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from server.analytics import queries, service
from server.analytics.models import Watermark
from server.analytics.values import Figures, Query
from server.consents.models import Consent
from server.core.db import db, transaction
from server.ledger.service import reading, sequencing
from tests.analytics.visitors import MONDAY, Visited, at, count, counters, drain, open_site

pytestmark = pytest.mark.usefixtures("app")
TUESDAY = MONDAY + timedelta(1)


def test_every_decision_is_counted_once() -> None:
    visited = open_site()
    visited.decide("accept_all", 12)
    visited.decide("save", 3, language="nn", granted=["statistics"])
    count()
    key = (visited.site.id, MONDAY, 1)
    assert counters() == {
        ("decision_count", *key, "nb", "accept_all"): 12,
        ("decision_count", *key, "nn", "save"): 3,
        ("grant_count", *key, "nb", "accept_all", "functional"): 12,
        ("grant_count", *key, "nb", "accept_all", "statistics"): 12,
        ("grant_count", *key, "nb", "accept_all", "advertising"): 12,
        ("grant_count", *key, "nn", "save", "statistics"): 3,
    }


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_size_of_the_batches_does_not_matter(limit: int) -> None:
    visited = open_site()
    visited.decide("accept_all", 12)
    visited.decide("reject_all", 11, day=TUESDAY)
    count(limit=limit)
    visited.decide("reject_all", 2, day=TUESDAY)
    count(limit=limit)
    assert sum(n for cell, n in counters().items() if cell[0] == "decision_count") == 25
    assert service.recount(batch=limit).differing == ()


def test_folding_again_counts_nothing_more() -> None:
    open_site().decide("accept_all", 5)
    count()
    before = counters()
    with transaction():
        assert service.project(now=at(MONDAY)) == 0
    assert counters() == before


def test_fold_returns_how_many_entries_it_read() -> None:
    visited = open_site()
    visited.decide("accept_all", 5)
    with transaction():
        sequenced = sequencing.sequence(now=at(MONDAY))
    with transaction():
        assert service.project(now=at(MONDAY), limit=sequenced - 1) == sequenced - 1
    with transaction():
        assert service.project(now=at(MONDAY), limit=sequenced - 1) == 1


def test_crash_between_counting_and_committing_loses_and_doubles_nothing() -> None:
    visited = open_site()
    visited.decide("accept_all", 20)
    with transaction():
        sequencing.sequence(now=at(MONDAY))
    with pytest.raises(RuntimeError, match="power cut"), transaction():
        service.project(now=at(MONDAY), limit=10)
        raise RuntimeError("power cut")
    assert counters() == {}
    drain(limit=10)
    assert counters()["decision_count", visited.site.id, MONDAY, 1, "nb", "accept_all"] == 20


def test_reader_that_was_outrun_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    open_site().decide("accept_all", 20)
    count()
    before = counters()
    # As one sees the watermark who read it before the other reader committed.
    monkeypatch.setattr(service, "_watermark", lambda log: 0)
    with transaction():
        assert service.project(now=at(MONDAY)) == 0
    assert counters() == before


def test_logs_of_several_half_years_are_read_in_order() -> None:
    first = date(2026, 6, 30)
    visited = open_site(day=first)
    visited.decide("accept_all", 4, day=first)
    count(first, limit=3)
    visited.decide("accept_all", 6, day=date(2026, 7, 1))
    count(date(2026, 7, 1), limit=3)
    assert reading.logs() == ("2026h1", "2026h2")
    assert sum(n for cell, n in counters().items() if cell[0] == "decision_count") == 10
    assert service.recount().differing == ()
    marks = db.session.execute(sa.select(Watermark.log, Watermark.next_index))
    assert {row.log: row.next_index for row in marks} == reading.sizes()


def test_recount_finds_a_counter_that_was_tampered_with() -> None:
    visited = open_site()
    visited.decide("accept_all", 5)
    count()
    with transaction():
        db.session.execute(sa.text("UPDATE decision_count SET count = count - 1"))
    recounted = service.recount()
    assert recounted.decisions == 5
    assert len(recounted.differing) == 1
    assert "4 stored, 5 in the log" in recounted.differing[0]


def test_decision_that_is_gone_stays_counted() -> None:
    visited = open_site()
    gone = visited.decide("accept_all", 5)[0]
    count()
    before = counters()
    with transaction():
        db.session.execute(sa.delete(Consent).where(Consent.consent_id == gone))
    recounted = service.recount()
    assert (recounted.decisions, recounted.erased, recounted.differing) == (4, 1, ())
    assert counters() == before


def test_decision_that_is_gone_before_it_was_counted_is_passed_over() -> None:
    visited = open_site()
    visited.decide("accept_all", 5)
    with transaction():
        db.session.execute(sa.delete(Consent))
    count()
    assert counters() == {}


# --- figures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 10))
def test_tiny_site_shows_nothing(number: int) -> None:
    visited = open_site()
    visited.decide("accept_all", number)
    count()
    for by in (None, "version", "language"):
        figures = visited.read(Query(MONDAY, MONDAY, "day", by))
        for cells in (figures.totals, *(row.cells for row in figures.rows)):
            assert {*cells.measures.values(), *cells.granted.values()} == {None}
            assert len(cells.suppressed) == 8


def test_figures_are_rounded_and_name_what_they_withhold() -> None:
    visited = open_site()
    visited.decide("accept_all", 33)
    visited.decide("reject_all", 22)
    visited.decide("save", 13, granted=["functional"])
    visited.decide("withdraw", 4)
    count()
    (row,) = visited.read().rows
    assert dict(row.cells.measures) == {
        "decided": 70,
        "accept_all": 35,
        "reject_all": 20,
        "save": 15,
        "withdraw": None,
    }
    assert dict(row.cells.granted) == {"functional": 45, "statistics": 35, "advertising": 35}
    assert row.cells.suppressed == ("withdraw",)


def test_week_shows_what_its_days_were_too_small_for() -> None:
    visited = open_site()
    for day in range(7):
        visited.decide("accept_all", 4, day=MONDAY + timedelta(day))
    count()
    days = visited.read(Query(MONDAY, MONDAY + timedelta(6), "day"))
    weeks = visited.read(Query(MONDAY, MONDAY + timedelta(6), "week"))
    shown = [row.cells.measures["accept_all"] for row in days.rows]
    assert shown == [None, None, 10, None, None, 15, None]
    assert [(row.period, row.cells.measures["accept_all"]) for row in weeks.rows] == [("2026-W45", 25)]
    assert days.totals == weeks.totals == weeks.rows[0].cells


def test_day_is_the_same_in_every_window() -> None:
    visited = open_site()
    for day in range(10):
        visited.decide("accept_all", 7, day=MONDAY + timedelta(day))
        visited.decide("save", 2, day=MONDAY + timedelta(day))
    count()
    whole = visited.read(Query(MONDAY, MONDAY + timedelta(9))).rows
    for first in range(10):
        window = Query(MONDAY + timedelta(first), MONDAY + timedelta(9))
        assert visited.read(window).rows == whole[first:]


def test_every_language_has_a_row_whether_or_not_anybody_used_it() -> None:
    visited = open_site()
    query = Query(MONDAY, TUESDAY, "day", "language")
    nobody = [(row.period, row.value) for row in visited.read(query).rows]
    visited.decide("accept_all", 12)
    count()
    assert nobody == [(row.period, row.value) for row in visited.read(query).rows]
    assert {value for _, value in nobody} == {"nb", "nn", "en"}


def test_days_before_the_first_version_have_no_values() -> None:
    visited = open_site()
    sunday = MONDAY - timedelta(1)
    assert [row.period for row in visited.read(Query(sunday, sunday)).rows] == ["2026-11-01"]
    assert visited.read(Query(sunday, sunday, "day", "version")).rows == ()


def test_version_is_live_until_the_day_after_it_was_replaced() -> None:
    visited = open_site()
    visited.publish(MONDAY + timedelta(3))
    rows = visited.read(Query(MONDAY, MONDAY + timedelta(6), "day", "version")).rows
    live: dict[str, list[str]] = {}
    for row in rows:
        live.setdefault(row.period[-2:], []).append(str(row.value))
    both = ["1", "2"]
    assert list(live.values()) == [["1"], ["1"], ["1"], both, both, ["2"], ["2"]]


def test_versions_are_counted_separately_while_both_are_live() -> None:
    visited = open_site()
    visited.publish(TUESDAY)
    visited.decide("accept_all", 40, day=TUESDAY)
    visited.decide("accept_all", 30, day=TUESDAY, version=2)
    count()
    rows = visited.read(Query(TUESDAY, TUESDAY, "day", "version")).rows
    assert [(row.value, row.cells.measures["accept_all"]) for row in rows] == [("1", 40), ("2", 30)]


def test_late_decision_on_a_replaced_version_counts_with_the_live_one() -> None:
    visited = open_site()
    visited.publish(TUESDAY)
    day = MONDAY + timedelta(6)
    visited.decide("accept_all", 11, day=day, version=1)
    visited.decide("accept_all", 11, day=day, version=2)
    count()
    (row,) = visited.read(Query(day, day, "day", "version")).rows
    assert (row.value, row.cells.measures["accept_all"]) == ("2", 20)


def test_category_is_absent_where_nobody_was_asked_about_it() -> None:
    visited = open_site()
    visited.publish(TUESDAY, categories=["statistics"])
    later = MONDAY + timedelta(6)
    rows = visited.read(Query(MONDAY, TUESDAY, "week", "version")).rows
    assert [sorted(row.cells.granted) for row in rows] == [
        ["advertising", "functional", "statistics"],
        ["statistics"],
    ]
    assert list(visited.read(Query(later, later)).totals.granted) == ["statistics"]


def test_sites_do_not_mix() -> None:
    visited, other = open_site(), open_site("annen")
    other.decide("accept_all", 50)
    count()
    assert visited.read().totals.measures["decided"] is None
    assert other.read().totals.measures["decided"] == 50


def _afresh(visited: Visited, query: Query) -> Figures:
    """As a process answers that has just begun."""
    queries._cache.clear()
    return visited.read(query)


def test_answer_is_the_same_in_a_process_that_remembers() -> None:
    visited = open_site()
    for number in range(6):
        day = MONDAY + timedelta(number)
        if number == 3:
            visited.publish(day)
        visited.decide("accept_all", 9 + number, day=day, version=1 + number // 3)
        visited.decide("reject_all", 5, day=day, language="nn")
        count()
        for by in (None, "version", "language"):
            query = Query(MONDAY, day, "day", by)
            assert visited.read(query) == visited.read(query) == _afresh(visited, query)
    assert visited.read(Query(MONDAY, MONDAY)) == _afresh(visited, Query(MONDAY, MONDAY))


def test_decision_that_is_counted_late_is_not_overlooked() -> None:
    visited = open_site()
    query = Query(MONDAY, MONDAY + timedelta(2))
    for number in range(3):
        visited.decide("accept_all", 12, day=MONDAY + timedelta(number))
    count()
    before = visited.read(query)
    visited.decide("accept_all", 20, day=MONDAY)
    count()
    after = visited.read(query)
    assert before.totals.measures["decided"] == 35
    assert after.totals.measures["decided"] == 55
    assert after == _afresh(visited, query)


def test_process_remembers_few_sites() -> None:
    for number in range(20):
        visited = open_site(f"site-{number}")
        visited.decide("accept_all", 1)
        visited.decide("accept_all", 1, day=TUESDAY)
        count()
        visited.read()
    assert len(queries._cache) <= 16
