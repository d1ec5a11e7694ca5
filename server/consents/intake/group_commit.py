"""Group commit: one durable transaction for all the decisions that arrive together.

Making a transaction durable waits for the disk, and on SQLite only one writer may wait at a time. So the
first thread that has something to store becomes the leader: it stores what all other threads have queued
meanwhile, notifies them of their outcomes, and makes the first of those that came later the next leader. No
thread returns before the transaction with its item is durable; a thread that is alone waits for no other.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

MAX_BATCH = 128
"""Most items in one transaction."""


class _Pending(Generic[Item, Outcome]):
    """A queued item and, once it was tried, its outcome or fault."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.wakeup = threading.Lock()
        """Held until the waiting thread is notified; a bare lock, because each item needs one."""
        self.wakeup.acquire()
        self.outcomes: Sequence[Outcome] = ()
        """The one outcome, once it is stored; empty before."""
        self.fault: Exception | None = None
        """What prevented it."""


class GroupCommit(Generic[Item, Outcome]):
    """Stores the items of several threads in as few transactions as possible.

    `store` gets a function that returns the queued items. It opens a transaction, calls that function, stores
    the items and returns one outcome for each, in their order, once all are durable; if it raises, none is.
    """

    def __init__(self, store: Callable[[Callable[[], Sequence[Item]]], Sequence[Outcome]]) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._waiting: deque[_Pending[Item, Outcome]] = deque()
        self._has_leader = False

    def submit(self, item: Item) -> Outcome:
        """Store an item, alone or with others; returns its outcome once it is durable.

        An exception of `store` is raised in each thread whose item was not stored because of it.
        """
        pending: _Pending[Item, Outcome] = _Pending(item)
        with self._guard:
            self._waiting.append(pending)
            is_leader = not self._has_leader
            self._has_leader = True
        if not is_leader:
            pending.wakeup.acquire()
        if not pending.outcomes and pending.fault is None:
            self._lead()
        if pending.fault is not None:
            raise pending.fault
        return pending.outcomes[0]

    def _lead(self) -> None:
        batch: list[_Pending[Item, Outcome]] = []

        def take() -> Sequence[Item]:
            # As late as possible, inside the transaction: items queued while it waits to begin are included.
            with self._guard:
                while self._waiting and len(batch) < MAX_BATCH:
                    batch.append(self._waiting.popleft())
            return [pending.item for pending in batch]

        try:
            outcomes = self._store(take)
            for pending, outcome in zip(batch, outcomes, strict=True):
                pending.outcomes = (outcome,)
        except Exception as fault:  # noqa: BLE001 - raised again in each waiting thread
            take()
            self._fail(batch, fault)
        finally:
            with self._guard:
                successor = self._waiting[0] if self._waiting else None
                self._has_leader = successor is not None
            for pending in batch:
                pending.wakeup.release()
            if successor is not None:
                successor.wakeup.release()

    def _fail(self, batch: Sequence[_Pending[Item, Outcome]], fault: Exception) -> None:
        """Set the fault of every item; if a single item may have caused it, retry each by itself first."""
        for pending in batch:
            pending.fault = fault
            if len(batch) > 1 and _caused_by_item(fault):
                try:
                    pending.outcomes = (self._store(lambda one=pending.item: [one])[0],)  # type: ignore[misc]
                    pending.fault = None
                except Exception as own:  # noqa: BLE001 - raised again in the thread of the item
                    pending.fault = own


def _caused_by_item(fault: Exception) -> bool:
    """Whether the fault may lie in an item, not in the database or its disk."""
    return isinstance(fault, DataError | IntegrityError) or not isinstance(fault, SQLAlchemyError | OSError)
