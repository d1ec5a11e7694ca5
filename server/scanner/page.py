"""Reading a page: its scripts, frames, images, links and policies, in the order of the HTML. Pure.

libxml2 parses, in time that grows with the length of a page however broken it is; `html.parser` takes the
square of it. Elements inside of a `template` do nothing, and those inside of `noscript` only without
JavaScript; both are left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import etree

READ = frozenset({"script", "iframe", "img", "link", "meta", "embed", "object", "video", "audio", "source"})
"""Elements that are kept."""

_HEAD = frozenset(
    {"html", "head", "title", "base", "link", "meta", "script", "style", "noscript", "template"}
)
"""Elements that leave the parser in the head of a document (HTML standard, § 13.2.6.4.4)."""

_INERT = frozenset({"noscript", "template"})
"""Elements inside of which nothing counts."""

_JAVASCRIPT = frozenset(
    {
        "",
        "module",
        "application/ecmascript",
        "application/javascript",
        "application/x-ecmascript",
        "application/x-javascript",
        "text/ecmascript",
        "text/javascript",
        "text/javascript1.0",
        "text/javascript1.1",
        "text/javascript1.2",
        "text/javascript1.3",
        "text/javascript1.4",
        "text/javascript1.5",
        "text/jscript",
        "text/livescript",
        "text/x-ecmascript",
        "text/x-javascript",
    }
)
"""Values of `type` with which browsers run a script (HTML standard, § 4.12.1; MIME Sniffing, § 4.6)."""

WORDS = 20_000
"""Characters of what a page says that are kept."""

STYLES = 500_000
"""Characters of a page's styles that are kept."""

MOST_MAIL = 20
"""Links to addresses that are kept."""

_UNREAD = frozenset({"script", "style", "noscript", "template", "head"})
"""Elements whose text is not what a page says."""

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9_-]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True)
class Element:
    """An element that loads or says something."""

    tag: str
    attributes: Mapping[str, str]
    """By name in lower case; the first of a name counts, and one without a value has an empty one."""
    line: int
    """Where it begins in the HTML, from 1."""
    in_head: bool
    text: str = ""
    """What stands in it, for a script."""
    in_logo: bool = False
    """Whether an element around it, or it itself, is called a logo by its class or id."""

    @property
    def runs(self) -> bool:
        """Whether a browser runs it, if it is a script."""
        kind = self.attributes.get("type", "").strip().lower()
        return self.tag == "script" and kind in _JAVASCRIPT

    @property
    def late(self) -> str:
        """The attribute that makes a script wait or come when it likes: `async`, `defer` or `type=module`."""
        if self.attributes.get("type", "").strip().lower() == "module":
            return "type=module"
        if "src" not in self.attributes:
            return ""
        return next((name for name in ("async", "defer") if name in self.attributes), "")

    @property
    def marked(self) -> bool:
        """Whether it is marked to wait for consent."""
        return "data-consent" in self.attributes or "data-consent-service" in self.attributes


@dataclass(frozen=True)
class Page:
    """What a page has, in the order of its HTML."""

    url: str
    """Where it was at last, after redirects."""
    base: str
    """Where relative addresses start: `url`, unless a `base` of the page says otherwise."""
    language: str
    """As `lang` of the document says; empty: it does not say."""
    title: str
    elements: tuple[Element, ...]
    styles: tuple[str, ...] = ()
    """What stands in its `style` elements, at most `STYLES` characters of them in all."""
    mail: tuple[str, ...] = ()
    """Addresses that its links write to, as written."""
    words: str = ""
    """What it says, at most `WORDS` characters from its end, where imprints are."""

    def source(self, element: Element) -> str:
        """The whole address of what an element loads; empty if there is none."""
        given = element.attributes.get("src") or element.attributes.get("data-src") or ""
        if element.tag in ("link", "object"):
            given = element.attributes.get("href" if element.tag == "link" else "data", "")
        try:
            whole = self.whole(given.strip())
            return whole if urlsplit(whole).hostname else ""
        except ValueError:
            return ""

    def whole(self, address: str) -> str:
        """An address of the page, made whole; empty if it is empty, or none."""
        try:
            return urljoin(self.base, address) if address else ""
        except ValueError:
            return ""


def read(html: str, url: str) -> Page:
    """Read a page.

    :param html: however broken; browsers show such pages too
    :param url: where it is, from which relative addresses start unless a `base` says otherwise
    """
    reader = _Reader()
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    text = html.replace("\0", "\ufffd").encode("utf-8", "replace")
    root = etree.fromstring(text, parser) if text.strip() else None
    if root is not None:
        for event, element in etree.iterwalk(root, events=("start", "end")):
            reader.enter(element) if event == "start" else reader.leave(element)
    return Page(
        url,
        _base(url, reader.base),
        reader.language,
        " ".join(reader.title.split()),
        tuple(reader.elements),
        tuple(reader.styles),
        tuple(reader.mail),
        " ".join(" ".join(reader.said).split())[-WORDS:],
    )


def _base(url: str, given: str) -> str:
    """Where relative addresses start, by the page's first `base` (HTML standard, § 4.2.3).

    Browsers take no notice of one that is no address, or would run something.
    """
    try:
        base = urlsplit(urljoin(url, given))
        usable = base.scheme not in ("data", "javascript") and (base.port is None or base.port >= 0)
    except ValueError:
        return url
    return base.geturl() if given and usable else url


def decoded(body: bytes, content_type: str) -> str:
    """The text of a page, in the encoding that the answer or the page itself names, else UTF-8."""
    named = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", content_type, re.IGNORECASE)
    found = None if named else _CHARSET.search(body[:4096])
    encoding = named[1] if named else found[1].decode("ascii") if found else "utf-8"
    try:
        return body.decode(encoding, "replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "replace")


class _Reader:
    """What is found while a document is walked through in its order."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.styles: list[str] = []
        self.mail: list[str] = []
        self.said: list[str] = []
        self.language = ""
        self.title = ""
        self.base = ""
        self._in_head = True
        self._inert = 0
        self._unread = 0
        self._logos = 0
        self._styled = 0

    def enter(self, element: etree._Element) -> None:
        tag = element.tag
        if tag in _INERT:
            self._inert += 1
        elif tag not in _HEAD:
            self._in_head = False
        self._unread += tag in _UNREAD
        self._logos += _is_logo(element)
        if self._inert:
            return
        if not self._unread and element.text:
            self.said.append(element.text)
        attributes = {str(name): str(value) for name, value in element.attrib.items()}
        self._note(str(tag), attributes, element.text or "")
        if tag in READ:
            text = element.text or "" if tag == "script" else ""
            line = element.sourceline or 1
            self.elements.append(
                Element(str(tag), attributes, line, self._in_head, text, in_logo=self._logos > 0)
            )

    def _note(self, tag: str, attributes: Mapping[str, str], text: str) -> None:
        """What is known of the document as a whole from one of its elements."""
        if tag == "html":
            self.language = self.language or attributes.get("lang", "").strip()
        elif tag == "title" and self._in_head:
            self.title = self.title or text
        elif tag == "base":
            self.base = self.base or attributes.get("href", "").strip()
        elif tag == "style" and self._styled < STYLES:
            self.styles.append(text[: STYLES - self._styled])
            self._styled += len(text)
        elif tag == "a" and len(self.mail) < MOST_MAIL:
            scheme, _, address = attributes.get("href", "").strip().partition(":")
            if scheme.lower() == "mailto":
                self.mail.append(address.partition("?")[0])

    def leave(self, element: etree._Element) -> None:
        tag = element.tag
        if tag in _INERT:
            self._inert -= 1
        elif tag == "head":
            self._in_head = False
        self._unread -= tag in _UNREAD
        self._logos -= _is_logo(element)
        if not self._unread and not self._inert and element.tail:
            self.said.append(element.tail)


def _is_logo(element: etree._Element) -> bool:
    called = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
    return element.tag not in ("html", "body") and "logo" in called
