"""Rows of the log: what waits, what has its place, and how far the log has grown."""

from datetime import datetime

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
    subject: Mapped[str] = mapped_column(sa.String(26))
    """Emptied when what it names is erased; no part of what the log proves."""
    commitment: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    sequenced_at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_ledger_entry_site_id_subject", "site_id", "subject"),)


class State(Base):
    """How many entries a log has. Moved by compare-and-swap, so that exactly one sequencer wins."""

    __tablename__ = "ledger_state"

    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    updated_at: Mapped[datetime]
