"""The closed days of a log, and their manifests recomputed from its entries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date

import sqlalchemy as sa

from server.core.db import Base, db
from server.ledger import manifest, models
from server.ledger.manifest import Tally
from server.ledger.service.verification.faults import Fault, SiteKey
from server.ledger.values import KIND_MANIFEST, Entry

_DAY = Base.metadata.tables[models.Day.__tablename__]
_MANIFEST = Base.metadata.tables[models.Manifest.__tablename__]


@dataclass(frozen=True)
class ClosedDay:
    """A day of a log to which nothing can be added."""

    day: date
    size: int
    """Number of entries of the log at its end."""
    checkpoint: str
    """The signed note of that size; empty if unsigned."""


class CheckedDays:
    """The days of a log that the pass has not reached yet.

    `site_key` looks up the public key of a site.

    :raises Fault: the stored days are not consecutive.
    """

    def __init__(self, log: str, origin: str, site_key: SiteKey) -> None:
        self._log, self._origin, self._site_key = log, origin, site_key
        self._tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self._closed = 0
        self._last: date | None = None
        self._ahead: dict[int, ClosedDay] = {}  # by size at its end, oldest first
        rows = db.session.execute(
            sa.select(_DAY.c.day, _DAY.c.start, _DAY.c.size, _DAY.c.checkpoint)
            .where(_DAY.c.log == log)
            .order_by(_DAY.c.day)
        )
        for row in rows:
            if row.start != self._closed or row.size <= row.start:
                raise Fault(f"The days of the log {log} do not follow each other at {row.day}.")
            self._closed, self._last = row.size, row.day
            self._ahead[row.size] = ClosedDay(row.day, row.size, row.checkpoint)

    @property
    def ahead(self) -> Collection[ClosedDay]:
        """Those whose end was not reached."""
        return self._ahead.values()

    def add(self, entry: Entry) -> None:
        """Add the next entry to the tally of its site and day.

        :raises Fault: it was sequenced on another day than the one it belongs to by index.
        """
        if entry.site_id and entry.kind != KIND_MANIFEST:
            self._tallies[entry.site_id].add(entry.index, entry.encoded)
        placed_on = entry.sequenced_at.astimezone(UTC).date()
        if entry.index >= self._closed:
            counted = self._last is None or placed_on > self._last
        else:
            # Passed days are removed, so the first is the current one.
            counted = placed_on == next(iter(self._ahead.values())).day
        if not counted:
            raise Fault(f"Entry {entry.index} of the log {self._log} is not counted to {placed_on}, its day.")

    def check(self, size: int) -> None:
        """If a day ends at this size, compare the tallies of its sites with their manifests.

        :raises Fault: a manifest differs from the log, or belongs to a site without entries.
        """
        day = self._ahead.pop(size, None)
        if day is None:
            return
        rows = {
            row.site_id: row
            for row in db.session.execute(
                sa.select(_MANIFEST).where(_MANIFEST.c.log == self._log, _MANIFEST.c.day == day.day)
            )
        }
        for site_id, tally in self._tallies.items():
            key = self._site_key(site_id)
            if key is None:
                continue
            row = rows.pop(site_id, None)
            if row is None or row.body != manifest.body(key, day.day, self._origin, tally):
                raise Fault(
                    f"The manifest of {key} for {day.day} does not list what the log {self._log} has."
                )
        if rows:
            raise Fault(
                f"There is a manifest for {day.day} of a site that has no entries in the log {self._log}."
            )
        self._tallies.clear()
