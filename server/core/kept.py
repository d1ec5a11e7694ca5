"""What was expensive to make, kept in the memory of one process up to a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable


class Kept:
    """Values of bytes by key. What was not used for longest is dropped.

    A value of more than a quarter of all bytes is not kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._values: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self.size = 0
        """Bytes of all values."""

    def get(self, key: Hashable) -> bytes | None:
        """The value, if it is kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: bytes) -> None:
        """Keep a value, and drop what was not used for longest."""
        with self._lock:
            self.size -= len(self._values.pop(key, b""))
            if len(value) > self._most // 4:
                return
            self._values[key] = value
            self.size += len(value)
            while self.size > self._most:
                self.size -= len(self._values.popitem(last=False)[1])
