"""Days that were closed, and their manifests, are altered."""

import secrets
from typing import Any

from tests.faults.attacks.scene import Attack, Scene


def _alter_a_manifest(scene: Scene) -> None:
    row = scene.one_of("ledger_manifest")
    body = row.body.replace(b'"count":1', b'"count":2') if b'"count":1' in row.body else row.body + b" "
    put_manifest(scene, row, "body", body)


def _alter_a_manifests_key(scene: Scene) -> None:
    put_manifest(scene, scene.one_of("ledger_manifest"), "salt", secrets.token_bytes(32))


def put_manifest(scene: Scene, row: Any, column: str, value: bytes) -> None:
    """Store another value in a column of a manifest."""
    scene(
        f"UPDATE ledger_manifest SET {column} = :v WHERE site_id = :s AND day = :d",
        v=value, s=row.site_id, d=row.day,
    )  # fmt: skip


def _delete_a_manifest(scene: Scene) -> None:
    row = scene.one_of("ledger_manifest")
    scene("DELETE FROM ledger_manifest WHERE site_id = :s AND day = :d", s=row.site_id, d=row.day)


def _move_the_end_of_a_day(scene: Scene) -> None:
    row = scene.one_of("ledger_day")
    scene("UPDATE ledger_day SET size = size - 1 WHERE day = :d", d=row.day)


def _alter_a_days_checkpoint(scene: Scene) -> None:
    one, two = scene("SELECT day, checkpoint FROM ledger_day ORDER BY day")[:2]
    scene(
        "UPDATE ledger_day SET checkpoint = :c WHERE day = :d",
        c=one.checkpoint[:-9] + two.checkpoint[-9:],
        d=one.day,
    )


ATTACKS: tuple[Attack, ...] = (
    _alter_a_manifest,
    _alter_a_manifests_key,
    _delete_a_manifest,
    _move_the_end_of_a_day,
    _alter_a_days_checkpoint,
)
