"""What is promised to those who store together: each its own answer, and none too early."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from server.consents.intake.group_commit import MAX_BATCH, GroupCommit
from tests.processes import PATIENCE


class Storage:
    """Something to store in that keeps what it was given, and can be made to wait or to fail."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.entered = threading.Semaphore(0)
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.fail: Callable[[Sequence[int]], None] = lambda _batch: None
        self.open = 0

    def store(self, take: Callable[[], Sequence[int]]) -> Sequence[str]:
        self.open += 1
        assert self.open == 1, "two transactions at once"
        try:
            self.entered.release()
            assert self.may_go_on.wait(timeout=PATIENCE)
            batch = list(take())
            self.fail(batch)
            self.batches.append(batch)
            return [f"stored {item}" for item in batch]
        finally:
            self.open -= 1


class _Announcing(deque[Any]):
    """A queue that signals when an item has joined it."""

    def __init__(self) -> None:
        super().__init__()
        self.joined = threading.Semaphore(0)

    def append(self, item: Any) -> None:
        super().append(item)
        self.joined.release()


def joined(group_commit: GroupCommit[int, str]) -> None:
    """Wait until one more has joined the queue."""
    assert cast("_Announcing", group_commit._waiting).joined.acquire(timeout=PATIENCE)


def group_commit_of(storage: Storage) -> GroupCommit[int, str]:
    group_commit = GroupCommit(storage.store)
    group_commit._waiting = _Announcing()
    return group_commit


def gathered(
    pool: ThreadPoolExecutor, storage: Storage, group_commit: GroupCommit[int, str], items: Sequence[int]
) -> list[Future[str]]:
    """Submit these so that all of them wait while the first is about to take."""
    storage.may_go_on.clear()
    futures = [pool.submit(group_commit.submit, items[0])]
    joined(group_commit)
    assert storage.entered.acquire(timeout=PATIENCE)
    for item in items[1:]:
        futures.append(pool.submit(group_commit.submit, item))
        joined(group_commit)
    storage.may_go_on.set()
    return futures


def test_who_is_alone_is_stored_at_once() -> None:
    storage = Storage()
    group_commit = group_commit_of(storage)
    assert [group_commit.submit(1), group_commit.submit(2)] == ["stored 1", "stored 2"]
    assert storage.batches == [[1], [2]]


def test_those_who_come_together_are_stored_together_and_each_gets_its_own() -> None:
    storage = Storage()
    group_commit = group_commit_of(storage)
    with ThreadPoolExecutor(9) as pool:
        futures = gathered(pool, storage, group_commit, range(9))
        assert [future.result(timeout=PATIENCE) for future in futures] == [f"stored {n}" for n in range(9)]
    assert storage.batches == [list(range(9))]


def test_who_comes_too_late_goes_with_the_next() -> None:
    storage = Storage()
    group_commit = group_commit_of(storage)
    late: list[Future[str]] = []
    with ThreadPoolExecutor(4) as pool:

        def arrive(batch: Sequence[int]) -> None:
            if batch == [1, 2]:
                late.append(pool.submit(group_commit.submit, 3))
                joined(group_commit)

        storage.fail = arrive
        for future in gathered(pool, storage, group_commit, [1, 2]):
            future.result(timeout=PATIENCE)
        assert late[0].result(timeout=PATIENCE) == "stored 3"
    assert storage.batches == [[1, 2], [3]]


def test_a_batch_is_bounded() -> None:
    storage = Storage()
    group_commit = group_commit_of(storage)
    count = MAX_BATCH + 5
    with ThreadPoolExecutor(count) as pool:
        futures = gathered(pool, storage, group_commit, range(count))
        assert {future.result(timeout=PATIENCE) for future in futures} == {
            f"stored {n}" for n in range(count)
        }
    assert [len(batch) for batch in storage.batches] == [MAX_BATCH, 5]


def test_when_the_database_is_gone_no_decision_is_acknowledged() -> None:
    storage = Storage()
    group_commit = group_commit_of(storage)

    def fail(_batch: Sequence[int]) -> None:
        raise OperationalError("COMMIT", {}, Exception("gone"))

    storage.fail = fail
    with ThreadPoolExecutor(5) as pool:
        futures = gathered(pool, storage, group_commit, range(5))
        for future in futures:
            with pytest.raises(OperationalError):
                future.result(timeout=PATIENCE)
    assert storage.batches == []
    storage.fail = lambda _batch: None
    assert group_commit.submit(7) == "stored 7"


def test_a_transaction_that_cannot_begin_fails_all_who_wait() -> None:
    def cannot_begin(_take: Callable[[], Sequence[int]]) -> Sequence[str]:
        raise OperationalError("BEGIN", {}, Exception("gone"))

    group_commit: GroupCommit[int, str] = GroupCommit(cannot_begin)
    for _ in range(2):
        with pytest.raises(OperationalError):
            group_commit.submit(1)


@pytest.mark.parametrize("fault", [IntegrityError("INSERT", {}, Exception("no")), ValueError("no")])
def test_one_that_cannot_be_stored_does_not_take_the_others_along(fault: Exception) -> None:
    storage = Storage()
    group_commit = group_commit_of(storage)

    def fail(batch: Sequence[int]) -> None:
        if 3 in batch:
            raise fault

    storage.fail = fail
    with ThreadPoolExecutor(5) as pool:
        futures = gathered(pool, storage, group_commit, range(5))
        for number, future in enumerate(futures):
            if number == 3:
                with pytest.raises(type(fault)):
                    future.result(timeout=PATIENCE)
            else:
                assert future.result(timeout=PATIENCE) == f"stored {number}"
    assert sorted(storage.batches) == [[0], [1], [2], [4]]


def test_many_threads_lose_nothing_and_store_nothing_twice() -> None:
    storage = Storage()
    group_commit = group_commit_of(storage)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(group_commit.submit, range(3000)))
    assert answers == [f"stored {n}" for n in range(3000)]
    assert sorted(item for batch in storage.batches for item in batch) == list(range(3000))
