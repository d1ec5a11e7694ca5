"""What a new site can begin with, by what its page says of itself. Pure.

Each value is a proposal that staff see before anything is made of it; what the page does not say is empty.
Everything comes from strangers: it is bounded, on one line, and without what cannot be seen.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from server.core.email_addresses import email_address
from server.core.host_names import is_ipv4
from server.core.organisation_numbers import named_in, norwegian
from server.core.plain_text import unseen
from server.scanner import inline_scripts, page_colours, structured_data
from server.scanner.page import Element, Page
from server.scanner.structured_data import Organisation
from server.scanner.values import Loaded, Proposal

LONGEST_NAME = 80
"""Characters of a name that is proposed; whatever is longer is no name."""

LONGEST_ADDRESS = 2048
"""Characters of an address that is used."""

MOST_ADDRESSES = 500
"""Addresses of one page that are compared with the catalog."""

MOST_STYLESHEETS = 2
"""Stylesheets of a page that are read for its colours."""

MOST_LOGOS = 4
"""Images that are proposed as a logo."""

_LOADS = frozenset({"script", "iframe", "img", "link", "embed", "object", "video", "audio", "source"})

_DIVIDED = re.compile(r"\s+[|–—·•:»«-]\s+|\s*[|•·»«]\s*|:\s+")
"""What stands between the parts of a title."""

_NOT_LETTERS = re.compile(r"[\W_]+")

_ROLE = re.compile(
    r"^(?:personvern|privacy|gdpr|post|kontakt|contact|info|hei|hello|mail|firmapost)@", re.IGNORECASE
)


def propose(
    page: Page, url: str, *, styles: Sequence[str] = (), services_at: Callable[[str], Sequence[str]]
) -> Proposal:
    """What a site of this page can begin with.

    :param url: where it is; what is relative in it may start elsewhere
    :param styles: stylesheets that the page loads
    :param services_at: address, with its scheme → keys of the known services that load from it
    """
    host = host_of(url)
    said = structured_data.organisation(
        each.text
        for each in page.elements
        if each.attributes.get("type", "").strip().lower() == "application/ld+json"
    )
    return Proposal(
        url=url,
        name=_name(page, said, host),
        legal_name=_shown(said.legal_name),
        organisation_number=norwegian(said.number) or named_in(page.words),
        address="" if unseen(said.address.replace("\n", " ")) else said.address[:500],
        email=_email(page, said, host),
        language=page.language[:35]
        if re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*", page.language)
        else "",
        domains=domains_of(host),
        colours=page_colours.brand_colours(_named_colours(page), (*page.styles, *styles)),
        logos=tuple(_logos(page, said)),
        services=_services(page, services_at),
    )


def stylesheets(page: Page) -> tuple[str, ...]:
    """Addresses of the first stylesheets that the page loads."""
    found = [
        page.source(each)
        for each in page.elements
        if each.tag == "link" and "stylesheet" in each.attributes.get("rel", "").lower().split()
    ]
    usable = (address for address in found if address.startswith(("https://", "http://")))
    return tuple(dict.fromkeys(usable))[:MOST_STYLESHEETS]


def host_of(url: str) -> str:
    """The host of a URL, in lower case."""
    return (urlsplit(url).hostname or "").lower()


def domains_of(host: str) -> tuple[str, ...]:
    """The domains of a website by the host of a page: with and without `www.`, where both are usual."""
    if not host or ":" in host or is_ipv4(host) or "." not in host:
        return (host,) if host else ()
    bare = host.removeprefix("www.")
    labels = bare.split(".")
    # Three labels are a domain below such as `co.uk`, or a part of a website that has no `www.` of its own.
    registered = len(labels) == 2 or (len(labels) == 3 and len(labels[2]) == 2 and len(labels[1]) <= 3)
    return (bare, f"www.{bare}") if host != bare or registered else (host,)


# --- who it is -------------------------------------------------------------------------------------------


def _name(page: Page, said: Organisation, host: str) -> str:
    for text in (
        _meta(page, "og:site_name"),
        said.name,
        _meta(page, "application-name"),
        _of_title(page.title, host),
    ):
        if name := _shown(text):
            return name
    labels = host.removeprefix("www.").split(".")
    return labels[-2 if len(labels) > 1 else 0].capitalize() if host and not is_ipv4(host) else ""


def _of_title(title: str, host: str) -> str:
    """The part of a title that is most like the host; the whole title if it has one part."""
    parts = [part.strip() for part in _DIVIDED.split(title[:300]) if part.strip()]
    label = _letters(host.removeprefix("www.").split(".")[0])
    alike = [
        part
        for part in parts
        if len(letters := _letters(part)) > 1 and (letters in label or label in letters)
    ]
    if alike:
        return min(alike, key=len)
    return parts[0] if len(parts) == 1 else ""


def _letters(text: str) -> str:
    plain = text.casefold().replace("ø", "o").replace("æ", "ae").replace("å", "a")
    return _NOT_LETTERS.sub("", plain)


def _shown(text: str) -> str:
    """A name as it may be shown on one line; empty if it is none."""
    line = " ".join(text.split())
    return line if 0 < len(line) <= LONGEST_NAME and not unseen(line) else ""


def _email(page: Page, said: Organisation, host: str) -> str:
    """Where to write to: an address of the website's own domain first, and of a role rather than a person."""
    found = [each for each in (said.email, *page.mail) if len(each) <= 254 and email_address(each)]
    own = host.removeprefix("www.")
    found.sort(key=lambda each: (each.rpartition("@")[2].lower() not in (own, host), not _ROLE.match(each)))
    return found[0] if found else ""


def _meta(page: Page, name: str) -> str:
    for each in page.elements:
        if each.tag == "meta" and name in (each.attributes.get("property"), each.attributes.get("name")):
            return each.attributes.get("content", "")
    return ""


# --- how it looks ----------------------------------------------------------------------------------------


def _named_colours(page: Page) -> Iterator[str]:
    for name in ("theme-color", "msapplication-TileColor"):
        yield _meta(page, name)
    for each in page.elements:
        if each.tag == "link" and "mask-icon" in each.attributes.get("rel", "").lower():
            yield each.attributes.get("color", "")


def _logos(page: Page, said: Organisation) -> list[str]:
    """Addresses of images that may be the logo, the likeliest first."""
    found = [page.whole(said.logo), page.whole(_meta(page, "og:logo"))]
    found += [page.source(each) for each in page.elements if each.tag == "img" and _is_logo(each)]
    found += [page.source(each) for each in page.elements if _is_icon(each, svg=True)]
    found += [page.source(each) for each in page.elements if _is_icon(each, svg=False)]
    usable = (
        each for each in found if each.startswith(("https://", "http://")) and len(each) <= LONGEST_ADDRESS
    )
    return list(dict.fromkeys(usable))[:MOST_LOGOS]


def _is_logo(image: Element) -> bool:
    called = " ".join(image.attributes.get(name, "") for name in ("alt", "src", "data-src"))
    return image.in_logo or "logo" in called.lower()


def _is_icon(link: Element, *, svg: bool) -> bool:
    rel = link.attributes.get("rel", "").lower().split()
    if svg:
        return link.tag == "link" and "icon" in rel and link.attributes.get("type", "") == "image/svg+xml"
    return link.tag == "link" and "apple-touch-icon" in rel


# --- what it uses ----------------------------------------------------------------------------------------


def _services(page: Page, services_at: Callable[[str], Sequence[str]]) -> tuple[Loaded, ...]:
    """Known services by the addresses in the page, in the order in which it has them."""
    found: dict[str, Loaded] = {}
    addresses = dict.fromkeys(address for each in page.elements for address in _addresses(page, each))
    for address in list(addresses)[:MOST_ADDRESSES]:
        keys = services_at(address)
        for key in keys:
            certain = len(keys) == 1
            if key not in found or (certain and not found[key].certain):
                found[key] = Loaded(key, urlsplit(address).hostname or "", certain=certain)
    return tuple(found.values())


def _addresses(page: Page, element: Element) -> Iterator[str]:
    """What an element loads, by itself or once it is allowed to, and what its script names."""
    if element.tag not in _LOADS:
        return
    held_back = (element.attributes.get(name, "") for name in ("data-consent-src", "data-src"))
    for address in (page.source(element), *(page.whole(each.strip()) for each in held_back)):
        if address.startswith(("https://", "http://")) and len(address) <= LONGEST_ADDRESS:
            yield address
    if element.tag == "script":
        yield from inline_scripts.addresses(element.text)
