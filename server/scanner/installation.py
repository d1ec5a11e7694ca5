"""Whether a page has the script, early enough and alone, by its HTML and headers. Pure.

A browser sees more: what scripts add later, and what happens after each answer. Each rule here names what can
be read with certainty, and where.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from server.scanner import content_security_policy, inline_scripts
from server.scanner.content_security_policy import Policy
from server.scanner.page import Element, Page
from server.scanner.values import UNBLOCKED, Code, Fault
from server.sites.document_types import ConsentMode
from server.sites.values import NECESSARY

MOST_FAULTS = 50
"""Faults of a page that are named; a page may have as many as it likes."""

_TOO_LATE: frozenset[Code] = frozenset({"late", "consent_mode_late"})
"""That the script comes after what it should hold back."""

LONGEST_FACT = 300
"""Characters of what a fault says of the page, such as an address."""

TAG_MANAGER = "www.googletagmanager.com/gtm.js"
"""Where Google's tag manager loads from."""


@dataclass(frozen=True)
class Known:
    """A service that a page loads, as far as it matters here."""

    key: str
    """In the banner if it is declared there, else in the catalog."""
    name: str
    category: str
    use: str
    declared: bool
    """Whether it is one of the banner's services."""
    host_listed: bool
    """Whether the banner's service names the host that it loads from, as automatic blocking needs."""


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
    consent_mode: ConsentMode
    served: Callable[[str], bytes | None]
    """What is served at the address of the script; None: not known."""
    service_of: Callable[[str], Known | None]
    """The known service that loads from an address, such as `https://static.hotjar.com/c/hotjar-1.js`."""


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
    if mine and not mine[0].in_head and not any(each.code in _TOO_LATE for each in found):
        # What makes it too late is mended by the head too, and says more.
        found.append(Fault("not_in_head", {}, mine[0].line))
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
    for other in mine[1:]:
        yield Fault("twice", {"first": str(tag.line), "other": str(other.line)}, other.line)


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
    of_services: dict[tuple[str, bool], Fault] = {}
    before, denied = bool(mine), False
    for each in page.elements:
        before = before and each is not mine[0]
        if each.marked:
            yield from _of_marked(each, page.source(each))
            continue
        place = Place(before=before, early=before and not denied and expected.consent_mode != "off")
        for known, fault in (*_of_loaded(page, each, place, expected), *_of_started(each, place, expected)):
            # Of each service it is said once that it comes too early, and once that it does not wait.
            of_services.setdefault((known.name, fault.code in UNBLOCKED), fault)
        denied = denied or (_is_inline(each) and inline_scripts.google_commands(each.text).sets_default)
    yield from of_services.values()


@dataclass(frozen=True)
class Place:
    """Where an element stands in a page."""

    before: bool
    """Whether it comes before the script."""
    early: bool
    """Whether Google's tags find no consent there that the script is to set, and the page has set none."""


def _is_inline(element: Element) -> bool:
    return element.runs and "src" not in element.attributes


def _of_marked(element: Element, source: str) -> Iterator[Fault]:
    if element.tag == "script":
        if element.runs:
            yield Fault("marked_script_runs", {"address": source}, element.line)
    elif source and element.tag not in ("link", "meta") and "src" in element.attributes:
        yield Fault("marked_element_loads", {"address": source, "element": element.tag}, element.line)


def _of_loaded(
    page: Page, element: Element, place: Place, expected: Expected
) -> Iterator[tuple[Known, Fault]]:
    """What is wrong with the services that an element loads."""
    own = (urlsplit(page.url).netloc.lower(), urlsplit(expected.public_url).netloc.lower())
    for address in _addresses(page, element):
        known = None if urlsplit(address).netloc.lower() in own else expected.service_of(address)
        if known is None:
            continue
        if known.use == "consent":
            yield known, Fault("other_consent_tool", _facts(known, address), element.line)
        elif known.category != NECESSARY:
            google = urlsplit(address).hostname == inline_scripts.GOOGLE
            for code in (
                _too_late(element, place, expected, google=google),
                _unblocked(known, expected, google=google),
            ):
                if code is not None:
                    yield known, Fault(code, _facts(known, address), element.line)


def _addresses(page: Page, element: Element) -> Sequence[str]:
    """What a browser loads for an element, by itself or by its script."""
    if _is_inline(element):
        return inline_scripts.loaded(element.text)
    source = page.source(element)
    if element.tag == "script":
        loads = element.runs
    elif element.tag == "link":
        loads = "stylesheet" in element.attributes.get("rel", "").lower().split()
    else:
        loads = element.tag != "meta"
    return (source,) if source and loads else ()


def _of_started(element: Element, place: Place, expected: Expected) -> Iterator[tuple[Known, Fault]]:
    """Google's tags that a script starts before their consent is set, wherever they are loaded."""
    if not place.early or not _is_inline(element):
        return
    commands = inline_scripts.google_commands(element.text)
    for address in commands.tags if commands.starts else ():
        known = expected.service_of(address)
        if known is not None and known.category != NECESSARY:
            yield known, Fault("consent_mode_late", _facts(known, address), element.line)


def _too_late(element: Element, place: Place, expected: Expected, *, google: bool) -> Code | None:
    """How the script comes after what an element loads, if it should not."""
    if google and (place.early or expected.consent_mode == "advanced"):
        return "consent_mode_late" if place.early else None
    # A script that has run cannot be stopped, and automatic blocking stops nothing that loads already.
    return "late" if place.before and (element.tag == "script" or expected.blocks_automatically) else None


def _unblocked(known: Known, expected: Expected, *, google: bool) -> Code | None:
    """Why a service does not wait for an answer wherever the script is; None: it may load, or waits."""
    if known.use == "tag_manager":
        # It only loads others, each of which waits by itself.
        return None
    if google and expected.consent_mode == "advanced":
        # Google's tags may load before the visitor has chosen, and are told to wait with what they do.
        return None
    if not known.declared:
        return "undeclared_service"
    if not expected.blocks_automatically:
        return "unmarked_service"
    return None if known.host_listed else "host_missing"


def _facts(known: Known, address: str) -> dict[str, str]:
    host = urlsplit(address).hostname or ""
    return {"service": known.name, "declared" if known.declared else "known": known.key, "host": host}
