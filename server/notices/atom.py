"""An Atom feed (RFC 4287). Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET  # Nothing is parsed here.

_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow, not even escaped."""


@dataclass(frozen=True)
class FeedEntry:
    """Something that readers of a feed are notified of."""

    id: str
    """An IRI that stays the same for good."""
    title: str
    published: datetime
    link: str
    """Address of a page about it."""
    html: str
    """Its content."""
    category: tuple[str, str] | None
    """A term for programs, and its label."""
    language: str
    """A BCP 47 tag of the content's language."""


@dataclass(frozen=True)
class Feed:
    """A feed; its entries newest first."""

    id: str
    title: str
    author: str
    language: str
    itself: str
    """Its own address."""
    page: str
    """Address of the page with the same content."""
    updated: datetime
    entries: tuple[FeedEntry, ...]


def document(feed: Feed) -> bytes:
    """The feed as XML in UTF-8."""
    ET.register_namespace("", _ATOM)
    root = ET.Element(_name("feed"), {f"{{{_XML}}}lang": feed.language})
    _text(root, "id", feed.id)
    _text(root, "title", feed.title)
    _text(root, "updated", _moment(feed.updated))
    _text(_child(root, "author"), "name", feed.author)
    _child(root, "link", rel="self", type="application/atom+xml", href=feed.itself)
    _child(root, "link", rel="alternate", type="text/html", href=feed.page)
    for entry in feed.entries:
        _entry(root, entry)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: ET.Element, entry: FeedEntry) -> None:
    element = _child(root, "entry")
    _text(element, "id", entry.id)
    _text(element, "title", entry.title)
    _text(element, "published", _moment(entry.published))
    _text(element, "updated", _moment(entry.published))
    _child(element, "link", rel="alternate", type="text/html", href=entry.link)
    if entry.category:
        term, label = entry.category
        _child(element, "category", term=term, label=label)
    content = _text(element, "content", entry.html)
    content.set("type", "html")
    content.set(f"{{{_XML}}}lang", entry.language)


def paragraphs(texts: Sequence[str]) -> str:
    """Plain texts as paragraphs of HTML; a line break stays one."""
    return "".join(f"<p>{'<br>'.join(map(_escaped, text.splitlines()))}</p>" for text in texts)


def bullets(texts: Sequence[str]) -> str:
    """Plain texts as a list of HTML."""
    return f"<ul>{''.join(f'<li>{_escaped(text)}</li>' for text in texts)}</ul>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _name(tag: str) -> str:
    return f"{{{_ATOM}}}{tag}"


def _child(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    known = {name: _allowed(value) for name, value in attributes.items()}
    return ET.SubElement(parent, _name(tag), known)


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = _child(parent, tag)
    element.text = _allowed(text)
    return element


def _allowed(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _moment(moment: datetime) -> str:
    """A date and time of RFC 3339."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
