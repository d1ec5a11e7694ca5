"""Small crawls, made by hand."""

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from server.catalog import service as catalog
from server.scanner.classify import cookie_database
from server.scanner.classify.classifier import Classifier
from server.scanner.classify.third_parties import ThirdParties
from server.scanner.declared import Declared, DeclaredService, DeclaredStorage
from server.scanner.findings.finding import Finding, Kind
from server.scanner.findings.rules import find
from server.scanner.observations import (
    Choice,
    Command,
    Crawl,
    Initiator,
    Page,
    Phase,
    Request,
    RequestKind,
    StorageKind,
    Stored,
    Tool,
    Visit,
)

HOME = "https://www.example.no/"
OURS = Tool("samtykke", shown=True, site="shop", server="https://consent.example.org")
GTAG = "https://www.googletagmanager.com/gtag/js"
COLLECT = "https://region1.google-analytics.com/g/collect"
PIXEL = "https://connect.facebook.net/en_US/fbevents.js"
UNKNOWN = "https://cdn.nobody-knows.test/a.js"

ENTITIES = Path(__file__).resolve().parents[2] / "static" / "dist" / "scanner" / "third_party_entities.json"


@functools.cache
def third_parties() -> ThirdParties:
    return ThirdParties(json.loads(ENTITIES.read_text("utf-8")))


def classifier(declared: Declared | None = None) -> Classifier:
    return Classifier(catalog, third_parties(), cookie_database.shipped(), declared)


def found(crawl: Crawl, declared: Declared | None = None) -> tuple[Finding, ...]:
    return find(crawl, declared, classifier(declared))


def of_kind(kind: Kind, crawl: Crawl, declared: Declared | None = None) -> tuple[Finding, ...]:
    return tuple(each for each in found(crawl, declared) if each.kind == kind)


def element(markup: str, line: int = 12, document: str = HOME) -> Initiator:
    return Initiator("parser", document, line, markup)


def script(url: str, line: int = 3) -> Initiator:
    return Initiator("script", url, line, stack=(f"{url}:{line}",))


def request(
    url: str,
    phase: Phase = "before",
    *,
    at: int = 100,
    kind: RequestKind = "script",
    initiator: Initiator | None = None,
    **others: Any,
) -> Request:
    host = url.partition("://")[2].partition("/")[0]
    return Request(
        url=url,
        host=host,
        kind=kind,
        third_party=not host.endswith("example.no"),
        phase=phase,
        at=at,
        initiator=initiator or Initiator(),
        **others,
    )


def stored(
    name: str,
    phase: Phase = "before",
    *,
    kind: StorageKind = "cookie",
    host: str = "www.example.no",
    lifetime: int | None = None,
    set_by: Initiator | None = None,
    remains: bool = True,
) -> Stored:
    return Stored(
        name=name,
        kind=kind,
        host=host,
        third_party=not host.endswith("example.no"),
        phase=phase,
        lifetime=lifetime,
        set_by=set_by or Initiator(),
        remains=remains,
    )


def visit(
    *items: Request | Stored | Command,
    choice: Choice = "none",
    tools: Iterable[Tool] = (),
    url: str = HOME,
    **others: Any,
) -> Visit:
    made = others.pop("outcome", "none" if choice == "none" else "made")
    return Visit(
        choice=choice,
        outcome=made,
        url=url,
        tools=tuple(tools),
        requests=tuple(each for each in items if isinstance(each, Request)),
        stored=tuple(each for each in items if isinstance(each, Stored)),
        commands=tuple(each for each in items if isinstance(each, Command)),
        **others,
    )


def page(*visits: Visit, url: str = HOME, **others: Any) -> Page:
    return Page(url=url, found="start" if url == HOME else "link", visits=visits, **others)


def crawl(*pages: Page | Visit) -> Crawl:
    """A crawl of pages; a visit alone is one to the page that it started from."""
    whole = tuple(each if isinstance(each, Page) else page(each) for each in pages)
    return Crawl(HOME, "2026-12-01T10:00:00Z", "2026-12-01T10:01:00Z", "Chromium 143", whole, whole=True)


def service(
    key: str,
    category: str,
    *,
    hosts: tuple[str, ...] = (),
    cookies: Iterable[DeclaredStorage] = (),
    reason: str = "",
    catalog_key: str = "",
    name: str = "",
) -> DeclaredService:
    return DeclaredService(key, name or key, category, catalog_key, hosts, tuple(cookies), reason)


def cookie(name: str, lifetime: str = "", host: str = "", kind: str = "cookie") -> DeclaredStorage:
    return DeclaredStorage(name, kind, host, lifetime)


def declared(*services: DeclaredService) -> Declared:
    return Declared(("necessary", "functional", "statistics", "advertising"), services)
