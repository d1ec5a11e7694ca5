"""The planted website and its twin, each one server on loopback: shop, consent server and all third parties.

The consent server is the product itself, in the test's process.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask

from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from server.sites.document_types import Document
from tests.core.local_servers import Authority
from tests.scanner.planted import violations
from tests.scanner.planted.violations import (
    ADVERTISING,
    BARE,
    CONSENT,
    FUNCTIONAL,
    HOME,
    LATE_TAG,
    NYNORSK,
    OTHER_TOOL,
    SECOND,
    SHOP,
    STATISTICS,
)
from tests.sites.documents import cookie, publishable, service

KEY = "planted"

PAGES = (HOME, SECOND, NYNORSK, BARE, LATE_TAG, OTHER_TOOL)

_PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)

_SERVICES: dict[str, tuple[str, tuple[str, ...], tuple[tuple[str, str, str], ...]]] = {
    "google_analytics": (STATISTICS, ("*.google-analytics.com",), (("_ga", "cookie", "P400D"),)),
    "meta_pixel": (ADVERTISING, ("www.facebook.com",), ()),
    "amplitude": (STATISTICS, ("api2.amplitude.com",), ()),
    "mixpanel": (STATISTICS, ("*.mixpanel.com",), (("mp_*_mixpanel", "local_storage", ""),)),
    "microsoft_advertising": (ADVERTISING, ("bat.bing.com",), ()),
    "hotjar": (
        STATISTICS,
        ("*.hotjar.com", "*.hotjar.io"),
        (("_hjSession_*", "cookie", "P1D"), ("hjViewportId", "session_storage", "session")),
    ),
    "segment": (
        STATISTICS,
        ("*.segment.com",),
        (("ajs_anonymous_id", "cookie", "P1Y"), ("segment-queue", "local_storage", "")),
    ),
    "heap": (STATISTICS, ("*.heapanalytics.com",), (("heap-events", "indexed_db", ""),)),
    "fullstory": (STATISTICS, ("*.fullstory.com",), ()),
    "logrocket": (STATISTICS, ("r.lr-in.com",), ()),
    "google_fonts": (FUNCTIONAL, ("fonts.gstatic.com", "fonts.googleapis.com"), ()),
    "linkedin": (ADVERTISING, ("px.ads.linkedin.com",), ()),
    "pinterest": (ADVERTISING, ("ct.pinterest.com",), ()),
    "youtube": (ADVERTISING, ("www.youtube.com",), ()),
    "snap": (ADVERTISING, ("tr.snapchat.com",), ()),
    "tiktok": (ADVERTISING, ("analytics.tiktok.com",), ()),
    "criteo": (ADVERTISING, ("static.criteo.net",), ()),
    "mouseflow": (STATISTICS, ("*.mouseflow.com",), ()),
    "new_relic": (STATISTICS, ("bam.nr-data.net",), ()),
    "vimeo": (FUNCTIONAL, ("player.vimeo.com",), ()),
    "google_maps": (FUNCTIONAL, ("maps.googleapis.com",), ()),
    "adroll": (ADVERTISING, ("s.adroll.com",), ()),
    "adform": (ADVERTISING, ("track.adform.net",), ()),
    "taboola": (ADVERTISING, ("trc.taboola.com",), ()),
    "quantcast": (ADVERTISING, ("pixel.quantserve.com",), ()),
    "outbrain": (ADVERTISING, ("widgets.outbrain.com",), ()),
    "tradedoubler": (ADVERTISING, ("swrap.tradedoubler.com",), ()),
    "reddit": (ADVERTISING, ("alb.reddit.com",), ()),
    "rtb_house": (ADVERTISING, ("tags.creativecdn.com",), (("u_partitioned", "cookie", "P1Y"),)),
    "x_pixel": (ADVERTISING, ("static.ads-twitter.com",), (("twitter_frame_id", "local_storage", ""),)),
    "chartbeat": (STATISTICS, ("*.chartbeat.net",), (("_chartbeat2", "cookie", "session"),)),
    "smartlook": (STATISTICS, ("web-sdk.smartlook.com",), (("SL_1_SID", "cookie", "session"),)),
    "crazy_egg": (STATISTICS, ("script.crazyegg.com",), (("_ceir", "cookie", "P30D"),)),
    "inspectlet": (STATISTICS, ("cdn.inspectlet.com",), ()),
}
"""Key → category, hosts, and what is stored by name, kind and lifetime: what the website declares."""

_THIRD_PARTY_HOSTS = {
    "u_partitioned": "tags.creativecdn.com",
    "twitter_frame_id": "static.ads-twitter.com",
}


def declared() -> Document:
    """What the website declares."""
    document = publishable()
    for key, (category, hosts, stored) in _SERVICES.items():
        kept = [
            cookie(name, host=_THIRD_PARTY_HOSTS.get(name, ""), kind=kind, lifetime=lifetime)
            for name, kind, lifetime in stored
        ]
        document["services"].append(
            service(key, category, hosts=list(hosts), cookies=kept, stores_nothing=not kept)
        )
    return document


def published(app: Flask) -> Document:
    """Make the site in the product, and publish its banner."""
    with app.app_context(), transaction():
        now = clock.now()
        site = sites.create(KEY, "Butikken", [SHOP], by="test", now=now)
        document = declared()
        sites.save_draft(site.id, document, by="test", now=now)
        sites.publish(site.id, by="test", note="", now=now)
    return document


@dataclass
class Website:
    """The server of one of the twins."""

    app: Flask
    planted: bool
    secure_port: int = 0
    plain_port: int = 0

    @property
    def connect_to(self) -> dict[str, str]:
        """Every name leads here."""
        return {"*:443": f"127.0.0.1:{self.secure_port}", "*:80": f"127.0.0.1:{self.plain_port}"}

    def page(self, path: str) -> bytes:
        """The HTML of a page of the shop."""
        here = [each for each in violations.ALL if each.page == path]
        code = {True: "planted", False: "clean"}[self.planted]
        above = "".join(getattr(each, code) for each in here if each.head)
        body = "\n".join(getattr(each, code) for each in here if not each.head)
        has_tag = not self.planted or path not in (BARE, OTHER_TOOL)
        tag = f'<script src="https://{CONSENT}/w/{KEY}.js"></script>' if has_tag else ""
        language = "nn" if path == NYNORSK else "nb"
        links = "".join(f'<a href="{each}">{each}</a> ' for each in PAGES if each != NYNORSK)
        return (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Butikken</title>'
            f'<link rel="icon" href="data:,"><link rel="alternate" hreflang="nn" href="{NYNORSK}">'
            f"{above}\n{tag}"
            f'</head><body><nav>{links}</nav>\n{body}\n<p style="height: 3000px">Garn</p></body></html>'
        ).encode()

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What a request for any host gets."""
        host = (request.headers.get("Host") or "").partition(":")[0]
        if host == CONSENT:
            return self._consent(request, body)
        return self._shop(request.path) if host == SHOP else _third_party(request.path)

    def _consent(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        made = self.app.test_client().open(
            request.path, method=request.command, base_url=f"https://{CONSENT}", headers=headers, data=body
        )
        kept = {name: value for name, value in made.headers if name.lower() not in _HOP_BY_HOP}
        return made.status_code, kept, made.data

    def _shop(self, path: str) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(path)
        if parts.path in PAGES:
            return 200, _HTML, self.page(parts.path)
        if parts.path == "/set":
            name = parse_qs(parts.query)["name"][0]
            cookie_line = f"{name}=1; Max-Age=1000000; Path=/; HttpOnly; Secure"
            return 200, {"Content-Type": "image/gif", "Set-Cookie": cookie_line}, _PIXEL
        found = _FILES.get(parts.path)
        if found is None:
            return (200, _GIF, _PIXEL) if parts.path.endswith(".gif") else (404, _HTML, b"")
        return 200, _HTML if parts.path.endswith(".html") else _CODE, found.encode()


_HTML = {"Content-Type": "text/html; charset=utf-8"}
_CODE = {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}
_GIF = {"Content-Type": "image/gif", "Access-Control-Allow-Origin": "*"}
_HOP_BY_HOP = {"content-length", "connection", "transfer-encoding", "server", "date"}

_FILES = {
    "/module.js": "import 'https://cdn.heapanalytics.com/h.js';",
    "/worker.js": "fetch('https://rs.fullstory.com/rec', {mode: 'no-cors'});",
    "/service-worker.js": "addEventListener('install', (event) => { skipWaiting();"
    "event.waitUntil(fetch('https://r.lr-in.com/i', {mode: 'no-cors'})); });",
    "/frame.html": '<!doctype html><iframe title="f" src="https://www.youtube.com/embed/film.html"></iframe>',
}


def _third_party(path: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(path)
    if parts.path == "/partitioned.html":
        line = "u_partitioned=1; Max-Age=10000000; Path=/; Secure; SameSite=None; Partitioned"
        return 200, {**_HTML, "Set-Cookie": line}, b"<!doctype html><p>x"
    if parts.path == "/storing.html":
        code = b"<!doctype html><script>localStorage.setItem('twitter_frame_id', 'x')</script>"
        return 200, _HTML, code
    if parts.path in ("/events", "/socket"):
        return 204, {}, b""
    if parts.path.endswith(".js"):
        return 200, _CODE, b"/* nothing */"
    if parts.path.endswith(".css"):
        return 200, {"Content-Type": "text/css"}, b""
    if parts.path.endswith(".html"):
        return 200, _HTML, b"<!doctype html><p>x"
    return 200, _GIF, _PIXEL


@contextmanager
def serving(app: Flask, folder: Path, *, planted: bool) -> Iterator[Website]:
    """One of the twins, until the end of the block."""
    website = Website(app, planted)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = website.answer(self, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != HTTPStatus.NO_CONTENT:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_DELETE = do_OPTIONS = do_HEAD = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing: the scan says what it saw."""

    secure, plain = _Server(("127.0.0.1", 0), Handler), _Server(("127.0.0.1", 0), Handler)
    tls = Authority().server(folder, SHOP)
    secure.socket = tls.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    website.secure_port, website.plain_port = secure.server_port, plain.server_port
    for server in (secure, plain):
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield website
    finally:
        for server in (secure, plain):
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: browsers hang up in the middle, as when a visit is over."""
