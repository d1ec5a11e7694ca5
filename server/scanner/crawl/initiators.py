"""What made the browser send a request or store something, by what DevTools says of it. Pure."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from server.scanner import page as pages
from server.scanner.crawl.urls import stripped
from server.scanner.findings import bare
from server.scanner.observations import Initiator

MOST_PLACES = 10
"""Places of a stack that are kept."""

_Kind = Literal["parser", "script", "preload", "redirect", "other"]

_KINDS: Mapping[str, _Kind] = {
    "parser": "parser",
    "script": "script",
    "preload": "preload",
}

_PLACE = re.compile(r"(?:\(|at )([a-z][a-z0-9+.-]*:[^\s()]+?):(\d{1,9}):\d{1,9}\)?$", re.IGNORECASE)
"""At the end of a line of a stack, as V8 writes it: `at name (URL:line:column)`."""


class Source:
    """The HTML of a document, and its elements."""

    def __init__(self, html: str, url: str) -> None:
        self.html = html
        self.url = url

    @cached_property
    def page(self) -> pages.Page:
        """What is read in it."""
        return pages.read(self.html, self.url)

    @cached_property
    def _lines(self) -> list[str]:
        return self.html.splitlines(keepends=True)

    @cached_property
    def _by_address(self) -> Mapping[str, pages.Element]:
        found: dict[str, pages.Element] = {}
        for element in self.page.elements:
            if address := self.page.source(element).partition("#")[0]:
                found.setdefault(address, element)
        return found

    def names(self, address: str) -> pages.Element | None:
        """The first element that loads from an address."""
        return self._by_address.get(address.partition("#")[0])

    def has_in_line(self, address: str, line: int) -> bool:
        """Whether a line has the last part of an address, as a style in the page that loads something."""
        lines = self._lines[line - 1 : line]
        return bool(lines) and address.partition("?")[0].rstrip("/").rpartition("/")[2] in lines[0]

    def tag(self, element: pages.Element) -> str:
        """The start tag of an element, as the page has it but for queries and fragments of its addresses."""
        near = "".join(self._lines[element.line - 1 : element.line + 40])[:20_000]
        tags = list(_start_tags(near, element.tag))
        given = element.attributes
        named = given.get("src") or given.get("href") or given.get("data")
        escaped = (named or "").replace("&", "&amp;")
        meant = [each for each in tags if named and (named in each or escaped in each)] or tags
        return bare.markup(meant[0])[:4_000] if meant else ""


def _start_tags(html: str, name: str) -> Iterator[str]:
    """The start tags of elements of one name, in their order."""
    pattern = rf"""<{re.escape(name)}(?=[\s/>])(?:[^>"']|"[^"]*"|'[^']*')*>"""
    return (match[0] for match in re.finditer(pattern, html, re.IGNORECASE))


def of_request(
    given: Mapping[str, Any], url: str, source: Source | None, *, redirected_from: str = ""
) -> Initiator:
    """What sent a request.

    :param given: `Network.Initiator`
    :param url: of the request, whole
    :param source: of the document that it was for, if it is known
    :param redirected_from: address whose answer led to it
    """
    if redirected_from:
        return Initiator("redirect", stripped(redirected_from))
    kind: _Kind = _KINDS.get(str(given.get("type")), "other")
    places = tuple(_places(given.get("stack") or {}))
    element = source.names(url) if source is not None and kind != "script" else None
    if source is not None and element is not None:
        return Initiator(kind, stripped(source.url), element.line, source.tag(element))
    if places:
        return Initiator(kind, places[0][0], places[0][1], "", _written(places))
    line = given.get("lineNumber")
    address = stripped(str(given.get("url") or ""))
    if not address or not isinstance(line, int | float):
        return Initiator(kind, address)
    if source is not None and not source.has_in_line(url, int(line) + 1):
        # Made by a script: where the parser was then says nothing.
        return Initiator("other", address)
    return Initiator(kind, address, int(line) + 1)


def of_stack(stack: str) -> Initiator:
    """The script that did something, by the stack of an `Error`; its first line says nothing."""
    # The recorder's own frames have no address.
    found = filter(None, map(_PLACE.search, stack.splitlines()[1:]))
    places = [(stripped(each[1]), int(each[2])) for each in found]
    if not places:
        return Initiator()
    return Initiator("script", places[0][0], places[0][1], "", _written(places))


def _places(stack: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Places of a `Runtime.StackTrace` and those that called it asynchronously, the innermost first."""
    seen = 0
    current: Mapping[str, Any] | None = stack
    while current and seen < 50:
        for frame in current.get("callFrames") or ():
            seen += 1
            if address := stripped(str(frame.get("url") or "")):
                yield address, int(frame.get("lineNumber") or 0) + 1
        current = current.get("parent")


def _written(places: Any) -> tuple[str, ...]:
    return tuple(f"{address[:1_900]}:{line}" for address, line in places)[:MOST_PLACES]
