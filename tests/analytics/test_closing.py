"""Blocks and lumps are closed once, and what they release adds up."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from server.analytics import jobs, queries
from server.analytics.last_releases import NOTHING, LastRelease
from server.analytics.service import choices, closing, counting, figures, opening
from server.analytics.values import Query, Totals, added
from server.core.db import db, transaction
from server.core.local_days import midnight
from server.ledger.service import sequencing
from tests.analytics.visitors import (
    MONDAY,
    Visited,
    at,
    close,
    count,
    counters,
    drain,
    open_site,
    without_noise,
)
from tests.processes import eventually

pytestmark = pytest.mark.usefixtures("app")
TUESDAY = MONDAY + timedelta(1)
TABLES = ("released_lump", "released_cell", "live_block")


@pytest.fixture
def exact() -> Iterator[None]:
    """No noise is drawn."""
    with without_noise():
        yield


def _everything() -> dict[str, list[tuple[object, ...]]]:
    return {
        table: sorted((tuple(row) for row in db.session.execute(sa.text(f"SELECT * FROM {table}"))), key=str)
        for table in TABLES
    }


def _advance(visited: Visited, now: datetime, before: LastRelease = NOTHING) -> int:
    with transaction():
        return closing.advance(visited.site.id, now=now, randbelow=lambda n: n - 1, before=before)


def _oslo(day: date, hour: int = 0) -> datetime:
    return midnight(day, ZoneInfo("Europe/Oslo")) + timedelta(hours=hour)


def test_nothing_is_released_before_the_day_has_ended_where_the_site_is() -> None:
    visited = open_site()
    visited.decide("accept_all", 40)
    count()
    end = _oslo(TUESDAY)
    assert _advance(visited, end - timedelta(seconds=1)) == 0
    assert visited.read().rows == ()
    assert _advance(visited, end) == 1
    assert [row.period for row in visited.read().rows] == ["2026-11-02"]


@pytest.mark.usefixtures("exact")
def test_a_category_that_came_later_was_asked_about_on_its_versions_alone() -> None:
    visited = open_site()
    visited.publish(MONDAY, categories=["functional"])
    visited.decide("accept_all", 30, version=1)
    visited.decide("accept_all", 20, version=2)
    close()
    cells = visited.read().totals
    assert dict(cells.asked) == {"functional": 50, "statistics": 30, "advertising": 30}
    assert dict(cells.granted) == {"functional": 50, "statistics": 30, "advertising": 30}


@pytest.mark.usefixtures("exact")
def test_released_figures_are_those_of_the_lump() -> None:
    visited = open_site()
    visited.decide("accept_all", 33)
    visited.decide("reject_all", 22)
    visited.decide("save", 13, language="nn", granted=["functional"])
    visited.decide("withdraw", 4)
    close()
    cells = visited.read().totals
    assert dict(cells.measures) == {
        "decided": 68, "accept_all": 33, "reject_all": 22, "save": 13, "withdraw": 4,
    }  # fmt: skip
    assert dict(cells.granted) == {"functional": 46, "statistics": 33, "advertising": 33}
    assert cells.suppressed == ("withdraw",)


def test_a_closed_lump_never_changes() -> None:
    visited = open_site()
    visited.decide("accept_all", 40)
    close()
    before, released = _everything(), visited.read()
    visited.decide("accept_all", 40)
    count(TUESDAY)
    _advance(visited, _oslo(TUESDAY) + timedelta(hours=1))
    assert _everything() == before
    assert visited.read().rows == released.rows


def test_a_late_decision_counts_in_the_lump_that_runs() -> None:
    visited = open_site()
    with without_noise():
        close()
        visited.decide("accept_all", 12, day=MONDAY)
        close(TUESDAY)
    rows = visited.read(Query(MONDAY, TUESDAY)).rows
    assert [row.cells.measures["accept_all"] for row in rows] == [0, 12]


def test_the_second_of_two_workers_finds_nothing_to_close() -> None:
    visited = open_site()
    visited.decide("accept_all", 40)
    assert close() == 1
    before = _everything()
    assert _advance(visited, _oslo(TUESDAY)) == 0
    assert _everything() == before


def test_of_many_workers_that_count_and_close_at_once_each_does_its_part_once(app: Flask) -> None:
    visited = open_site()
    visited.decide("accept_all", 60)
    with transaction():
        sequencing.sequence(now=at(MONDAY), limit=1000)
    start, night = threading.Barrier(6), _oslo(TUESDAY)

    def work(number: int) -> int:
        with app.app_context():
            start.wait()
            released = 0
            for _ in range(6):
                with transaction():
                    if number % 2:
                        counting.project(now=at(MONDAY), limit=7)
                    else:
                        released += closing.advance(visited.site.id, now=night, randbelow=lambda n: n - 1)
            return released

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 1
    assert len(_everything()["released_lump"]) == 1
    drain(TUESDAY)
    assert sum(number for cell, number in counters().items() if cell[0] == "decision_count") == 60
    assert counting.recount(now=at(TUESDAY)).differing == ()


def test_closing_waits_for_counting_that_has_begun(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """And never the other way round at the same time, which would be a deadlock."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    visited = open_site()
    visited.decide("accept_all", 20)
    count()
    visited.decide("accept_all", 5)
    with transaction():
        sequencing.sequence(now=at(MONDAY), limit=1000)

    def close_meanwhile() -> int:
        with app.app_context():
            return _advance(visited, _oslo(TUESDAY))

    def when_the_watermark_is_locked(*_args: object, **_options: object) -> int:
        closer.append(pool.submit(close_meanwhile))
        eventually(_somebody_waits, what="waiting for a lock")
        return 0

    closer: list[Future[int]] = []
    monkeypatch.setattr(opening, "open_first", when_the_watermark_is_locked)
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            assert counting.project(now=at(MONDAY)) > 0
        assert closer[0].result() == 1


def _somebody_waits() -> bool:
    """Whether a session that closes a lump waits for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'"
    )
    with db.engine.connect() as connection:
        return bool(connection.execute(sa.text(waiting)).scalar())


def test_a_lump_cannot_be_released_twice_whatever_the_running_lump_says() -> None:
    visited = open_site()
    close()
    with transaction():
        db.session.execute(sa.text("UPDATE open_lump SET start = '2026-11-02'"))
    with pytest.raises(sa.exc.IntegrityError):
        _advance(visited, _oslo(TUESDAY))


def test_a_crash_while_closing_releases_nothing_and_the_next_try_all() -> None:
    visited = open_site()
    visited.decide("accept_all", 40)
    count()
    with pytest.raises(RuntimeError, match="power cut"), transaction():
        closing.advance(visited.site.id, now=_oslo(TUESDAY), randbelow=lambda n: n - 1)
        raise RuntimeError("power cut")
    assert all(rows == [] for rows in _everything().values())
    assert _advance(visited, _oslo(TUESDAY)) == 1


def test_after_days_without_a_worker_each_day_is_released() -> None:
    visited = open_site()
    visited.decide("accept_all", 40)
    count()
    with without_noise():
        assert _advance(visited, _oslo(MONDAY + timedelta(5))) == 5
    rows = visited.read(Query(MONDAY, MONDAY + timedelta(9))).rows
    assert [row.cells.measures["accept_all"] for row in rows] == [40, 0, 0, 0, 0]


def test_every_leaf_gets_noise_whether_or_not_anybody_decided() -> None:
    open_site()
    for day in range(5):
        close(MONDAY + timedelta(day))
    noisy = db.session.scalars(sa.text("SELECT noisy FROM released_cell")).all()
    # 5 lumps × 3 languages × 7 measures; each is 0 with a probability of at most 0.38.
    assert len(noisy) == 105
    assert sum(number != 0 for number in noisy) > 40


def test_figures_add_up_in_every_division_and_period() -> None:
    visited = open_site()
    visited.publish(TUESDAY)
    for day in range(4):
        visited.decide("accept_all", 9 + day, day=MONDAY + timedelta(day))
        visited.decide("save", 5, day=MONDAY + timedelta(day), language="nn", granted=["statistics"])
        close(MONDAY + timedelta(day))
    whole = visited.read(Query(MONDAY, MONDAY + timedelta(6))).totals
    summed = figures.totals(MONDAY, MONDAY + timedelta(6), site=visited.site)
    assert summed == Totals(MONDAY, MONDAY + timedelta(3), whole)
    for by in (None, "version", "language"):
        for interval in ("day", "week", "month"):
            found = visited.read(Query(MONDAY, MONDAY + timedelta(6), interval, by))
            assert found.totals == whole
            assert added(row.cells for row in found.rows).named == whole.named
            for name, figure in whole.named.items():
                assert sum(row.cells.named.get(name, 0) for row in found.rows) == figure
            assert whole.measures["decided"] == sum(
                whole.measures[kind] for kind in ("accept_all", "reject_all", "save")
            )
            for value, cells in figures.parts(found.query, site=visited.site).items():
                of_value = added(row.cells for row in found.rows if row.value == value)
                assert cells.named == of_value.named
                assert cells.margins == of_value.margins


def test_only_versions_that_were_live_are_leaves_however_many_there_were() -> None:
    visited = open_site(day=MONDAY - timedelta(10))
    with transaction():
        choices.choose(visited.site.id, lump="day")
    for day in (*range(-9, -4), 1, 1, 1, 1, 1, 1, 1):
        visited.publish(MONDAY + timedelta(day))
    close(MONDAY - timedelta(1))
    close(MONDAY)
    close(TUESDAY)
    monday, tuesday = queries.released(visited.site.id, MONDAY, TUESDAY)
    assert list(monday.leaves.languages) == [6]
    assert list(tuesday.leaves.languages) == [6, 7, 8, 9, 10, 11, 12, 13]


def test_deleting_every_record_leaves_what_was_released() -> None:
    visited = open_site()
    visited.decide("accept_all", 40)
    close()
    before = _everything()
    with transaction():
        for table in ("consent", "decision_count", "grant_count"):
            db.session.execute(sa.text(f"DELETE FROM {table}"))
    assert _everything() == before


# --- the running lump -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("exact")
def test_the_running_day_is_shown_in_blocks() -> None:
    visited = open_site()
    assert visited.read().live is None
    visited.decide("accept_all", 30)
    visited.decide("withdraw", 7)
    count()
    assert _advance(visited, _oslo(MONDAY, 13)) == 0  # opened at noon: this block ends at two
    assert visited.read().live is None
    _advance(visited, _oslo(MONDAY, 14))
    live = visited.read().live
    assert live is not None
    assert (live.start, f"{live.as_of:%H:%M}", live.decided, live.plus_minus) == (MONDAY, "14:00", 30, 15)
    visited.decide("reject_all", 12)
    count()
    _advance(visited, _oslo(MONDAY, 14) + timedelta(minutes=5))
    assert visited.read().live == live
    _advance(visited, _oslo(MONDAY, 16))
    later = visited.read().live
    assert later is not None
    assert (later.decided, later.plus_minus) == (42, 21)
    _advance(visited, _oslo(TUESDAY))
    assert visited.read().live is None


def test_a_block_that_is_closed_late_is_named_by_its_last_full_hour() -> None:
    visited = open_site()
    _advance(visited, _oslo(MONDAY, 19))
    live = visited.read().live
    assert live is not None
    assert f"{live.as_of:%H:%M}" == "18:00"


def test_reading_tells_nothing_new_until_the_next_block_however_many_decide() -> None:
    visited = open_site()
    _advance(visited, _oslo(MONDAY, 14))
    answers = set()
    for _ in range(12):
        visited.decide("accept_all", 1)
        count()
        _advance(visited, _oslo(MONDAY, 15))
        answers.add(repr(visited.read()))
    assert len(answers) == 1


# --- after a backup was restored --------------------------------------------------------------------------


def test_lumps_that_were_released_before_are_skipped_and_their_counters_moved() -> None:
    visited = open_site()
    visited.decide("accept_all", 40)
    count()
    before = LastRelease(TUESDAY, at(MONDAY))
    released = _advance(visited, _oslo(MONDAY + timedelta(3)), before)
    assert released == 1
    assert _kinds(visited) == [
        ("11-02", "11-02", "day"),
        ("11-03", "11-03", "day"),
        ("11-04", "11-04", "day"),
    ]
    found = visited.read(Query(MONDAY, MONDAY + timedelta(6)))
    assert [row.period for row in found.rows] == ["2026-11-04"]
    assert len(db.session.scalars(sa.text("SELECT DISTINCT start FROM released_cell")).all()) == 1
    assert {key[2] for key in counters()} == {MONDAY}
    assert counting.recount(now=at(MONDAY + timedelta(3))).differing == ()


@pytest.mark.usefixtures("exact")
def test_a_block_that_was_released_before_is_skipped_once() -> None:
    visited = open_site()
    visited.decide("accept_all", 30)
    count()
    before = LastRelease(block=_oslo(MONDAY, 14))
    _advance(visited, _oslo(MONDAY, 15), before)
    assert visited.read().live is None
    visited.decide("reject_all", 12)
    count()
    _advance(visited, _oslo(MONDAY, 16), before)
    live = visited.read().live
    assert live is not None
    assert live.decided == 12


def test_a_week_of_which_one_day_was_released_before_is_skipped() -> None:
    visited = open_site()
    with transaction():
        choices.choose(visited.site.id, lump="week")
    close(MONDAY)
    before = LastRelease(MONDAY + timedelta(2))
    assert _advance(visited, _oslo(MONDAY + timedelta(14)), before) == 1
    rows = visited.read(Query(MONDAY, MONDAY + timedelta(13))).rows
    assert [(row.start, row.end) for row in rows] == [
        (MONDAY, MONDAY), (MONDAY + timedelta(7), MONDAY + timedelta(13)),
    ]  # fmt: skip


# --- length of the lumps ----------------------------------------------------------------------------------


def _kinds(visited: Visited) -> list[tuple[str, str, str]]:
    rows = db.session.execute(sa.text('SELECT start, "end", kind FROM released_lump ORDER BY start'))
    return [(str(row[0])[5:], str(row[1])[5:], row[2]) for row in rows]


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize(("a_day", "kind"), [(80, "day"), (20, "week"), (1, "month")])
def test_length_follows_the_number_of_decisions_after_the_first_week(a_day: int, kind: str) -> None:
    visited = open_site()
    for day in range(8):
        visited.decide("accept_all", a_day, day=MONDAY + timedelta(day))
        close(MONDAY + timedelta(day))
    running = queries.running(visited.site.id)
    assert running is not None
    assert running.kind == kind
    assert [each[2] for each in _kinds(visited)][:7] == ["day"] * 7


@pytest.mark.usefixtures("exact")
def test_an_owner_s_choice_begins_with_the_next_lump_which_may_be_short() -> None:
    visited = open_site(day=MONDAY)
    with transaction():
        choices.choose(visited.site.id, lump="week", epsilon="0.5")
    close(MONDAY)
    close(MONDAY + timedelta(6))
    assert _kinds(visited) == [("11-02", "11-02", "day"), ("11-03", "11-08", "week")]
    first, second = queries.released(visited.site.id, MONDAY, MONDAY + timedelta(6))
    assert (first.epsilon, second.epsilon) == (Fraction(1), Fraction(1, 2))
    assert visited.read(Query(MONDAY, MONDAY + timedelta(6))).rows[1].period == "2026-11-08"


def test_a_smaller_epsilon_has_wider_margins() -> None:
    visited = open_site()
    with transaction():
        choices.choose(visited.site.id, epsilon="0.25")
    close(MONDAY)
    close(TUESDAY)
    wide, wider = (row.cells.margins["decided"] for row in visited.read(Query(MONDAY, TUESDAY)).rows)
    assert wider > 3 * wide


# --- the job ----------------------------------------------------------------------------------------------


def test_the_worker_opens_lumps_of_published_sites_and_closes_them() -> None:
    visited = open_site()
    with transaction():
        db.session.execute(sa.text("DELETE FROM open_lump"))
    assert jobs.close(at(MONDAY)) == 0
    assert visited.read().privacy.since == MONDAY
    assert jobs.close(at(TUESDAY)) == 1
    assert jobs.close(at(TUESDAY)) == 0
    assert counting.recount(now=at(TUESDAY)).differing == ()


def test_a_damaged_file_of_one_site_keeps_no_other_from_being_released(app: Flask) -> None:
    damaged, sound = open_site(), open_site("annen")
    folder = app.extensions["samtykke"].data_dir / "released"
    folder.mkdir(exist_ok=True)
    file = folder / f"{damaged.site.id}.decisions"
    file.write_text("not a day")
    try:
        assert jobs.close(at(TUESDAY)) == 1
        assert (damaged.read().rows, len(sound.read().rows)) == ((), 1)
        file.write_text("2026-11-01 2026-11-01T00:00:00+00:00")
        assert jobs.close(at(TUESDAY)) == 1
    finally:
        file.unlink()
