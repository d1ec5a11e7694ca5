"""Tables of decisions, erasures and retention runs."""

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
    """The browser's own id of the decision, by which retries are recognised."""
    request_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Keyed digest of the request, to distinguish a retry from other content with the same id."""
    visitor_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Keyed digest of the browser's secret for this site; the secret itself is not stored."""
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
    """The erasure of a record: random-looking bytes without personal data.

    It prevents a late retry from storing the record again, identifies after a restore which records to delete
    again, and shows auditors of the log that an entry's record was deleted on purpose.
    """

    __tablename__ = "consent_erasure"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    commitment: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    """The commitment in the consent log. Its key is deleted, so that no guess can be tested."""
    decision_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Keyed digest of the browser's own id of the decision."""
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Random key of the tombstone in the consent log."""

    __table_args__ = (sa.UniqueConstraint("site_id", "decision_digest"),)


class RetentionRun(Base):
    """A retention run of a site; updated with each batch."""

    __tablename__ = "consent_retention_run"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(primary_key=True)
    """The moment at which records were due."""
    retention_days: Mapped[int]
    """The site's retention at that time, in days after expiry."""
    after_expiry: Mapped[int]
    """Records deleted by that rule."""
    at_the_latest: Mapped[int]
    """Records deleted by the maximum age."""


class PendingPurge(Base):
    """A deletion whose bytes may still be in the database files."""

    __tablename__ = "consent_residue"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    created_at: Mapped[datetime | None]
    """None if it was deleted before this was recorded."""
