"""Requests are given to a thread once they have arrived, and never wait for a client there.

gunicorn's threads read from the connection themselves: as many slow clients as there are threads would keep
everybody else waiting. Here the process's one loop gathers what arrives, on however many connections, and a
thread gets the whole request from memory. What has not arrived by the deadline is answered 408, and where
connections or memory get short, those that have kept the process waiting longest go first.
"""

import errno
import math
import os
import re
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

from server.ops.sharing import Holdings, Turns

ARRIVE_SECONDS = 20.0
"""How long a request may take to arrive, from its first byte to its last."""

SEND_SECONDS = 60.0
"""How long a client may take to accept one piece of an answer."""

MOST_HEAD = 64 * 1024
"""Bytes of a request's head."""

MOST_BODY = 1024 * 1024 + 1
"""Bytes of a body that are gathered; the application refuses those of which there are more."""

MOST_WAITING = 64 * 1024 * 1024
"""Bytes of unfinished requests that one process keeps."""

MOST_LINGERING = 256
"""Connections that wait for the client to close them."""

LINGER_SECONDS = 2.0
"""For how long each of them does, and for how long a process that stops waits for what is arriving."""

_TOO_LATE = b"408 Request Timeout"
_LONG_HEAD = b"431 Request Header Fields Too Large"

_AT_ONCE = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?=\r\n)", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"


class Arrival:
    """What has come of one request. Pure."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        """When it has to be complete, on the monotonic clock."""
        self.raw = bytearray()
        self.body_at: int | None = None
        """Where the body begins; none while the head is not complete."""
        self._end: int | None = None
        """Where the request ends, if the head says so."""

    def add(self, data: bytes) -> None:
        """Take what has come in."""
        seen = max(0, len(self.raw) - 3)
        self.raw += data
        if self.body_at is None and (at := self.raw.find(b"\r\n\r\n", seen)) >= 0:
            self.body_at = at + 4
            self._end = self._end_of(self.raw[: self.body_at])

    @property
    def complete(self) -> bool:
        """Whether there is nothing more to wait for: it is whole, or will be refused however it goes on."""
        if self.body_at is None:
            return len(self.raw) > MOST_HEAD
        if self._end is not None:
            return len(self.raw) >= self._end or self._is_too_large
        return len(self.raw) - self.body_at > 2 * MOST_BODY or self._has_last_chunk

    @property
    def cut(self) -> bool:
        """Whether a complete arrival is not the whole request."""
        return len(self.raw) < self._end if self._end is not None else not self._has_last_chunk

    @property
    def request(self) -> bytes:
        """What a thread is given."""
        if self.expects_leave:  # which the client has got
            return _EXPECT.sub(b"\r\n", bytes(self.raw), count=1)
        return bytes(self.raw)

    @property
    def expects_leave(self) -> bool:
        """Whether the client waits to be told that it may send the body."""
        return self.body_at is not None and _EXPECT.search(self.raw, 0, self.body_at) is not None

    @property
    def _is_too_large(self) -> bool:
        return self._end is not None and self._end - (self.body_at or 0) > MOST_BODY

    @property
    def _has_last_chunk(self) -> bool:
        # With the line end of the head, which stands before the first chunk. Trailers, which no browser sends
        # and the application would not read, are waited for in vain.
        return self.raw.endswith(_LAST_CHUNK, (self.body_at or 2) - 2)

    @staticmethod
    def _end_of(head: bytearray) -> int | None:
        if _CODING.search(head):
            return None
        lengths = {int(found) for found in _LENGTH.findall(head)}
        # Where there is more than one, or one that is none, the parser refuses before it reads any further.
        return len(head) + (lengths.pop() if len(lengths) == 1 else 0)


class _Connection(TConn):
    """A connection whose end does not keep the loop waiting, as gunicorn's would for up to two seconds."""

    cut = False
    """Whether its request was not taken whole, so that nothing behind it can be read."""
    linger: Callable[["_Connection"], None] | None = None
    """What closes it once the client has."""

    def close(self, graceful: bool = False) -> None:  # noqa: FBT001, FBT002 - gunicorn's signature
        """Close it; where an answer was sent, when the client has read that."""
        if graceful and self.linger is not None:
            self.linger(self)
        else:
            super().close()


class PatientWorker(ThreadWorker):
    """gunicorn's worker with threads, whose threads never read from a connection."""

    _holdings = Holdings()
    """Made before there is any second process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[_Connection, Arrival] = {}
        """Unfinished requests, the oldest first."""
        self._waiting = 0
        """Their bytes."""
        self._lingering: dict[_Connection, float] = {}
        """Connections that we have closed and the client has not, and until when they are left open."""
        self._stopped: float | None = None
        self._turns = Turns(self._holdings, self.age)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's signature
        """Begin or cease to take connections in, and let the other processes know."""
        super().set_accept_enabled(enabled)
        self._tell()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do what there is to do, as gunicorn does, and let the other processes know what is held now."""
        super().wait_for_and_dispatch_events(timeout)
        self._tell()

    def leave(self) -> None:
        """Let the other processes know that this one is no more."""
        self._holdings.leave(self.age)

    def _tell(self) -> None:
        if self._accepting:
            self._holdings.tell(self.age, self.nr_conns)
        else:
            self.leave()

    def accept(self, listener: socket.socket) -> None:
        """Take a connection in, as gunicorn does, unless it is another process's turn."""
        if self._turns.passes(self.nr_conns):
            os.sched_yield()
            return
        try:
            sock, address = listener.accept()
        except OSError as fault:
            if fault.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        self._tell()
        conn = _Connection(self.cfg, sock, address, listener.getsockname())
        conn.linger = self._linger
        self.enqueue_req(conn)

    def enqueue_req(self, conn: _Connection) -> None:
        """Gather the request that begins on this connection; a thread gets it once it is complete."""
        arrival = Arrival(time.monotonic() + ARRIVE_SECONDS)
        if conn.parser is not None:  # what was sent right behind the last request
            arrival.add(conn.parser.unreader.take_buffered())
        conn.sock.settimeout(0)
        if self._take(conn, arrival):
            return
        self._arriving[conn] = arrival
        self._waiting += len(arrival.raw)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_more, conn))
        self._make_room()

    def murder_pending(self) -> None:
        """End what has not arrived in time, or is not closed in time; called about once a second."""
        super().murder_pending()
        now = time.monotonic()
        if not self.alive and self._stopped is None:
            self._stopped = now
        ends = math.inf if self._stopped is None else self._stopped + LINGER_SECONDS
        for conn in [one for one, each in self._arriving.items() if min(each.deadline, ends) <= now]:
            self._refuse(conn, _TOO_LATE)
        for conn in [one for one, end in self._lingering.items() if end <= now]:
            self._let_go(conn)

    def handle_request(self, req: Any, conn: _Connection) -> bool:
        """Answer; a client that does not take the answer is given up."""
        conn.sock.settimeout(SEND_SECONDS)
        if conn.cut:
            req.force_close()
        return bool(super().handle_request(req, conn))

    def _on_more(self, conn: _Connection, _sock: object) -> None:
        arrival = self._arriving.get(conn)
        if arrival is None:  # let go while the loop was at others that had more at the same moment
            return
        self._waiting -= len(arrival.raw)
        if not self._take(conn, arrival):
            self._waiting += len(arrival.raw)
            self._make_room()

    def _take(self, conn: _Connection, arrival: Arrival) -> bool:
        """Take what is there; false when there is more to come."""
        had_head = arrival.body_at is not None
        while not arrival.complete:
            try:
                data = conn.sock.recv(_AT_ONCE)
            except BlockingIOError:
                if arrival.expects_leave and not had_head:
                    with suppress(OSError):
                        conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
                return False
            except OSError:
                data = b""
            if not data:
                break
            arrival.add(data)
        self._forget(conn)
        if arrival.body_at is not None:
            conn.cut = arrival.cut
            conn.data_ready = True  # or the thread would wait for more
            conn.parser = get_parser(self.cfg, [arrival.request], conn.client)
            super().enqueue_req(conn)
        else:
            self._answer(conn, _LONG_HEAD if arrival.complete else b"")
        return True

    def _make_room(self) -> None:
        """Let go of whoever has kept us waiting longest, so that others are let in."""
        while self._arriving and (self._waiting > MOST_WAITING or self.nr_conns >= self.worker_connections):
            self._refuse(next(iter(self._arriving)), _TOO_LATE)

    def _refuse(self, conn: _Connection, status: bytes) -> None:
        begun = len(self._arriving[conn].raw)
        self._waiting -= begun
        self._forget(conn)
        self._answer(conn, status if begun else b"")

    def _forget(self, conn: _Connection) -> None:
        if self._arriving.pop(conn, None) is not None:
            self.poller.unregister(conn.sock)

    def _answer(self, conn: _Connection, status: bytes) -> None:
        """Say no more than the status, if anything, and close."""
        with suppress(OSError):
            if status:
                conn.sock.send(b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % status)
        self.nr_conns -= 1
        conn.close(graceful=bool(status))

    def _linger(self, conn: _Connection) -> None:
        """Close our side; the other stays open until the client closes it, or the answer could be lost."""
        try:
            conn.sock.settimeout(0)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            conn.close()
            return
        if len(self._lingering) >= MOST_LINGERING:
            self._let_go(next(iter(self._lingering)))
        self._lingering[conn] = time.monotonic() + LINGER_SECONDS
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_rest, conn))

    def _on_rest(self, conn: _Connection, _sock: object) -> None:
        if conn not in self._lingering:
            return
        try:
            rest = conn.sock.recv(_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            rest = b""
        if not rest:
            self._let_go(conn)

    def _let_go(self, conn: _Connection) -> None:
        del self._lingering[conn]
        self.poller.unregister(conn.sock)
        conn.close()
