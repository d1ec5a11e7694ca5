"""A Merkle tree in tiles, as in C2SP tlog-tiles (https://c2sp.org/tlog-tiles).

A tile holds up to 256 consecutive hashes of one level; level 0 has the leaves, and each hash of a higher
level is the root of one full tile of the level below. All proofs can be computed from tiles.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from server.ledger import tree
from server.ledger.tree import HASH_BYTES, Span

HEIGHT = 8
"""Tree levels per tile."""

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
    """A tile: level, index and width."""

    level: int
    """0 for the leaves, `ENTRIES` for a bundle of entries."""
    index: int
    """Its index in the level."""
    width: int = WIDTH
    """Number of hashes: `WIDTH` in a full tile."""

    @property
    def path(self) -> str:
        """Its path below the log's URL, e.g. `tile/0/x001/x234/067.p/5`."""
        digits = f"{self.index:03}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        level = "entries" if self.level == ENTRIES else str(self.level)
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join([f'x{part}' for part in parts[:-1]] + parts[-1:])}{suffix}"


Read = Callable[[Sequence[Tile]], Mapping[Tile, bytes]]
"""Reads the concatenated hashes of tiles; missing tiles may be omitted."""


def parse(path: str) -> Tile:
    """Parse the path of a tile, after `tile/`.

    :raises ValueError: it is malformed or not canonical.
    """
    found = PATH.fullmatch(path)
    if found is None:
        raise ValueError("not the address of a tile")
    level = ENTRIES if found["level"] == "entries" else int(found["level"])
    tile = Tile(level, int(re.sub("[x/]", "", found["index"])), int(found["width"] or WIDTH))
    # Not canonical although the pattern matches: `x000/` in front, `.p/256`, level 64.
    if tile.path != f"tile/{path}" or tile.level >= 64 or tile.width > WIDTH:
        raise ValueError("not the address of a tile")
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """All tiles of the tree of `size` leaves, level by level."""
    level, count = 0, size
    while count:
        for start in range(0, count, WIDTH):
            yield Tile(level, start // WIDTH, min(WIDTH, count - start))
        level, count = level + 1, count // WIDTH


def edge(size: int) -> list[Tile]:
    """The partial tiles of a tree of `size` leaves: all that is needed to append to it."""
    found = []
    level, count = 0, size
    while count:
        if count % WIDTH:
            found.append(Tile(level, count // WIDTH, count % WIDTH))
        level, count = level + 1, count // WIDTH
    return found


def grown(size: int, edge_hashes: Mapping[Tile, bytes], leaves: Sequence[bytes]) -> dict[Tile, bytes]:
    """The tiles that are added or extended when these leaf hashes are appended to `size` leaves.

    `edge_hashes` are its partial tiles (`edge`). Each tile is returned once, with its final width.
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
    per_span = [[_position(peak, size) for peak in tree.peaks(span)] for span in spans]
    tiles = sorted({position.tile for positions in per_span for position in positions})
    found = read(tiles) if tiles else {}
    for tile in tiles:
        if len(found.get(tile, b"")) != tile.width * HASH_BYTES:
            raise ValueError(f"the tile {tile.path} is missing or damaged")
    return tuple(tree.joined([position.hash(found) for position in positions]) for positions in per_span)


@dataclass(frozen=True)
class _Position:
    """The tile and range of hashes of a perfect subtree."""

    tile: Tile
    start: int
    count: int

    def hash(self, found: Mapping[Tile, bytes]) -> bytes:
        hashes = found[self.tile]
        return _top(_split(hashes[self.start * HASH_BYTES : (self.start + self.count) * HASH_BYTES]))


def _position(peak: Span, size: int) -> _Position:
    height = (peak.end - peak.start).bit_length() - 1
    level = height // HEIGHT
    first = peak.start >> HEIGHT * level
    index = first // WIDTH
    width = min(WIDTH, (size >> HEIGHT * level) - index * WIDTH)
    return _Position(Tile(level, index, width), first % WIDTH, 1 << (height - HEIGHT * level))


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]


def _top(hashes: list[bytes]) -> bytes:
    """Root of a perfect tree of these hashes."""
    while len(hashes) > 1:
        hashes = [tree.node_hash(*hashes[start : start + 2]) for start in range(0, len(hashes), 2)]
    return hashes[0]
