"""A socket within a deadline and a number of bytes, for `http.client`.

A time-out of a socket is for one read or write: a peer that sends a byte now and then never exceeds it. Here
each gets what is left of one deadline.
"""

import http.client
import io
import socket
import time


class Deadline:
    """The moment at which the time for something is over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left, more than 0.

        :raises TimeoutError: none are.
        """
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class BoundedSocket:
    """What `http.client` uses of a socket, within a deadline and a number of bytes to read."""

    def __init__(self, connection: socket.socket, deadline: Deadline, most: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._most = most

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What is received."""
        return io.BufferedReader(_Received(self._connection, self._deadline, self._most))

    def sendall(self, data: bytes) -> None:
        """Send it all; `socket.sendall` over TLS would give each record the whole time."""
        rest = memoryview(data)
        while rest:
            self._connection.settimeout(self._deadline.left())
            rest = rest[self._connection.send(rest) :]

    def close(self) -> None:
        """Nothing: who made the connection closes it. `http.client` closes before it reads the body."""


class _Received(io.RawIOBase):
    """The bytes that come in on a connection."""

    def __init__(self, connection: socket.socket, deadline: Deadline, most: int) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self._most = most

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the buffer of a BufferedReader
        """What has come in; 0 at the end."""
        self._connection.settimeout(self._deadline.left())
        count = self._connection.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise http.client.HTTPException("too many bytes")
        return count
