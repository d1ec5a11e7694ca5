"""History is altered behind the product's back, and the check or the mirror finds it every time.

Each try takes a fresh copy of a log of three days, changes one thing in the database, and looks whether
`samtykke log fsck` names a fault, or a mirror elsewhere a contradiction. From "somebody edits a row" to "the
operator himself makes the whole log anew, with its key, and rewrites his own copies": then only the mirror
knows.
"""

import random
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from benchmarks.faults.figures import Figure, everything, nothing
from server.app import create_app
from server.consents import service as consents
from server.consents.record import commitment as committed
from server.consents.values import Decision
from server.core.db import db, transaction
from server.core.errors import Unavailable
from server.core.ids import new_id, new_number
from server.core.settings import Settings
from server.embed import service as embed
from server.ledger import manifest, tiles, tree
from server.ledger import service as ledger
from server.ledger.note import Checkpoint
from server.ledger.values import Manifest, entry_bytes
from server.ops import checkpoints, fsck, worker
from server.sites import service as sites

FIRST_DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAYS = 3
LOG = "2026h2"
SITE = "shop"
TRIES = 270
SEED = 20261122


def run() -> Iterator[Figure | str]:
    """Try each attack several times, each time on other rows."""
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as scratch:
        original = Path(scratch) / "original"
        with product(original, migrated=False) as app:
            build(app, per_day=120)
        sound = 0
        missed: list[str] = []
        rounds = -(-TRIES // len(ATTACKS))
        yield f"seed {SEED}, SQLite, {len(ATTACKS)} attacks, {rounds} times each, on a log of {DAYS} days"
        for number in range(rounds):
            for attack in ATTACKS:
                copy = Path(scratch) / f"try-{number}"
                shutil.copytree(original, copy)
                with product(copy):
                    sound += number > 0 or not found(copy, mirror_of(original))
                    attack(Scene(copy, chance))
                    db.session.remove()
                    if not found(copy, mirror_of(original)):
                        missed.append(attack.__name__[1:])
                shutil.rmtree(copy)
    tries = rounds * len(ATTACKS)
    yield everything("altered histories that were found", tries - len(missed), tries)
    yield nothing("histories that are as they were, called altered", tries - sound, tries)
    for name in sorted(set(missed)):
        yield f"missed: {name}"


# --- a history -------------------------------------------------------------------------------------------


@contextmanager
def product(folder: Path, *, migrated: bool = True) -> Iterator[Flask]:
    """The product on the data in a folder, in this process."""
    folder.mkdir(exist_ok=True)
    app = create_app(
        Settings(
            database_url=f"sqlite:///{folder / 'samtykke.db'}",
            redis_url=None,
            data_dir=folder,
            public_url="https://consent.example.no",
            secret_key="faults-only-" + "k" * 32,
            trusted_proxies=0,
            country_header=None,
            demo=False,
        )
    )
    with app.app_context():
        if not migrated:
            upgrade()
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def build(app: Flask, *, per_day: int) -> None:
    """Three days of decisions, erasures, publications and scripts; checkpoints are kept here and mirrored."""
    settings: Settings = app.extensions["samtykke"]
    folder, key = settings.data_dir, settings.secret_key
    now = FIRST_DAY
    with transaction():
        for name in (SITE, "other"):
            site = sites.create(name, name, [f"{name}.example.no"], by="history", now=now)
            _publish(site.id, "A", now)
    for day in range(DAYS):
        now = FIRST_DAY + timedelta(days=day)
        with transaction():
            _publish(sites.find(SITE).id, f"Day {day}", now)
            visitors = [
                _decide(name, key, now + timedelta(seconds=number))
                for name in (SITE, "other")
                for number in range(per_day)
            ]
        _serve(settings.public_url, now)
        later = now + timedelta(hours=1)
        worker.sequence(later)
        with transaction():
            for visitor in visitors[: per_day // 20]:
                consents.erase(sites.find(SITE).id, visitor, secret_key=key, data_dir=folder, now=later)
        worker.sequence(later + timedelta(hours=1))
        worker.close_days(later)
        worker.sequence(later + timedelta(hours=2))
        worker.keep_checkpoints(later)
        mirror(folder, mirror_of(folder), later)
        if day == DAYS - 2:
            snapshot(folder)
    with transaction():  # some that wait
        for number in range(5):
            _decide(SITE, key, now + timedelta(hours=5, seconds=number))


def mirror_of(folder: Path) -> Path:
    """Where another machine would keep the checkpoints of this log."""
    return folder.with_name(f"{folder.name}-mirror")


def mirror(folder: Path, into: Path, now: datetime) -> None:
    """What `samtykke log mirror` does on another machine."""
    del folder
    signed = ledger.checkpoint(LOG)
    assert signed is not None
    checkpoints.keep(signed, ledger.keys(LOG), ledger.tiles_of(LOG), into, today=now.date())


def snapshot(folder: Path) -> None:
    """A copy of the database as it is now."""
    if db.engine.dialect.name != "sqlite":
        return
    source = db.engine.raw_connection()
    try:
        source.cursor().execute("VACUUM INTO ?", (str(folder / "yesterday.db"),))
    finally:
        source.close()


def found(folder: Path, mirrored: Path) -> str:
    """What the check or the mirror says is wrong; empty when nothing is."""
    try:
        fsck.check(folder)
    except ledger.Fault as fault:
        return str(fault)
    copy = folder / "mirrored"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(mirrored, copy)
    try:
        mirror(folder, copy, FIRST_DAY + timedelta(days=DAYS))
    except checkpoints.Contradiction as contradiction:
        return str(contradiction)
    finally:
        shutil.rmtree(copy)
        db.session.rollback()
    return ""


def _publish(site_id: str, title: str, now: datetime) -> None:
    document: Any = sites.default_document("nb", name="Butikken")
    document["texts"]["nb"]["title"] = title
    document["controller"].update(
        name="Butikken AS", address="Storgata 1, 0155 Oslo", contacts={"email": "hei@shop.example.no"}
    )
    sites.save_draft(site_id, document, by="history", now=now)
    sites.publish(site_id, note="", by="history", now=now)


def _decide(name: str, key: str, now: datetime) -> str:
    site = sites.find(name)
    version = sites.newest(site.id)
    assert version is not None
    choices = {"functional": True, "statistics": False, "advertising": False}
    decision = Decision(new_id(), new_id(), version.number, "nb", "save", "banner", choices)
    consents.record(site, decision, secret_key=key, now=now)
    return decision.visitor


def _serve(public_url: str, now: datetime) -> None:
    embed.forget()
    try:
        made = embed.script(SITE, public_url=public_url, now=now)
    except Unavailable:
        return  # nothing is built here
    with transaction():
        embed.store(made, now=now)


# --- attacks ---------------------------------------------------------------------------------------------


@dataclass
class Scene:
    """The database of one try, and chance."""

    folder: Path
    chance: random.Random

    def __call__(self, statement: str, **values: object) -> list[Any]:
        """Run one statement as somebody would by hand."""
        with db.engine.begin() as connection:
            done = connection.execute(sa.text(statement), values)
            return list(done.all()) if done.returns_rows else []

    def one_of(self, table: str, condition: str = "1 = 1") -> Any:
        """A row, by chance."""
        rows = self(f"SELECT * FROM {table} WHERE {condition}")
        return self.chance.choice(rows)


def _flipped(value: bytes, chance: random.Random) -> bytes:
    changed = bytearray(value)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _alter_a_commitment(scene: Scene) -> None:
    row = scene.one_of("ledger_entry")
    changed = _flipped(row.commitment, scene.chance)
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
    _put_tile(scene, row, _flipped(row.hashes, scene.chance))


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
    stranger = ledger.signer(_elsewhere(scene), "consent.example.no")
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


def _change_a_choice(scene: Scene) -> None:
    row = scene.one_of("consent")
    _put_record(scene, row, row.record.replace(b'"statistics":false', b'"statistics":true'))


def _change_a_choice_beside_the_record(scene: Scene) -> None:
    row = scene.one_of("consent")
    changed = row.choices.replace('"statistics":false', '"statistics":true')
    scene("UPDATE consent SET choices = :c WHERE consent_id = :i", c=changed, i=row.consent_id)


def _change_a_choice_and_its_commitment(scene: Scene) -> None:
    row = scene.one_of("consent")
    record = row.record.replace(b'"statistics":false', b'"statistics":true')
    _put_record(scene, row, record)
    _put_commitment(scene, row, committed(row.salt, record))


def _backdate_a_decision(scene: Scene) -> None:
    row = scene.one_of("consent")
    earlier = row.recorded_at.replace("2026-11", "2026-10")
    scene("UPDATE consent SET recorded_at = :t WHERE consent_id = :i", t=earlier, i=row.consent_id)


def _backdate_a_decision_in_its_record(scene: Scene) -> None:
    row = scene.one_of("consent")
    record = row.record.replace(b'"recorded_at":"2026-11', b'"recorded_at":"2026-10')
    _put_record(scene, row, record)
    earlier = row.recorded_at.replace("2026-11", "2026-10")
    scene("UPDATE consent SET recorded_at = :t WHERE consent_id = :i", t=earlier, i=row.consent_id)
    _put_commitment(scene, row, committed(row.salt, record))


def _put_record(scene: Scene, row: Any, record: bytes) -> None:
    scene("UPDATE consent SET record = :r WHERE consent_id = :i", r=record, i=row.consent_id)


def _put_commitment(scene: Scene, row: Any, commitment: bytes) -> None:
    scene("UPDATE consent SET commitment = :c WHERE consent_id = :i", c=commitment, i=row.consent_id)


def _hide_a_decision(scene: Scene) -> None:
    scene("DELETE FROM consent WHERE consent_id = :i", i=scene.one_of("consent").consent_id)


def _hide_a_decision_and_its_name(scene: Scene) -> None:
    row = scene.one_of("consent")
    scene("DELETE FROM consent WHERE consent_id = :i", i=row.consent_id)
    for table in ("ledger_entry", "ledger_outbox"):
        scene(f"UPDATE {table} SET subject = '' WHERE subject = :i", i=row.consent_id)


def _hide_a_decision_as_erased(scene: Scene) -> None:
    """With an erasure that the log has no tombstone of."""
    row = scene.one_of("consent", "consent_id IN (SELECT subject FROM ledger_entry)")
    _hide_a_decision_and_its_name(replace(scene, chance=_Always(row)))
    scene(
        "INSERT INTO consent_erasure (site_id, commitment, decision_digest, salt) VALUES (:s, :c, :d, :k)",
        s=row.site_id, c=row.commitment, d=secrets.token_bytes(32), k=secrets.token_bytes(32),
    )  # fmt: skip


class _Always(random.Random):
    """Chance that is none."""

    def __init__(self, row: Any) -> None:
        super().__init__()
        self.row = row

    def choice(self, _rows: Any) -> Any:
        """The row."""
        return self.row


def _forge_a_decision(scene: Scene) -> None:
    _forge(scene)


def _forge_a_decision_under_a_logged_name(scene: Scene) -> None:
    """In the place of one that is logged already."""
    row = scene.one_of("consent", "consent_id IN (SELECT subject FROM ledger_entry)")
    scene("DELETE FROM consent WHERE consent_id = :i", i=row.consent_id)
    forged = _forge(scene)
    record = row.record.replace(b'"functional":true', b'"functional":false')
    scene(
        "UPDATE consent SET consent_id = :i, record = :r, commitment = :c WHERE consent_id = :f",
        i=row.consent_id, r=record, c=committed(row.salt, record), f=forged,
    )  # fmt: skip


def _forge(scene: Scene) -> str:
    row = scene.one_of("consent")
    number, idem = new_number(), new_id()
    record = row.record.replace(row.consent_id.encode(), number.encode())
    record = record.replace(row.decision_id.encode(), idem.encode())
    values = {
        **row._mapping, "consent_id": number, "decision_id": idem, "record": record,
        "commitment": committed(row.salt, record),
    }  # fmt: skip
    names = ", ".join(values)
    scene(f"INSERT INTO consent ({names}) VALUES ({', '.join(f':{name}' for name in values)})", **values)
    return number


def _log_a_decision_twice(scene: Scene) -> None:
    row = scene.one_of("consent")
    scene(
        "INSERT INTO ledger_outbox (id, kind, site_id, subject, commitment, created_at)"
        " VALUES (:id, 1, :s, :n, :c, :t)",
        id=new_id(), s=row.site_id, n=row.consent_id, c=row.commitment, t=row.recorded_at,
    )  # fmt: skip


def _lose_what_waits(scene: Scene) -> None:
    scene("DELETE FROM ledger_outbox WHERE id = :i", i=scene.one_of("ledger_outbox").id)


def _forget_an_erasure(scene: Scene) -> None:
    row = scene.one_of("consent_erasure")
    scene("DELETE FROM consent_erasure WHERE commitment = :c", c=row.commitment)


def _alter_an_erasure(scene: Scene) -> None:
    row = scene.one_of("consent_erasure")
    scene(
        "UPDATE consent_erasure SET salt = :k WHERE commitment = :c",
        k=secrets.token_bytes(32),
        c=row.commitment,
    )


def _alter_a_manifest(scene: Scene) -> None:
    row = scene.one_of("ledger_manifest")
    body = row.body.replace(b'"count":1', b'"count":2') if b'"count":1' in row.body else row.body + b" "
    _put_manifest(scene, row, "body", body)


def _alter_a_manifests_key(scene: Scene) -> None:
    _put_manifest(scene, scene.one_of("ledger_manifest"), "salt", secrets.token_bytes(32))


def _put_manifest(scene: Scene, row: Any, column: str, value: bytes) -> None:
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
        b=_flipped(row.brotli, scene.chance),
        d=row.digest,
    )


def _hide_a_script(scene: Scene) -> None:
    row = scene.one_of("script_release", "name = 'script'")
    scene("DELETE FROM script_release WHERE digest = :d", d=row.digest)


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
            _decide(SITE, "faults-only-" + "k" * 32, FIRST_DAY + timedelta(days=2, seconds=number))
    worker.sequence(FIRST_DAY + timedelta(days=2, hours=8))


def _make_the_log_anew(scene: Scene) -> None:
    """Change a choice, and everything that follows from it, but for what the key has signed."""
    _remake(scene)


def _make_the_log_anew_with_its_key(scene: Scene) -> None:
    """The same, signed again by whoever has the key."""
    _remake(scene)
    _sign_again(scene)


def _make_the_log_anew_with_every_copy(scene: Scene) -> None:
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
    except ledger.Fault as fault:
        return str(fault)
    return ""


def _remake(scene: Scene) -> None:
    row = scene.one_of("consent", "consent_id IN (SELECT subject FROM ledger_entry WHERE leaf_index < 200)")
    record = row.record.replace(b'"statistics":false', b'"statistics":true')
    _put_record(scene, row, record)
    commitment = committed(row.salt, record)
    _put_commitment(scene, row, commitment)
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
        body = manifest.body(site.key, day, origin, manifest.tally(ledger.listed(found)))
        _put_manifest(scene, row, "body", body)
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
    signer = ledger.signer(scene.folder, "consent.example.no")
    return signer.sign(Checkpoint(state.origin, size, tree.root_of(_leaves(scene)[:size])))


def _sign_again(scene: Scene) -> None:
    size = scene("SELECT size FROM ledger_state")[0][0]
    scene("UPDATE ledger_state SET checkpoint = :c", c=_signed(scene, size))
    for row in scene("SELECT day, checkpoint FROM ledger_day"):
        again = _signed(scene, int(row.checkpoint.split("\n")[1]))
        scene("UPDATE ledger_day SET checkpoint = :c WHERE day = :d", c=again, d=row.day)


ATTACKS: tuple[Callable[[Scene], None], ...] = (
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
    _change_a_choice,
    _change_a_choice_beside_the_record,
    _change_a_choice_and_its_commitment,
    _backdate_a_decision,
    _backdate_a_decision_in_its_record,
    _hide_a_decision,
    _hide_a_decision_and_its_name,
    _hide_a_decision_as_erased,
    _forge_a_decision,
    _forge_a_decision_under_a_logged_name,
    _log_a_decision_twice,
    _lose_what_waits,
    _forget_an_erasure,
    _alter_an_erasure,
    _alter_a_manifest,
    _alter_a_manifests_key,
    _delete_a_manifest,
    _move_the_end_of_a_day,
    _alter_a_days_checkpoint,
    _alter_a_published_banner,
    _alter_the_hash_of_a_banner,
    _delete_a_published_banner,
    _alter_a_script,
    _hide_a_script,
    _roll_back_to_yesterday,
    _roll_back_and_go_on,
    _make_the_log_anew,
    _make_the_log_anew_with_its_key,
    _make_the_log_anew_with_every_copy,
)
