"""A small world for the widget: a website, its consent server and a third party, each on a local origin.

Of the product's server nothing runs; only the rules of a site's look are written by its code. The consent
server's answers can be switched to failure.
"""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from server.embed.appearance import styled
from server.embed.lazy_chunks import FIRST_TEXTS
from server.sites.document_types import Appearance
from tests.chromium import ARGUMENTS, executable, patient

WIDGET = Path(__file__).resolve().parent.parent
DIST = WIDGET / "dist"
SAMPLE = json.loads((Path(__file__).parent / "sample.json").read_text(encoding="utf-8"))
RULES = json.loads((DIST / "rules.json").read_text(encoding="utf-8"))
CATEGORIES = ("functional", "statistics", "advertising")
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
JSON = {"Content-Type": "application/json"}
CODE = {"Content-Type": "text/javascript; charset=utf-8"}
SENT = "JSON.parse(localStorage.getItem('samtykke:queue:demo') || '0')?.items?.length === 0"
"""True on a page once something was decided and all of it is acknowledged; nothing is queued at first."""

Reply = tuple[int, dict[str, str], bytes]
"""Status, headers and content."""


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


def first_layer(texts: dict[str, str]) -> list[str]:
    """The texts as the server sends those of the first layer, where nobody says who asks."""
    return [*(texts[key] for key in FIRST_TEXTS), ""]


def called(name: str, argument: object, *fragments: str) -> bytes:
    """A built function, called with one JSON value and the named fragments."""
    arguments = (dump(argument), *((DIST / fragment).read_bytes() for fragment in fragments))
    return (DIST / name).read_bytes() + b"(" + b",".join(arguments) + b");\n"


def handler(reply: Callable[[BaseHTTPRequestHandler, bytes], Reply]) -> type[BaseHTTPRequestHandler]:
    """What `http.server` wants, for a function that answers a request and its body."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = reply(self, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        # Names that http.server looks for.
        do_GET = do_POST = do_DELETE = do_OPTIONS = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Silence: the tests look at what was asked."""

    return Handler


_PORTS: set[int] = set()
"""Ports of all origins there have been: what a page has stored or cached is never another one's."""


def _new_origin(kind: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    while True:
        server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        if server.server_port not in _PORTS:
            _PORTS.add(server.server_port)
            return server
        server.server_close()


@dataclass
class Origin:
    """One local server; `requests` are (method, path) in the order of arrival."""

    answer: Callable[[str, str, bytes], Reply]
    requests: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        def reply(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
            self.requests.append((request.command, request.path))
            return self.answer(request.command, request.path, body)

        self.server = _new_origin(handler(reply))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def paths(self) -> list[str]:
        return [path for _, path in self.requests]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class World:
    """What a test may change: the site's pages and configuration, and how the consent server answers."""

    def __init__(self) -> None:
        self.site = Origin(self._page)
        self.server = Origin(self._consent)
        self.third = Origin(self._third)
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}
        self.config: dict[str, Any] = json.loads(json.dumps(SAMPLE["config"]))
        self.config["origin"] = self.server.url
        self.appearance: dict[str, Any] = json.loads(json.dumps(SAMPLE["appearance"]))
        self.fragments: list[str] = []
        self.hosts: list[list[Any]] = [["matomo", ["stats.localhost"]], ["youtube", ["*.video.localhost"]]]
        self.traces: dict[str, Any] = json.loads(json.dumps(SAMPLE["extra"]["traces"]))
        self.reasons: dict[str, Any] = json.loads(json.dumps(SAMPLE["extra"]["reasons"]))
        self.debug: dict[str, Any] = json.loads(json.dumps(SAMPLE["debug"]))
        self.declaration: dict[str, Any] | None = json.loads(json.dumps(SAMPLE["declaration"]))
        self.announcement: dict[str, Any] | None = None
        self.controller: list[list[str]] | None = None
        self.decisions: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.erased: list[str] = []
        self.failing: int | None = None
        self.said_back = ""
        self.parts_fail = False
        self.languages_fail = False

    @property
    def script(self) -> str:
        return f'<script src="{self.server.url}/w/demo.js"></script>'

    def put(
        self, body: str = "", *, path: str = "/", head: str | None = None, lang: str = "nb", **headers: str
    ) -> str:
        """Publish a page and return its address; the widget is first in its head unless `head` is given."""
        head = self.script if head is None else head
        html = (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Side</title>'
            f"{head}</head>"
            f"<body>{body}</body></html>"
        )
        fixed = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (html, fixed)
        return self.site.url + path

    def marked(self, category: str, name: str) -> str:
        """A third party's script that runs only with consent."""
        return (
            f'<script type="text/plain" data-consent="{category}" src="{self.third.url}/{name}.js"></script>'
        )

    def frame(self, attributes: str = "") -> str:
        """A third party's frame that loads only with consent to advertising."""
        address = f'data-consent="advertising" data-consent-src="{self.third.url}/frame"'
        return f'<iframe {address} title="Film" width="300" height="300" {attributes}></iframe>'

    def _page(self, method: str, path: str, body: bytes) -> Reply:
        html, headers = self.pages.get(path.partition("?")[0], ("", {}))
        status = 200 if html else 404
        return status, {"Content-Type": "text/html; charset=utf-8", **headers}, html.encode()

    def _consent(self, method: str, path: str, body: bytes) -> Reply:
        shared = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Headers": "Authorization",
            "Access-Control-Allow-Methods": "GET, DELETE",
            "Access-Control-Expose-Headers": "Retry-After",
        }
        if path.startswith("/s/demo/"):
            answer = self._public(path)
        else:
            answer = self._script(path) if path.startswith("/w/") else self._api(method, path, body)
        status, headers, content = answer
        return status, {**shared, **headers}, content

    def _public(self, path: str) -> Reply:
        """The public pages of the site: the declaration as data, all others as an empty page."""
        if path.startswith("/s/demo/cookies.json"):
            return (503, JSON, b"{}") if self.declaration is None else (200, JSON, dump(self.declaration))
        return 200, {"Content-Type": "text/html"}, b"<!doctype html><title>Side</title><p>Innhold"

    def _script(self, path: str) -> Reply:
        """The script and its parts, put together as the server does it."""
        name = path.rpartition("/")[2]
        if name.startswith("banner-"):
            if self.languages_fail:
                return 503, JSON, dump({"code": 503, "reason": "unavailable"})
            return 200, JSON, dump(SAMPLE["languages"][name[7:9]])
        if name == "demo.js":
            floating = ["floating.js"] if self.debug["floating"] else []
            if self.announcement:
                floating.append("announcing.js")
                self.config["announcement"] = [self.announcement["version"], "/w/demo/0/announcement.js"]
            config = {**self.config, "appearance": styled(cast("Appearance", self.appearance), RULES)}
            return 200, CODE, called("widget.js", config, *self.fragments, *floating)
        if self.parts_fail or not name.startswith(("settings-", "extra", "asked", "debug", "announcement")):
            return 503, CODE, b""
        if name in ("asked.js", "debug.js"):
            return 200, CODE, (DIST / name).read_bytes()
        if name == "announcement.js":
            return 200, CODE, called("announcement.js", self.announcement)
        if name == "debug.json":
            return 200, JSON, dump(self.debug)
        if name == "extra.js":
            declared = {
                **SAMPLE["extra"],
                "traces": self.traces,
                "hosts": self.hosts,
                "reasons": self.reasons,
            }
            return 200, CODE, called("extra.js", declared)
        texts = SAMPLE["settings"][name[9:11]]
        controller = texts["controller"] if self.controller is None else self.controller
        return 200, CODE, called("settings.js", {**texts, "controller": controller})

    def _api(self, method: str, path: str, body: bytes) -> Reply:
        if path.endswith("/me") and method != "OPTIONS":
            if method == "DELETE":
                self.erased.append(path)
            records = [{"consent_id": "NO-7K2P-9QXA", "id": each["id"]} for each in self.decisions]
            return 200, JSON, dump({"site": "demo", "records": records, "before": None})
        if "/me/receipts/" in path:
            return 200, JSON, dump({"format": "samtykke/receipt/v1", "record": path.rpartition("/")[2]})
        path, _, asked = path.partition("?")
        if path.endswith("/events"):
            self.events.append(json.loads(body))
        if not path.endswith("/decisions"):
            return 204, {}, b""
        if self.failing:
            return self.failing, JSON, b"{}"
        decision = json.loads(body)
        known = any(each["id"] == decision["id"] for each in self.decisions)
        if not known:
            self.decisions.append(decision)
        headers = dict(JSON)
        if asked.startswith("cookie="):
            headers["Access-Control-Allow-Origin"] = self.site.url
            headers["Access-Control-Allow-Credentials"] = "true"
            if self.said_back:
                headers["Set-Cookie"] = f"samtykke={self.said_back}; Max-Age=9; Path=/"
        return 200 if known else 201, headers, dump({"id": decision["id"], "consent_id": "NO-7K2P-9QXA"})

    def _third(self, method: str, path: str, body: bytes) -> Reply:
        bare = path.partition("?")[0]
        if bare.endswith(".js"):
            if "missing" in bare:
                return 404, {}, b""
            code = f"(window.ran ||= []).push({json.dumps(bare.strip('/')[:-3])});"
            return 200, {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}, code.encode()
        if bare.endswith(".gif"):
            return 200, {"Content-Type": "image/gif"}, PIXEL
        return 200, {"Content-Type": "text/html"}, b"<!doctype html><title>Ramme</title><p>Innhold"

    def close(self) -> None:
        for origin in (self.site, self.server, self.third):
            origin.close()


def pytest_configure(config: pytest.Config) -> None:
    """Load the browsers' fixtures, which the tests of the product load as well."""
    config.pluginmanager.import_plugin("tests.browsers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def world() -> Iterator[World]:
    """A world of its own for each test: what the pages of one send late never reaches the next."""
    if not (DIST / "widget.js").exists():
        pytest.fail("widget/dist is empty: run `npm run build` in widget/ first")
    world = World()
    yield world
    world.close()


@pytest.fixture(scope="session")
def launch(playwright: Playwright) -> Callable[..., Browser]:
    """Start a browser with further arguments, or a `whole` one."""

    def start(*more: str, whole: bool = False, **options: Any) -> Browser:
        args = [*ARGUMENTS, *more]
        path = executable(playwright, whole=whole)
        return patient(playwright.chromium.launch(executable_path=path, args=args, **options))

    return start


class Profile:
    """A profile of the browser that tests share: a tab takes a third less processor time than a new window.

    Its cookies and permissions are removed after each test, everything else that pages store belongs to an
    origin, and each test's are new. What cannot be undone ends it.
    """

    UNDONE = frozenset(
        {"new_page", "cookies", "add_cookies", "clear_cookies", "grant_permissions", "clear_permissions"}
        | {"new_cdp_session"}
    )
    """What a test may do with its context without ending the profile."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._context: BrowserContext | None = None
        self._window: Page | None = None
        self._changed = False

    def open(self) -> BrowserContext:
        """The context, with a window in which only an empty page is open."""
        if self._context is None:
            self._context = self._browser.new_context(locale="nb-NO")
            self._window = self._context.new_page()
            self._changed = False
        return self._context

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """See to it that what lasts is noticed: the clock of a page is that of its context."""
        for kind in (BrowserContext, type(self.open().clock)):
            for name, method in vars(kind).items():
                if callable(method) and not name.startswith("_") and name not in self.UNDONE:
                    patch.setattr(kind, name, self._noticed(method))

    def _noticed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def noticed(*args: Any, **named: Any) -> Any:
            self._changed = True
            return method(*args, **named)

        return noticed

    def clear(self) -> None:
        """Leave nothing of a test."""
        if self._changed:
            self.close()
        elif self._context is not None:
            for page in self._context.pages:
                if page is not self._window:
                    page.close()
            self._context.clear_cookies()
            self._context.clear_permissions()

    def close(self) -> None:
        """End it; the next test gets another."""
        if self._context is not None:
            self._context.close()
        self._context = None


@pytest.fixture(scope="session")
def profile(browser: Browser) -> Iterator[Profile]:
    profile = Profile(browser)
    yield profile
    profile.close()


@pytest.fixture
def context(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrowserContext]:
    """A visitor's browser, of which no page is open yet."""
    context = profile.open()
    profile.watch(monkeypatch)
    yield context
    profile.clear()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which an uncaught error fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
