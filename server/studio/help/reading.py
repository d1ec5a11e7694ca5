"""A page of help, read from its Markdown: what it looks like, and the paragraph that a group shows. Pure.

A heading of the second level has an anchor, the same one in every language: `## Theme {#theme}`. What stands
between it and the next one is a section, whose first paragraph is shown beside the group.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_ANCHORED = re.compile(r"(.+?) \{#([a-z][a-z0-9-]*)\}")
_PAGE_LINK = re.compile(r"([a-z-]+)\.md(#[a-z0-9-]+)?")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Section:
    """What a page says of one group."""

    anchor: str
    title: str
    brief: Markup
    """Its first paragraph as HTML, without the element around it."""


@dataclass(frozen=True)
class Page:
    """A page of help in one language."""

    title: str
    lead: str
    """The paragraph below its title, as plain text."""
    body: Markup
    """What follows, as HTML."""
    sections: Mapping[str, Section]
    """By anchor, in their order."""


def read(markdown: str) -> Page:
    """The page that a text is: `# Title`, a paragraph, and sections.

    :raises ValueError: it has another form, or an anchor twice.
    """
    tokens = _MARKDOWN.parse(markdown)
    kinds = [token.type for token in tokens[:6]]
    if kinds[:4] != ["heading_open", "inline", "heading_close", "paragraph_open"] or tokens[0].tag != "h1":
        raise ValueError("a page of help begins with its title and a paragraph")
    for token in tokens:
        _point_at_pages(token)
    sections = {section.anchor: section for section in _sections(tokens)}
    body = _MARKDOWN.renderer.render(tokens[6:], _MARKDOWN.options, {})
    return Page(_plain(tokens[1]), _plain(tokens[4]), Markup(body), sections)  # noqa: S704  # ours, no HTML in it


def _sections(tokens: list[Token]) -> Iterator[Section]:
    """The sections; each heading gets its anchor as its id."""
    found: set[str] = set()
    for place, token in enumerate(tokens):
        if token.type != "heading_open" or token.tag != "h2":
            continue
        heading, brief = tokens[place + 1], tokens[place + 4]
        anchored = _ANCHORED.fullmatch(heading.content)
        if anchored is None or anchored[2] in found or tokens[place + 3].type != "paragraph_open":
            raise ValueError(f"“{heading.content}” lacks an anchor of its own, or a paragraph below it")
        found.add(anchored[2])
        token.attrSet("id", anchored[2])
        heading.children = _MARKDOWN.parseInline(anchored[1])[0].children
        html = _MARKDOWN.renderer.render([brief], _MARKDOWN.options, {})
        yield Section(anchored[2], anchored[1], Markup(html))  # noqa: S704  # as above


def _point_at_pages(token: Token) -> None:
    """Let links to other files of help lead to their pages, which stand beside each other."""
    for child in token.children or ():
        if child.type == "link_open" and (link := _PAGE_LINK.fullmatch(str(child.attrGet("href")))):
            child.attrSet("href", f"{link[1]}{link[2] or ''}")


def _plain(token: Token) -> str:
    return "".join(child.content or " " for child in token.children or ()).strip()
