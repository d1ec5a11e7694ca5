"""The product on a port of its own, served by threads of this process, for browsers and other clients."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask_migrate import upgrade
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wsgi import ClosingIterator

from server.app import create_app
from server.core.db import db
from tests.conftest import settings_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "static"
BUILT = (
    STATIC / "dist" / "studio.css",
    STATIC / "dist" / "studio.js",
    ROOT / "widget" / "dist" / "widget.js",
)
"""What pages cannot be shown without."""


@dataclass(frozen=True)
class Served:
    """A product that listens."""

    app: Flask
    address: str
    """Where it listens, without a slash at the end."""
    lines: list[str]
    """The first line of every request that it had, as an access log has it."""


@contextmanager
def serving(folder: Path, *, host: str = "127.0.0.1", **settings: object) -> Iterator[Served]:
    """The product on an empty database in `folder`, until the end of the block.

    `host` is what browsers call this machine; `settings` are fields of `Settings`.
    """
    for file in BUILT:
        if not file.is_file():
            pytest.fail(f"{file.relative_to(ROOT)} is not built: run `make assets`")
    lines: list[str] = []
    server = _bound(lines)
    address = f"http://{host}:{server.server_port}"
    app = create_app(settings_for(folder, public_url=address, **settings))
    with app.app_context():
        upgrade()
    try:
        with _running(server, app):
            yield Served(app, address, lines)
    finally:
        with app.app_context():
            db.engine.dispose()


@contextmanager
def listening(app: "WSGIApplication", *, threaded: bool = True) -> Iterator[str]:
    """The address at which an application is served, until the end of the block.

    Not `threaded`, it answers one request after the other, and the last one is over when the block is left.
    """
    server = _bound([], threaded=threaded)
    with _running(server, app):
        yield f"http://127.0.0.1:{server.server_port}"


def _bound(lines: list[str], *, threaded: bool = True) -> BaseWSGIServer:
    """A server whose port accepts connections already: addresses in a database name it."""

    class Handler(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            lines.append(self.requestline)

    return make_server("127.0.0.1", 0, _nothing, threaded=threaded, request_handler=Handler)


def _nothing(_environ: "WSGIEnvironment", _start: "StartResponse") -> Iterable[bytes]:
    """Stands for the application until that is made."""
    return []


@contextmanager
def _running(server: BaseWSGIServer, app: "WSGIApplication") -> Iterator[None]:
    server.app = _whole(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _whole(app: "WSGIApplication") -> "WSGIApplication":
    """The application, each of whose answers is read to its end and closed before anything of it is sent.

    Werkzeug's server does not close the answer of a connection that is reset after its last byte was
    written: its file would stay open, and Python warn of that in whichever test runs later.
    """

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        body = ClosingIterator(app(environ, start_response))
        try:
            return [b"".join(body)]
        finally:
            body.close()

    return answer
