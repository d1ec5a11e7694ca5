"""What visits to the pages of a website observed: requests and storage, before and after each answer. Pure.

The process that browses reports this as JSON, and it is read here strictly by its types: what a hostile page
made the browser say is text of bounded length. **No values**: of cookies, storage and parameters of addresses
only the names are here, and of addresses neither query nor fragment.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

Text = Annotated[str, msgspec.Meta(max_length=2_000)]
"""Something that a page chose, such as an address or a name."""

Markup = Annotated[str, msgspec.Meta(max_length=4_000)]
"""The start tag of an element, as the page has it; in place of queries and fragments stands `?…`."""

Choice = Literal["none", "reject_all", "accept_all", "only", "withdraw"]
"""What the visitor of a visit answers. `only`: one category alone. `withdraw`: after accepting everything."""

Phase = Literal["before", "after", "again"]
"""When something was seen first: before the answer, after it, or after the page was loaded again with the
answer given. Without an answer all of it is `before`. In a visit that withdraws, `before` is all until the
withdrawal."""

RequestKind = Literal[
    "document",
    "frame",
    "script",
    "stylesheet",
    "image",
    "font",
    "media",
    "fetch",
    "beacon",
    "websocket",
    "worker",
    "connection",
    "other",
]
"""`connection`: only that the browser connected to the host, as by `preconnect`; no request was reported."""

StorageKind = Literal[
    "cookie", "local_storage", "session_storage", "indexed_db", "cache_storage", "service_worker"
]

Outcome = Literal["none", "made", "no_banner", "no_button", "failed"]
"""What became of the choice. `none`: there was none to make. `no_button`: the banner has none for it that was
found. `failed`: the banner is still there after it."""

Fault = Literal[
    "unreachable",
    "address_not_allowed",
    "http_error",
    "not_html",
    "too_large",
    "too_many_redirects",
    "timed_out",
    "browser_ended",
    "redirected_away",
    "dialogs",
    "download",
    "memory",
    "robots",
]
"""Why a page could not be observed, or not whole. `dialogs` and `download` were refused, and the visit went
on."""


@dataclass(frozen=True)
class Initiator:
    """What made the browser send a request."""

    kind: Literal["parser", "script", "preload", "redirect", "other"] = "other"
    url: Text = ""
    """Of the document or the script, without query and fragment."""
    line: int | None = None
    """Line in it, from 1."""
    element: Markup = ""
    """The start tag in the page that names the address, if one does."""
    stack: tuple[Text, ...] = ()
    """Places in scripts as `URL:line`, the innermost first; at most ten."""


@dataclass(frozen=True)
class Request:
    """A request that the browser sent."""

    url: Text
    """Without query and fragment; the host's origin alone for a `connection`."""
    host: Text
    kind: RequestKind
    third_party: bool
    """Whether its registrable domain (Public Suffix List) is another one than the page's."""
    phase: Phase
    at: int
    """Milliseconds since the choice, negative before it; without a choice, since the page was asked for."""
    parameters: tuple[Text, ...] = ()
    """Names of the parameters in its query."""
    frame: Text = ""
    """The frame's document, without query; empty for the page itself and for workers."""
    status: int | None = None
    sets: tuple[Text, ...] = ()
    """Names of the cookies that the answer sets."""
    consent_state: Text = ""
    """Google's `gcs` parameter, such as `G100`: what its tags believe was consented to."""
    initiator: Initiator = field(default_factory=Initiator)


@dataclass(frozen=True)
class Stored:
    """Something that was stored on the device, and is there at the end of its phase."""

    name: Text
    """Of the cookie, the key, the database, the cache; of a service worker the address of its script."""
    kind: StorageKind
    host: Text
    """A cookie's domain as the browser has it, a dot in front if it is for sub-domains; else the host."""
    third_party: bool
    phase: Phase
    """When it was seen first."""
    lifetime: int | None = None
    """Seconds from when it was seen until a cookie ends; None: with the session, or when it is cleared."""
    http_only: bool = False
    secure: bool = False
    same_site: Literal["Strict", "Lax", "None", ""] = ""
    partitioned: bool = False
    set_by: Initiator = field(default_factory=Initiator)
    """The script that set it, or the request (its address as `url`) whose answer did; as far as known."""
    remains: bool = True
    """Whether it is there at the end of the visit."""


@dataclass(frozen=True)
class Command:
    """An entry of Google's `dataLayer` that concerns consent or a tag, in its order."""

    name: Literal["consent_default", "consent_update", "config", "js", "event"]
    parameters: tuple[Text, ...] = ()
    """`analytics_storage=denied`, … of a consent command; the tag's id of `config`; the event's name."""


@dataclass(frozen=True)
class Tool:
    """The consent tool of a page."""

    key: Text
    """`samtykke`, or the name of the rule that recognised another one."""
    shown: bool
    """Whether its banner was seen."""
    site: Text = ""
    """Of `samtykke`: the site's key in the script's address."""
    server: Text = ""
    """Of `samtykke`: the origin that the script is served from."""


@dataclass(frozen=True)
class Visit:
    """One visit to one page in a fresh profile."""

    choice: Choice
    category: Text = ""
    """Of `only`: the key of the category that is allowed."""
    outcome: Outcome = "none"
    language: Text = ""
    """Of the page's `html` element."""
    url: Text = ""
    """Where it led after redirects, without query and fragment."""
    status: int | None = None
    tools: tuple[Tool, ...] = ()
    requests: tuple[Request, ...] = ()
    stored: tuple[Stored, ...] = ()
    commands: tuple[Command, ...] = ()
    script_line: int | None = None
    """Line of this product's script tag in the page's HTML, from 1; None: the HTML has none."""
    early_scripts: tuple[Initiator, ...] = ()
    """Elements before this product's script tag that load or run something, as their tags."""
    blocked: tuple[Text, ...] = ()
    """What the page's own Content-Security-Policy kept out: `directive address`."""
    mixed: tuple[Text, ...] = ()
    """Addresses without encryption that a page over HTTPS asked for."""
    faults: tuple[Fault, ...] = ()
    pictures: tuple[Text, ...] = ()
    """Files in the folder of the scan: before the choice, and after it."""


@dataclass(frozen=True)
class Page:
    """A page and its visits."""

    url: Text
    found: Literal["start", "list", "sitemap", "link", "alternate"]
    """How it was found; `alternate`: as the same page in another language."""
    visits: tuple[Visit, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Why it was not visited."""


@dataclass(frozen=True)
class Crawl:
    """All that was observed of a website."""

    start: Text
    """The address that was asked for."""
    begun_at: Text
    """ISO 8601, UTC."""
    ended_at: Text
    browser: Text
    """Name and version."""
    pages: tuple[Page, ...]
    whole: bool
    """Whether every page that was found, up to the number asked for, was visited."""
    left: int = 0
    """Pages that were found and not visited."""
    options: dict[str, str] = field(default_factory=dict)
    """What was asked for besides: seconds of waiting, categories, robots."""


def read(encoded: bytes) -> Crawl:
    """The observations in a JSON document.

    :raises ValueError: it is none, and where it is not.
    """
    return msgspec.json.decode(encoded, type=Crawl)


def written(crawl: Crawl) -> bytes:
    """Observations as JSON."""
    return msgspec.json.encode(crawl)
