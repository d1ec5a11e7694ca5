"""The log itself is altered: its entries, its tiles, what it says of itself, its keys."""

import secrets
from pathlib import Path
from typing import Any

from server.core.ids import new_number
from server.ledger.note import Checkpoint
from server.ledger.service import signing
from tests.faults.attacks.scene import Attack, Scene, flipped


def _alter_a_commitment(scene: Scene) -> None:
    row = scene.one_of("ledger_entry")
    changed = flipped(row.commitment, scene.chance)
    scene("UPDATE ledger_entry SET commitment = :c WHERE leaf_index = :i", c=changed, i=row.leaf_index)


def _alter_a_kind(scene: Scene) -> None:
    row = scene.one_of("ledger_entry")
    scene("UPDATE ledger_entry SET kind = :k WHERE leaf_index = :i", k=row.kind % 6 + 1, i=row.leaf_index)


def _delete_an_entry(scene: Scene) -> None:
    scene("DELETE FROM ledger_entry WHERE leaf_index = :i", i=scene.one_of("ledger_entry").leaf_index)


def _delete_the_last_entry(scene: Scene) -> None:
    scene("DELETE FROM ledger_entry WHERE leaf_index = (SELECT max(leaf_index) FROM ledger_entry)")


def _swap_two_entries(scene: Scene) -> None:
    one, two = scene.chance.sample(scene("SELECT leaf_index FROM ledger_entry"), 2)
    for old, new in ((one[0], -1), (two[0], one[0]), (-1, two[0])):
        scene("UPDATE ledger_entry SET leaf_index = :n WHERE leaf_index = :o", n=new, o=old)


def _insert_an_entry(scene: Scene) -> None:
    """In the middle, everything behind it moved on."""
    row = scene.one_of("ledger_entry", "leaf_index > 5")
    scene("UPDATE ledger_entry SET leaf_index = -leaf_index - 1 WHERE leaf_index >= :i", i=row.leaf_index)
    scene("UPDATE ledger_entry SET leaf_index = -leaf_index WHERE leaf_index < 0")
    _insert(scene, row.leaf_index, row, secrets.token_bytes(32))


def _append_an_entry(scene: Scene) -> None:
    row = scene("SELECT * FROM ledger_entry ORDER BY leaf_index DESC LIMIT 1")[0]
    _insert(scene, row.leaf_index + 1, row, secrets.token_bytes(32))


def _insert(scene: Scene, index: int, like: Any, commitment: bytes) -> None:
    scene(
        "INSERT INTO ledger_entry (log, leaf_index, kind, site_id, subject, commitment, sequenced_at)"
        " VALUES (:log, :i, 1, :site, :subject, :c, :t)",
        log=like.log, i=index, site=like.site_id, subject=new_number(), c=commitment, t=like.sequenced_at,
    )  # fmt: skip


def _make_an_entry_older(scene: Scene) -> None:
    row = scene.one_of("ledger_entry", "leaf_index > 40")
    old = "2026-11-19 12:00:00.000000"
    scene("UPDATE ledger_entry SET sequenced_at = :t WHERE leaf_index = :i", t=old, i=row.leaf_index)


def _alter_a_tile(scene: Scene) -> None:
    row = scene.one_of("ledger_tile")
    _put_tile(scene, row, flipped(row.hashes, scene.chance))


def _shorten_a_tile(scene: Scene) -> None:
    row = scene.one_of("ledger_tile")
    _put_tile(scene, row, row.hashes[:-32])


def _put_tile(scene: Scene, row: Any, hashes: bytes) -> None:
    scene(
        "UPDATE ledger_tile SET hashes = :h WHERE level = :l AND tile_index = :i",
        h=hashes, l=row.level, i=row.tile_index,
    )  # fmt: skip


def _delete_a_tile(scene: Scene) -> None:
    row = scene.one_of("ledger_tile")
    scene("DELETE FROM ledger_tile WHERE level = :l AND tile_index = :i", l=row.level, i=row.tile_index)


def _alter_the_size(scene: Scene) -> None:
    scene("UPDATE ledger_state SET size = size + :d", d=scene.chance.choice((-1, 1, 256)))


def _alter_the_root(scene: Scene) -> None:
    scene("UPDATE ledger_state SET root = :r", r=secrets.token_bytes(32))


def _alter_the_checkpoint(scene: Scene) -> None:
    signed = scene("SELECT checkpoint FROM ledger_state")[0][0]
    size = signed.split("\n")[1]
    scene("UPDATE ledger_state SET checkpoint = :c", c=signed.replace(f"\n{size}\n", f"\n{int(size) - 1}\n"))


def _sign_with_a_key_of_ones_own(scene: Scene) -> None:
    stranger = signing.signer(_elsewhere(scene), "consent.example.no")
    row = scene("SELECT * FROM ledger_state")[0]
    note = stranger.sign(Checkpoint(row.origin, row.size, row.root))
    scene("UPDATE ledger_state SET checkpoint = :c", c=note)
    scene("INSERT INTO ledger_key (log, public, since) VALUES (:l, :p, 0)", l=row.log, p=stranger.public)


def _elsewhere(scene: Scene) -> Path:
    folder = scene.folder / "elsewhere"
    folder.mkdir()
    return folder


def _alter_a_published_key(scene: Scene) -> None:
    scene("UPDATE ledger_key SET public = :p", p=secrets.token_bytes(32))


ATTACKS: tuple[Attack, ...] = (
    _alter_a_commitment,
    _alter_a_kind,
    _delete_an_entry,
    _delete_the_last_entry,
    _swap_two_entries,
    _insert_an_entry,
    _append_an_entry,
    _make_an_entry_older,
    _alter_a_tile,
    _shorten_a_tile,
    _delete_a_tile,
    _alter_the_size,
    _alter_the_root,
    _alter_the_checkpoint,
    _sign_with_a_key_of_ones_own,
    _alter_a_published_key,
)
