"""The tiles of a log, recomputed from its leaves and compared with the stored ones."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from server.core.db import Base, db
from server.ledger import models, tiles, tree
from server.ledger.service.verification.faults import Fault
from server.ledger.tiles import Tile

_TILE = Base.metadata.tables[models.Tile.__tablename__]


class CheckedTiles:
    """Hashes recomputed from the leaves, level by level; those of compared full tiles are released."""

    def __init__(self, log: str) -> None:
        self._log = log
        self._levels: defaultdict[int, list[bytes]] = defaultdict(list)
        self._checked = 0

    def add(self, leaf: bytes) -> None:
        """Add the hash of the next entry."""
        self._levels[0].append(leaf)

    def check_full(self, size: int) -> None:
        """Compare the full tiles of a log of `size` entries.

        :raises Fault: one differs from the entries.
        """
        self._check(0, size, last=False)

    def check_all(self, size: int) -> None:
        """Compare the partial tiles at the final `size`, and check that no other tiles are stored.

        :raises Fault: one differs from the entries, or belongs to none.
        """
        self._check(0, size, last=True)
        stored = db.session.scalar(
            sa.select(sa.func.count()).select_from(_TILE).where(_TILE.c.log == self._log)
        )
        if stored != self._checked:
            raise Fault(f"The log {self._log} has tiles that belong to no entries.")

    def _check(self, level: int, size: int, *, last: bool) -> None:
        waiting = self._levels[level]
        width = tiles.WIDTH
        full, rest = divmod(len(waiting), width)
        first = (size >> tiles.HEIGHT * level) // width - full
        expected = [Tile(level, first + number) for number in range(full)]
        if last and rest:
            expected.append(Tile(level, first + full, rest))
        stored = self._stored(expected)
        for number, tile in enumerate(expected):
            hashes = waiting[number * width : number * width + tile.width]
            if stored.get((tile.level, tile.index)) != b"".join(hashes):
                raise Fault(f"The tile {tile.path} of the log {self._log} is not what the entries give.")
            if tile.width == width:
                self._levels[level + 1].append(tree.root_of(hashes))
        self._checked += len(expected)
        del waiting[: full * width]
        if self._levels.get(level + 1):
            self._check(level + 1, size, last=last)

    def _stored(self, expected: Sequence[Tile]) -> Mapping[tuple[int, int], bytes]:
        if not expected:
            return {}
        rows = db.session.execute(
            sa.select(_TILE.c.level, _TILE.c.tile_index, _TILE.c.hashes).where(
                _TILE.c.log == self._log,
                _TILE.c.level == expected[0].level,
                _TILE.c.tile_index.between(expected[0].index, expected[-1].index),
            )
        )
        return {(row.level, row.tile_index): bytes(row.hashes) for row in rows}
