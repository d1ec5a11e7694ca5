"""The line to change: markup that waits for consent, and entries of the banner document. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Literal

from server.scanner.findings import bare
from server.scanner.findings.finding import Change
from server.scanner.observations import Initiator, Page, Stored

Remedy = Literal["mark", "wrap", "tag_manager", "find", "look", "hold_back", "declare", "third_party"]
"""What is to be done about something that came without consent. `mark`: mark the element. `wrap`: start it by
`samtykke.on("change", …)` in the script. `tag_manager`: let its tag there wait. `find`: what did it is not
known. `look`: what it is for is not.
`hold_back`: in whatever way the page's own consent tool has. `third_party`: nothing that a page can do."""

_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?""")

_TAG = re.compile(r"<\s*([a-zA-Z][a-zA-Z0-9-]*)")

_LOADED = re.compile(
    r"""\brel\s*=\s*["']?[^"'>]*(?:stylesheet|preload|prefetch|preconnect|icon)""", re.IGNORECASE
)
"""A link for which a browser loads something, or prepares to."""

_ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "link": ("href",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "embed": ("src",),
    "object": ("data",),
}
"""Element → attributes that load, which are `data-consent-…` until consent is given."""


def held_back(initiator: Initiator, page: Page, category: str, service: str) -> tuple[Remedy, Change | None]:
    """How something that an element or a script loads is made to wait, and the line.

    :param service: key of the declared service, or of the catalog; empty: none is known
    """
    if initiator.element:
        after = marked(initiator.element, category, service)
        if after:
            place = bare.address(initiator.url or page.url)
            return "mark", Change(place, initiator.line, bare.markup(initiator.element), after)
    place, line = _script(initiator)
    return ("wrap", Change(place, line, "", "")) if place else ("find", None)


def marked(element: str, category: str, service: str) -> str:
    """A start tag, marked to wait for a category; empty if nothing of it loads, or it is marked already.

    Other attributes stay as they are and where they are.
    """
    found = _TAG.match(element)
    if found is None:
        return ""
    tag = found[1].lower()
    body = bare.markup(element)[found.end() :].rstrip().removesuffix(">").rstrip().removesuffix("/")
    attributes = [(each[1], each[2]) for each in _ATTRIBUTE.finditer(body)]
    names = {name.lower() for name, _ in attributes}
    if "data-consent" in names:
        return ""
    marks = f'data-consent="{escape(category)}"' + (
        f' data-consent-service="{escape(service)}"' if service else ""
    )
    if tag == "script":
        kept = [pair for pair in attributes if pair[0].lower() != "type"]
        kind = next(
            (value.strip("\"'") for name, value in attributes if name.lower() == "type" and value), ""
        )
        if kind == "module":
            marks += ' data-consent-type="module"'
        return f'<script type="text/plain" {marks}{_written(kept)}>'
    waiting = _ADDRESSES.get(tag, ())
    if not names & set(waiting) or (tag == "link" and not _LOADED.search(body)):
        return ""
    renamed = [(f"data-consent-{n.lower()}" if n.lower() in waiting else n, v) for n, v in attributes]
    return f"<{tag} {marks}{_written(renamed)}>"


def _written(attributes: Iterable[tuple[str, str]]) -> str:
    return "".join(f" {name}={value}" if value else f" {name}" for name, value in attributes)


def _script(initiator: Initiator) -> tuple[str, int | None]:
    """The place in a script that did it, and its line; empty if no script did, or it is not known."""
    for place in initiator.stack:
        url, _, line = place.rpartition(":")
        if url and line.isdigit():
            return bare.address(url), int(line)
    return (bare.address(initiator.url), initiator.line) if initiator.kind == "script" else ("", None)


# --- entries of the banner document ------------------------------------------------------------------------


def entry(part: Mapping[str, Any]) -> Change:
    """Something to be added to the banner document."""
    return Change("", None, "", json.dumps(part, ensure_ascii=False, indent=2))


def line(key: str, before: str, after: str) -> Change:
    """A field of the banner document to be changed."""
    return Change("", None, f'"{key}": {json.dumps(before)}', f'"{key}": {json.dumps(after)}')


def cookie(stored: Stored, name: str) -> dict[str, str]:
    """Something stored, as an entry among the cookies of a service.

    :param name: that it gets, perhaps with `*`
    """
    return {
        "name": name,
        "host": stored.host if stored.third_party else "",
        "kind": stored.kind,
        "lifetime": lifetime(stored),
    }


def lifetime(stored: Stored) -> str:
    """How long something stays, as a banner document says it."""
    if stored.kind == "session_storage":
        return "session"
    if stored.kind != "cookie":
        return ""
    return "session" if stored.lifetime is None else duration(stored.lifetime)


def duration(seconds: int) -> str:
    """A span of time as ISO 8601 duration, rounded up to what people say: days, hours, minutes."""
    for unit, sign in ((86_400, "P{}D"), (3_600, "PT{}H")):
        # That the clock went on for some seconds since it was stored makes no other span of it.
        if seconds > 2 * unit or abs(seconds - unit) < unit / 50:
            return sign.format(round(seconds / unit))
    return f"PT{max(1, -(-seconds // 60))}M"
