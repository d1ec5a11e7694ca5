"""What verification needs and returns: faults, counts, and checkpoints stored elsewhere."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from server.ledger.note import Checkpoint

SiteKey = Callable[[str], str | None]
"""The public key of a site by its id; None for a site that is not stored."""


class Fault(Exception):
    """A contradiction in the log; the message is a sentence."""


@dataclass(frozen=True)
class Remembered:
    """A checkpoint that was stored elsewhere."""

    where: str
    """Source of the checkpoint, e.g. the path of its file."""
    checkpoint: Checkpoint


@dataclass
class Found:
    """Counts of a verification."""

    logs: int = 0
    entries: int = 0
    checkpoints: int = 0
    kinds: Counter[int] = field(default_factory=Counter)
    """Entries and waiting commitments, by kind."""
    nameless: int = 0
    """Number of decisions whose record was erased."""
