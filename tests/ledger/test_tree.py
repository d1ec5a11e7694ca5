"""Roots, proofs and their checks are those of RFC 6962; whatever was changed by one bit is refused."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from server.ledger import tiles, tree
from server.ledger.tiles import ENTRIES, WIDTH, Tile
from tests.ledger import merkle

ENTRIES_700 = [b"entry %d" % number for number in range(700)]
LEAVES = [tree.leaf_hash(entry) for entry in ENTRIES_700]
# Around powers of two and full tiles, where trees change their shape.
SIZES = st.one_of(st.sampled_from([0, 1, 2, 3, 255, 256, 257, 511, 512, 513]), st.integers(0, 700))


class Shelf:
    """Tiles in memory, grown as a log grows them."""

    def __init__(self) -> None:
        self.size = 0
        self.rows: dict[tuple[int, int], bytes] = {}

    def append(self, leaves: Sequence[bytes]) -> None:
        edge = self.read(tiles.edge(self.size))
        for tile, hashes in tiles.grown(self.size, edge, leaves).items():
            assert len(hashes) == tile.width * 32
            self.rows[tile.level, tile.index] = hashes
        self.size += len(leaves)

    def read(self, wanted: Sequence[Tile]) -> Mapping[Tile, bytes]:
        return {tile: self.rows[tile.level, tile.index][: tile.width * 32] for tile in wanted}


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    made = Shelf()
    made.append(LEAVES)
    return made


# --- against the definitions -------------------------------------------------------------------------------


@given(size=SIZES)
def test_roots_are_those_of_the_rfc(size: int, shelf: Shelf) -> None:
    expected = merkle.mth(ENTRIES_700[:size])
    assert tree.root_of(LEAVES[:size]) == expected
    assert tiles.root(size, shelf.read) == expected


@given(size=SIZES.filter(bool), data=st.data())
def test_paths_are_those_of_the_rfc_and_prove_inclusion(size: int, data: st.DataObject, shelf: Shelf) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = tiles.inclusion(index, size, shelf.read)
    assert list(path) == merkle.path(index, ENTRIES_700[:size])
    root = tiles.root(size, shelf.read)
    assert tree.verify_inclusion(leaf=LEAVES[index], index=index, size=size, path=path, root=root)


@given(new=SIZES, data=st.data())
def test_proofs_are_those_of_the_rfc_and_prove_consistency(
    new: int, data: st.DataObject, shelf: Shelf
) -> None:
    old = data.draw(st.integers(0, new))
    proof = tiles.consistency(old, new, shelf.read)
    assert list(proof) == merkle.proof(old, ENTRIES_700[:new])
    assert tree.verify_consistency(
        old_size=old,
        old_root=merkle.mth(ENTRIES_700[:old]),
        new_size=new,
        new_root=merkle.mth(ENTRIES_700[:new]),
        proof=proof,
    )


@given(size=SIZES.filter(bool), data=st.data())
def test_another_implementation_makes_the_same_roots_and_paths(
    size: int, data: st.DataObject, shelf: Shelf
) -> None:
    other = InmemoryTree(algorithm="sha256")
    other.append_entries(ENTRIES_700[:size])
    index = data.draw(st.integers(0, size - 1))
    assert other.get_root() == tiles.root(size, shelf.read)
    # Its path begins with the leaf itself, and it counts from one.
    assert other.prove_inclusion(index + 1).path[1:] == list(tiles.inclusion(index, size, shelf.read))


def test_the_empty_tree_is_part_of_every_tree_and_of_nothing_else() -> None:
    def consistent(old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes] = ()) -> bool:
        return tree.verify_consistency(
            old_size=0, old_root=old_root, new_size=new_size, new_root=new_root, proof=proof
        )

    empty = tree.EMPTY_ROOT
    assert tree.root_of([]) == empty == merkle.mth([])
    assert consistent(empty, 0, empty)
    assert consistent(empty, 3, tree.root_of(LEAVES[:3]))
    assert not consistent(LEAVES[0], 3, tree.root_of(LEAVES[:3]))
    assert not consistent(empty, 0, LEAVES[0])
    assert not consistent(empty, 3, tree.root_of(LEAVES[:3]), LEAVES[:1])


def test_no_tree_has_a_leaf_outside_of_it_or_begins_with_a_larger_one() -> None:
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(ValueError, match="no leaf"):
            tree.inclusion_spans(index, size)
    for old, new in ((2, 1), (-1, 3)):
        with pytest.raises(ValueError, match="cannot begin"):
            tree.consistency_spans(old, new)


# --- forgeries ---------------------------------------------------------------------------------------------


def flipped(values: Sequence[bytes], bit: int) -> list[bytes]:
    """The same hashes with one bit of all of them turned."""
    changed = bytearray(b"".join(values))
    changed[bit // 8] ^= 1 << bit % 8
    return [bytes(changed[start : start + 32]) for start in range(0, len(changed), 32)]


@given(size=SIZES.filter(bool), data=st.data())
def test_one_bit_makes_a_path_worthless(size: int, data: st.DataObject, shelf: Shelf) -> None:
    index = data.draw(st.integers(0, size - 1))
    path, root = tiles.inclusion(index, size, shelf.read), tiles.root(size, shelf.read)
    genuine = [LEAVES[index], root, *path]
    leaf, top, *steps = flipped(genuine, data.draw(st.integers(0, len(genuine) * 256 - 1)))
    assert not tree.verify_inclusion(leaf=leaf, index=index, size=size, path=steps, root=top)


@given(new=st.integers(2, 700), data=st.data())
def test_one_bit_makes_a_consistency_proof_worthless(new: int, data: st.DataObject, shelf: Shelf) -> None:
    old = data.draw(st.integers(1, new - 1))
    genuine = [
        tiles.root(old, shelf.read),
        tiles.root(new, shelf.read),
        *tiles.consistency(old, new, shelf.read),
    ]
    old_root, new_root, *proof = flipped(genuine, data.draw(st.integers(0, len(genuine) * 256 - 1)))
    assert not tree.verify_consistency(
        old_size=old, old_root=old_root, new_size=new, new_root=new_root, proof=proof
    )


@given(size=SIZES.filter(bool), data=st.data())
def test_a_path_proves_its_own_place_alone(size: int, data: st.DataObject, shelf: Shelf) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(-2, size + 1).filter(lambda n: n != index))
    path, root = tiles.inclusion(index, size, shelf.read), tiles.root(size, shelf.read)
    assert not tree.verify_inclusion(leaf=LEAVES[index], index=other, size=size, path=path, root=root)


LENGTHS: list[Callable[[list[bytes]], list[bytes]]] = [
    lambda path: path[:-1],
    lambda path: [*path, bytes(32)],
    lambda path: [*path[:-1], path[-1] + b"\x00"],
    lambda path: [*path[:-1], path[-1][:-1]],
    lambda path: [path[0] + path[1], *path[2:]],
    lambda path: [b"", *path],
    list.copy,  # as it is: the one that must do
]


@pytest.mark.parametrize("change", LENGTHS)
def test_every_length_is_checked(change: Callable[[list[bytes]], list[bytes]], shelf: Shelf) -> None:
    sound = change is LENGTHS[-1]
    path, root = list(tiles.inclusion(130, 700, shelf.read)), tiles.root(700, shelf.read)
    proof, old = list(tiles.consistency(300, 700, shelf.read)), tiles.root(300, shelf.read)
    assert sound == tree.verify_inclusion(leaf=LEAVES[130], index=130, size=700, path=change(path), root=root)
    assert sound == tree.verify_consistency(
        old_size=300, old_root=old, new_size=700, new_root=root, proof=change(proof)
    )


def test_roots_and_leaves_of_other_lengths_prove_nothing() -> None:
    # The hash of a tree of one leaf is the leaf's: nothing is hashed that could notice.
    for leaf, root in ((b"", b""), (b"short", b"short"), (bytes(33), bytes(33))):
        assert not tree.verify_inclusion(leaf=leaf, index=0, size=1, path=[], root=root)
        assert not tree.verify_consistency(old_size=1, old_root=leaf, new_size=1, new_root=root, proof=[])
    assert tree.verify_inclusion(leaf=LEAVES[0], index=0, size=1, path=[], root=LEAVES[0])


def test_sizes_beyond_any_tree_end_soon() -> None:
    assert not tree.verify_inclusion(
        leaf=bytes(32), index=3, size=2**63, path=[bytes(32)] * 5, root=bytes(32)
    )
    assert not tree.verify_consistency(
        old_size=3, old_root=bytes(32), new_size=2**200, new_root=bytes(32), proof=[bytes(32)] * 9
    )
    assert not tree.verify_consistency(
        old_size=3, old_root=bytes(32), new_size=2, new_root=bytes(32), proof=[]
    )


# --- tiles -------------------------------------------------------------------------------------------------


def test_seventy_thousand_leaves_lie_in_tiles_as_the_specification_says() -> None:
    widths = Counter((tile.level, tile.width) for tile in tiles.tiles_of(70_000))
    assert widths == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}
    assert [tile.width for tile in tiles.edge(70_000)] == [112, 17, 1]
    assert list(tiles.tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles.tiles_of(0)) == []


@given(steps=st.lists(st.integers(1, 300), max_size=6), data=st.data())
def test_tiles_are_the_same_however_the_log_grew(steps: list[int], data: st.DataObject) -> None:
    shelf = Shelf()
    for step in steps:
        shelf.append(LEAVES[shelf.size : shelf.size + step])
    at_once = Shelf()
    at_once.append(LEAVES[: shelf.size])
    assert shelf.rows == at_once.rows
    assert {(tile.level, tile.index) for tile in tiles.tiles_of(shelf.size)} == set(shelf.rows)


def test_a_large_tree_has_the_root_that_its_leaves_give() -> None:
    leaves = [number.to_bytes(32, "big") for number in range(66_000)]
    shelf = Shelf()
    for start in range(0, len(leaves), 9_001):
        shelf.append(leaves[start : start + 9_001])
    root = tree.root_of(leaves)
    assert tiles.root(len(leaves), shelf.read) == root
    for index in random.Random(1).sample(range(len(leaves)), 20):
        path = tiles.inclusion(index, len(leaves), shelf.read)
        assert tree.verify_inclusion(leaf=leaves[index], index=index, size=len(leaves), path=path, root=root)


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("0/000", Tile(0, 0)),
        ("entries/007.p/1", Tile(ENTRIES, 7, 1)),
        ("1/999.p/255", Tile(1, 999, 255)),
        ("2/x001/000", Tile(2, 1000)),
        ("63/x001/x234/067", Tile(63, 1_234_067)),
    ],
)
def test_tiles_have_the_addresses_of_the_specification(path: str, tile: Tile) -> None:
    assert tiles.parse(path) == tile
    assert tile.path == f"tile/{path}"


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/0", "0/00", "0/0000", "0/001/", "/0/001", "00/001", "64/001", "-1/001", "0x/001",
        "0/x000/001", "0/001/002", "0/x001", "0/x1/002", "0/1000", "0/001.p/0", "0/001.p/256", "0/001.p/01",
        "0/001.p/", "0/001.p", "0/001.p/1/", "entries", "entries/1", "Entries/001", "0/٠٠١", "0/001\n",
        "0/x001/x001/x001/x001/x001/x001/001", "data/001",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_tile_is_none(path: str) -> None:
    with pytest.raises(ValueError, match="not the address"):
        tiles.parse(path)


@given(st.integers(0, 10**18 - 1), st.integers(-1, 63), st.integers(1, WIDTH))
def test_every_tile_has_one_address(index: int, level: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert tiles.parse(tile.path.removeprefix("tile/")) == tile


def _damaged(shelf: Shelf, damage: bytes, wanted: Sequence[Tile]) -> dict[Tile, bytes]:
    """What the tiles hold, but for the first."""
    return {**shelf.read(wanted), wanted[0]: damage}


def test_a_tile_that_is_missing_or_short_proves_nothing(shelf: Shelf) -> None:
    for damage in (b"", bytes(31), bytes(33 * 32)):
        with pytest.raises(ValueError, match="missing or damaged"):
            tiles.root(700, partial(_damaged, shelf, damage))
    with pytest.raises(ValueError, match="missing or damaged"):
        tiles.inclusion(5, 700, lambda wanted: {})
