"""What checking hands on: a fault, what was counted, and what others remember."""

from collections import Counter
from dataclasses import dataclass, field

from server.ledger.note import Checkpoint


class Fault(Exception):
    """Something is not as the log says it is; the message is a sentence."""


@dataclass(frozen=True)
class Remembered:
    """A checkpoint that somebody has kept."""

    where: str
    """E.g. the path of its file."""
    checkpoint: Checkpoint


@dataclass
class Found:
    """What was counted on the way."""

    logs: int = 0
    entries: int = 0
    checkpoints: int = 0
    kinds: Counter[int] = field(default_factory=Counter)
    """Entries and what waits, by kind."""
    nameless: int = 0
    """Decisions among them whose record was erased."""
