"""What scans find of a website with known violations and of its twin; what a hundred pages take."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil

from server.core import clock
from server.scanner.crawl import running
from server.scanner.crawl.job import Job
from tests.scanner.planted import measuring, violations

PAGES, MINUTES, MEGABYTES = 100, 5, 1_500

LEAST_RECALL = 0.95


def report() -> None:
    """Print each figure with its budget."""
    print("\n## Scans of websites\n")
    with tempfile.TemporaryDirectory() as folder, measuring.product(Path(folder)) as app:
        planted = measuring.scanned(app, Path(folder), planted=True)
        clean = measuring.scanned(app, Path(folder), planted=False)
    hits = sum(measuring.found(each, planted) for each in violations.ALL)
    recall = hits / len(violations.ALL)
    seconds, memory = _many_pages()
    for name, measured, budget, kept in (
        (
            "violations found",
            f"{hits} of {len(violations.ALL)}",
            f"≥ {LEAST_RECALL:.0%}",
            recall >= LEAST_RECALL,
        ),
        ("found on the clean twin", str(len(clean)), "0", not clean),
        (f"{PAGES} pages", f"{seconds / 60:.1f} min", f"≤ {MINUTES} min", seconds <= MINUTES * 60),
        ("memory at most", f"{memory / 1e6:.0f} MB", f"< {MEGABYTES:,} MB", memory < MEGABYTES * 1e6),
    ):
        print(f"{name:26} {measured:>10}   {budget:>10}   {'ok' if kept else 'MISSED'}")


def _many_pages() -> tuple[float, int]:
    """Seconds for a website of so many pages, and the most memory that was used."""
    with _website() as port, _watched() as most:
        began = time.monotonic()
        crawl = running.crawl(
            Job(start=f"http://127.0.0.1:{port}/", pages=PAGES, allow_private=True, pause=0), now=clock.now
        )
        seconds = time.monotonic() - began
    if len(crawl.pages) != PAGES or any(page.faults for page in crawl.pages):
        raise RuntimeError("not every page was visited")
    return seconds, most[0]


@contextmanager
def _watched() -> Iterator[list[int]]:
    """The most memory that all processes below this one use, in bytes; what they share counts once."""
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(1):
            most[0] = max(most[0], sum(map(_share, psutil.Process().children(recursive=True))))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield most
    done.set()
    thread.join()


def _share(process: Any) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


@contextmanager
def _website() -> Iterator[int]:
    """A website of so many pages with a few pictures and scripts each; its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, body = _answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def _answer(path: str) -> tuple[str, bytes]:
    if path.endswith(".js"):
        return "text/javascript", b"localStorage.setItem('seen', '1');" + b"/* */" * 2_000
    if path.endswith(".svg"):
        return "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"/>'
    folder = path.rstrip("/")
    links = "".join(f'<a href="/page/{number}">{number}</a> ' for number in range(1, PAGES))
    images = "".join(f'<img src="{folder}/{number}.svg" alt="">' for number in range(6))
    texts = f"<p>{'Garn og pinner. ' * 30}</p>" * 20
    head = '<!doctype html><html lang="nb"><title>x</title><script src="/a.js"></script>'
    return "text/html", f"{head}{links}{images}{texts}".encode()
