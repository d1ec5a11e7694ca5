"""Counters. No row is about one person, and none holds anything finer than a day."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class DecisionCount(Base):
    """How often an action was taken on a day, with a version, in a language."""

    __tablename__ = "decision_count"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    action: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    count: Mapped[int]


class GrantCount(Base):
    """How many of those decisions granted a category."""

    __tablename__ = "grant_count"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    action: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    category: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    count: Mapped[int]


class Watermark(Base):
    """How far a reader has read the log; stored in the same transaction as what it made of it."""

    __tablename__ = "analytics_watermark"

    reader: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    log: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    next_index: Mapped[int] = mapped_column(sa.BigInteger)
