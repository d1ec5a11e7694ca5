"""What the log hands out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

KIND_DECISION = 1
"""A visitor's decision."""

KIND_ERASURE = 2
"""A tombstone: that the record of an earlier decision was deleted on purpose."""

KIND_VERSION = 3
"""A published banner version."""

COMMITMENT_BYTES = 32
"""Length of every commitment."""


@dataclass(frozen=True)
class Commitment:
    """Something to be logged: a digest that binds, and that tells nothing to who does not hold its key."""

    kind: int
    """One of `KIND_…`."""
    site_id: str
    subject: str
    """What the commitment is about, e.g. the number of a consent record; at most 26 characters. Empty for
    nothing that has a name."""
    commitment: bytes
    """Exactly `COMMITMENT_BYTES` bytes."""


@dataclass(frozen=True)
class Entry:
    """A commitment with its place in a log."""

    log: str
    index: int
    """Contiguous from 0 in its log."""
    kind: int
    site_id: str
    subject: str
    commitment: bytes
    sequenced_at: datetime


@dataclass(frozen=True)
class Waiting:
    """What is durable but has no index yet."""

    entries: int
    oldest: timedelta
    """How long the oldest has waited; zero when none does."""


def log_of(moment: datetime) -> str:
    """The log that takes entries at this moment: its half-year in UTC, e.g. `2026h2`."""
    utc = moment.astimezone(UTC)
    return f"{utc.year:04}h{1 if utc.month <= 6 else 2}"
