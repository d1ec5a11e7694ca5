"""A customer's website, served apart from the product, and a browser to visit it with."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

PAGE = """<!doctype html>
<html lang="en">
<head>
<title>A customer's page</title>
<script src="{script}"></script>
<script type="text/plain" data-consent="functional" src="/tracker/functional.js"></script>
<script type="text/plain" data-consent="statistics" src="/tracker/statistics.js"></script>
<script type="text/plain" data-consent="advertising" src="/tracker/advertising.js"></script>
</head>
<body>
<main>
<h1>Welcome</h1>
<button id="buy">Buy</button>
<a href="#" data-consent-open>Change consent</a>
</main>
<script>document.getElementById("buy").onclick = (click) => {{ click.target.textContent = "Bought"; }};
</script>
</body>
</html>"""


@dataclass
class Website:
    """A website with one page and three trackers that log who fetched them."""

    url: str = ""
    script: str = ""
    tracked: list[str] = field(default_factory=list)
    """Categories whose tracker was fetched, in order."""


@pytest.fixture
def website() -> Iterator[Website]:
    site = Website()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/tracker/"):
                site.tracked.append(self.path.removeprefix("/tracker/").removesuffix(".js"))
                self._send("text/javascript", "window.tracked = true;")
            else:
                self._send("text/html; charset=utf-8", PAGE.format(script=site.script))

        def _send(self, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()
