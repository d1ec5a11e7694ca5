"""Values of the log that other slices may use."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from server.core.canonical import canonical

KIND_DECISION = 1
"""A visitor's decision."""

KIND_ERASURE = 2
"""A tombstone: that the record of an earlier decision was deleted on purpose."""

KIND_VERSION = 3
"""A published banner version."""

KIND_RELEASE = 4
"""A banner script that was served for the first time."""

KIND_MANIFEST = 5
"""The daily manifest of a site."""

KIND_KEY = 6
"""A key that signs the log from here on."""

COMMITMENT_BYTES = 32
"""Length of every commitment."""


def entry_bytes(kind: int, commitment: bytes) -> bytes:
    """The encoded entry, 51 bytes, whose hash is the leaf.

    :raises ValueError: the commitment does not have its length.
    """
    if len(commitment) != COMMITMENT_BYTES:
        raise ValueError(f"a commitment has {COMMITMENT_BYTES} bytes")
    return b"samtykke/entry/v1\n" + bytes((kind,)) + commitment


def release_commitment(site_key: str, version: int, digest: str) -> bytes:
    """The commitment to a served script: site, banner version, SHA-256 in hexadecimal.

    All of it is public, so the commitment can be recomputed. The script contains the digests of its chunks,
    which are thereby committed to as well.
    """
    fact = {"script": f"sha256:{digest}", "site": site_key, "version": version}
    return hashlib.sha256(b"samtykke/release/v1\n" + canonical(fact)).digest()


def release_subject(digest: str) -> str:
    """The subject of a script: as much of its digest as a subject can hold, 104 bits."""
    return digest[:26]


def key_commitment(vkey: str) -> bytes:
    """The commitment to a key, given as `name+id+key`; the key is public."""
    return hashlib.sha256(b"samtykke/key/v1\n" + vkey.encode()).digest()


@dataclass(frozen=True)
class Commitment:
    """A commitment to be logged: binding, and hiding without its key."""

    kind: int
    """One of `KIND_…`."""
    site_id: str
    subject: str
    """Whom or what it is about, e.g. the number of a consent record; at most 26 characters. Empty if it has
    no name."""
    commitment: bytes
    """Exactly `COMMITMENT_BYTES` bytes."""


@dataclass(frozen=True)
class Entry:
    """A sequenced commitment."""

    log: str
    index: int
    """Contiguous from 0 in its log."""
    kind: int
    site_id: str
    subject: str
    commitment: bytes
    sequenced_at: datetime

    @property
    def encoded(self) -> bytes:
        """The encoded entry (`entry_bytes`)."""
        return entry_bytes(self.kind, self.commitment)


@dataclass(frozen=True)
class Proof:
    """An inclusion proof, which can be verified offline with the log's public key."""

    log: str
    """Half-year of the log, e.g. `2026h2`."""
    origin: str
    """Origin of the log, and name of its key."""
    index: int
    """Leaf index of the entry."""
    size: int
    """Number of entries at the checkpoint."""
    entry: bytes
    """The encoded entry (`entry_bytes`)."""
    path: tuple[bytes, ...]
    """Hashes from the leaf's neighbour up to the root's child (RFC 9162, 2.1.3)."""
    checkpoint: str
    """The signed note (`server.ledger.note`)."""


@dataclass(frozen=True)
class Manifest:
    """A daily manifest of one site, as committed to (`server.ledger.manifest`)."""

    site_id: str
    log: str
    day: date
    body: bytes
    """Canonical JSON."""
    salt: bytes
    """Random key of the commitment."""


@dataclass(frozen=True)
class Waiting:
    """The durable commitments without an index."""

    entries: int
    oldest: timedelta
    """Age of the oldest; zero if there is none."""


def log_of(moment: datetime) -> str:
    """The log that takes entries at this moment: its half-year in UTC, e.g. `2026h2`."""
    utc = moment.astimezone(UTC)
    return f"{utc.year:04}h{1 if utc.month <= 6 else 2}"


def successor(log: str) -> str:
    """The successor of a log that cannot be continued, because the database is older than what it has signed.

    :raises ValueError: there are too many already.
    """
    half_year, letter = log[:6], log[6:] or "a"
    if letter >= "z":
        raise ValueError(f"the log {log} has had too many successors")
    return half_year + chr(ord(letter) + 1)


def end_of(log: str) -> datetime:
    """When the half-year of a log ends, and the next log begins."""
    year, half = int(log[:4]), int(log[5])
    return datetime(year, 7, 1, tzinfo=UTC) if half == 1 else datetime(year + 1, 1, 1, tzinfo=UTC)
