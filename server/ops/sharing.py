"""Which of the processes that listen on one address takes a new connection: the one that holds fewest.

Left to themselves the first that looks takes all that come at one moment. Browsers and proxies keep a
connection for many requests, so one process would then do all the work and the others none.
"""

import mmap
import time
from collections.abc import Callable

PASS_SECONDS = 0.002
"""How long a new connection is left to somebody who holds fewer."""

ALONE_SECONDS = 1.0
"""How long nothing is left to others once none of them has come for it: they may hang."""

_SLOTS = 64
_NOBODY = 2**31 - 1


class Holdings:
    """How many connections each process holds, in memory that they share. Make it before they fork."""

    def __init__(self) -> None:
        self._held = memoryview(mmap.mmap(-1, 4 * _SLOTS)).cast("i")
        for slot in range(_SLOTS):
            self._held[slot] = _NOBODY

    def tell(self, process: int, held: int) -> None:
        """Say how many the process of this number holds."""
        self._held[process % _SLOTS] = held

    def leave(self, process: int) -> None:
        """Say that it takes no more."""
        self._held[process % _SLOTS] = _NOBODY

    def of_others(self, process: int) -> tuple[int, ...]:
        """How many each of the other processes holds."""
        own = process % _SLOTS
        return tuple(held for slot, held in enumerate(self._held) if slot != own and held != _NOBODY)


class Turns:
    """When one process leaves new connections to others. Times are of the monotonic clock."""

    def __init__(self, holdings: Holdings, process: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._holdings, self._process, self._clock = holdings, process, clock
        self._others: tuple[int, ...] = ()
        """What they held when this process began to leave something to them."""
        self._since = 0.0
        self._alone_until = 0.0

    def passes(self, held: int) -> bool:
        """Whether one that holds so many leaves what waits now to somebody else."""
        now = self._clock()
        others = self._holdings.of_others(self._process)
        if now < self._alone_until or held <= min(others, default=held):
            self._others = ()
            return False
        # As long as they take some, they are left more.
        if others != self._others:
            self._others, self._since = others, now
        if now - self._since < PASS_SECONDS:
            return True
        self._others = ()
        self._alone_until = now + ALONE_SECONDS
        return False
