"""The row of a decision, and what remains when it is erased."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class Consent(Base):
    """One decision of one browser. Appended, never edited; a change of mind is the next row.

    Erasure and retention delete the row, with every index entry that leads to it, and leave an `Erasure`.
    """

    __tablename__ = "consent"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    consent_id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    """The number that a visitor can quote; it gives no access."""
    decision_id: Mapped[str] = mapped_column(sa.String(22))
    """The browser's own id of the decision: what makes a repeat recognisable."""
    request_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Keyed digest of what was sent, to tell a repeat from a contradiction."""
    visitor_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Keyed digest of the browser's secret for this site; the secret itself is not kept."""
    version: Mapped[int]
    language: Mapped[str] = mapped_column(sa.String(20))
    action: Mapped[str] = mapped_column(sa.String(12))
    choices: Mapped[str]
    """JSON: optional category → granted."""
    recorded_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    record: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Canonical record."""
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Random key of the commitment."""
    commitment: Mapped[bytes] = mapped_column(sa.LargeBinary(32))

    __table_args__ = (
        sa.UniqueConstraint("site_id", "decision_id"),
        sa.Index("ix_consent_site_id_visitor_digest", "site_id", "visitor_digest"),
        sa.Index("ix_consent_site_id_recorded_at", "site_id", "recorded_at", "consent_id"),
        sa.Index("ix_consent_site_id_expires_at", "site_id", "expires_at"),
        # Lists of one version or action would otherwise pass every row of the others.
        sa.Index(
            "ix_consent_site_id_version_action", "site_id", "version", "action", "recorded_at", "consent_id"
        ),
    )


class Erasure(Base):
    """What remains of a record that was deleted: random-looking bytes that lead to nobody.

    It keeps a late repeat from bringing the record back, tells after a restore which records to delete again,
    and shows to who audits the log that an entry's record was deleted on purpose.
    """

    __tablename__ = "consent_erasure"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    commitment: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    """What the log holds of the record. Its key is gone, so nothing can be tested against it."""
    decision_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Keyed digest of the browser's own id of the decision."""
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Random key of the tombstone that the log holds."""

    __table_args__ = (sa.UniqueConstraint("site_id", "decision_digest"),)


class RetentionRun(Base):
    """What was deleted of a site because it was due; written with each batch of the run."""

    __tablename__ = "consent_retention_run"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(primary_key=True)
    """The moment at which records were due."""
    retention_days: Mapped[int]
    """The rule of the site at that time: days kept after expiry."""
    after_expiry: Mapped[int]
    """Records deleted by that rule."""
    at_the_latest: Mapped[int]
    """Records deleted because nothing is kept longer."""


class PendingPurge(Base):
    """A deletion whose bytes may still be in the database files."""

    __tablename__ = "consent_residue"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
