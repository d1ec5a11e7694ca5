"""Rows of the log: what waits, what has its place, the tree over it, and how far the log has grown."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class Outbox(Base):
    """A commitment that is durable and waits for its index. Written with the fact it commits to."""

    __tablename__ = "ledger_outbox"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    kind: Mapped[int]
    site_id: Mapped[str] = mapped_column(sa.String(22))
    subject: Mapped[str] = mapped_column(sa.String(26))
    """What the commitment is about, e.g. the number of a consent record."""
    commitment: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(index=True)


class Entry(Base):
    """A commitment with its place, which never changes."""

    __tablename__ = "ledger_entry"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    """Half-year of the log, e.g. `2026h2`."""
    index: Mapped[int] = mapped_column("leaf_index", sa.BigInteger, primary_key=True, autoincrement=False)
    """Contiguous from 0."""
    kind: Mapped[int]
    site_id: Mapped[str] = mapped_column(sa.String(22))
    """Empty for what is about the whole deployment."""
    subject: Mapped[str] = mapped_column(sa.String(26))
    """Emptied when what it names is erased; no part of what the log proves."""
    commitment: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    sequenced_at: Mapped[datetime]
    """Never earlier than that of the entry before it."""

    __table_args__ = (sa.Index("ix_ledger_entry_site_id_subject", "site_id", "subject"),)


class Tile(Base):
    """A tile of the tree over a log's entries (`server.ledger.tiles`).

    It grows until it is full, and what it has never changes: every narrower one is its beginning.
    """

    __tablename__ = "ledger_tile"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column("tile_index", sa.BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """One after the other, 32 bytes each, at most 256."""


class State(Base):
    """How many entries a log has, and their root. Moved by compare-and-swap: exactly one sequencer wins."""

    __tablename__ = "ledger_state"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    origin: Mapped[str]
    """The log's name in the world, which it keeps; empty until it is first signed."""
    checkpoint: Mapped[str]
    """The newest signed checkpoint; empty until there is one."""
    updated_at: Mapped[datetime]
    """Nothing gets a place with an earlier time."""


class SigningKey(Base):
    """A key that has signed checkpoints of a log. Rows are never changed, so that old proofs find theirs."""

    __tablename__ = "ledger_key"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    public: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    since: Mapped[int] = mapped_column(sa.BigInteger)
    """Index of the entry that tells of it."""


class Day(Base):
    """A day of a log that has ended: nothing gets a place in it any more."""

    __tablename__ = "ledger_day"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    """In UTC."""
    start: Mapped[int] = mapped_column(sa.BigInteger)
    """Index of its first entry."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """Number of entries of the log at its end."""
    checkpoint: Mapped[str]
    """A signed checkpoint that its entries are under."""


class Manifest(Base):
    """What the log holds of one site and one day, so that nothing can be left out unnoticed."""

    __tablename__ = "ledger_manifest"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Canonical JSON (`server.ledger.manifest`)."""
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Random key of the commitment."""
