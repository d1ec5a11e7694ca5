"""Commands about the consent log: its keys, its days, and copies of its checkpoints."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import click

from server.accounts.service import audit_log_heads
from server.accounts.values import COMMAND_LINE
from server.core import clock
from server.core.errors import Invalid, NotFound
from server.ledger import manifest as manifests
from server.ledger import note, tree
from server.ledger.service import checkpoints
from server.ledger.tiles import WIDTH, Read, Tile
from server.ledger.values import KIND_MANIFEST, Manifest, entry_bytes
from server.ops.cli.output import application, day, json_option, show

SECONDS = 30
"""How long another machine may take for one answer."""

MOST_BYTES = 256 * 1024
"""Bytes of one answer that are read."""


@click.group
def log() -> None:
    """The consent log: keys, checks and mirrors."""


@log.command
@click.option(
    "--trail",
    "copies",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A copy of the data folder's `trail` that is stored elsewhere; may be repeated.",
)
@json_option
def fsck(copies: tuple[Path, ...], *, as_json: bool) -> int:
    """Verify the whole log. Exit status 1, with the first fault, if it is damaged or was rewritten.

    Checks entries, tiles, checkpoints in the database and in the data folder, keys and manifests; that every
    decision, erasure, published version and served script is committed to in the log, once; and the audit
    log of what staff did, also against its stored heads. May run while the server runs.
    """
    from server.ledger.service import verification
    from server.ops import fsck as fsck_log

    with application() as settings:
        try:
            found = fsck_log.check(settings.data_dir)
            audited = fsck_log.check_audit_log(settings.data_dir / audit_log_heads.FOLDER, *copies)
        except verification.Fault as fault:
            show({"ok": False, "fault": str(fault)}, [str(fault)], as_json=as_json)
            return 1
    value = {
        "ok": True,
        "logs": found.logs,
        "entries": found.entries,
        "checkpoints": found.checkpoints,
        "trail": {"entries": audited.size, "digest": audited.digest},
    }
    lines = (
        f"{found.entries} entries in {found.logs} logs, {found.checkpoints} roots compared: all is well.",
        f"{audited.size} in the audit log, with the digest {audited.digest}: all is well.",
    )
    show(value, lines, as_json=as_json)
    return 0


@log.command("rotate-key")
@json_option
def rotate_key(*, as_json: bool) -> None:
    """Sign the log with a new key from now on. What the old one signed stays valid."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.ledger import jobs
    from server.ledger.service import reading, signing

    with application() as settings:
        signing.rotate(settings.data_dir, settings.public_host)
        jobs.sequence()
        found = reading.keys()
        with transaction():
            made = found[0].vkey.rpartition("+")[0]
            audit_log.record_event("log_key_rotated", by=COMMAND_LINE, subject=made, now=clock.now())
    value = {"keys": [key.vkey for key in found]}
    show(value, [f"The log is signed with a new key: {found[0].vkey}"], as_json=as_json)


@log.command
@click.argument("url")
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the files.",
)
@click.option("--key", "vkeys", required=True, multiple=True, help="name+id+key; may be repeated.")
@json_option
def mirror(url: str, folder: Path, vkeys: tuple[str, ...], *, as_json: bool) -> int:
    """Store the newest checkpoint of the log at URL, one file a day, if it continues the last stored one.

    For another machine than the log's. Exit status 1 where it does not: the log was rewritten, rolled
    back, or shows different histories to different people. Needs no database.
    """
    keys = [_key(vkey) for vkey in vkeys]
    base = url.rstrip("/")
    if not base.startswith(("https://", "http://")):
        raise click.BadParameter(f"{url!r} is not an http(s) address.", param_hint="URL")
    signed = _fetched(f"{base}/checkpoint").decode("utf-8", "replace")
    try:
        stored = checkpoints.store(signed, keys, _tiles_at(base), folder, today=clock.now().date())
    except checkpoints.Contradiction as contradiction:
        show({"ok": False, "fault": str(contradiction)}, [str(contradiction)], as_json=as_json)
        return 1
    except OSError as fault:
        raise Invalid(f"cannot write to {folder}: {fault.strerror}") from fault
    head = stored.checkpoint
    show(
        {
            "ok": True,
            "origin": head.origin,
            "size": head.size,
            "root": head.root.hex(),
            "file": str(stored.path),
        },
        [f"{head.origin} has {head.size} entries, stored in {stored.path}."],
        as_json=as_json,
    )
    return 0


@log.command
@click.argument("key")
@click.argument("day", type=day)
@click.option("--entries", "with_entries", is_flag=True, help="List the entries, too.")
@json_option
def manifest(key: str, day: date, *, with_entries: bool, as_json: bool) -> int:
    """Check and print what the log holds of the site KEY for DAY, so that an auditor sees nothing is missing.

    Exit status 1 where the entries are not those that the log has committed to.
    """
    from server.ledger.service import days
    from server.sites import service as sites

    with application():
        site = sites.find(key)
        found = days.manifests(site.id, day)
        if not found:
            raise NotFound(f"there is no manifest of {key} for {day}: the day is not over, or empty")
        checked = [_checked(each) for each in found]
        entries = [list(days.listed(each)) if with_entries else [] for each in found]
    values: list[dict[str, object]] = []
    lines: list[str] = []
    for each, listed in zip(checked, entries, strict=True):
        rows = [{"index": index, "entry": entry.hex()} for index, entry in listed]
        values.append({**each, "entries": rows} if with_entries else each)
        lines += [json.dumps(each["manifest"]), *(f"{row['index']}\t{row['entry']}" for row in rows)]
        lines.append("Nothing is missing." if each["complete"] else "The log's entries are others.")
    show(values, lines, as_json=as_json)
    return 0 if all(each["complete"] for each in checked) else 1


# --- internal --------------------------------------------------------------------------------------------


def _key(vkey: str) -> note.Key:
    try:
        return note.key_of(vkey)
    except note.BadNote as fault:
        raise click.BadParameter(f"{vkey!r} {fault}.", param_hint="--key") from fault


def _checked(found: Manifest) -> dict[str, object]:
    """A manifest with what shows that it is true."""
    from server.ledger.service import days, reading

    tally = manifests.tally(days.listed(found))
    body = json.loads(found.body)
    entry = entry_bytes(KIND_MANIFEST, manifests.commitment(found.salt, found.body))
    proof = reading.prove(found.site_id, found.day.isoformat(), kind=KIND_MANIFEST)
    committed = proof is None or proof.entry == entry
    return {
        "manifest": body,
        "salt": found.salt.hex(),
        "entry": entry.hex(),
        "complete": committed and (tally.count, tally.root.hex()) == (body["count"], body["root"]),
        "index": proof.index if proof else None,
        "path": [step.hex() for step in proof.path] if proof else None,
        "checkpoint": proof.checkpoint if proof else None,
    }


def _tiles_at(base: str) -> Read:
    """What fetches the tiles of a log over HTTP; a tile that the log will not show is left out."""

    def read(requested: Sequence[Tile]) -> Mapping[Tile, bytes]:
        found = {}
        for tile in requested:
            with suppress(_Refused):
                found[tile] = _tile(base, tile)
        return found

    return read


class _Refused(NotFound):
    """The other machine answers, and has no such thing."""


def _tile(base: str, tile: Tile) -> bytes:
    if tile.width == WIDTH:
        return _fetched(f"{base}/{tile.path}")
    try:
        return _fetched(f"{base}/{tile.path}")
    except _Refused:
        # Other servers than ours may drop the beginning of a tile once they have the whole.
        whole = _fetched(f"{base}/{Tile(tile.level, tile.index).path}")
        return whole[: tile.width * tree.HASH_BYTES]


def _fetched(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"User-Agent": "samtykke-mirror"})  # noqa: S310 - http(s)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - http(s)
            return bytes(answer.read(MOST_BYTES))
    except urllib.error.HTTPError as refusal:
        with refusal:
            kind = _Refused if refusal.code in (403, 404, 410) else NotFound
            raise kind(f"{url} answers {refusal.code}") from refusal
    except (OSError, ValueError) as fault:
        raise NotFound(f"{url} cannot be reached") from fault
