"""A marking example, read: which elements it has, and from where they load once consent is given. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from server.catalog.matching import host_matches
from server.catalog.values import Service

OWN_HOST = "*.example.no"
"""Where an example loads from if the website runs the service by itself: no host can be declared then."""

_LOADS = ("script", "iframe", "img", "link", "video", "audio", "source", "track", "embed", "object")
_ADDRESSES = ("src", "href", "srcset", "poster", "data")
_OWN = {"link": "href", "object": "data"}
"""What holds the address where an element has no `src`."""

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


@dataclass(frozen=True)
class Element:
    """One element of an example that loads something, or is to be held back."""

    tag: str
    attributes: Mapping[str, str]

    @property
    def categories(self) -> frozenset[str]:
        """The categories that it waits for; empty if it is not marked."""
        return frozenset(re.findall(r"[^\s,]+", self.attributes.get("data-consent", "")))

    @property
    def waiting(self) -> dict[str, str]:
        """Attribute → the address that it gets with consent."""
        if self.tag == "script":
            return {"src": self.attributes["src"]} if "src" in self.attributes else {}
        return {
            (_OWN.get(self.tag, name) if name == "src" else name): self.attributes[f"data-consent-{name}"]
            for name in _ADDRESSES
            if f"data-consent-{name}" in self.attributes
        }

    @property
    def loads_at_once(self) -> bool:
        """Whether a browser would load or run it before consent."""
        if self.tag == "script":
            return self.attributes.get("type") != "text/plain"
        return self.tag in _LOADS and any(name in self.attributes for name in _ADDRESSES)

    def unmarked(self) -> str:
        """The element as its provider writes it."""
        own = {
            name: value
            for name, value in self.attributes.items()
            if not name.startswith("data-consent") and (self.tag != "script" or name != "type")
        }
        kind = self.attributes.get("data-consent-type")
        written = own | self.waiting | ({"type": kind} if kind else {})
        inside = "".join(f' {name}="{escape(value)}"' for name, value in written.items())
        end = f"</{self.tag}>" if self.tag in ("script", "iframe", "video", "audio", "object") else ""
        return f"<{self.tag}{inside}>{end}"


def elements(marking: str) -> tuple[Element, ...]:
    """The elements of an example that load something or are marked, in order."""
    reader = _Reader()
    reader.feed(marking)
    reader.close()
    return tuple(reader.found)


def place(address: str) -> str:
    """Host and path of an address that begins with `https://`; empty if it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    named = parts.scheme == "https" and _HOST.fullmatch(parts.netloc)
    return parts.netloc + parts.path if named else ""


def covered(service: Service, address: str) -> bool:
    """Whether an address is of the service's hosts, or of the website's own if it has none."""
    return any(host_matches(pattern, place(address)) for pattern in service.hosts or (OWN_HOST,))


def only_frames(service: Service) -> bool:
    """Whether nothing of the example runs on the website's own host, where it could store something."""
    found = elements(service.marking)
    return bool(found) and not any(each.tag == "script" for each in found)


def faults(service: Service) -> Iterator[str]:
    """What is wrong with a service's example, as ends of sentences."""
    if not service.marking:
        return
    if service.category == "necessary":
        yield "is there, while nothing that is necessary is held back"
        return
    found = elements(service.marking)
    if not any(each.waiting for each in found):
        yield "has no element with an address that waits for consent"
    for each in found:
        if each.loads_at_once:
            yield f"has a <{each.tag}> that does not wait"
        elif each.categories != {service.category}:
            yield f"has a <{each.tag}> whose data-consent is not {service.category}"
        for address in each.waiting.values():
            if not place(address):
                yield f"has {address}, which is not an address that begins with https://"
            elif not covered(service, address):
                yield f"loads from {place(address)}, which is not among hosts"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in _LOADS or "data-consent" in attributes:
            self.found.append(Element(tag, attributes))
