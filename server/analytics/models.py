"""Counters. No row is about one person, and none has a time finer than a day."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class DecisionCount(Base):
    """Number of decisions by day, version, language and action."""

    __tablename__ = "decision_count"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    action: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    count: Mapped[int]


class GrantCount(Base):
    """Number of those decisions that granted a category."""

    __tablename__ = "grant_count"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    action: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    category: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    count: Mapped[int]


class Watermark(Base):
    """Watermark of a reader of the log; updated in the transaction that stores its result."""

    __tablename__ = "analytics_watermark"

    reader: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    next_index: Mapped[int] = mapped_column(sa.BigInteger)
