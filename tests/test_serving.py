"""The server of the tests leaves nothing open, whatever its clients do."""

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.processes import PATIENCE
from tests.serving import listening

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing the connection resets it, as a browser does that leaves a page."""


def test_a_connection_that_is_reset_midway_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "style.css"
    path.write_bytes(b"a { color: red }")
    file = path.open("rb")
    answering, gone = threading.Event(), threading.Event()

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            yield file.read()
            answering.set()
            gone.wait(PATIENCE)

        def close(self) -> None:
            file.close()

    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Body:
        start_response("200 OK", [("Content-Type", "text/css")])
        return Body()

    with listening(app, threaded=False) as address:
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answering.wait(PATIENCE)
        gone.set()
    left_open = not file.closed
    file.close()
    assert not left_open
