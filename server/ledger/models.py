"""Tables of the log: outbox, entries, tiles, state, signing keys, and daily manifests."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class Outbox(Base):
    """A durable commitment that waits for its index. Inserted in the transaction that stores the fact."""

    __tablename__ = "ledger_outbox"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    kind: Mapped[int]
    site_id: Mapped[str] = mapped_column(sa.String(22))
    subject: Mapped[str] = mapped_column(sa.String(26))
    """What the commitment is about, e.g. the number of a consent record."""
    commitment: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(index=True)


class Entry(Base):
    """A sequenced entry, which never changes except that `subject` may be emptied."""

    __tablename__ = "ledger_entry"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    """Half-year of the log, e.g. `2026h2`."""
    index: Mapped[int] = mapped_column("leaf_index", sa.BigInteger, primary_key=True, autoincrement=False)
    """Contiguous from 0."""
    kind: Mapped[int]
    site_id: Mapped[str] = mapped_column(sa.String(22))
    """Empty for what is about the whole deployment."""
    subject: Mapped[str] = mapped_column(sa.String(26))
    """Emptied when its subject is erased; not part of what the log proves."""
    commitment: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    sequenced_at: Mapped[datetime]
    """Never earlier than that of the previous entry."""

    __table_args__ = (sa.Index("ix_ledger_entry_site_id_subject", "site_id", "subject"),)


class Tile(Base):
    """A tile of the tree over a log's entries (`server.ledger.tiles`).

    It is appended to until it is full; existing hashes never change.
    """

    __tablename__ = "ledger_tile"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column("tile_index", sa.BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Concatenated hashes, 32 bytes each, at most 256."""


class State(Base):
    """Size and root of a log. Updated by compare-and-swap: exactly one sequencer wins."""

    __tablename__ = "ledger_state"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    origin: Mapped[str]
    """Origin of the log, which never changes; empty until it is first signed."""
    checkpoint: Mapped[str]
    """The newest signed checkpoint; empty if there is none."""
    updated_at: Mapped[datetime]
    """No entry is sequenced with an earlier time."""


class SigningKey(Base):
    """A key that has signed checkpoints of a log. Rows never change, so that old proofs stay verifiable."""

    __tablename__ = "ledger_key"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    public: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    since: Mapped[int] = mapped_column(sa.BigInteger)
    """Index of the entry that commits to it."""


class Day(Base):
    """A closed day of a log: no entry can be added to it."""

    __tablename__ = "ledger_day"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    """In UTC."""
    start: Mapped[int] = mapped_column(sa.BigInteger)
    """Index of its first entry."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """Number of entries of the log at its end."""
    checkpoint: Mapped[str]
    """A signed checkpoint that covers its entries."""


class Manifest(Base):
    """The manifest of one site and one day."""

    __tablename__ = "ledger_manifest"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Canonical JSON (`server.ledger.manifest`)."""
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Random key of the commitment."""
