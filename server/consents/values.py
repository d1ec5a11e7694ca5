"""What crosses the doors of this slice: a decision, the receipt for it, and how stored ones are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

Action = Literal["accept_all", "reject_all", "save", "withdraw"]
"""What the visitor did."""

Surface = Literal["banner", "settings", "placeholder", "api", "signal"]
"""Where the visitor did it."""

ACTIONS: frozenset[str] = frozenset(get_args(Action))
SURFACES: frozenset[str] = frozenset(get_args(Surface))
SIGNALS = frozenset({"gpc", "dnt"})
"""Wishes that a browser can send along: Global Privacy Control and Do Not Track."""


@dataclass(frozen=True)
class Decision:
    """What a browser sent, as it was sent."""

    id: str
    """The browser's own id of this decision: the same for every try to send it."""
    visitor: str
    """The browser's secret for this site. It is digested, and not kept."""
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
    """When the browser's clock says that it was; none when it does not say."""


@dataclass(frozen=True)
class NewConsent:
    """A decision drawn up as it will be stored."""

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
    """Keyed digest of the browser's own id: all that would be kept of it if the record were erased."""


@dataclass(frozen=True)
class Receipt:
    """What the visitor keeps: enough to find the record again."""

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
    """What may be counted of a decision; nothing in it is finer than a day."""

    site_id: str
    day: date
    """In UTC."""
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
    """What the consent log holds of it."""


@dataclass(frozen=True)
class OwnRecord:
    """A stored decision, whole, for the browser that made it."""

    id: str
    """The browser's own id of the decision."""
    record: Mapping[str, object]
    """The canonical record (`server.consents.record`)."""
    salt: bytes
    """Random key of the commitment: with it, who holds the record can prove that the log has it."""
    commitment: bytes
    """What the consent log holds of it."""
