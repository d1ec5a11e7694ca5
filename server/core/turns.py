"""Turns: only few threads of a process do at a time what costs much processor or memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from server.core.errors import Unavailable


class Turns:
    """Lets `at_once` threads work and `waiting` others wait; the rest are refused at once.

    A thread that waits is one less for decisions of visitors, so that few may.
    """

    def __init__(
        self, *, at_once: int = 1, waiting: int = 1, longest_wait: float = 10.0, retry_after: int = 10
    ) -> None:
        self._running = threading.BoundedSemaphore(at_once)
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self.longest_wait = longest_wait
        """Seconds."""
        self._retry_after = retry_after

    @contextmanager
    def turn(self, what: str) -> Iterator[None]:
        """Hold one of the places while the block runs. `what` is made by others, as the refusal says.

        :raises Unavailable: too many others wait, or it took them too long.
        """
        if not self._places.acquire(blocking=False):
            raise self._busy(what)
        try:
            if not self._running.acquire(timeout=self.longest_wait):
                raise self._busy(what)
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._places.release()

    def _busy(self, what: str) -> Unavailable:
        sentence = f"{what} are being made just now; try again in a few seconds"
        return Unavailable(sentence, retry_after=self._retry_after)
