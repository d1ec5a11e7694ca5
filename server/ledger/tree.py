"""Merkle trees as defined by RFC 6962 (2.1) and RFC 9162 (2.1): hashes, proofs, and verification of proofs.

Proofs are described as spans of leaves; `server.ledger.tiles` reads their hashes. Verification checks all
lengths: a hash that is too short or too long, a path with one step too many or too few, or an index beyond
the tree is refused.

The tree without leaves has a root too, `EMPTY_ROOT`. It is a prefix of every tree, which needs no proof.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

HASH_BYTES = 32
"""Length of every hash: SHA-256."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree that has no leaves."""


class Span(NamedTuple):
    """Leaves from `start` to `end`, exclusive."""

    start: int
    end: int


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf; domain-separated from nodes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node with these two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The state that gives the root of a growing tree: one hash for each of its perfect subtrees."""

    def __init__(self) -> None:
        self.size = 0
        """Number of leaves."""
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        self._peaks.append(leaf)
        carry = self.size
        while carry & 1:
            right = self._peaks.pop()
            self._peaks.append(node_hash(self._peaks.pop(), right))
            carry >>= 1
        self.size += 1

    def root(self) -> bytes:
        """The current root."""
        return joined(self._peaks) if self._peaks else EMPTY_ROOT


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree of these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def joined(peaks: Sequence[bytes]) -> bytes:
    """Root over the hashes of adjacent perfect subtrees, the largest first; at least one."""
    top = peaks[-1]
    for peak in reversed(peaks[:-1]):
        top = node_hash(peak, top)
    return top


def peaks(span: Span) -> Iterator[Span]:
    """The perfect subtrees of a span, the largest first.

    Correct for the spans of proofs and for a whole tree: each starts at a multiple of its largest subtree.
    """
    start, end = span
    while start < end:
        width = 1 << ((end - start).bit_length() - 1)
        yield Span(start, start + width)
        start += width


# --- proofs ----------------------------------------------------------------------------------------------


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The spans of the inclusion proof of leaf `index` in the tree of `size` leaves (RFC 9162, 2.1.3.1).

    :raises ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    found = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(start, middle))
            start = middle
    return found[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The spans of the consistency proof from `old` to `new` leaves (RFC 9162, 2.1.4.1).

    :raises ValueError: the older tree is the larger one.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot begin with one of {old}")
    if old == 0:
        return []
    found = []
    start, end, known = 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(start, middle))
            start, known = middle, False
    if not known:
        found.append(Span(start, end))
    return found[::-1]


def _split(width: int) -> int:
    """The largest power of two that is smaller than `width`, which is at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


# --- checks ----------------------------------------------------------------------------------------------


def verify_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves that the tree with this root has this leaf hash at this index.

    RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size or not _are_hashes(leaf, root, *path):
        return False
    position, last = index, size - 1
    top = leaf
    for step in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            top = node_hash(step, top)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            top = node_hash(top, step)
        position, last = position >> 1, last >> 1
    return last == 0 and top == root


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the newer tree begins with the older one.

    RFC 9162, 2.1.4.2. A tree of no leaves must have `EMPTY_ROOT`.
    """
    if not 0 <= old_size <= new_size or not _are_hashes(old_root, new_root, *proof):
        return False
    if old_size == 0 or old_size == new_size:
        known = new_root if old_size else EMPTY_ROOT
        return not proof and old_root == known and (new_size > 0 or new_root == EMPTY_ROOT)
    if not proof:
        return False
    # An older tree that is perfect is a node of the newer one: its root replaces the first step.
    steps = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    older = newer = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            newer = node_hash(newer, step)
        position, last = position >> 1, last >> 1
    return last == 0 and (older, newer) == (old_root, new_root)


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
