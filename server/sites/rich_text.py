"""Rich text that staff write: plain text, or a small subset of HTML. Pure.

A text that begins with `<` is HTML, anything else is plain. HTML is cleaned when it is stored and again when
it is shown, so that neither an older release nor a write past the schema can bring a script to a page.
"""

import re
from html.parser import HTMLParser

import nh3
from markupsafe import Markup, escape

from server.core.contact_uris import SCHEMES, is_link

INLINE = ("strong", "em", "a")
"""Elements within a line."""

TAGS = ("p", "br", "ul", "ol", "li", "h3", "h4", "blockquote", *INLINE)
"""Elements that are kept; of others, the text is kept, and of scripts and styles nothing."""

_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"a": {"href"}},
    attribute_filter=lambda _tag, name, value: value if name != "href" or is_link(value) else None,
    url_schemes=set(SCHEMES),
    link_rel="noopener noreferrer",
    strip_comments=True,
)

_INVISIBLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, which HTML can write as numbers. Lines end in a line feed."""

DEEPEST = 20
"""Most elements within each other; of deeper ones the text is kept.

What makes a PDF of it calls itself for each.
"""

_TAG = re.compile(r'<(/?)([a-z0-9]+)(?: [a-z]+="[^"]*")*>')
"""A tag as the cleaner writes it."""

_PASSES = 10
"""Most times that HTML is parsed until that changes nothing; more than a few are never needed."""


def is_html(text: str) -> bool:
    """Whether a text is HTML; what does not begin with `<` is plain."""
    return text.startswith("<")


def clean(text: str) -> str:
    """The text with nothing but the allowed elements; plain text is unchanged.

    Cleaning twice is cleaning once.
    """
    if not is_html(text):
        return text
    cleaned = _parsed(text)
    if cleaned and not is_html(cleaned):
        # Without a tag in front, it would count as plain text, and `&amp;` be shown as it is.
        cleaned = _parsed(f"<p>{cleaned}</p>")
    for _ in range(_PASSES):
        again = _parsed(cleaned)
        if again == cleaned:
            return cleaned
        cleaned = again
    # Never stable under parsing: shown as the source it is.
    return f"<p>{escape(_INVISIBLE.sub('', text))}</p>"


def removed(text: str) -> tuple[str, ...]:
    """What `clean` leaves out of a text: elements such as `<table>`, attributes such as `style`, each once.

    For people, who should know that what they wrote is not all there; `clean` alone decides.
    """
    if not is_html(text):
        return ()
    reader = _Removed()
    try:
        reader.feed(text)
        reader.close()
    except AssertionError:
        # Python's parser gives up at some declarations, of which `clean` keeps nothing.
        reader.found.append("<!")
    if _flat(cleaned := _CLEANER.clean(text)) != cleaned:
        reader.found.append(f"elements within more than {DEEPEST - 1} others")
    return tuple(dict.fromkeys(reader.found))


class _Removed(HTMLParser):
    """Collects what is not allowed."""

    _OURS = frozenset(("rel", "target"))
    """Attributes of links that the page sets as it needs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag not in TAGS:
            self.found.append(f"<{tag[:20]}>")
            return
        for name, value in attrs:
            if tag == "a" and name == "href" and is_link(value or ""):
                continue
            if not (tag == "a" and name in self._OURS):
                self.found.append(name[:20])


def as_html(text: str) -> Markup:
    """The text for a page: HTML as it is, and of plain text paragraphs, with breaks where lines end."""
    if is_html(text):
        return Markup(clean(text))  # noqa: S704 - cleaned
    paragraphs = (part.strip("\n") for part in re.split(r"\n[ \t]*\n", text))
    lines = (Markup("<br>").join(part.split("\n")) for part in paragraphs if part.strip())
    return Markup("\n").join(Markup("<p>{}</p>").format(each) for each in lines)


def _parsed(html: str) -> str:
    return _flat(_INVISIBLE.sub("", _CLEANER.clean(html))).strip()


def _flat(cleaned: str) -> str:
    """Cleaned HTML without the tags of elements that are within too many others."""
    depth = 0

    def tag(found: re.Match[str]) -> str:
        nonlocal depth
        if found[2] == "br":
            return found[0]
        depth -= bool(found[1])
        kept = found[0] if depth < DEEPEST else ""
        depth += not found[1]
        return kept

    return _TAG.sub(tag, cleaned)
