"""Raw HTTP/1.1 exchanges: bytes to a server, and what it answers until it closes the connection."""

import io
import socket
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

from tests.processes import PATIENCE


@dataclass(frozen=True)
class RawAnswer:
    """One response of an exchange."""

    status: int
    body: bytes
    closes: bool
    """Whether it says that the connection ends with it."""


class _Received(io.BytesIO):
    """What came back, readable as one response after the other."""

    def makefile(self, *_: object) -> "_Received":
        return self

    def close(self) -> None:
        """Stay readable: each response closes its file when its body has ended."""


def exchange(port: int, raw: bytes, *, pieces: int = 1, timeout: float = PATIENCE) -> list[RawAnswer]:
    """Send the bytes in so many pieces, then no more, and read all answers until the server closes.

    :raises AssertionError: what came back is not a sequence of whole responses.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            size = -(-len(raw) // pieces)
            for at in range(0, len(raw), size):
                connection.sendall(raw[at : at + size])
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused and closed before all was sent; the answer is there all the same
        received = _receive(connection)
    return _responses(received)


def _receive(connection: socket.socket) -> bytes:
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass  # it closed while more was on its way to it
    return b"".join(pieces)


def _responses(received: bytes) -> list[RawAnswer]:
    stream = _Received(received)
    answers = []
    while stream.tell() < len(received):
        response = HTTPResponse(stream)  # type: ignore[arg-type]
        try:
            response.begin()
            body = response.read()
        except HTTPException as fault:
            raise AssertionError(f"not a response: {received!r}") from fault
        answers.append(RawAnswer(response.status, body, response.will_close))
    return answers
