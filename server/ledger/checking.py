"""The log made again from its entries, and held against everything that was ever said about it.

Nothing is believed that can be derived: indices, tiles, roots, checkpoints, keys and manifests are all made
anew. One pass over the entries, few of which are in memory at once; whoever knows what they commit to reads
along.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import sqlalchemy as sa

from server.core.db import Base, db
from server.ledger import manifest, models, note, tiles, tree
from server.ledger.days import committed
from server.ledger.manifest import Tally
from server.ledger.note import BadNote, Checkpoint
from server.ledger.reading import entries, keys
from server.ledger.tiles import Tile
from server.ledger.tree import Frontier
from server.ledger.values import (
    COMMITMENT_BYTES,
    KIND_DECISION,
    KIND_KEY,
    KIND_MANIFEST,
    Entry,
    Manifest,
    key_commitment,
)

_DAY = Base.metadata.tables[models.Day.__tablename__]
_ENTRY = Base.metadata.tables[models.Entry.__tablename__]
_KEY = Base.metadata.tables[models.SigningKey.__tablename__]
_MANIFEST = Base.metadata.tables[models.Manifest.__tablename__]
_OUTBOX = Base.metadata.tables[models.Outbox.__tablename__]
_STATE = Base.metadata.tables[models.State.__tablename__]
_TILE = Base.metadata.tables[models.Tile.__tablename__]

_AT_ONCE = 10 * tiles.WIDTH
_NAMES_AT_ONCE = 500


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


def check(
    remembered: Collection[Remembered], site_keys: Mapping[str, str], found: Found
) -> Iterator[Sequence[Entry]]:
    """Check every log; the entries pass by, in order, for others to check what they commit to.

    `site_keys` are the public keys of all sites, by id.

    :raises Fault: something is wrong.
    """
    names = list(_logs())
    for each in remembered:
        if not any(each.checkpoint.origin == _state(name).origin for name in names):
            raise Fault(f"There is no log {each.checkpoint.origin} any more, of which {each.where} was kept.")
    for name in names:
        found.logs += 1
        yield from _Log(name, remembered, site_keys, found).check()
    waiting = db.session.execute(
        sa.select(
            _OUTBOX.c.kind,
            sa.func.count().label("all"),
            sa.func.count().filter(_OUTBOX.c.subject == "").label("nameless"),
        ).group_by(_OUTBOX.c.kind)
    )
    for row in waiting:
        found.kinds[row.kind] += row.all
        found.nameless += row.nameless if row.kind == KIND_DECISION else 0
    yield from _outbox()
    _check_manifests(found)


def placed(site_id: str, subjects: Collection[str]) -> Mapping[tuple[int, str], list[bytes]]:
    """What is in the log, or on its way into it, about these subjects of a site: commitments by name."""
    result: defaultdict[tuple[int, str], list[bytes]] = defaultdict(list)
    wanted = list(subjects)
    for start in range(0, len(wanted), _NAMES_AT_ONCE):
        for table in (_ENTRY, _OUTBOX):
            rows = db.session.execute(
                sa.select(table.c.kind, table.c.subject, table.c.commitment).where(
                    table.c.site_id == site_id, table.c.subject.in_(wanted[start : start + _NAMES_AT_ONCE])
                )
            )
            for row in rows:
                result[row.kind, row.subject].append(bytes(row.commitment))
    return result


# --- one log ---------------------------------------------------------------------------------------------


class _Log:
    """One pass over the entries of a log."""

    def __init__(
        self, name: str, remembered: Collection[Remembered], site_keys: Mapping[str, str], found: Found
    ) -> None:
        self.name, self.found, self.site_keys = name, found, site_keys
        self.state = _state(name)
        self.frontier = Frontier()
        self.levels: defaultdict[int, list[bytes]] = defaultdict(list)
        self.tiles = 0
        self.last = datetime.min.replace(tzinfo=UTC)
        self.keys = self._keys()
        self.days = self._days()
        self.tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self.points = self._points(remembered)

    def check(self) -> Iterator[Sequence[Entry]]:
        """Read every entry, then see whether the ends meet."""
        self._meet()
        while some := entries(self.name, self.frontier.size, _AT_ONCE):
            for entry in some:
                self._add(entry)
            self._check_tiles(0)
            yield some
        self._end()

    def _add(self, entry: Entry) -> None:
        here = f"Entry {entry.index} of the log {self.name}"
        if entry.index != self.frontier.size:
            raise Fault(f"Entry {self.frontier.size} of the log {self.name} is missing.")
        if len(entry.commitment) != COMMITMENT_BYTES or not 0 < entry.kind <= KIND_KEY:
            raise Fault(f"{here} is of no known kind or length.")
        if entry.sequenced_at < self.last:
            raise Fault(f"{here} is said to be older than the one before it.")
        self.last = entry.sequenced_at
        if entry.kind == KIND_KEY:
            vkey = self.keys.pop(entry.index, None)
            if vkey is None or key_commitment(vkey) != entry.commitment:
                raise Fault(f"{here} tells of a key that is not the one that is published.")
        if entry.kind == KIND_DECISION and not entry.subject:
            self.found.nameless += 1
        self.found.kinds[entry.kind] += 1
        self.found.entries += 1
        self._count_day(entry)
        leaf = tree.leaf_hash(entry.encoded)
        self.levels[0].append(leaf)
        self.frontier.add(leaf)
        self._meet()

    def _meet(self) -> None:
        """Compare the root at this size with what was ever said about it."""
        for where, root in self.points.pop(self.frontier.size, ()):
            self.found.checkpoints += 1
            if root != self.frontier.root():
                raise Fault(
                    f"The first {self.frontier.size} entries of the log {self.name} are not those of {where}."
                )
        day = self.days.get(self.frontier.size)
        if day is not None and day.size == self.frontier.size and day.size > 0:
            self._check_day(day)

    # --- days ---

    def _count_day(self, entry: Entry) -> None:
        if entry.site_id and entry.kind != KIND_MANIFEST:
            self.tallies[entry.site_id].add(entry.index, entry.encoded)
        placed_on = entry.sequenced_at.astimezone(UTC).date()
        if entry.index >= self.closed:
            counted = self.last_day is None or placed_on > self.last_day
        else:
            # Days that have been passed are gone, so the first is the one.
            counted = placed_on == next(iter(self.days.values())).day
        if not counted:
            raise Fault(f"Entry {entry.index} of the log {self.name} is not counted to {placed_on}, its day.")

    def _check_day(self, day: "_Day") -> None:
        """Compare the sites' entries of a day that ends here with their manifests."""
        del self.days[day.size]
        rows = {
            row.site_id: row
            for row in db.session.execute(
                sa.select(_MANIFEST).where(_MANIFEST.c.log == self.name, _MANIFEST.c.day == day.day)
            )
        }
        for site_id, tally in self.tallies.items():
            key = self.site_keys.get(site_id)
            if key is None:
                continue
            row = rows.pop(site_id, None)
            if row is None or row.body != manifest.body(key, day.day, self.state.origin, tally):
                raise Fault(
                    f"The manifest of {key} for {day.day} does not list what the log {self.name} has."
                )
        if rows:
            raise Fault(
                f"There is a manifest for {day.day} of a site that has no entries in the log {self.name}."
            )
        self.tallies.clear()

    # --- tiles ---

    def _check_tiles(self, level: int, *, last: bool = False) -> None:
        """Compare the tiles that are full by now, and at the end those that are not."""
        waiting = self.levels[level]
        width = tiles.WIDTH
        full, rest = divmod(len(waiting), width)
        first = (self.frontier.size >> tiles.HEIGHT * level) // width - full
        wanted = [Tile(level, first + number) for number in range(full)]
        if last and rest:
            wanted.append(Tile(level, first + full, rest))
        stored = self._stored(wanted)
        for number, tile in enumerate(wanted):
            hashes = waiting[number * width : number * width + tile.width]
            if stored.get((tile.level, tile.index)) != b"".join(hashes):
                raise Fault(f"The tile {tile.path} of the log {self.name} is not what the entries give.")
            if tile.width == width:
                self.levels[level + 1].append(tree.root_of(hashes))
        self.tiles += len(wanted)
        del waiting[: full * width]
        if self.levels.get(level + 1):
            self._check_tiles(level + 1, last=last)

    def _stored(self, wanted: Sequence[Tile]) -> Mapping[tuple[int, int], bytes]:
        if not wanted:
            return {}
        rows = db.session.execute(
            sa.select(_TILE.c.level, _TILE.c.tile_index, _TILE.c.hashes).where(
                _TILE.c.log == self.name,
                _TILE.c.level == wanted[0].level,
                _TILE.c.tile_index.between(wanted[0].index, wanted[-1].index),
            )
        )
        return {(row.level, row.tile_index): bytes(row.hashes) for row in rows}

    # --- the ends ---

    def _end(self) -> None:
        self._check_tiles(0, last=True)
        beyond = db.session.scalar(
            sa.select(sa.func.count()).select_from(_TILE).where(_TILE.c.log == self.name)
        )
        if beyond != self.tiles:
            raise Fault(f"The log {self.name} has tiles that belong to no entries.")
        if self.frontier.size != self.state.size:
            raise Fault(
                f"The log {self.name} has {self.frontier.size} entries, and {self.state.size} in its state."
            )
        for where, _root in (point for points in self.points.values() for point in points):
            raise Fault(f"The log {self.name} has {self.frontier.size} entries, fewer than {where} tells of.")
        if self.keys:
            raise Fault(f"A key of the log {self.name} is published that the log does not tell of.")
        if self.days:
            raise Fault(f"A day of the log {self.name} is closed at a size that the log never had.")

    def _keys(self) -> dict[int, str]:
        """Index of the entry that tells of it → the key."""
        told: dict[int, str] = {}
        for row in db.session.execute(sa.select(_KEY).where(_KEY.c.log == self.name)):
            if row.since in told:
                raise Fault(f"Entry {row.since} of the log {self.name} cannot tell of two keys.")
            told[row.since] = note.Key(self.state.origin, bytes(row.public)).vkey
        return told

    def _days(self) -> dict[int, "_Day"]:
        """Size at its end → the day, oldest first."""
        rows = db.session.execute(
            sa.select(_DAY.c.day, _DAY.c.start, _DAY.c.size, _DAY.c.checkpoint)
            .where(_DAY.c.log == self.name)
            .order_by(_DAY.c.day)
        )
        days: dict[int, _Day] = {}
        self.closed = 0
        self.last_day: date | None = None
        for row in rows:
            if row.start != self.closed or row.size <= row.start:
                raise Fault(f"The days of the log {self.name} do not follow each other at {row.day}.")
            self.closed, self.last_day = row.size, row.day
            days[row.size] = _Day(row.day, row.size, row.checkpoint)
        return days

    def _points(self, remembered: Collection[Remembered]) -> dict[int, list[tuple[str, bytes]]]:
        """Size → who says what the root was at it."""
        points: defaultdict[int, list[tuple[str, bytes]]] = defaultdict(list)
        points[self.state.size].append(("its state", self.state.root))
        signed = [("its newest checkpoint", self.state.checkpoint)]
        signed += [(f"the checkpoint of {day.day}", day.checkpoint) for day in self.days.values()]
        known = keys(self.name)
        for where, text in signed:
            if not text:
                continue
            try:
                checkpoint = note.trusted_checkpoint(text, known)
            except BadNote as fault:
                raise Fault(f"Of the log {self.name}, {where} {fault}.") from fault
            if checkpoint.origin != self.state.origin:
                raise Fault(f"Of the log {self.name}, {where} is of another log.")
            points[checkpoint.size].append((where, checkpoint.root))
        for each in remembered:
            if each.checkpoint.origin == self.state.origin:
                points[each.checkpoint.size].append((each.where, each.checkpoint.root))
        return points


@dataclass(frozen=True)
class _Day:
    """A closed day of a log."""

    day: date
    size: int
    checkpoint: str


def _logs() -> Iterator[str]:
    """The name of every log of which there is anything."""
    last = ""
    while True:
        following = [
            db.session.scalar(sa.select(sa.func.min(table.c.log)).where(table.c.log > last))
            for table in (_STATE, _ENTRY, _TILE, _KEY, _DAY)
        ]
        named = [name for name in following if name is not None]
        if not named:
            return
        last = min(named)
        yield last


@dataclass(frozen=True)
class _State:
    size: int
    root: bytes
    origin: str
    checkpoint: str


def _state(name: str) -> _State:
    row = db.session.execute(
        sa.select(_STATE.c.size, _STATE.c.root, _STATE.c.origin, _STATE.c.checkpoint).where(
            _STATE.c.log == name
        )
    ).first()
    if row is None:
        raise Fault(f"The log {name} has entries, tiles, keys or days, and no state.")
    return _State(row.size, bytes(row.root), row.origin, row.checkpoint)


# --- what waits, and manifests -----------------------------------------------------------------------------


def _outbox() -> Iterator[Sequence[Entry]]:
    """What waits, as entries without a place: index -1."""
    last = ""
    while True:
        rows = db.session.execute(
            sa.select(_OUTBOX).where(_OUTBOX.c.id > last).order_by(_OUTBOX.c.id).limit(_AT_ONCE)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        yield [
            Entry("", -1, row.kind, row.site_id, row.subject, bytes(row.commitment), row.created_at)
            for row in rows
        ]


def _check_manifests(found: Found) -> None:
    """Every manifest is committed to once, and every such entry has its manifest."""
    place = sa.tuple_(_MANIFEST.c.site_id, _MANIFEST.c.log, _MANIFEST.c.day)
    query = sa.select(_MANIFEST).order_by(*place).limit(_NAMES_AT_ONCE)
    last: tuple[object, ...] | None = None
    number = 0
    while True:
        rows = db.session.execute(query.where(place > sa.tuple_(*last)) if last else query).all()
        if not rows:
            break
        last = (rows[-1].site_id, rows[-1].log, rows[-1].day)
        for row in rows:
            number += 1
            drawn = committed(Manifest(row.site_id, row.log, row.day, bytes(row.body), bytes(row.salt)))
            logged = placed(drawn.site_id, [drawn.subject])[KIND_MANIFEST, drawn.subject]
            if logged.count(drawn.commitment) != 1:
                raise Fault(f"A manifest for {row.day} is not what the log has committed to.")
    if number != found.kinds[KIND_MANIFEST]:
        raise Fault(f"The log tells of {found.kinds[KIND_MANIFEST]} manifests, and there are {number}.")
