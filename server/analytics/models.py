"""Counters of what was decided, and what was released of them. No row is about one person."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base

OPEN = date.max
"""Stands for the running lump, whose counters still grow."""


_exact = lru_cache(maxsize=16)(Fraction)
"""Few values of ε are in use."""


class Epsilon(sa.types.TypeDecorator[Fraction]):
    """ε with three decimals, exactly."""

    impl = sa.Numeric(4, 3)
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, _dialect: sa.Dialect) -> Decimal | None:
        """The value for the database."""
        return None if value is None else Decimal(value.numerator) / Decimal(value.denominator)

    def process_result_value(self, value: Decimal | None, _dialect: sa.Dialect) -> Fraction | None:
        """The value from the database."""
        return None if value is None else _exact(value)


class DecisionCount(Base):
    """Number of decisions by lump, version, language and action; not published, deleted after the lump."""

    __tablename__ = "decision_count"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    lump: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    """First day of the lump, or `OPEN`. Rows from before lumps existed have the day of the decisions."""
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    action: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    count: Mapped[int]


class GrantCount(Base):
    """Number of those decisions that granted a category."""

    __tablename__ = "grant_count"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    lump: Mapped[date] = mapped_column(sa.Date, primary_key=True)
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


class ReleaseSetting(Base):
    """What a site's owner chose about releases; in force from the next lump on."""

    __tablename__ = "release_setting"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    lump: Mapped[str] = mapped_column(sa.String(8))
    """`auto`, `day`, `week` or `month`."""
    epsilon: Mapped[Fraction] = mapped_column(Epsilon())


class OpenLump(Base):
    """The running lump of a site, and what its running block has counted."""

    __tablename__ = "open_lump"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    tier: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    start: Mapped[date] = mapped_column(sa.Date)
    kind: Mapped[str] = mapped_column(sa.String(8))
    epsilon: Mapped[Fraction] = mapped_column(Epsilon())
    from_log: Mapped[str] = mapped_column(sa.String(16))
    """The log and the index at which the lump begins."""
    from_index: Mapped[int] = mapped_column(sa.BigInteger)
    block_decided: Mapped[int]
    """Decisions counted since the last block ended."""
    due_at: Mapped[datetime]
    """When the block or the lump ends."""

    __table_args__ = (sa.Index("ix_open_lump_due_at", "due_at"),)


class ReleasedLump(Base):
    """A lump that was released: the ledger of what was spent. Rows are never changed or deleted."""

    __tablename__ = "released_lump"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    tier: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    start: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    end: Mapped[date] = mapped_column(sa.Date)
    """Inclusive."""
    kind: Mapped[str] = mapped_column(sa.String(8))
    epsilon: Mapped[Fraction] = mapped_column(Epsilon())
    """ε per decision, of which 4/5 were spent at closing and 1/5 on the blocks before."""
    leaves: Mapped[str]
    """Version → its languages and optional categories, JSON; `{}` if it was skipped (`last_releases`)."""
    from_log: Mapped[str] = mapped_column(sa.String(16))
    from_index: Mapped[int] = mapped_column(sa.BigInteger)
    to_log: Mapped[str] = mapped_column(sa.String(16))
    """The log and the index before which the lump ends: with them the counters can be computed again."""
    to_index: Mapped[int] = mapped_column(sa.BigInteger)
    closed_at: Mapped[datetime]
    sample: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    """Whether its figures are a sample, and nothing was decided."""

    __table_args__ = (sa.Index("ix_released_lump_closed_at", "closed_at"),)


class ReleasedCell(Base):
    """One released measure of one leaf. Rows are never changed or deleted."""

    __tablename__ = "released_cell"

    site_id: Mapped[str] = mapped_column(primary_key=True)
    tier: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    start: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    measure: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    noisy: Mapped[int] = mapped_column(sa.BigInteger)
    """With noise, in units of 1/1680."""
    shown: Mapped[int]
    """What is published."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["site_id", "tier", "start"],
            ["released_lump.site_id", "released_lump.tier", "released_lump.start"],
        ),
    )


class ReleasedMargin(Base):
    """A released figure of the audience, never changed or deleted; a cell that publishes nothing has none."""

    __tablename__ = "released_margin"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    start: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    dimension: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    """Empty: undivided. `total`: the event in all."""
    value: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    after: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    shown: Mapped[int]


class MarginCarried(Base):
    """What a cell of the audience carries to the next lump: noised less published over all before."""

    __tablename__ = "margin_carried"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    dimension: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    after: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    carried: Mapped[int] = mapped_column(sa.BigInteger)
    """In units of 1/1680."""


class LiveBlock(Base):
    """The noised number of decisions in a block of a lump. Rows are never changed or deleted."""

    __tablename__ = "live_block"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    tier: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    start: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    """First day of the lump."""
    ends_at: Mapped[datetime] = mapped_column(primary_key=True)
    figure: Mapped[int]


class AnalyticsAlarm(Base):
    """An alarm about released figures. A row is changed once, when the alarm closes, and never deleted."""

    __tablename__ = "analytics_alarm"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    language: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    """Empty unless the alarm is about one language."""
    span: Mapped[str] = mapped_column(sa.String(8))
    start: Mapped[date] = mapped_column(sa.Date)
    """First day of the figure that opened it."""
    end: Mapped[date] = mapped_column(sa.Date)
    hour: Mapped[int | None]
    """Local hour at which that part of the running day ended."""
    low: Mapped[float]
    """What was usual, from here to `high`."""
    high: Mapped[float]
    came: Mapped[float]
    closed_at: Mapped[datetime | None]
    last: Mapped[date | None] = mapped_column(sa.Date)
    """Last day that the alarm is about, once it is closed."""
    outcome: Mapped[str | None] = mapped_column(sa.String(16))
    """Why it was closed (`alarms.review.Outcome`)."""
