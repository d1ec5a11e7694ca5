"""Websites on this machine: all hosts that a test names, on one port, and crawls of them."""

import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.scanner.crawl.job import Job
from server.scanner.crawl.running import NotPossible, crawl
from server.scanner.observations import Choice, Crawl, Page, Request, Stored, Visit
from tests.absence import absent

SHOP = "shop.example"

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass
class Answer:
    """What is answered; `stream` writes more, for as long as it likes."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "text/html; charset=utf-8"
    cookies: tuple[str, ...] = ()
    stream: Callable[[BaseHTTPRequestHandler], None] | None = None


def script(text: str) -> Answer:
    """A script."""
    return Answer(text, kind="text/javascript")


def page(body: str, head: str = "") -> Answer:
    """A page in Norwegian, whose body begins on its second line."""
    return Answer(
        f'<!doctype html><html lang="nb"><head><title>Side</title>{head}</head><body>\n{body}</body></html>'
    )


@dataclass
class Websites:
    """A server for many hosts; `asked` are the addresses without scheme, in their order."""

    answers: dict[str, Answer]
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def job(self, path: str = "/", **options: object) -> Job:
        """A quick look at one page of the shop; nothing of this machine is reached but this server."""
        quick = Job(
            f"http://{SHOP}{path}",
            wait=1,
            first_wait=1,
            pages=1,
            pause=0,
            robots=False,
            follow=False,
            load_seconds=10,
            connect_to={"*:80": f"127.0.0.1:{self.port}"},
        )
        return replace(quick, **options)  # type: ignore[arg-type]

    def crawl(self, path: str = "/", **options: object) -> Crawl:
        """What a crawl sees of the shop."""
        return crawled(self.job(path, **options))

    def page(self, path: str = "/", **options: object) -> Page:
        """What it sees of one page."""
        (seen,) = self.crawl(path, **options).pages
        return seen


def crawled(job: Job, *, state: Path | None = None) -> Crawl:
    """A crawl; the test is skipped, or fails under CI, where there is no browser."""
    try:
        return crawl(job, now=lambda: NOON, state=state)
    except NotPossible as missing:
        if "needs Chromium" not in str(missing):
            raise
        absent("Chromium", str(missing))


@contextmanager
def websites(answers: Mapping[str, Answer]) -> Iterator[Websites]:
    """The websites with these pages, by `HOST/PATH`, until the end of the block; `*/PATH` is any host's."""
    sites = Websites(dict(answers))
    with _Server(("127.0.0.1", 0), _handler(sites)) as server:
        sites.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield sites
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingMixIn, HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: browsers hang up when they like."""


def _handler(sites: Websites) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            host = self.headers["Host"].partition(":")[0]
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sites.asked.append(f"{host}{self.path}")
            answer = sites.answers.get(f"{host}{path}") or sites.answers.get(f"*{path}") or Answer("", 404)
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response(answer.status)
            for name, value in {"Content-Type": answer.kind, **answer.headers}.items():
                self.send_header(name, value)
            for cookie in answer.cookies:
                self.send_header("Set-Cookie", cookie)
            if answer.stream:
                self.close_connection = True
                self.end_headers()
                answer.stream(self)
                return
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - a name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Silence."""

    return Handler


def visit_of(seen: Page, choice: Choice = "none") -> Visit:
    """The visit with a choice."""
    (meant,) = [each for each in seen.visits if each.choice == choice]
    return meant


def request_of(visit: Visit, url: str) -> Request:
    """The one request for an address."""
    (meant,) = [each for each in visit.requests if each.url == url]
    return meant


def stored_of(visit: Visit, name: str) -> Stored:
    """The one thing of a name that was stored."""
    (meant,) = [each for each in visit.stored if each.name == name]
    return meant


scanner = pytest.mark.scanner
