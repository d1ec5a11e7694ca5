"""Values of this slice that others may use: decisions, receipts, and stored records."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, Self, get_args
from zoneinfo import ZoneInfo

from server.core import time_zones
from server.core.local_days import span
from server.sites.values import Version

Action = Literal["accept_all", "reject_all", "save", "withdraw"]
"""What the visitor did."""

Surface = Literal["banner", "settings", "placeholder", "api", "signal"]
"""Where the visitor did it."""

ACTIONS: frozenset[str] = frozenset(get_args(Action))
SURFACES: frozenset[str] = frozenset(get_args(Surface))
SIGNALS = frozenset({"gpc", "dnt"})
"""Signals of browsers: Global Privacy Control and Do Not Track."""

ExportForm = Literal["jsonl", "csv"]
"""`jsonl` has everything; `csv` what people look for in a spreadsheet, and no cell that one would run."""

PROFILES = ("iso27560", "kantara")
"""Standard profiles of receipts."""

NUMBER = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
"""Syntax of the public number of a record: Crockford's base 32."""

CURSOR = re.compile(
    r"[1-9][0-9]{3}(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    r"|02(?:0[1-9]|1[0-9]|2[0-9]))T(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){2}\.[0-9]{6}-" + NUMBER.pattern
)
"""Syntax of a cursor in a list of decisions: a time in UTC, and a consent number."""

_UTC = ZoneInfo(time_zones.UTC)

_AS_WRITTEN = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\u00a0": None})


def number_as_written(text: str) -> str:
    """Normalise a typed number: any case, with spaces or hyphens, O for 0, I or L for 1."""
    return text.strip().upper().translate(_AS_WRITTEN)


@dataclass(frozen=True)
class Decision:
    """What a browser sent, as it was sent."""

    id: str
    """The browser's own id of this decision: the same for every try to send it."""
    visitor: str
    """The browser's secret for this site; only a keyed digest is stored."""
    version: int
    """The banner version that the visitor saw."""
    language: str
    action: Action
    surface: Surface
    choices: Mapping[str, bool]
    """Optional category → granted."""
    services: Mapping[str, bool] = field(default_factory=dict)
    """Service that differs from its category → granted."""
    signals: Mapping[str, bool] = field(default_factory=dict)
    decided_at: datetime | None = None
    """The time by the browser's clock; None if it was not sent."""


@dataclass(frozen=True)
class NewConsent:
    """A decision as it will be stored."""

    site_id: str
    consent_id: str
    """The number that a visitor can quote; it gives no access."""
    decision_id: str
    request_digest: bytes
    """Keyed digest of what was sent."""
    visitor_digest: bytes
    """Keyed digest of the browser's secret."""
    version: int
    language: str
    action: Action
    choices: Mapping[str, bool]
    recorded_at: datetime
    expires_at: datetime
    record: bytes
    """The canonical record."""
    salt: bytes
    """Random key of the commitment."""
    commitment: bytes
    decision_digest: bytes
    """Keyed digest of the browser's own id; stored only if the record is erased."""


@dataclass(frozen=True)
class Receipt:
    """The answer to a stored decision."""

    id: str
    """The browser's own id of the decision."""
    consent_id: str
    recorded_at: datetime
    expires_at: datetime
    """When the visitor may be asked again."""
    version: int
    choices: Mapping[str, bool]


@dataclass(frozen=True)
class Fact:
    """The countable attributes of a decision, without a time."""

    site_id: str
    version: int
    language: str
    action: Action
    choices: Mapping[str, bool]


@dataclass(frozen=True)
class ConsentRow:
    """A stored decision, for the site's owner and its auditors."""

    site_id: str
    consent_id: str
    version: int
    language: str
    action: Action
    choices: Mapping[str, bool]
    recorded_at: datetime
    expires_at: datetime
    record: str
    """The canonical record, JSON."""
    commitment: bytes
    """Its commitment in the consent log."""


@dataclass(frozen=True)
class Filters:
    """Filters of stored decisions; None means no restriction."""

    since: datetime | None = None
    """Earliest `recorded_at`, inclusive."""
    until: datetime | None = None
    """Latest `recorded_at`, exclusive."""
    version: int | None = None
    action: Action | None = None

    @classmethod
    def of_days(
        cls,
        first: date | None = None,
        last: date | None = None,
        *,
        zone: ZoneInfo = _UTC,
        version: int | None = None,
        action: Action | None = None,
    ) -> Self:
        """Those of the days of `zone` from `first` to `last`, both included."""
        return cls(*span(first, last, zone), version, action)


EVERYTHING = Filters()

RECORDS = "consent"
"""Table of stored decisions."""

ERASURE_LOG = "erasures.log"
"""Name of the erasure log in the data folder."""


@dataclass(frozen=True, order=True)
class Cursor:
    """Keyset cursor of a list of stored decisions: ordered by time, then by consent number."""

    recorded_at: datetime
    consent_id: str

    def __str__(self) -> str:
        return f"{self.recorded_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.consent_id}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Parse the text that `str` made.

        :raises ValueError: it is not a cursor.
        """
        if not CURSOR.fullmatch(text):
            raise ValueError("is not a place in the list")
        moment, _, consent_id = text.partition("-")
        return cls(datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), consent_id)


@dataclass(frozen=True)
class Page:
    """A page of stored decisions, newest first."""

    rows: tuple[ConsentRow, ...]
    after: str | None
    """Cursor of the next page; None if this is the last."""


@dataclass(frozen=True)
class BannerEvidence:
    """The banner version that a visitor decided on, as evidence for a record."""

    version: Version
    language: str
    surface: Surface
    layout: str
    matches: bool
    """Whether the version's content has the hash that the record names."""


@dataclass(frozen=True)
class Due:
    """Number of records deleted because they were due, by rule."""

    after_expiry: int
    """Long enough after they had expired."""
    at_the_latest: int
    """By the maximum age."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.after_expiry + self.at_the_latest


@dataclass(frozen=True)
class RetentionRun:
    """A retention run of a site and its counts."""

    ran_at: datetime
    """The moment at which the records were due."""
    retention_days: int
    """The site's retention at that time, in days after expiry."""
    deleted: Due


@dataclass(frozen=True)
class LoggedErasure:
    """An erased record as it stands in the erasure log."""

    site_id: str
    commitment: bytes
    """Its commitment in the consent log."""
    decision_digest: bytes
    """Keyed digest of the browser's own id of the decision."""


@dataclass(frozen=True)
class MissingErasures:
    """Erasures of one site that a restored database lacks."""

    site_id: str
    numbers: tuple[str, ...]
    """Consent numbers of records that were restored."""
    erasures: tuple[LoggedErasure, ...]
    """Erasures to insert, whether or not their records were restored."""


@dataclass(frozen=True)
class OwnRecord:
    """A complete stored decision, for the browser that made it."""

    id: str
    """The browser's own id of the decision."""
    record: Mapping[str, object]
    """The canonical record (`server.consents.record`)."""
    salt: bytes
    """Random key of the commitment, needed to prove that the record is in the log."""
    commitment: bytes
    """Its commitment in the consent log."""
