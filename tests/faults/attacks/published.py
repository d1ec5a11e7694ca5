"""What was published is altered: banners, and the scripts that showed them."""

import secrets
from typing import Any

from tests.faults.attacks.scene import Attack, Scene, flipped


def _alter_a_published_banner(scene: Scene) -> None:
    row = scene.one_of("banner_version")
    changed = row.document.replace("Butikken AS", "Butikken ASA")
    _put_version(scene, row, "document", changed)


def _alter_the_hash_of_a_banner(scene: Scene) -> None:
    row = scene.one_of("banner_version")
    _put_version(scene, row, "content_hash", "sha256:" + secrets.token_hex(32))


def _put_version(scene: Scene, row: Any, column: str, value: str) -> None:
    scene(
        f"UPDATE banner_version SET {column} = :v WHERE site_id = :s AND number = :n",
        v=value, s=row.site_id, n=row.number,
    )  # fmt: skip


def _delete_a_published_banner(scene: Scene) -> None:
    row = scene.one_of("banner_version")
    scene("DELETE FROM banner_version WHERE site_id = :s AND number = :n", s=row.site_id, n=row.number)


def _alter_a_script(scene: Scene) -> None:
    row = scene.one_of("script_release")
    scene(
        "UPDATE script_release SET brotli = :b WHERE digest = :d",
        b=flipped(row.brotli, scene.chance),
        d=row.digest,
    )


def _hide_a_script(scene: Scene) -> None:
    row = scene.one_of("script_release", "name = 'script'")
    scene("DELETE FROM script_release WHERE digest = :d", d=row.digest)


ATTACKS: tuple[Attack, ...] = (
    _alter_a_published_banner,
    _alter_the_hash_of_a_banner,
    _delete_a_published_banner,
    _alter_a_script,
    _hide_a_script,
)
