"""The whole log is rolled back, or rebuilt, by the operator of the machine, who may have its key."""

import shutil
from datetime import datetime, timedelta

from server.consents.record import commitment as committed
from server.core.db import db, transaction
from server.ledger import jobs, manifest, tiles, tree
from server.ledger.note import Checkpoint
from server.ledger.service import checkpoints, days, signing, verification
from server.ledger.values import Manifest, entry_bytes
from server.ops import fsck
from server.sites import service as sites
from tests.faults.attacks.days import put_manifest
from tests.faults.attacks.records import put_commitment, put_record
from tests.faults.attacks.scene import Attack, Scene
from tests.faults.product import SECRET_KEY
from tests.faults.three_days import FIRST_DAY, SITE, decide


def _roll_back_to_yesterday(scene: Scene) -> None:
    db.session.remove()
    db.engine.dispose()
    for name in ("samtykke.db", "samtykke.db-wal", "samtykke.db-shm"):
        (scene.folder / name).unlink(missing_ok=True)
    shutil.copy(scene.folder / "yesterday.db", scene.folder / "samtykke.db")


def _roll_back_and_go_on(scene: Scene) -> None:
    """Yesterday's copy, and then so many new decisions that the log is longer than it was."""
    _roll_back_to_yesterday(scene)
    with transaction():
        for number in range(400):
            decide(SITE, SECRET_KEY, FIRST_DAY + timedelta(days=2, seconds=number))
    jobs.sequence(FIRST_DAY + timedelta(days=2, hours=8))


def _rebuild_the_log(scene: Scene) -> None:
    """Change a choice, and everything that follows from it, but for what the key has signed."""
    _remake(scene)


def _rebuild_the_log_with_its_key(scene: Scene) -> None:
    """The same, signed again by the owner of the key."""
    _remake(scene)
    _sign_again(scene)


def _rebuild_the_log_with_every_copy(scene: Scene) -> None:
    """The same, with the copies in the data folder, too: only who is elsewhere knows better."""
    _remake(scene)
    _sign_again(scene)
    for path in (scene.folder / checkpoints.FOLDER).glob("*/*.txt"):
        size = int(path.read_text("utf-8").split("\n")[1])
        path.write_text(_signed(scene, size), "utf-8")
    assert not _quiet(scene), "this one must be for the mirror to find"


def _quiet(scene: Scene) -> str:
    try:
        fsck.check(scene.folder)
    except verification.Fault as fault:
        return str(fault)
    return ""


def _remake(scene: Scene) -> None:
    row = scene.one_of("consent", "consent_id IN (SELECT subject FROM ledger_entry WHERE leaf_index < 200)")
    record = row.record.replace(b'"statistics":false', b'"statistics":true')
    put_record(scene, row, record)
    commitment = committed(row.salt, record)
    put_commitment(scene, row, commitment)
    changed = row.choices.replace('"statistics":false', '"statistics":true')
    scene("UPDATE consent SET choices = :c WHERE consent_id = :i", c=changed, i=row.consent_id)
    scene("UPDATE ledger_entry SET commitment = :c WHERE subject = :i", c=commitment, i=row.consent_id)
    _remake_manifests(scene, row.site_id)
    leaves = _leaves(scene)
    for tile, hashes in tiles.grown(0, {}, leaves).items():
        scene(
            "UPDATE ledger_tile SET hashes = :h WHERE level = :l AND tile_index = :i",
            h=hashes, l=tile.level, i=tile.index,
        )  # fmt: skip
    scene("UPDATE ledger_state SET root = :r", r=tree.root_of(leaves))


def _remake_manifests(scene: Scene, site_id: str) -> None:
    for row in scene("SELECT * FROM ledger_manifest WHERE site_id = :s", s=site_id):
        day = datetime.fromisoformat(row.day).date()
        found = Manifest(row.site_id, row.log, day, row.body, row.salt)
        site = sites.find_by_id(site_id)
        origin = scene("SELECT origin FROM ledger_state")[0][0]
        db.session.rollback()
        body = manifest.body(site.key, day, origin, manifest.tally(days.listed(found)))
        put_manifest(scene, row, "body", body)
        scene(
            "UPDATE ledger_entry SET commitment = :c WHERE kind = 5 AND site_id = :s AND subject = :d",
            c=manifest.commitment(row.salt, body), s=site_id, d=row.day,
        )  # fmt: skip
        db.session.rollback()


def _leaves(scene: Scene) -> list[bytes]:
    rows = scene("SELECT kind, commitment FROM ledger_entry ORDER BY leaf_index")
    return [tree.leaf_hash(entry_bytes(row.kind, row.commitment)) for row in rows]


def _signed(scene: Scene, size: int) -> str:
    state = scene("SELECT * FROM ledger_state")[0]
    signer = signing.signer(scene.folder, "consent.example.no")
    return signer.sign(Checkpoint(state.origin, size, tree.root_of(_leaves(scene)[:size])))


def _sign_again(scene: Scene) -> None:
    size = scene("SELECT size FROM ledger_state")[0][0]
    scene("UPDATE ledger_state SET checkpoint = :c", c=_signed(scene, size))
    for row in scene("SELECT day, checkpoint FROM ledger_day"):
        again = _signed(scene, int(row.checkpoint.split("\n")[1]))
        scene("UPDATE ledger_day SET checkpoint = :c WHERE day = :d", c=again, d=row.day)


ATTACKS: tuple[Attack, ...] = (
    _roll_back_to_yesterday,
    _roll_back_and_go_on,
    _rebuild_the_log,
    _rebuild_the_log_with_its_key,
    _rebuild_the_log_with_every_copy,
)
