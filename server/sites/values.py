"""What crosses the doors of this slice: sites, drafts, versions, findings, and how to read a document."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from server.core.canonical import canonical

Document = Mapping[str, Any]
"""A banner document that the schema has let through: every key is there, every type is right."""

KEY = re.compile(r"[a-z0-9-]{2,40}")
"""How a site's public key looks."""

PART_KEY = re.compile(r"[a-z][a-z0-9_]{1,23}")
"""How the key of a category, a service or a section of the notice looks."""

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
"""A language as BCP 47 writes it: language, perhaps script, perhaps region."""

LARGEST_VERSION = 2**31 - 1
"""The largest number that a version can have."""

CONTENT_HASH = re.compile(r"sha256:[0-9a-f]{64}")
"""How the hash of a published document looks."""

NECESSARY = "necessary"
"""The category that is always on and never a switch."""

MAX_OPTIONAL = 8
"""The largest number of optional categories in one document."""

LAST_SLOT = 52
"""The highest bit that a mask in the visitor's cookie can carry exactly."""

KEPT_AFTER_EXPIRY = timedelta(days=365)
"""How long decisions are kept after they have expired, unless the site says otherwise."""

KEPT_AT_MOST = timedelta(days=5 * 365)
"""How long a decision is kept after it was made, whatever the site says."""

FIRST_LAYER = ("title", "body", "accept_all", "reject_all", "settings", "reopen", "changed", "unavailable")
"""Keys of the texts that every visitor gets with the script."""

PLACEHOLDER = ("placeholder", "load_always", "load_category", "load_once")
"""Keys of the texts that stand where blocked content would; they come when the first of it is found."""

SECOND_LAYER = (
    "settings_title",
    "settings_intro",
    "save",
    "close",
    "withdraw",
    "always_on",
    "services_heading",
    "cookies_heading",
    "provider",
    "purpose",
    "lifetime",
    "country",
    "shared_with",
    "privacy_link",
    "cookie_name",
    "cookie_host",
    "cookie_kind",
    "kind_cookie",
    "kind_local_storage",
    "kind_session_storage",
    "kind_indexed_db",
    "kind_pixel",
    "session",
    "days",
    "saved",
    "state_decided",
    "state_undecided",
    "consent_number",
    "copy",
    "copied",
    "not_sent",
    "objection",
    "export",
    "erase",
    "erase_ask",
    "erase_yes",
    "cancel",
    "erased",
    "failed",
)
"""Keys of the texts that are loaded with the settings dialog."""

TEXT_KEYS = FIRST_LAYER + PLACEHOLDER + SECOND_LAYER
"""Every key that a language of `texts` may have."""

SIGNAL_TYPES = (
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
)
"""What other tools on the page distinguish, as Google names it; its `security_storage` is always granted."""

CONVENTION = {
    "ad_storage": "advertising",
    "ad_user_data": "advertising",
    "ad_personalization": "advertising",
    "analytics_storage": "statistics",
    "functionality_storage": "functional",
    "personalization_storage": "functional",
}
"""Type of storage → the key of the category that it usually belongs to."""

_LATER_APPEARANCE: Mapping[str, Any] = {"settings": "dialog"}
_LATER_BEHAVIOUR: Mapping[str, Any] = {
    "google": {"regions": [], "wait_for_update": 500, "ads_data_redaction": True, "url_passthrough": False},
    "tools": {"uet": False, "clarity": False, "matomo": False, "data_layer": False},
    "automatic_blocking": False,
    "reload_on_withdrawal": False,
}
"""What documents stored before these keys existed are read with; `mapping` is made for each."""

_RIGHT_TO_LEFT = frozenset(("ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"))

Change = Literal["text", "scope"]
"""`text`: nobody is asked again. `scope`: those who had accepted what grew are."""

Review = Literal["own", "reviewed", "unreviewed", "provisional"]
"""Who has read a language's texts: `own` was written with the product, `reviewed` was read by a native
speaker, `unreviewed` waits for one, and `provisional` should meet no visitor before one has read it."""

_ORIGIN = re.compile(r"https?://([a-z0-9.-]+)(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class Site:
    """A website, or a family of them, with one banner."""

    id: str
    key: str
    """Stands in the script's address; never changes."""
    name: str
    domains: tuple[str, ...]
    """Host names in ASCII; `*.` in front means its sub-domains."""
    created_at: datetime
    retention: timedelta = KEPT_AFTER_EXPIRY
    """How long decisions are kept after they have expired."""

    def allows_origin(self, origin: str | None) -> bool:
        """Whether pages of this origin may send decisions: http or https, any port, a host of ours."""
        found = _ORIGIN.fullmatch(origin or "")
        return found is not None and any(_matches(domain, found[1]) for domain in self.domains)


def _matches(domain: str, host: str) -> bool:
    # The star keeps its dot: `*.example.no` is neither `example.no` nor `notexample.no`.
    return host.endswith(domain[1:]) and len(host) >= len(domain) if domain[0] == "*" else host == domain


@dataclass(frozen=True)
class Language:
    """A language that the product has texts in."""

    code: str
    name: str
    """Its own name for itself."""
    english: str
    """Its English name."""
    review: Review


@dataclass(frozen=True)
class Draft:
    """The banner document that staff edit."""

    document: Document
    revision: int
    """Grows with each saving."""
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class ScopeChange:
    """What grew in a category, so that those who had accepted it must be asked again."""

    category: str
    added_services: tuple[str, ...]
    """Names, in the order of the document; for `signal_added`, types of storage."""
    reason: str
    """`category_added`, `service_added`, `provider_added`, `recipient_added`, `country_outside` or
    `signal_added`."""


@dataclass(frozen=True)
class Numbering:
    """The bits and ages of everything that was ever published; bits are appended and never reused."""

    slots: Mapping[str, int] = field(default_factory=dict)
    """Optional category → its bit in the visitor's cookie."""
    since: Mapping[str, int] = field(default_factory=dict)
    """Optional category → the version in which its scope last grew."""
    service_slots: Mapping[str, int] = field(default_factory=dict)
    """Service → its bit; bits of services and of categories are counted apart."""
    service_since: Mapping[str, int] = field(default_factory=dict)
    """Service → the version in which it last grew."""


@dataclass(frozen=True)
class Version:
    """A published banner; it never changes. `slots` and the like name whatever was ever published."""

    site_id: str
    number: int
    """1, 2, 3 … per site."""
    document: Document
    """With every key that documents have today."""
    published_document: Document
    """Exactly what was frozen, perhaps before some of the keys existed."""
    content_hash: str
    """`sha256:` and the digest of the published document's canonical JSON."""
    change: Change
    scope_changes: tuple[ScopeChange, ...]
    slots: Mapping[str, int]
    since: Mapping[str, int]
    service_slots: Mapping[str, int]
    service_since: Mapping[str, int]
    note: str
    published_at: datetime
    published_by: str

    def commitment(self) -> bytes:
        """What the consent log keeps of this version: which site, which number, which content."""
        fact = {"content_hash": self.content_hash, "number": self.number, "site_id": self.site_id}
        return hashlib.sha256(canonical(fact)).digest()


@dataclass(frozen=True)
class Pending:
    """What publishing a draft would decide."""

    number: int
    """The number that the version would get."""
    document: Document
    change: Change
    scope_changes: tuple[ScopeChange, ...]


@dataclass(frozen=True)
class Finding:
    """Something about a document that stops a publish, or that whoever publishes should know."""

    severity: Literal["error", "warning"]
    field: str
    """Path into the document: dots and list indices."""
    message: str
    rule: str
    """A stable snake_case word."""


def fault_in_text(text: str, *, longest: int, lines: bool = False) -> str | None:
    """Why this cannot be kept as a text, as the end of a sentence; nothing if it can.

    Whatever Unicode has is a text, apart from what controls a device and what is half a character.
    """
    if len(text) > longest:
        return f"has more than {longest} characters"
    for character in text:
        if character == "\n":
            if not lines:
                return "has more than one line"
        elif unicodedata.category(character) in ("Cc", "Cs"):
            return f"has the control character U+{ord(character):04X}"
    return None


def ordered_categories(document: Document) -> tuple[Mapping[str, Any], ...]:
    """All categories as visitors meet them: necessary first, then by `order`; hidden ones included."""
    categories: Sequence[Mapping[str, Any]] = document["categories"]
    return tuple(sorted(categories, key=lambda c: (c["key"] != NECESSARY, c["order"])))


def optional_categories(document: Document) -> tuple[str, ...]:
    """Keys of the categories that a visitor decides about, in their order; hidden ones are not among them."""
    return tuple(c["key"] for c in ordered_categories(document) if c["key"] != NECESSARY and not c["hidden"])


def completed(document: Document) -> Document:
    """A stored document with what was added to the schema after it was written, each as it was until then.

    Nothing is judged anew, and one that has every key comes back as it is.
    """
    behaviour = {**_LATER_BEHAVIOUR, "mapping": conventional_mapping(document)}
    added = {
        part: {key: value for key, value in late.items() if key not in document[part]}
        for part, late in (("appearance", _LATER_APPEARANCE), ("behaviour", behaviour))
    }
    if not any(added.values()):
        return document
    return {**document, **{part: {**document[part], **late} for part, late in added.items()}}


def conventional_mapping(document: Document) -> dict[str, str]:
    """Type of storage → the category that it belongs to by its name; empty where the document has none."""
    keys = {category["key"] for category in document["categories"]}
    return {kind: key if key in keys else "" for kind, key in CONVENTION.items()}


def tells_others(document: Document) -> bool:
    """Whether any tool on the page is told what was decided."""
    behaviour = document["behaviour"]
    return behaviour["consent_mode"] != "off" or any(behaviour["tools"].values())


def direction(language: str) -> Literal["rtl", "ltr"]:
    """How a language is written: from right to left, or from left to right."""
    return "rtl" if language.split("-", maxsplit=1)[0] in _RIGHT_TO_LEFT else "ltr"


def languages(document: Document) -> tuple[str, ...]:
    """The banner's languages, the default one first."""
    default = document["default_language"]
    return (default, *sorted(code for code in document["texts"] if code != default))
