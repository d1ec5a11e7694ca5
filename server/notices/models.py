"""Tables of notices: subscribers to changes, and how far each announcement has come."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class Subscriber(Base):
    """Somebody who is notified by e-mail when a notice changes, or was asked whether they want to be.

    Deleted when they unsubscribe, or have not confirmed in time.
    """

    __tablename__ = "notice_subscriber"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    """Part of the links, and in no other table but as part of a message's key."""
    address: Mapped[str] = mapped_column(sa.String(254))
    address_digest: Mapped[str] = mapped_column(sa.String(32))
    """Keyed, of the address in small letters."""
    language: Mapped[str] = mapped_column(sa.String(35))
    """One of the banner's."""
    created_at: Mapped[datetime]
    """When somebody last asked for it."""
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("site_id", "address_digest"),
        sa.Index("ix_notice_subscriber_confirmed_at_created_at", "confirmed_at", "created_at"),
    )


class Announcement(Base):
    """How far the e-mails about the changes of a site have come: the watermark of its announcements."""

    __tablename__ = "notice_announcement"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    version: Mapped[int]
    """The last version that was begun with; 0: none."""
    after: Mapped[str] = mapped_column(sa.String(22))
    """Subscribers up to this id have their e-mail in the outbox."""
    finished: Mapped[bool]
