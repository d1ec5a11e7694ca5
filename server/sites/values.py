"""Values of this slice that others may use: sites, drafts, versions, findings, and document accessors."""

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from server.core.canonical import canonical
from server.core.local_days import day_of
from server.sites.constraints import with_defaults
from server.sites.document_types import (
    Behaviour,
    Category,
    Document,
    SignalType,
    StoredDocument,
)

KEY = re.compile(r"[a-z0-9-]{2,40}")
"""Syntax of a site's public key."""

LARGEST_VERSION = 2**31 - 1
"""Largest version number."""

CONTENT_HASH = re.compile(r"sha256:[0-9a-f]{64}")
"""Syntax of the hash of a published document."""

LONGEST_ANNOUNCEMENT = 500
"""Most characters, in one language, of what visitors are notified of."""

LONGEST_TAG = 40
"""Most characters of a tag of a site."""

MOST_TAGS = 20
"""Most tags of a site."""

RESTORABLE = timedelta(days=30)
"""How long a deleted site can be restored."""

VERSIONS = "banner_version"
"""Table of published versions."""

TABLES_OF_A_SITE = (
    "bulk_action_site",
    "applied_file",
    "site_responsible",
    "site_group_member",
    "site_tag",
    "site_setup",
    "installation_link",
    "editor_presence",
    "draft_revision",
    "site_logo",
    "publication",
    "experiment",
    "banner_draft",
)
"""Tables of this slice whose rows are deleted with their site."""

LONGEST_PAUSE_NOTE = 500
"""Most characters of why a site is paused."""

NECESSARY = "necessary"
"""The category that is always on and never a switch."""

CONSENT_SERVICE = "samtykke"
"""Key of the service that declares our own storage, which the site itself offers."""

LAST_SLOT = 52
"""Highest bit of a mask in the visitor's cookie (exact in JavaScript)."""

DEFAULT_RETENTION = timedelta(days=365)
"""Default retention of decisions after expiry."""

MAX_AGE = timedelta(days=5 * 365)
"""Maximum age of a decision, for all sites."""

CONVENTION: Mapping[SignalType, str] = {
    "ad_storage": "advertising",
    "ad_user_data": "advertising",
    "ad_personalization": "advertising",
    "analytics_storage": "statistics",
    "functionality_storage": "functional",
    "personalization_storage": "functional",
}
"""Signal type → key of the conventional category."""


_EEA_CODES = "AT BE BG CY CZ DE DK EE ES EU FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
EEA = frozenset(_EEA_CODES.split())
"""Countries of the European Economic Area; a transfer to other countries widens the scope.

`EU`, which ISO 3166 reserves, is stated where data stays in the Union and no single country is named.
"""

_RIGHT_TO_LEFT = frozenset(("ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"))

Change = Literal["text", "scope"]
"""`text`: nobody is asked again. `scope`: those who had accepted a widened category are."""

NotifyReason = Literal["scope", "controller", "notice"]
"""Why visitors should be notified of a change: more is asked, somebody else asks, or the notice says
something else."""

SectionWords = Literal["missing", "untranslated", "standard", "earlier", "own"]
"""Whose words a section of a notice has in a language. `missing`: heading or text is empty; `untranslated`:
the same where the product has no words either, so that visitors read another language; else the product's
of today, those of an earlier release, or the site's own."""

Review = Literal["own", "reviewed", "unreviewed", "provisional"]
"""Review state of a language's texts: `own` was written with the product, `reviewed` was read by a native
speaker, `unreviewed` was not yet, and `provisional` should not be shown to visitors before."""

_ORIGIN = re.compile(r"https?://([a-z0-9.-]+)(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class Pause:
    """A pause that lasts: the script of the site does nothing."""

    at: datetime
    by: str
    note: str
    """Why, for colleagues; may be empty."""


@dataclass(frozen=True)
class Deletion:
    """That staff have deleted a site."""

    at: datetime
    by: str
    final: bool
    """Whether its rows are being deleted, or were."""

    @property
    def restorable_until(self) -> datetime:
        """Until when it can be restored."""
        return self.at + RESTORABLE


@dataclass(frozen=True)
class Site:
    """A website, or a family of them, with one banner."""

    id: str
    key: str
    """Part of the script's URL; never changes."""
    name: str
    domains: tuple[str, ...]
    """Host names in ASCII; a leading `*.` means its sub-domains."""
    created_at: datetime
    retention: timedelta = DEFAULT_RETENTION
    """Retention of decisions after expiry."""
    approval_required: bool = False
    """Whether a second person has to approve what is published."""
    pause: Pause | None = None
    """None: it is not paused."""
    deletion: Deletion | None = None
    """None: it is not deleted."""
    staging_domains: tuple[str, ...] = ()
    """As `domains`, of websites for testing: their pages send decisions, which are not recorded."""
    sample_of: str | None = None
    """Id of the person whose sample site it is; None: it is a real one."""

    @property
    def stopped(self) -> bool:
        """Whether its script does nothing."""
        return self.pause is not None or self.deletion is not None

    @property
    def listed_domains(self) -> str:
        """Its host names in one line, those for testing in brackets: for the audit log."""
        tested = f" ({', '.join(self.staging_domains)})" if self.staging_domains else ""
        return ", ".join(self.domains) + tested

    def allows_origin(self, origin: str | None) -> bool:
        """Whether pages of this origin may send decisions: http or https, any port, a host of the site."""
        return _covers((*self.domains, *self.staging_domains), origin)

    def is_staging(self, origin: str | None) -> bool:
        """Whether pages of this origin are for testing; also where a wider domain covers their host."""
        return _covers(self.staging_domains, origin)


def _covers(domains: Iterable[str], origin: str | None) -> bool:
    found = _ORIGIN.fullmatch(origin or "")
    return found is not None and any(matches(domain, found[1]) for domain in domains)


def matches(domain: str, host: str) -> bool:
    """Whether a host is covered by a site's domain, which may begin with `*.`."""
    # The star includes the dot: `*.example.no` is neither `example.no` nor `notexample.no`.
    return host.endswith(domain[1:]) and len(host) >= len(domain) if domain[0] == "*" else host == domain


PROGRAM = "token "
"""In front of the id of a token, where versions, drafts and publications name its program."""


def program_of(author: str) -> str | None:
    """The id of the token of a program that is named so; None: it is a person, or the command line."""
    token_id = author.removeprefix(PROGRAM)
    return None if token_id == author else token_id


@dataclass(frozen=True)
class Group:
    """Sites that share a part of their banner documents."""

    id: str
    key: str
    """In addresses and commands; never changes."""
    name: str
    document: Mapping[str, Any]
    """The newest; `inheritance.GroupDocument`."""
    revision: int
    """Incremented with each change of the document."""
    saved_at: datetime
    saved_by: str


@dataclass(frozen=True)
class GroupSummary:
    """A group in a list."""

    key: str
    name: str
    members: int
    """Sites of it, without those that the reader does not see."""


@dataclass(frozen=True)
class GroupName:
    """How a group is named."""

    key: str
    name: str


@dataclass(frozen=True)
class Membership:
    """The group of a site."""

    group: Group
    document: Mapping[str, Any]
    """What the site has followed: for a moment after a change, an earlier document than the group's."""
    revision: int
    """Its revision."""


@dataclass(frozen=True)
class Language:
    """A language with shipped texts."""

    code: str
    name: str
    """Its endonym."""
    english: str
    """Its English name."""
    review: Review


@dataclass(frozen=True)
class Draft:
    """The banner document that staff edit."""

    document: Document
    revision: int
    """Incremented with each save."""
    updated_at: datetime
    updated_by: str
    automatic: bool = False
    """Whether it was saved while somebody typed, not by a button."""
    undoes: int | None = None
    """The revision whose edit this one took back; None: it is an edit of its own."""
    changed: str = ""
    """Where it differs from the one before, as `edit_place` says it; empty: in more than one place."""


@dataclass(frozen=True)
class Save:
    """Who saved a draft when; a `Draft` without its document."""

    revision: int
    updated_at: datetime
    updated_by: str
    automatic: bool = False
    undoes: int | None = None
    changed: str = ""


@dataclass(frozen=True)
class ScopeChange:
    """How the scope of a category was widened, so that those who had accepted it are asked again."""

    category: str
    added_services: tuple[str, ...]
    """Names, in the order of the document; for `signal_added`, signal types."""
    reason: str
    """`category_added`, `service_added`, `provider_added`, `recipient_added`, `country_outside` or
    `signal_added`."""


@dataclass(frozen=True)
class Numbering:
    """Cookie bits and scope versions of everything that was ever published; bits are never reused."""

    slots: Mapping[str, int] = field(default_factory=dict)
    """Optional category → its bit in the visitor's cookie."""
    since: Mapping[str, int] = field(default_factory=dict)
    """Optional category → the version in which its scope was last widened."""
    service_slots: Mapping[str, int] = field(default_factory=dict)
    """Service → its bit; services and categories are numbered separately."""
    service_since: Mapping[str, int] = field(default_factory=dict)
    """Service → the version in which it was last widened."""


@dataclass(frozen=True)
class Version:
    """A published banner version; immutable. The numbering includes everything that was ever published."""

    site_id: str
    number: int
    """1, 2, 3 … per site."""
    document: Document
    """The document with all keys of today's schema."""
    published_document: StoredDocument
    """The document as published, possibly without newer keys."""
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
    variant_of: int | None = None
    """The version that stayed live beside this one, if both were the variants of an experiment."""
    announcement: Mapping[str, str] = field(default_factory=dict)
    """Language → what changed, for visitors who are to be notified of it; empty: they are not.

    Written when it is published, in every language of the banner. Not part of the document or its hash.
    """

    def commitment(self) -> bytes:
        """The commitment to this version in the consent log: site, number, content hash."""
        fact = {"content_hash": self.content_hash, "number": self.number, "site_id": self.site_id}
        return hashlib.sha256(canonical(fact)).digest()


@dataclass(frozen=True)
class BannerState:
    """Which content of a banner is meant: that of its draft, now or earlier, or of a version."""

    kind: Literal["draft", "saved", "version", "publication", "variant"]
    """The draft as it is; an earlier state of it; what was published; what waits to be, or has waited; or
    what an experiment that waits would compare with that."""
    number: int
    """The revision of the draft, or the number of the version or the publication."""
    at: datetime
    """When it was saved, published or asked for."""
    by: str

    @property
    def name(self) -> str:
        """What it is called in addresses: `draft`, `draft-41` for an earlier revision, `3` for a version,
        `publication-2` for what waits or has waited, `variant-2` for its variant A.
        """
        if self.kind == "draft":
            return "draft"
        named = {"saved": "draft-", "publication": "publication-", "variant": "variant-"}
        return f"{named.get(self.kind, '')}{self.number}"


@dataclass(frozen=True)
class Pending:
    """What publishing a draft would decide."""

    number: int
    """The number of the version."""
    document: Document
    change: Change
    scope_changes: tuple[ScopeChange, ...]
    notify: NotifyReason | None = None
    """Why visitors should be notified of the change; None: it is small, or the first."""


ExperimentOutcome = Literal["a_is_better", "b_is_better", "undecided", "stopped"]
"""How an experiment ended; `undecided` at its limit, `stopped` by staff."""


@dataclass(frozen=True)
class Planned:
    """What is fixed about an experiment before it starts."""

    limit_days: int
    """The most days that are counted."""
    tuned_for: float
    """Where its intervals are narrowest (`analytics.experiments.confidence_sequence`)."""
    detectable: float | None
    """The difference of rates, 0 … 1, that it will probably find; None: none."""


@dataclass(frozen=True)
class ExperimentResult:
    """How an experiment ended."""

    outcome: ExperimentOutcome
    days: int
    """Days counted."""
    low: float
    """The interval of the rate of B less that of A, −1 … 1."""
    high: float


@dataclass(frozen=True)
class Experiment:
    """Two versions of a banner that are, or were, live at once, each for half of all page views."""

    site_id: str
    number: int
    """1, 2, 3 … per site."""
    version_a: int
    """The version that was live before, or that was published for the experiment."""
    version_b: int
    """The one that was published beside it."""
    started_at: datetime
    started_by: str
    plan: Planned
    ended_at: datetime | None = None
    """None while it runs."""
    ended_by: str | None = None
    result: ExperimentResult | None = None
    """None while it runs."""


@dataclass(frozen=True)
class Finding:
    """A lint finding: an error prevents publishing, a warning does not."""

    severity: Literal["error", "warning"]
    field: str
    """Path into the document: dots and list indices."""
    message: str
    rule: str
    """A stable snake_case word."""
    places: Mapping[str, str | float] = dataclasses.field(default_factory=dict, compare=False)
    """What was found, for sentences in other languages: codes of countries and languages, numbers, names.

    Several codes have a space between them.
    """


_CONTROL_OR_SURROGATE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""The characters of Unicode's general categories Cc and Cs, whose members no later version changes."""


def fault_in_text(text: str, *, longest: int, lines: bool = False) -> str | None:
    """Why a string is not allowed as text, as the end of a sentence; None if it is.

    All of Unicode is allowed except control characters and surrogates.
    """
    if len(text) > longest:
        return f"has more than {longest} characters"
    for found in _CONTROL_OR_SURROGATE.finditer(text):
        if found[0] != "\n":
            return f"has the control character U+{ord(found[0]):04X}"
        if not lines:
            return "has more than one line"
    return None


def ordered_categories(document: Document) -> tuple[Category, ...]:
    """All categories in order of display: necessary first, then by `order`; hidden ones included."""
    return tuple(sorted(document["categories"], key=lambda c: (c["key"] != NECESSARY, c["order"])))


def optional_categories(document: Document) -> tuple[str, ...]:
    """Keys of the categories that a visitor decides about, in order; without hidden ones."""
    return tuple(c["key"] for c in ordered_categories(document) if c["key"] != NECESSARY and not c["hidden"])


def completed(stored: StoredDocument) -> Document:
    """A stored document, completed with the defaults of keys that were added to the schema later.

    Not validated; a complete document is returned unchanged.
    """
    document = cast("Document", with_defaults(Document, stored))
    if "mapping" in cast("Mapping[str, object]", stored["behaviour"]):
        return document
    behaviour: Behaviour = {**document["behaviour"], "mapping": conventional_mapping(document)}
    return {**document, "behaviour": behaviour}


def conventional_mapping(document: Document) -> dict[SignalType, str]:
    """Signal type → its conventional category; empty if the document has none."""
    keys = {category["key"] for category in document["categories"]}
    return {kind: key if key in keys else "" for kind, key in CONVENTION.items()}


def tells_others(document: Document) -> bool:
    """Whether consent signals are sent to any tool."""
    behaviour = document["behaviour"]
    return behaviour["consent_mode"] != "off" or any(behaviour["tools"].values())


def time_zone(document: Document) -> ZoneInfo:
    """The time zone of the site."""
    return ZoneInfo(document["controller"]["time_zone"])


def in_force_since(version: Version) -> date:
    """The day on which a version was published, in its own time zone, so that it never changes."""
    return day_of(version.published_at, time_zone(version.document))


def direction(language: str) -> Literal["rtl", "ltr"]:
    """Writing direction of a language: `rtl` or `ltr`."""
    return "rtl" if language.split("-", maxsplit=1)[0] in _RIGHT_TO_LEFT else "ltr"


def languages(document: Document) -> tuple[str, ...]:
    """The banner's languages, the default one first."""
    default = document["default_language"]
    return (default, *sorted(code for code in document["texts"] if code != default))
