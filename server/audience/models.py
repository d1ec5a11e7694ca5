"""Counters of events. No row is about one person, and none has a time finer than a lump."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class AudienceCount(Base):
    """Number of events in one cell (`values.Cell`): undivided, or by one dimension, never by two."""

    __tablename__ = "audience_count"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    lump: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    """First day of the day, week or month that is released as one; `values.OPEN` until it has ended."""
    dimension: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    after: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    count: Mapped[int]


class AudienceBatch(Base):
    """A file of the spool whose events were counted; deleted once the file is known not to come back."""

    __tablename__ = "audience_batch"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
