"""Counting from the log, and counting again."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from server.analytics.models import OPEN, Watermark
from server.analytics.service import counting, watermarks
from server.consents.models import Consent
from server.core.db import db, transaction
from server.ledger.service import reading, sequencing
from tests.analytics.visitors import MONDAY, Visited, at, close, count, counters, drain, open_site

pytestmark = pytest.mark.usefixtures("app")
TUESDAY = MONDAY + timedelta(1)


def test_every_decision_is_counted_once() -> None:
    visited = open_site()
    visited.decide("accept_all", 12)
    visited.decide("save", 3, language="nn", granted=["statistics"])
    count()
    key = (visited.site.id, OPEN, 1)
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
    assert _decisions() == 25
    assert counting.recount(now=at(MONDAY), batch=limit).differing == ()


def test_counting_again_counts_nothing_more() -> None:
    open_site().decide("accept_all", 5)
    count()
    before = counters()
    with transaction():
        assert counting.project(now=at(MONDAY)) == 0
    assert counters() == before


def test_projection_returns_how_many_entries_it_read() -> None:
    visited = open_site()
    visited.decide("accept_all", 5)
    with transaction():
        sequenced = sequencing.sequence(now=at(MONDAY))
    with transaction():
        assert counting.project(now=at(MONDAY), limit=sequenced - 1) == sequenced - 1
    with transaction():
        assert counting.project(now=at(MONDAY), limit=sequenced - 1) == 1


def test_crash_between_counting_and_committing_loses_and_doubles_nothing() -> None:
    visited = open_site()
    visited.decide("accept_all", 20)
    with transaction():
        sequencing.sequence(now=at(MONDAY))
    with pytest.raises(RuntimeError, match="power cut"), transaction():
        counting.project(now=at(MONDAY), limit=10)
        raise RuntimeError("power cut")
    assert counters() == {}
    drain(limit=10)
    assert counters()["decision_count", visited.site.id, OPEN, 1, "nb", "accept_all"] == 20


def test_reader_that_was_outrun_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    open_site().decide("accept_all", 20)
    count()
    before = counters()
    # As one sees the watermark who read it before the other reader committed.
    monkeypatch.setattr(watermarks, "next_index", lambda log: 0)
    with transaction():
        assert counting.project(now=at(MONDAY)) == 0
    assert counters() == before


def test_logs_of_several_half_years_are_read_in_order() -> None:
    first = date(2026, 6, 30)
    visited = open_site(day=first)
    visited.decide("accept_all", 4, day=first)
    close(first)
    visited.decide("accept_all", 6, day=date(2026, 7, 1))
    count(date(2026, 7, 1), limit=3)
    assert reading.logs() == ("2026h1", "2026h2")
    assert _decisions() == 10
    assert counting.recount(now=at(date(2026, 7, 1))).differing == ()
    marks = db.session.execute(sa.select(Watermark.log, Watermark.next_index).where(Watermark.log != ""))
    assert {row.log: row.next_index for row in marks} == reading.sizes()


@pytest.mark.parametrize("closed", [False, True], ids=["running", "closed"])
def test_recount_finds_a_counter_that_was_tampered_with(closed: bool) -> None:
    visited = open_site()
    visited.decide("accept_all", 5)
    close() if closed else count()
    with transaction():
        db.session.execute(sa.text("UPDATE decision_count SET count = count - 1"))
    recounted = counting.recount(now=at(TUESDAY))
    assert recounted.decisions == 5
    assert len(recounted.differing) == 1
    assert "4 stored, 5 in the log" in recounted.differing[0]


def test_recount_finds_a_decision_that_is_in_another_lump_than_the_log_says() -> None:
    visited = open_site()
    visited.decide("accept_all", 5)
    close()
    visited.decide("accept_all", 5, day=TUESDAY)
    close(TUESDAY)
    assert counting.recount(now=at(TUESDAY)).differing == ()
    with transaction():
        db.session.execute(sa.text("UPDATE decision_count SET count = 4 WHERE lump = '2026-11-02'"))
        db.session.execute(sa.text("UPDATE decision_count SET count = 6 WHERE lump = '2026-11-03'"))
    assert len(counting.recount(now=at(TUESDAY)).differing) == 2


def test_decision_that_is_gone_stays_counted() -> None:
    visited = open_site()
    gone = visited.decide("accept_all", 5)[0]
    count()
    before = counters()
    with transaction():
        db.session.execute(sa.delete(Consent).where(Consent.consent_id == gone))
    recounted = counting.recount(now=at(MONDAY))
    assert (recounted.decisions, recounted.erased, recounted.differing) == (4, 1, ())
    assert counters() == before


def test_decision_that_is_gone_before_it_was_counted_is_passed_over() -> None:
    visited = open_site()
    visited.decide("accept_all", 5)
    with transaction():
        db.session.execute(sa.delete(Consent))
    count()
    assert counters() == {}


def test_counters_are_deleted_a_week_after_their_lump_was_closed() -> None:
    visited = open_site()
    visited.decide("accept_all", 5)
    close()
    visited.decide("accept_all", 7, day=TUESDAY)
    count(TUESDAY)
    night = at(MONDAY) + timedelta(hours=12)
    for now, left in ((night + timedelta(days=7) - timedelta(seconds=1), 12), (night + timedelta(days=7), 7)):
        with transaction():
            counting.purge(now=now)
        assert _decisions() == left
        assert counting.recount(now=now).differing == ()


def test_counters_from_before_lumps_existed_stay_and_are_not_released() -> None:
    visited = _with_counters_of_an_older_release(MONDAY)
    visited.decide("accept_all", 3, day=MONDAY)
    with transaction():
        sequencing.sequence(now=at(MONDAY))
    drain(MONDAY)
    assert counting.recount(now=at(MONDAY)).differing == ()
    with transaction():
        counting.purge(now=at(MONDAY + timedelta(365)))
    assert _decisions() == 23
    # The day whose decisions were published under the older rule is not published again.
    assert figures_start(visited) == TUESDAY


def _with_counters_of_an_older_release(day: date) -> Visited:
    """A site with 20 decisions that were counted on a day, without a lump."""
    visited = open_site()
    visited.decide("accept_all", 20, day=day)
    count(day)
    with transaction():
        for statement in (
            "DELETE FROM open_lump",
            f"UPDATE decision_count SET lump = '{day}'",
            f"UPDATE grant_count SET lump = '{day}'",
        ):
            db.session.execute(sa.text(statement))
    return visited


def figures_start(visited: Visited) -> date | None:
    """The first day that will have figures."""
    return visited.read().privacy.since


def _decisions() -> int:
    return sum(number for cell, number in counters().items() if cell[0] == "decision_count")
