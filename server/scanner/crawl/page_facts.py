"""What a page is asked for: its language, links and Google's commands; and its HTML, for script tags."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from playwright.async_api import Page

from server.scanner import inline_scripts
from server.scanner.crawl.devtools import within
from server.scanner.crawl.initiators import Source
from server.scanner.crawl.scripts import function
from server.scanner.crawl.urls import stripped
from server.scanner.observations import Command, Initiator
from server.scanner.page import Element

MOST_COMMANDS = 100

MOST_EARLY = 50

MOST_PRECONNECTS = 50

_OWN_SCRIPT = re.compile(r"/w/[a-z0-9-]{2,40}(?:\.[0-9a-f]+)?\.js$")
"""The end of the address of this product's script, without its query."""


async def language(page: Page) -> str:
    """The language of the page, as its `html` element says."""
    return str(await within(page.evaluate("() => document.documentElement?.lang ?? ''")) or "")[:100]


async def links(page: Page) -> Mapping[str, Any]:
    """The addresses of its links and of the same page in other languages: `links` and `alternates`."""
    found = await within(page.evaluate(function("links")))
    return found if isinstance(found, dict) else {}


async def preconnects(page: Page) -> tuple[str, ...]:
    """The addresses that the page asks the browser to connect to ahead (`rel=preconnect`).

    Browsers for people do; one without windows, driven by a program, leaves it.
    """
    found = await within(page.evaluate(function("preconnects")))
    return tuple(str(each)[:2_000] for each in found[:MOST_PRECONNECTS]) if isinstance(found, list) else ()


async def commands(page: Page) -> tuple[Command, ...]:
    """What was put into Google's `dataLayer` that concerns consent or a tag."""
    names = {each.name for each in _SHAPES}
    found = await within(page.evaluate(function("commands")))
    if not isinstance(found, list):
        return ()
    return tuple(
        Command(name, tuple(str(each)[:200] for each in parameters[:20]))
        for name, parameters in _pairs(found[:MOST_COMMANDS])
        if name in names
    )


_SHAPES = tuple(Command(name) for name in get_args(Command.__annotations__["name"]))


def _pairs(found: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    for each in found:
        if isinstance(each, list) and len(each) == 2 and isinstance(each[1], list):
            yield each[0], each[1]


def own_tag(source: Source) -> Element | None:
    """The first script of a page that is this product's."""
    return next((each for each in source.page.elements if _is_own(source, each)), None)


def _is_own(source: Source, element: Element) -> bool:
    address = source.page.source(element) if element.tag == "script" else ""
    return _OWN_SCRIPT.search(stripped(address)) is not None


def early_scripts(source: Source, own: Element) -> tuple[Initiator, ...]:
    """The elements before this product's script that load or run something.

    The address is what an element loads, an inline script too as far as its text says; else the page's.
    """
    found: list[Initiator] = []
    for each in source.page.elements:
        if each is own or len(found) >= MOST_EARLY:
            break
        if not each.marked and _acts(source, each):
            loaded = inline_scripts.loaded(each.text) if each.tag == "script" else ()
            address = stripped(source.page.source(each) or next(iter(loaded), source.url))
            found.append(Initiator("parser", address, each.line, source.tag(each)))
    return tuple(found)


def _acts(source: Source, element: Element) -> bool:
    if element.tag == "script":
        return element.runs and bool(source.page.source(element) or element.text.strip())
    if element.tag == "link":
        rel = element.attributes.get("rel", "").lower().split()
        return bool(source.page.source(element)) and bool({"stylesheet", "preload", "modulepreload"} & {*rel})
    return element.tag != "meta" and bool(source.page.source(element))
