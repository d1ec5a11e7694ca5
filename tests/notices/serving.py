"""A running server with the public pages, for browsers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from werkzeug.serving import WSGIRequestHandler, make_server

from server.app import create_app
from server.core.db import db
from tests.conftest import settings_for

STATIC = Path(__file__).parents[2] / "static"


@dataclass(frozen=True)
class Served:
    """A server that listens."""

    app: Flask
    address: str
    lines: list[str]
    """The first line of every request that it had, as an access log has it."""


@contextmanager
def serving(folder: Path, furnish: Callable[[str], None] = lambda _address: None) -> Iterator[Served]:
    """A server with a database of its own, which `furnish` fills."""
    if not (STATIC / "dist" / "verify.js").is_file():
        pytest.fail("static/dist/verify.js is not built: run `make assets`")
    lines: list[str] = []

    class Logged(WSGIRequestHandler):
        """Keeps what others would write into a file."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            lines.append(self.requestline)

    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True, request_handler=Logged)
    address = f"http://127.0.0.1:{server.server_port}"
    server.app = app = create_app(settings_for(folder, public_url=address))
    with app.app_context():
        upgrade()
        furnish(address)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Served(app, address, lines)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()
