"""One log, recomputed from its entries and compared with all stored claims about it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from server.core.db import Base, db
from server.ledger import models, note, tiles, tree
from server.ledger.note import BadNote
from server.ledger.service.reading import entries, keys
from server.ledger.service.verification.checked_days import CheckedDays
from server.ledger.service.verification.checked_tiles import CheckedTiles
from server.ledger.service.verification.faults import Fault, Found, Remembered, SiteKey
from server.ledger.tree import Frontier
from server.ledger.values import COMMITMENT_BYTES, KIND_DECISION, KIND_KEY, Entry, key_commitment

_KEY = Base.metadata.tables[models.SigningKey.__tablename__]
_STATE = Base.metadata.tables[models.State.__tablename__]

AT_ONCE = 10 * tiles.WIDTH
"""Most entries in memory."""


@dataclass(frozen=True)
class State:
    """The stored state of a log."""

    size: int
    root: bytes
    origin: str
    checkpoint: str
    """Its newest signed note; empty if unsigned."""


def state(log: str) -> State:
    """The stored state of a log that has any rows.

    :raises Fault: there is none.
    """
    row = db.session.execute(
        sa.select(_STATE.c.size, _STATE.c.root, _STATE.c.origin, _STATE.c.checkpoint).where(
            _STATE.c.log == log
        )
    ).first()
    if row is None:
        raise Fault(f"The log {log} has entries, tiles, keys or days, and no state.")
    return State(row.size, bytes(row.root), row.origin, row.checkpoint)


class CheckedLog:
    """One pass over the entries of a log."""

    def __init__(
        self, name: str, remembered: Collection[Remembered], site_key: SiteKey, found: Found
    ) -> None:
        self._name, self._found = name, found
        self._state = state(name)
        self._frontier = Frontier()
        self._last = datetime.min.replace(tzinfo=UTC)
        self._keys = self._committed_keys()
        self._days = CheckedDays(name, self._state.origin, site_key)
        self._tiles = CheckedTiles(name)
        self._points = self._claims(remembered)

    def check(self) -> Iterator[Sequence[Entry]]:
        """Read all entries, then compare the final state.

        :raises Fault: the log differs from what is stored about it.
        """
        self._compare()
        while some := entries(self._name, self._frontier.size, AT_ONCE):
            for entry in some:
                self._add(entry)
            self._tiles.check_full(self._frontier.size)
            yield some
        self._end()

    def _add(self, entry: Entry) -> None:
        here = f"Entry {entry.index} of the log {self._name}"
        if entry.index != self._frontier.size:
            raise Fault(f"Entry {self._frontier.size} of the log {self._name} is missing.")
        if len(entry.commitment) != COMMITMENT_BYTES or not 0 < entry.kind <= KIND_KEY:
            raise Fault(f"{here} is of no known kind or length.")
        if entry.sequenced_at < self._last:
            raise Fault(f"{here} has an earlier time than the one before it.")
        self._last = entry.sequenced_at
        if entry.kind == KIND_KEY:
            vkey = self._keys.pop(entry.index, None)
            if vkey is None or key_commitment(vkey) != entry.commitment:
                raise Fault(f"{here} names another key than the published one.")
        if entry.kind == KIND_DECISION and not entry.subject:
            self._found.nameless += 1
        self._found.kinds[entry.kind] += 1
        self._found.entries += 1
        self._days.add(entry)
        leaf = tree.leaf_hash(entry.encoded)
        self._tiles.add(leaf)
        self._frontier.add(leaf)
        self._compare()

    def _compare(self) -> None:
        """Compare the root at this size with all claims about it."""
        for where, root in self._points.pop(self._frontier.size, ()):
            self._found.checkpoints += 1
            if root != self._frontier.root():
                raise Fault(
                    f"The first {self._frontier.size} entries of the log {self._name} "
                    f"are not those of {where}."
                )
        self._days.check(self._frontier.size)

    def _end(self) -> None:
        size = self._frontier.size
        self._tiles.check_all(size)
        if size != self._state.size:
            raise Fault(f"The log {self._name} has {size} entries, and {self._state.size} in its state.")
        for where, _root in (point for points in self._points.values() for point in points):
            raise Fault(f"The log {self._name} has {size} entries, fewer than {where} has.")
        if self._keys:
            raise Fault(f"A key of the log {self._name} is published that no entry names.")
        if self._days.ahead:
            raise Fault(f"A day of the log {self._name} is closed at a size that the log never had.")

    def _committed_keys(self) -> dict[int, str]:
        """Index of the entry that commits to a key → the key."""
        found: dict[int, str] = {}
        for row in db.session.execute(sa.select(_KEY).where(_KEY.c.log == self._name)):
            if row.since in found:
                raise Fault(f"Entry {row.since} of the log {self._name} names two keys.")
            found[row.since] = note.Key(self._state.origin, bytes(row.public)).vkey
        return found

    def _claims(self, remembered: Collection[Remembered]) -> dict[int, list[tuple[str, bytes]]]:
        """Size → sources and roots claimed for it."""
        points: defaultdict[int, list[tuple[str, bytes]]] = defaultdict(list)
        points[self._state.size].append(("its state", self._state.root))
        signed = [("its newest checkpoint", self._state.checkpoint)]
        signed += [(f"the checkpoint of {day.day}", day.checkpoint) for day in self._days.ahead]
        known = keys(self._name)
        for where, text in signed:
            if not text:
                continue
            try:
                checkpoint = note.trusted_checkpoint(text, known)
            except BadNote as fault:
                raise Fault(f"Of the log {self._name}, {where} {fault}.") from fault
            if checkpoint.origin != self._state.origin:
                raise Fault(f"Of the log {self._name}, {where} is of another log.")
            points[checkpoint.size].append((where, checkpoint.root))
        for each in remembered:
            if each.checkpoint.origin == self._state.origin:
                points[each.checkpoint.size].append((each.where, each.checkpoint.root))
        return points
