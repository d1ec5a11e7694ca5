"""Known services of the catalog on a website, each with a stand-in under its true host names.

The real services are never contacted: every request of the pages is answered here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from conftest import CODE, JSON, PIXEL
from playwright.sync_api import BrowserContext, Route

from server.catalog import marking
from server.catalog.values import Service, Storage
from server.embed.service import preview
from server.embed.values import SCRIPT
from server.sites.document_types import Document
from server.sites.known_services import with_known
from server.sites.service import default_document

SHOP, CONSENT = "shop.example.no", "consent.example.no"

STAND_IN = "/samtykke-stand-in/"
"""Where stand-ins ask for cookies that only a host's answer can set."""

STORED = ("cookie", "local_storage", "session_storage")
"""Kinds of storage that stand-ins fill: those that the widget can clear."""

MOST_SERVICES, MOST_STORED = 20, 120
"""Of one page: Chromium keeps at most 180 cookies for a host."""


@dataclass(frozen=True)
class Place:
    """Something stored in the browser."""

    kind: str
    host: str
    """Empty: the website's own."""
    name: str
    http_only: bool = False

    @property
    def origin(self) -> str:
        """The host that stores it."""
        return f"www{self.host}" if self.host.startswith(".") else self.host or SHOP

    @property
    def clearable(self) -> bool:
        """Whether a script on the website's pages can clear it."""
        return not self.host and not self.http_only

    def of(self, host: str) -> bool:
        """Whether an answer of a host can store it, and no script of the website's pages."""
        own = self.host or SHOP
        return not self.clearable and (host == own or (own[0] == "." and f".{host}".endswith(own)))

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" of {self.host}" if self.host else "")


def example(pattern: str) -> str:
    """A name that a name of the catalog stands for."""
    return pattern.replace("*", "1a2b3c")


def place(stored: Storage) -> Place:
    """What a stand-in stores for an entry of the catalog."""
    return Place(stored.kind, stored.host, example(stored.name), bool(stored.http_only))


def places(service: Service) -> list[Place]:
    """What a service's stand-ins store, if its example could.

    A browser may refuse to store for a frame of another host; a frame stores nothing on the website's own.
    """
    found = [place(each) for each in service.stored_today if each.kind in STORED]
    frames = marking.only_frames(service)
    return [each for each in found if (each.kind == "cookie" if each.host else not frames)]


def addresses(service: Service) -> list[str]:
    """What a service's example loads with consent."""
    return [address for each in marking.elements(service.marking) for address in each.waiting.values()]


def runs(service: Service) -> bool:
    """Whether any element of the example runs code: an image does not."""
    return any(each.tag in ("script", "iframe") for each in marking.elements(service.marking))


def _framed(service: Service) -> bool:
    """Whether a frame of the example can be seen, so that a placeholder stands for it."""
    found = marking.elements(service.marking)
    return any(each.tag == "iframe" and each.attributes.get("width") not in ("0", "1") for each in found)


def hosts(service: Service) -> list[str]:
    """A service's hosts; where the website runs it by itself, those of the example."""
    own = (marking.place(address).partition("/")[0] for address in addresses(service))
    return list(service.hosts or dict.fromkeys(own))


def groups(services: Iterable[Service]) -> list[list[Service]]:
    """The services in few groups, in none of which two have a host in common."""
    made: list[list[Service]] = []
    for each in services:
        for group in made:
            full = len(group) == MOST_SERVICES or sum(len(other.storage) for other in group) > MOST_STORED
            if not full and not any(_meet(each, other) for other in group):
                group.append(each)
                break
        else:
            made.append([each])
    return made


def _meet(one: Service, other: Service) -> bool:
    return any(_overlap(a, b) for a in _patterns(one) for b in _patterns(other))


def _patterns(service: Service) -> set[str]:
    """Hosts that it loads from or stores for, with a dot in front of those that include sub-domains."""
    loads = {host.partition("/")[0].removeprefix("*") for host in hosts(service)}
    return (loads | {each.host for each in service.storage}) - {""}


def _overlap(one: str, other: str) -> bool:
    long, short = sorted((one, other), key=len, reverse=True)
    return long.removeprefix(".") == short.removeprefix(".") or (short[0] == "." and long.endswith(short))


def document(services: Sequence[Service]) -> Document:
    """A banner to which staff have added these services from the catalog."""
    made, added = with_known(default_document("nb", name="Butikken AS"), services, {})
    for known, service in zip(services, added, strict=True):
        # Where the website runs it by itself, staff say where.
        service["hosts"] = hosts(known)
    return made


RUN = r"""(({ key, own, asked }) => {
  const parent_domain = ";domain=" + location.hostname.replace(/^[^.]+\./, "");
  const store = {
    // As trackers do: some for this host alone, some for all of the site.
    cookie: (name, index) => {
      const domain = index % 2 && !name.startsWith("__Host-") ? parent_domain : "";
      document.cookie = `${name}=${key};path=/;secure;max-age=86400${domain}`;
    },
    local_storage: (name) => { localStorage[name] = key; },
    session_storage: (name) => { sessionStorage[name] = key; },
  };
  own.forEach(([kind, name], index) => store[kind](name, index));
  for (const address of asked) new Image().src = address;
  if (window.dataLayer) {
    // From now on only what is pushed is read, as with Google's own tag.
    window.google_tag_manager = {};
    dataLayer.push({ ran: key });
  }
  top.postMessage(key, "*");
})"""
"""A stand-in: it stores what is declared, asks other hosts for what is theirs, and says that it ran."""

LISTEN = "<script>window.ran = []; addEventListener('message', ({ data }) => ran.push(data))</script>"


@dataclass
class Net:
    """A website, its consent server, and stand-ins for its services."""

    services: Sequence[Service]
    banner: Document
    head: str = ""
    """What follows our script."""
    body: str = ""
    asked: set[str] = field(default_factory=set)
    """What was asked of everybody else, without `https://`."""

    def __post_init__(self) -> None:
        self.files = preview(self.banner, "nb", public_url=f"https://{CONSENT}", chunks_at="/w")
        self.by_key = {each.key: each for each in self.services}
        self.wanted = {each.key: {_same(address) for address in addresses(each)} for each in self.services}
        self.stored = {each.key: frozenset(places(each)) for each in self.services}
        self.framed = {each.key for each in self.services if _framed(each)}
        self.running = {each.key for each in self.services if runs(each)}
        self.examples = {place for wanted in self.wanted.values() for place in wanted}

    def serve(self, context: BrowserContext) -> None:
        """Answer every request of the context's pages."""
        context.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        host = url.hostname or ""
        service = self.by_key.get(parse_qs(url.query).get("key", [""])[0])
        if host == CONSENT:
            self._consent(route, url.path)
        elif url.path.startswith(STAND_IN):
            route.fulfill(headers=_cookies(service, host) if service else {}, body=PIXEL)
        elif host == SHOP:
            route.fulfill(content_type="text/html; charset=utf-8", body=self._page())
        else:
            address = _same(route.request.url)
            self.asked.add(address)
            known = next((each for each in self.services if address in self.wanted[each.key]), None)
            self._stand_in(route, known, host) if known else route.fulfill(status=404)

    def _page(self) -> str:
        script = f'<script src="https://{CONSENT}/w/{SCRIPT}"></script>'
        return (
            f'<!doctype html><html lang="nb"><head><meta charset="utf-8"><title>Butikk</title>{LISTEN}'
            f"{script}{self.head}</head><body>{self.body}</body></html>"
        )

    def _consent(self, route: Route, path: str) -> None:
        shared = {"Access-Control-Allow-Origin": "*"}
        name = path.removeprefix("/w/")
        if name in self.files:
            kind = JSON if name.endswith(".json") else CODE
            route.fulfill(headers={**shared, **kind}, body=self.files[name])
        else:
            route.fulfill(status=201, headers={**shared, **JSON}, body="{}")

    def _stand_in(self, route: Route, service: Service, host: str) -> None:
        kind = route.request.resource_type
        run = f"{RUN}({json.dumps(_task(service))});"
        if kind == "script":
            route.fulfill(headers=CODE, body=run)
        elif kind == "document":
            route.fulfill(content_type="text/html", body=f"<!doctype html><body><script>{run}</script>")
        elif kind == "stylesheet":
            route.fulfill(content_type="text/css", body="p { margin: 0 }")
        else:
            route.fulfill(headers=_cookies(service, host), body=PIXEL)


def _task(service: Service) -> dict[str, object]:
    found = places(service)
    origins = dict.fromkeys(each.origin for each in found if not each.clearable)
    return {
        "key": service.key,
        "own": [(each.kind, each.name) for each in found if each.clearable],
        "asked": [f"https://{origin}{STAND_IN}?key={service.key}" for origin in origins],
    }


def _cookies(service: Service, host: str) -> dict[str, str]:
    """Headers of an answer that sets the cookies of a host."""
    lines = []
    for each in places(service):
        if each.kind == "cookie" and each.of(host):
            domain = f"; Domain={each.host}" if each.host.startswith(".") else ""
            only = "; HttpOnly" if each.http_only else ""
            lines.append(f"{each.name}=1; Path=/; Max-Age=86400; Secure; SameSite=None{domain}{only}")
    return {"Content-Type": "image/gif", **({"Set-Cookie": "\n".join(lines)} if lines else {})}


def _same(address: str) -> str:
    """An address as any browser writes it."""
    url = urlsplit(unquote(address))
    return f"{(url.hostname or '')}{url.path or '/'}?{url.query}"
