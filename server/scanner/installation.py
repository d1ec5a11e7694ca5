"""Whether a page has the script, early enough and alone, by its HTML and headers. Pure.

A browser sees more: what scripts add later, and what happens after each answer. Each rule here names what can
be read with certainty, and where.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from server.scanner import content_security_policy
from server.scanner.content_security_policy import Policy
from server.scanner.page import Element, Page
from server.scanner.values import Fault

MOST_FAULTS = 50
"""Faults of a page that are named; a page may have as many as it likes."""

LONGEST_FACT = 300
"""Characters of what a fault says of the page, such as an address."""

TAG_MANAGER = "www.googletagmanager.com/gtm.js"
"""Where Google's tag manager loads from."""


@dataclass(frozen=True)
class Known:
    """A service that a page loads, as far as it matters here."""

    key: str
    name: str
    category: str
    use: str


@dataclass(frozen=True)
class Expected:
    """What a page of this site should have."""

    public_url: str
    """Base URL of the server that serves the script."""
    key: str
    """Public key of the site."""
    early: bool
    """Whether the script must not wait: signals are sent to tools, or services are blocked automatically."""
    blocks_automatically: bool
    served: Callable[[str], bytes | None]
    """What is served at the address of the script; None: not known."""
    service_of: Callable[[str], Known | None]
    """The known service that loads from a host and path, such as `connect.facebook.net/en_US/fbevents.js`."""


def faults(page: Page, policies: Sequence[Policy], expected: Expected) -> tuple[Fault, ...]:
    """Everything that stands against the banner on a page, what stops it first."""
    own = [each for each in _scripts(page) if each.runs and _key_of(page.source(each), expected)]
    mine = [each for each in own if _key_of(page.source(each), expected) == expected.key]
    found = [
        Fault("other_key", {"key": _key_of(page.source(each), expected)}, each.line)
        for each in own
        if each not in mine
    ]
    if mine:
        found += _of_tag(page, policies, mine, expected)
    elif not own:
        found.append(_of_none(page))
    found += _of_elements(page, mine, expected)
    found.sort(key=lambda fault: not fault.stops)
    return tuple(map(_shortened, found[:MOST_FAULTS]))


def _shortened(fault: Fault) -> Fault:
    facts = {
        name: value if len(value) <= LONGEST_FACT else f"{value[:LONGEST_FACT]}…"
        for name, value in fault.facts.items()
    }
    return replace(fault, facts=facts)


def _scripts(page: Page) -> list[Element]:
    return [each for each in page.elements if each.tag == "script"]


def _key_of(source: str, expected: Expected) -> str:
    """The key of the site whose script this is, `KEY.js` or pinned as `KEY.DIGEST.js`; else empty."""
    url, server = urlsplit(source), urlsplit(expected.public_url)
    base = f"{server.path.rstrip('/')}/w/"
    if url.netloc.lower() != server.netloc.lower() or not url.path.startswith(base):
        return ""
    name = url.path.removeprefix(base)
    return name.split(".")[0].split("/")[0] if name.endswith(".js") else ""


# --- the script itself -------------------------------------------------------------------------------------


def _of_none(page: Page) -> Fault:
    manager = next((each for each in _scripts(page) if _manages_tags(page, each)), None)
    return Fault("tag_in_tag_manager", {}, manager.line) if manager else Fault("no_tag", {})


def _manages_tags(page: Page, script: Element) -> bool:
    source = page.source(script).partition("://")[2]
    return source.startswith(TAG_MANAGER) or TAG_MANAGER in script.text


def _of_tag(
    page: Page, policies: Sequence[Policy], mine: list[Element], expected: Expected
) -> Iterator[Fault]:
    tag = mine[0]
    source = page.source(tag)
    if urlsplit(page.url).scheme == "https" and urlsplit(source).scheme == "http":
        yield Fault("mixed_content", {"address": source}, tag.line)
    directive = content_security_policy.script_refusal(
        policies,
        source,
        page.url,
        nonce=tag.attributes.get("nonce", ""),
        integrity=tag.attributes.get("integrity", ""),
    )
    if directive:
        yield Fault("blocked_by_policy", {"directive": directive, "origin": _origin(source)}, tag.line)
    elif directive := content_security_policy.connection_refusal(policies, source, page.url):
        yield Fault("connection_blocked", {"directive": directive, "origin": _origin(source)}, tag.line)
    if _differs(tag.attributes.get("integrity", ""), source, expected):
        yield Fault("integrity", {}, tag.line)
    if expected.early and tag.late:
        yield Fault("deferred", {"attribute": tag.late}, tag.line)
    if len(mine) > 1:
        yield Fault("twice", {"first": str(tag.line)}, mine[1].line)
    if not tag.in_head:
        yield Fault("not_in_head", {}, tag.line)


def _differs(integrity: str, source: str, expected: Expected) -> bool:
    """Whether browsers refuse the script because it is another one than the tag says."""
    given = [
        each.partition("?")[0]
        for each in integrity.split()
        if each.startswith(("sha256-", "sha384-", "sha512-"))
    ]
    served = expected.served(source) if given else None
    if served is None:
        return False
    # Of several, browsers heed those of the strongest kind (W3C Subresource Integrity, § 3.3.3).
    strongest = max(each.partition("-")[0] for each in given)
    digest = base64.b64encode(hashlib.new(strongest, served).digest()).decode()
    return f"{strongest}-{digest}" not in given


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


# --- what else the page has --------------------------------------------------------------------------------


def _of_elements(page: Page, mine: list[Element], expected: Expected) -> Iterator[Fault]:
    of_services: dict[str, Fault] = {}
    before = bool(mine)
    for each in page.elements:
        if mine and each is mine[0]:
            before = False
        source = page.source(each)
        if each.marked:
            yield from _of_marked(each, source)
            continue
        if not source or not _loads(each):
            continue
        known = expected.service_of(source.partition("://")[2])
        fault = None if known is None else _of_service(each, known, expected, before=before)
        if known is None or fault is None:
            continue
        # Each service is named once, by the first element that stops something, else by the first of all.
        said = of_services.get(known.key)
        if said is None or (fault.stops and not said.stops):
            of_services[known.key] = fault
    yield from of_services.values()


def _loads(element: Element) -> bool:
    """Whether a browser loads what an element names, by itself."""
    if element.tag == "script":
        return element.runs
    if element.tag == "link":
        return "stylesheet" in element.attributes.get("rel", "").lower().split()
    return element.tag != "meta"


def _of_marked(element: Element, source: str) -> Iterator[Fault]:
    if element.tag == "script":
        if element.runs:
            yield Fault("marked_script_runs", {"address": source}, element.line)
    elif source and element.tag not in ("link", "meta") and "src" in element.attributes:
        yield Fault("marked_element_loads", {"address": source, "element": element.tag}, element.line)


def _of_service(element: Element, known: Known, expected: Expected, *, before: bool) -> Fault | None:
    if known.use == "consent":
        return Fault("other_consent_tool", {"service": known.name}, element.line)
    if known.category == "necessary":
        return None
    if before and element.tag == "script":
        return Fault("late", {"service": known.name}, element.line)
    if not expected.blocks_automatically and not _manages(known):
        return Fault("unmarked_service", {"service": known.name}, element.line)
    return None


def _manages(known: Known) -> bool:
    """Whether the service only loads others, each of which waits by itself."""
    return known.use == "tag_manager"
