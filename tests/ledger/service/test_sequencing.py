"""What the log promises: every commitment gets one place, in order, without gaps, with several processes."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.core.db import db, transaction
from server.core.ids import new_id
from server.ledger.service import outbox as ledger_outbox
from server.ledger.service import reading, sequencing
from server.ledger.values import KIND_DECISION, KIND_VERSION, log_of
from tests.processes import PATIENCE

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = new_id()


def wait_for_index(count: int, *, now: datetime = NOON) -> list[str]:
    """Let commitments wait; their subjects."""
    subjects = [f"S{n:05}{new_id()[:10]}" for n in range(count)]
    with transaction():
        for subject in subjects:
            ledger_outbox.append(KIND_DECISION, SITE, subject, bytes(31) + b"\x01", now=now)
    return subjects


def sequence(*, now: datetime = NOON, limit: int = 1000) -> int:
    with transaction():
        return sequencing.sequence(now=now, limit=limit)


def logged(log: str = "2026h2") -> list[tuple[int, str]]:
    return [(entry.index, entry.subject) for entry in reading.entries(log, 0, 100_000)]


def outbox() -> int:
    return reading.waiting(now=NOON).entries


def test_what_waits_gets_contiguous_indices_from_zero(app: Flask) -> None:
    subjects = wait_for_index(5)
    assert sequence() == 5
    assert sorted(subject for _, subject in logged()) == sorted(subjects)
    assert [index for index, _ in logged()] == [0, 1, 2, 3, 4]
    assert outbox() == 0


def test_a_limit_leaves_the_rest_for_the_next_time(app: Flask) -> None:
    wait_for_index(5)
    assert [sequence(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert [index for index, _ in logged()] == [0, 1, 2, 3, 4]


def test_who_has_waited_longest_comes_first(app: Flask) -> None:
    late = wait_for_index(1, now=NOON + timedelta(seconds=5))
    early = wait_for_index(1)
    sequence(now=NOON + timedelta(seconds=9))
    assert [subject for _, subject in logged()] == [*early, *late]


def test_an_entry_keeps_what_was_appended(app: Flask) -> None:
    with transaction():
        ledger_outbox.append(KIND_VERSION, SITE, "7", b"c" * 32, now=NOON)
    sequence(now=NOON + timedelta(seconds=1))
    entry = reading.entries("2026h2", 0, 1)[0]
    assert (entry.kind, entry.site_id, entry.subject) == (KIND_VERSION, SITE, "7")
    assert (entry.commitment, entry.sequenced_at) == (b"c" * 32, NOON + timedelta(seconds=1))


def test_entries_are_read_from_an_index_on(app: Flask) -> None:
    wait_for_index(6)
    sequence()
    assert [entry.index for entry in reading.entries("2026h2", 2, 3)] == [2, 3, 4]
    assert reading.entries("2026h2", 6, 10) == ()
    assert reading.entries("2031h1", 0, 10) == ()


def test_each_half_year_has_a_log_of_its_own(app: Flask) -> None:
    wait_for_index(2)
    sequence(now=datetime(2027, 1, 1, tzinfo=UTC))
    wait_for_index(1)
    sequence(now=datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert reading.logs() == ("2026h2", "2027h1")
    assert reading.sizes() == {"2026h2": 1, "2027h1": 2}
    assert [index for index, _ in logged("2027h1")] == [0, 1]


def test_a_log_without_entries_is_not_named(app: Flask) -> None:
    assert sequence() == 0
    assert reading.logs() == ()


@given(
    st.datetimes(
        min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        max_value=datetime(2400, 1, 1),  # noqa: DTZ001
        timezones=st.timezones(),
    )
)
def test_logs_sort_as_time_passes(moment: datetime) -> None:
    later = moment.astimezone(UTC) + timedelta(days=184)
    assert log_of(moment) < log_of(later)
    assert log_of(moment) == log_of(moment.astimezone(UTC))


def test_what_waits_is_measured(app: Flask) -> None:
    assert reading.waiting(now=NOON).oldest == timedelta(0)
    wait_for_index(2)
    wait_for_index(1, now=NOON + timedelta(seconds=3))
    waiting = reading.waiting(now=NOON + timedelta(seconds=10))
    assert (waiting.entries, waiting.oldest) == (3, timedelta(seconds=10))
    assert reading.waiting(now=NOON - timedelta(seconds=10)).oldest == timedelta(0)


def test_a_commitment_of_another_length_is_a_mistake(app: Flask) -> None:
    with pytest.raises(ValueError, match="32 bytes"), transaction():
        ledger_outbox.append(KIND_DECISION, SITE, "x", b"short", now=NOON)


def test_what_the_caller_takes_back_was_never_appended(app: Flask) -> None:
    with pytest.raises(LookupError), transaction():
        ledger_outbox.append(KIND_DECISION, SITE, "x", bytes(32), now=NOON)
        raise LookupError
    assert outbox() == 0


def test_what_the_caller_takes_back_was_never_sequenced(app: Flask) -> None:
    wait_for_index(3)
    with pytest.raises(LookupError), transaction():
        assert sequencing.sequence(now=NOON) == 3
        raise LookupError
    assert (outbox(), logged(), reading.logs()) == (3, [], ())
    assert sequence() == 3
    assert [index for index, _ in logged()] == [0, 1, 2]


def test_many_sequencers_and_writers_leave_no_gap_and_no_double(app: Flask) -> None:
    threads, each = 6, 40
    start = threading.Barrier(threads)
    written: list[str] = []

    def work(number: int) -> None:
        with app.app_context():
            start.wait(timeout=PATIENCE)
            for _ in range(each // 4):
                if number % 2:
                    written.extend(wait_for_index(4))
                sequence(limit=3)

    in_threads(threads, work)
    while outbox():
        sequence(limit=7)
    entries = logged()
    assert [index for index, _ in entries] == list(range(len(written)))
    assert sorted(subject for _, subject in entries) == sorted(written)
    assert reading.sizes() == {"2026h2": len(written)}


def test_who_is_overtaken_changes_nothing(app: Flask) -> None:
    if_writers_can_overlap(app)
    subjects = wait_for_index(3)
    sequence(limit=1)
    # The slower one has read the size and the rows when the faster one takes them.
    with overtaken(app, before="UPDATE ledger_state", by=lambda: sequence(limit=2)), transaction():
        ledger_outbox.append(KIND_DECISION, SITE, "of the same caller", bytes(32), now=NOON)
        assert sequencing.sequence(now=NOON, limit=2) == 0
    assert sorted(subject for _, subject in logged()) == sorted(subjects)
    assert reading.sizes() == {"2026h2": 3}
    assert outbox() == 1


def test_who_reads_the_size_first_is_not_fooled_by_rows_that_go(app: Flask) -> None:
    if_writers_can_overlap(app)
    wait_for_index(3)
    sequence(limit=1)
    # Between the slower one's two reads; it takes what is left, at a size that is no longer true.
    with overtaken(app, before="SELECT ledger_outbox", by=lambda: sequence(limit=1)):
        assert sequence() == 0
    assert sequence() == 1
    assert [index for index, _ in logged()] == [0, 1, 2]


def test_clocks_on_both_sides_of_a_half_year_give_one_place(app: Flask) -> None:
    if_writers_can_overlap(app)
    wait_for_index(3)
    summer, midsummer = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 6, 30, 23, 59, tzinfo=UTC)
    # Each moves another log's size, so that only the rows themselves can tell who was first.
    with overtaken(app, before="UPDATE ledger_state", by=lambda: sequence(now=summer)):
        assert sequence(now=midsummer) == 0
    assert reading.sizes() == {"2026h2": 3}
    assert (logged("2026h1"), outbox()) == ([], 0)


def if_writers_can_overlap(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one writer in at a time, so that nobody can be overtaken inside")


@contextmanager
def overtaken(app: Flask, *, before: str, by: Callable[[], object]) -> Iterator[None]:
    """Let a rival on another connection do its whole work just before this thread's first such statement."""
    me = threading.get_ident()
    engine = db.engine
    done = False

    def interfere(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal done
        if done or threading.get_ident() != me or not statement.startswith(before):
            return
        done = True
        in_threads(1, lambda _number: in_context(app, by))

    sa.event.listen(engine, "before_cursor_execute", interfere)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", interfere)
    assert done, f"nothing began with {before!r}"


def in_context(app: Flask, work: Callable[[], object]) -> None:
    with app.app_context():
        work()


def in_threads(count: int, work: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(count) as pool:
        for future in [pool.submit(work, number) for number in range(count)]:
            future.result(timeout=PATIENCE)


@pytest.mark.parametrize("sequenced_before", [True, False])
def test_what_is_forgotten_loses_its_name_and_keeps_its_place(app: Flask, sequenced_before: bool) -> None:
    subjects = wait_for_index(4)
    elsewhere = new_id()
    with transaction():
        ledger_outbox.append(KIND_DECISION, elsewhere, subjects[1], bytes(32), now=NOON)
    if sequenced_before:
        sequence()
    with transaction():
        ledger_outbox.forget(SITE, subjects[1:3])
    sequence()
    found = reading.entries("2026h2", 0, 10)
    assert sorted(entry.subject for entry in found if entry.site_id == SITE) == sorted(
        ["", "", subjects[0], subjects[3]]
    )
    assert [entry.subject for entry in found if entry.site_id == elsewhere] == [subjects[1]]
    assert [entry.index for entry in found] == [0, 1, 2, 3, 4]
    assert {entry.commitment for entry in found if entry.site_id == SITE} == {bytes(31) + b"\x01"}
