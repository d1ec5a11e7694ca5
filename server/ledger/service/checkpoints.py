"""Checkpoints stored outside the database, one file a log and day, each proven consistent with the previous.

An earlier checkpoint reveals a rewritten history. The worker stores them in the data folder, and
`samtykke log mirror` on another machine, out of reach of the log's operator.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from server.core.filesystems import write_atomically
from server.ledger import note, tiles, tree
from server.ledger.note import BadNote, Checkpoint, Key
from server.ledger.tiles import Read

FOLDER = "checkpoints"
"""Folder in the data folder."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_FILE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.txt", re.ASCII)


class Contradiction(Exception):
    """The log is not consistent with a stored checkpoint; the message is a sentence that says how."""


@dataclass(frozen=True)
class StoredCheckpoint:
    """A checkpoint in a file."""

    path: Path
    checkpoint: Checkpoint


def store(signed: str, keys: Collection[Key], read: Read, folder: Path, *, today: date) -> StoredCheckpoint:
    """Store a signed checkpoint, after proving it consistent with the newest stored one of its log.

    `read` fetches the log's tiles; they need not be trusted.

    :raises Contradiction: it is inconsistent, or not signed by a trusted key.
    :raises OSError: it cannot be written.
    """
    try:
        new = note.trusted_checkpoint(signed, keys)
    except BadNote as fault:
        raise Contradiction(f"The checkpoint {fault}.") from fault
    name = new.origin.rpartition("/")[2]
    if not _NAME.fullmatch(name):
        raise Contradiction(f"The log {new.origin} has a name that cannot be the name of a folder.")
    own = folder / name
    path = own / f"{today.isoformat()}.txt"
    last = newest(own)
    if last is not None:
        _check(last, new, read)
        if last.checkpoint == new and last.path == path:
            return last
        # A clock that was set back must not let an older file look like the newest.
        path = max(path, last.path)
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, signed.encode())
    return StoredCheckpoint(path, new)


def newest(own: Path) -> StoredCheckpoint | None:
    """The newest stored checkpoint of a log; None if there is none.

    :raises Contradiction: its file is damaged.
    """
    files = sorted(_files(own))
    return _read(files[-1]) if files else None


def stored(folder: Path) -> Iterator[StoredCheckpoint]:
    """All checkpoints in a folder, log by log, oldest first.

    :raises Contradiction: a file is damaged.
    """
    if folder.is_dir():
        for own in sorted(path for path in folder.iterdir() if path.is_dir()):
            yield from map(_read, sorted(_files(own)))


def _files(own: Path) -> Iterator[Path]:
    return (path for path in own.iterdir() if _FILE.fullmatch(path.name)) if own.is_dir() else iter(())


def _read(path: Path) -> StoredCheckpoint:
    try:
        return StoredCheckpoint(path, note.checkpoint_of(note.split(path.read_text("utf-8"))[0]))
    except (OSError, ValueError) as fault:
        raise Contradiction(f"The stored checkpoint {path} cannot be read.") from fault


def _check(last: StoredCheckpoint, new: Checkpoint, read: Read) -> None:
    """Prove that the log at `new` begins with the stored checkpoint.

    :raises Contradiction: it does not.
    """
    old = last.checkpoint
    if old.origin != new.origin:
        raise Contradiction(f"The log calls itself {new.origin}, and {last.path} is of {old.origin}.")
    if new.size < old.size:
        raise Contradiction(
            f"The log {new.origin} has {new.size} entries, and had {old.size} when {last.path} was stored:"
            " it was rolled back, or shows different histories to different people."
        )
    try:
        proof = tiles.consistency(old.size, new.size, read)
    except ValueError as fault:
        raise Contradiction(f"The log {new.origin} cannot show its history: {fault}.") from fault
    if not tree.verify_consistency(
        old_size=old.size, old_root=old.root, new_size=new.size, new_root=new.root, proof=proof
    ):
        raise Contradiction(
            f"The log {new.origin} at {new.size} entries does not begin with the {old.size} that are in"
            f" {last.path}: its history was rewritten, or it shows different ones to different people."
        )
