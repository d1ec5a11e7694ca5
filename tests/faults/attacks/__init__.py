"""From "somebody edits a row" to "the operator himself rebuilds the whole log, with its key"."""

from tests.faults.attacks import days, log, published, records, rewriting
from tests.faults.attacks.scene import Attack, Scene

__all__ = ["ATTACKS", "Attack", "Scene"]

ATTACKS: tuple[Attack, ...] = (
    *log.ATTACKS,
    *records.ATTACKS,
    *days.ATTACKS,
    *published.ATTACKS,
    *rewriting.ATTACKS,
)
