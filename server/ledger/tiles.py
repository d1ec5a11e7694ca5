"""A Merkle tree cut into tiles, as C2SP tlog-tiles lays it out (https://c2sp.org/tlog-tiles).

A tile holds up to 256 consecutive hashes of one level; level 0 has the leaves, and each hash of a level above
sums up one full tile of the level below. Who has the tiles can make every proof.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from server.ledger import tree
from server.ledger.tree import HASH_BYTES, Span

HEIGHT = 8
"""Levels of the tree in one tile."""

WIDTH = 1 << HEIGHT
"""Hashes in a full tile."""

ENTRIES = -1
"""Level of the bundles that hold the entries themselves."""

PATH = re.compile(
    r"(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, order=True)
class Tile:
    """Which tile, and how much of it."""

    level: int
    """0 for the leaves, `ENTRIES` for a bundle of entries."""
    index: int
    """Its place in the level."""
    width: int = WIDTH
    """Number of hashes: `WIDTH` in a full tile."""

    @property
    def path(self) -> str:
        """Its address below the log's, e.g. `tile/0/x001/x234/067.p/5`."""
        digits = f"{self.index:03}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[place : place + 3] for place in range(0, len(digits), 3)]
        level = "entries" if self.level == ENTRIES else str(self.level)
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join([f'x{part}' for part in parts[:-1]] + parts[-1:])}{suffix}"


Read = Callable[[Sequence[Tile]], Mapping[Tile, bytes]]
"""Whatever fetches the hashes of tiles, one after the other in each; it may leave out what it has not got."""


def parse(path: str) -> Tile:
    """The tile whose address, after `tile/`, this is.

    :raises ValueError: it is not the one way of writing one.
    """
    found = PATH.fullmatch(path)
    if found is None:
        raise ValueError("not the address of a tile")
    level = ENTRIES if found["level"] == "entries" else int(found["level"])
    tile = Tile(level, int(re.sub("[x/]", "", found["index"])), int(found["width"] or WIDTH))
    # What the pattern lets through and a second spelling would be: `x000/` in front, `.p/256`, level 64.
    if tile.path != f"tile/{path}" or tile.level >= 64 or tile.width > WIDTH:
        raise ValueError("not the address of a tile")
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of the tree of `size` leaves, level by level."""
    level, count = 0, size
    while count:
        for start in range(0, count, WIDTH):
            yield Tile(level, start // WIDTH, min(WIDTH, count - start))
        level, count = level + 1, count // WIDTH


def edge(size: int) -> list[Tile]:
    """The tiles of a tree of `size` leaves that are not full: all that must be known to append to it."""
    found = []
    level, count = 0, size
    while count:
        if count % WIDTH:
            found.append(Tile(level, count // WIDTH, count % WIDTH))
        level, count = level + 1, count // WIDTH
    return found


def grown(size: int, edge_hashes: Mapping[Tile, bytes], leaves: Sequence[bytes]) -> dict[Tile, bytes]:
    """The tiles that a tree of `size` leaves gets or fills up when these leaf hashes are appended.

    `edge_hashes` are its tiles that were not full (`edge`). Each tile comes once, as wide as it has become.
    """
    tails = {tile.level: (tile.index, edge_hashes[tile]) for tile in edge(size)}
    changed: dict[tuple[int, int], bytes] = {}
    level, new = 0, list(leaves)
    while new:
        index, tail = tails.get(level, ((size >> HEIGHT * level) // WIDTH, b""))
        stream = tail + b"".join(new)
        full = WIDTH * HASH_BYTES
        new = []
        for start in range(0, len(stream), full):
            piece = stream[start : start + full]
            changed[level, index + start // full] = piece
            if len(piece) == full:
                new.append(_top(_split(piece)))
        level += 1
    return {Tile(level, index, len(piece) // HASH_BYTES): piece for (level, index), piece in changed.items()}


# --- proofs ----------------------------------------------------------------------------------------------


def root(size: int, read: Read) -> bytes:
    """Root of the tree of `size` leaves.

    :raises ValueError: a tile is missing or has not its length.
    """
    return _hashes([Span(0, size)], size, read)[0] if size else tree.EMPTY_ROOT


def inclusion(index: int, size: int, read: Read) -> tuple[bytes, ...]:
    """The path that proves that leaf `index` is in the tree of `size` leaves.

    :raises ValueError: there is no such leaf, or a tile is missing or has not its length.
    """
    return _hashes(tree.inclusion_spans(index, size), size, read)


def consistency(old: int, new: int, read: Read) -> tuple[bytes, ...]:
    """The proof that the tree of `new` leaves begins with that of `old`.

    :raises ValueError: the older one is the larger, or a tile is missing or has not its length.
    """
    return _hashes(tree.consistency_spans(old, new), new, read)


def _hashes(spans: Iterable[Span], size: int, read: Read) -> tuple[bytes, ...]:
    wanted = [[_place(peak, size) for peak in tree.peaks(span)] for span in spans]
    tiles = sorted({place.tile for places in wanted for place in places})
    found = read(tiles) if tiles else {}
    for tile in tiles:
        if len(found.get(tile, b"")) != tile.width * HASH_BYTES:
            raise ValueError(f"the tile {tile.path} is missing or damaged")
    return tuple(tree.joined([place.hash(found) for place in places]) for places in wanted)


@dataclass(frozen=True)
class _Place:
    """Where the hashes stand that a perfect part of the tree is made of."""

    tile: Tile
    start: int
    count: int

    def hash(self, found: Mapping[Tile, bytes]) -> bytes:
        hashes = found[self.tile]
        return _top(_split(hashes[self.start * HASH_BYTES : (self.start + self.count) * HASH_BYTES]))


def _place(peak: Span, size: int) -> _Place:
    height = (peak.end - peak.start).bit_length() - 1
    level = height // HEIGHT
    first = peak.start >> HEIGHT * level
    index = first // WIDTH
    width = min(WIDTH, (size >> HEIGHT * level) - index * WIDTH)
    return _Place(Tile(level, index, width), first % WIDTH, 1 << (height - HEIGHT * level))


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]


def _top(hashes: list[bytes]) -> bytes:
    """Root of a perfect tree of these."""
    while len(hashes) > 1:
        hashes = [tree.node_hash(*hashes[place : place + 2]) for place in range(0, len(hashes), 2)]
    return hashes[0]
