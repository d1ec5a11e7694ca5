"""A walk over the studio's pages along their links, and their forms: what holds for all is tried on all."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask import Flask, current_app
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from server.studio.guard import NOWHERE
from tests.studio.conftest import Visitor

TYPED = ("text", "email", "url", "password", "search", "number", "date", "color", "textarea")
"""Kinds of fields that somebody types into."""

_WHICH = frozenset(("section", "stage", "step", "platform"))
"""Arguments of addresses that make another page; of the others one value is enough."""

FILES = frozenset(
    (
        "download_file",
        "search_found",
        "analytics_csv",
        "export_consents",
        "download_audit_log",
        "download_site_audit_log",
        "processing_record",
        "consent_receipt",
    )
)
"""What is downloaded, and no page."""


@dataclass
class Field:
    """A field of a form."""

    name: str
    kind: str
    value: str
    sent: bool = True
    """Whether a browser would send it as the page stands."""


@dataclass
class Form:
    """A form as a browser reads it."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)
    buttons: list[Field] = field(default_factory=list)
    dangers: list[Field] = field(default_factory=list)
    """Its buttons that lose something."""
    questions: list[str] = field(default_factory=list)
    """What is asked before each of them is obeyed."""
    text: str = ""

    @property
    def typed(self) -> list[Field]:
        """The fields that somebody types into."""
        return [each for each in self.fields if each.kind in TYPED]

    def data(self, fill: Callable[[Field], str]) -> MultiDict[str, str]:
        """What a browser sends when these texts are typed and the first button is pressed."""
        sent = [
            (each.name, fill(each) if each.kind in TYPED else each.value) for each in self.fields if each.sent
        ]
        return MultiDict([*sent, *((each.name, each.value) for each in self.buttons[:1] if each.name)])

    def pressed(self, button: Field) -> MultiDict[str, str]:
        """What a browser sends when this button is pressed; what has to be said is."""
        parts = [each for each in (*self.fields, button) if each.sent and each.name]
        sent = [(each.name, each.value.strip() or ("Why" if each.kind in TYPED else "")) for each in parts]
        return MultiDict(sent)


class Page(HTMLParser):
    """What a page has: links, forms, ids, and what is said of its fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.ids: set[str] = set()
        self.described: set[str] = set()
        self.invalid: list[str] = []
        """What describes each field that is marked as invalid."""
        self.errors: set[str] = set()
        """Ids of the errors that stand by a field."""
        self.title = ""
        self.words: list[str] = []
        self._tags: list[tuple[str, dict[str, str]]] = []
        self._select: Field | None = None
        self._button = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        if tag not in ("input", "meta", "link", "br", "img", "path", "circle", "rect"):
            self._tags.append((tag, have))
        self.ids.add(have.get("id", ""))
        self.described |= set(have.get("aria-describedby", "").split())
        if "aria-invalid" in have:
            self.invalid.append(have.get("aria-describedby", ""))
        if have.get("class") == "field-error":
            self.errors.add(have.get("id", ""))
        if tag == "a":
            self.links.append(have.get("href", ""))
        if tag == "form":
            self.forms.append(Form(have.get("action", ""), have.get("method", "get").lower()))
        elif self._inside("form"):
            self._part(tag, have)

    def _part(self, tag: str, have: dict[str, str]) -> None:
        form, name = self.forms[-1], have.get("name", "")
        if tag == "input" and have.get("type", "text") != "submit":
            kind, ticks = have.get("type", "text"), have.get("type") in ("checkbox", "radio")
            form.fields.append(
                Field(name, kind, have.get("value", "on" if ticks else ""), not ticks or "checked" in have)
            )
        elif tag == "textarea":
            form.fields.append(Field(name, "textarea", ""))
        elif tag == "select":
            self._select = Field(name, "select", "", sent=False)
            form.fields.append(self._select)
        elif tag == "option" and self._select and (not self._select.sent or "selected" in have):
            self._select.value, self._select.sent = have.get("value", ""), True
        elif tag == "button" and have.get("type") != "button":
            danger = "btn-danger" in have.get("class", "")
            if danger:
                form.dangers.append(Field(name, "button", have.get("value", "")))
                form.questions.append(have.get("data-confirm", ""))
            else:
                form.buttons.append(Field(name, "button", have.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if self._inside(tag):
            while self._tags.pop()[0] != tag:
                pass
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._inside("title"):
            self.title += data
        if self._inside("textarea") and self._inside("form"):
            self.forms[-1].fields[-1].value += data
        if self._inside("form"):
            self.forms[-1].text += data
        if not self._inside("script") and not self._inside("style"):
            self.words.append(data)

    def _inside(self, tag: str) -> bool:
        return any(open_tag == tag for open_tag, _ in self._tags)


def form_at(visitor: Visitor, path: str, action: str) -> Form | None:
    """A form that posts there, as the page has it now; None if it is there no more."""
    found = Page(visitor.get(path).text).forms
    return next((each for each in found if each.action == action and each.method == "post"), None)


def endpoint_of(app: Flask, path: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """The page that an address of the studio leads to, and which one; None if it is no page of it."""
    try:
        endpoint, values = app.url_map.bind("localhost").match(urlsplit(path).path)
    except HTTPException:
        return None
    name = endpoint.removeprefix("studio.")
    if name == endpoint or endpoint == NOWHERE or name in FILES:
        return None
    return name, tuple(sorted((arg, str(value)) for arg, value in values.items() if arg in _WHICH))


def walk(visitor: Visitor, start: str = "/sites") -> Iterator[tuple[str, Page]]:
    """Every page that links lead to, one of each kind: its address in the studio, and what it has."""
    app = current_app
    seen, ahead = {endpoint_of(app, f"/studio{start}")}, deque([start])
    while ahead:
        path = ahead.popleft()
        answer = visitor.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            assert answer.status_code in (200, 204, 303, 404), path
            continue
        page = Page(answer.text)
        yield path, page
        for link in page.links:
            found = endpoint_of(app, link) if link.startswith("/studio/") else None
            if found and found not in seen:
                seen.add(found)
                ahead.append(re.sub(r"#.*", "", link).removeprefix("/studio"))
