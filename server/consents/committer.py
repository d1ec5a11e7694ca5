"""One durable transaction for all the decisions that arrive together.

Making a transaction durable costs a wait for the disk, and on SQLite only one writer may wait at a time. So
of all the threads that have something to store the first leads: it stores what every other one has brought
meanwhile, wakes them with their own answers, and hands over to the first that came too late. Nobody is
answered before the transaction that holds its decision is durable; who is alone waits for nobody.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

LARGEST_BATCH = 128
"""Decisions in one transaction."""


class _Ticket(Generic[Item, Outcome]):
    """What one thread waits for."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.asleep = threading.Lock()
        """Held until somebody wakes who waits: a bare lock, because there is one for every decision."""
        self.asleep.acquire()
        self.outcomes: Sequence[Outcome] = ()
        """One, once it is stored."""
        self.fault: Exception | None = None
        """Why it was not."""


class Committer(Generic[Item, Outcome]):
    """Stores what several threads bring in as few transactions as possible.

    `store` is given a function that hands over what there is to store. It opens a transaction, takes, stores,
    and returns one outcome for each, in their order, when all are durable; when it raises, none is.
    """

    def __init__(self, store: Callable[[Callable[[], Sequence[Item]]], Sequence[Outcome]]) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._waiting: deque[_Ticket[Item, Outcome]] = deque()
        self._led = False

    def submit(self, item: Item) -> Outcome:
        """Store this, alone or with others; its outcome, once it is durable.

        Whatever `store` raises is raised here, in each thread whose item was not stored because of it.
        """
        ticket: _Ticket[Item, Outcome] = _Ticket(item)
        with self._guard:
            self._waiting.append(ticket)
            leads = not self._led
            self._led = True
        if not leads:
            ticket.asleep.acquire()
        if not ticket.outcomes and ticket.fault is None:
            self._lead()
        if ticket.fault is not None:
            raise ticket.fault
        return ticket.outcomes[0]

    def _lead(self) -> None:
        batch: list[_Ticket[Item, Outcome]] = []

        def take() -> Sequence[Item]:
            # As late as possible, inside the transaction: who comes while it waits to begin goes along.
            with self._guard:
                while self._waiting and len(batch) < LARGEST_BATCH:
                    batch.append(self._waiting.popleft())
            return [ticket.item for ticket in batch]

        try:
            outcomes = self._store(take)
            for ticket, outcome in zip(batch, outcomes, strict=True):
                ticket.outcomes = (outcome,)
        except Exception as fault:  # noqa: BLE001 - each of those who wait raises it again
            take()
            self._fail(batch, fault)
        finally:
            with self._guard:
                successor = self._waiting[0] if self._waiting else None
                self._led = successor is not None
            for ticket in batch:
                ticket.asleep.release()
            if successor is not None:
                successor.asleep.release()

    def _fail(self, batch: Sequence[_Ticket[Item, Outcome]], fault: Exception) -> None:
        """Tell everybody, unless one item alone may be to blame: then each is tried by itself."""
        for ticket in batch:
            ticket.fault = fault
            if len(batch) > 1 and _may_be_one(fault):
                try:
                    ticket.outcomes = (self._store(lambda one=ticket.item: [one])[0],)  # type: ignore[misc]
                    ticket.fault = None
                except Exception as own:  # noqa: BLE001 - raised again by the one it belongs to
                    ticket.fault = own


def _may_be_one(fault: Exception) -> bool:
    """Whether the fault lies in what was to be stored, and not in where."""
    return isinstance(fault, DataError | IntegrityError) or not isinstance(fault, SQLAlchemyError | OSError)
