"""Random proofs are held against another implementation, and one-bit forgeries against ours.

The roots come from tiles alone. The other implementation is the definition in RFC 6962, section 2.1, written
down as it stands there, and pymerkle where it makes the same proofs.
"""

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from pymerkle import InmemoryTree

from server.ledger import tiles, tree
from server.ledger.tiles import Tile
from server.ledger.values import KIND_DECISION, entry_bytes
from tests.faults.figures import Figure, everything, nothing

ENTRIES = 70_000
PROOFS = 10_000
FORGERIES = 20_000
SLOWER = 500
"""Proofs that are compared with pymerkle's, too."""

SEED = 20261122


def run() -> Iterator[Figure | str]:
    """Make a log of the specification's own size, and try it."""
    chance = random.Random(SEED)
    log = _Log([entry_bytes(KIND_DECISION, chance.randbytes(32)) for _ in range(ENTRIES)], chance)
    yield f"seed {SEED}, {ENTRIES:,} entries, appended in pieces of 1 to 1,000"
    widths = sorted({tile.width for tile in tiles.tiles_of(ENTRIES)} - {tiles.WIDTH})
    full = sum(tile.width == tiles.WIDTH and tile.level == 0 for tile in tiles.tiles_of(ENTRIES))
    yield Figure("full tiles, and widths of the others", "273", f"{full}, {widths}", widths == [1, 17, 112])
    yield from _proofs(log, chance)
    yield from _forgeries(log, chance)


class _Log:
    """Tiles as a log has grown them, and the definition beside them."""

    def __init__(self, entries: Sequence[bytes], chance: random.Random) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}
        self.leaves = [tree.leaf_hash(entry) for entry in entries]
        self.other = InmemoryTree(algorithm="sha256")
        self.other.append_entries(list(entries))
        size = 0
        while size < len(entries):
            some = self.leaves[size : size + chance.randint(1, 1000)]
            for tile, hashes in tiles.grown(size, self.read(tiles.edge(size)), some).items():
                self.rows[tile.level, tile.index] = hashes
            size += len(some)
        self.mth = cache(self._mth)

    def read(self, wanted: Sequence[Tile]) -> Mapping[Tile, bytes]:
        """What a server would answer."""
        return {tile: self.rows[tile.level, tile.index][: tile.width * 32] for tile in wanted}

    # RFC 6962, 2.1, with D[start:end] as two numbers.

    def _mth(self, start: int, end: int) -> bytes:
        if end - start == 1:
            return self.leaves[start]
        middle = start + _split(end - start)
        return hashlib.sha256(b"\x01" + self.mth(start, middle) + self.mth(middle, end)).digest()

    def path(self, m: int, start: int, end: int) -> list[bytes]:
        """PATH(m, D[start:end])."""
        if end - start == 1:
            return []
        k = _split(end - start)
        if m < k:
            return [*self.path(m, start, start + k), self.mth(start + k, end)]
        return [*self.path(m - k, start + k, end), self.mth(start, start + k)]

    def subproof(self, m: int, start: int, end: int, *, complete: bool) -> list[bytes]:
        """SUBPROOF(m, D[start:end], complete)."""
        if m == end - start:
            return [] if complete else [self.mth(start, end)]
        k = _split(end - start)
        if m <= k:
            return [*self.subproof(m, start, start + k, complete=complete), self.mth(start + k, end)]
        return [*self.subproof(m - k, start + k, end, complete=False), self.mth(start, start + k)]


def _split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def _proofs(log: _Log, chance: random.Random) -> Iterator[Figure]:
    sound = like_theirs = like_pymerkle = sound_growth = like_rfc = 0
    for number in range(PROOFS):
        size = chance.randint(1, ENTRIES)
        index = chance.randrange(size)
        root, path = tiles.root(size, log.read), tiles.inclusion(index, size, log.read)
        sound += tree.verify_inclusion(leaf=log.leaves[index], index=index, size=size, path=path, root=root)
        like_theirs += (root, list(path)) == (log.mth(0, size), log.path(index, 0, size))
        if number < SLOWER:
            # It counts from one, and its path begins with the leaf.
            like_pymerkle += log.other.prove_inclusion(index + 1, size).path[1:] == list(path)
        old = chance.randint(1, size)
        proof = tiles.consistency(old, size, log.read)
        like_rfc += list(proof) == log.subproof(old, 0, size, complete=True)
        sound_growth += tree.verify_consistency(
            old_size=old, old_root=log.mth(0, old), new_size=size, new_root=log.mth(0, size), proof=proof
        )
    yield everything("inclusion proofs that verify", sound, PROOFS)
    yield everything("of them byte for byte those of the RFC's definition", like_theirs, PROOFS)
    yield everything("of them those of pymerkle", like_pymerkle, SLOWER)
    yield everything("consistency proofs that verify", sound_growth, PROOFS)
    yield everything("of them byte for byte those of the RFC's definition", like_rfc, PROOFS)


def _forgeries(log: _Log, chance: random.Random) -> Iterator[Figure]:
    believed = believed_growth = 0
    for _ in range(FORGERIES // 2):
        size = chance.randint(2, ENTRIES)
        index = chance.randrange(size)
        path = tiles.inclusion(index, size, log.read)
        leaf, root, *steps = _flipped([log.leaves[index], log.mth(0, size), *path], chance)
        believed += tree.verify_inclusion(leaf=leaf, index=index, size=size, path=steps, root=root)
        old = chance.randint(1, size - 1)
        proof = tiles.consistency(old, size, log.read)
        old_root, new_root, *steps = _flipped([log.mth(0, old), log.mth(0, size), *proof], chance)
        believed_growth += tree.verify_consistency(
            old_size=old, old_root=old_root, new_size=size, new_root=new_root, proof=steps
        )
    yield nothing("inclusion proofs with one bit changed that verify", believed, FORGERIES // 2)
    yield nothing("consistency proofs with one bit changed that verify", believed_growth, FORGERIES // 2)


def _flipped(values: Sequence[bytes], chance: random.Random) -> list[bytes]:
    changed = bytearray(b"".join(values))
    bit = chance.randrange(len(changed) * 8)
    changed[bit // 8] ^= 1 << bit % 8
    return [bytes(changed[start : start + 32]) for start in range(0, len(changed), 32)]
