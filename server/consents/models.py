"""The row of a decision."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class Consent(Base):
    """One decision of one browser. Appended, never edited; a change of mind is the next row."""

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
    )
