"""Tables of notices: subscribers to changes, how far announcements have come, requests, and agreements."""

from datetime import date, datetime

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
    sealed: Mapped[bytes]
    """Encrypted address (`server.core.sealing`)."""
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


class AnnouncementProgress(Base):
    """How far the e-mails about the changes of a site have come: the watermark of its announcements."""

    __tablename__ = "notice_announcement"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    version: Mapped[int]
    """The last version that was begun with; 0: none."""
    after: Mapped[str] = mapped_column(sa.String(22))
    """Subscribers up to this id have their e-mail in the outbox."""
    finished: Mapped[bool]


class NoticeRequest(Base):
    """A request of a data subject. After its retention, only what counts it is left."""

    __tablename__ = "notice_request"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    reference: Mapped[str | None] = mapped_column(sa.String(13))
    """None when its content was deleted."""
    kind: Mapped[str] = mapped_column(sa.String(13))
    state: Mapped[str] = mapped_column(sa.String(11))
    language: Mapped[str] = mapped_column(sa.String(12))
    received_at: Mapped[datetime]
    """When it was sent; only the day when its content was deleted."""
    confirmed_at: Mapped[datetime | None]
    due_on: Mapped[date]
    """Day of the site's time zone."""
    closed_at: Mapped[datetime | None]
    """Only the day when its content was deleted."""
    came: Mapped[str] = mapped_column(sa.String(6), default="", server_default="")
    """How it came, if a member of staff has entered it; empty: by the form."""
    revision: Mapped[int]
    sealed: Mapped[bytes | None]
    """Encrypted JSON of `Content` (`server.core.sealing`); None when it was deleted."""

    __table_args__ = (
        sa.UniqueConstraint("site_id", "reference"),
        sa.Index("ix_notice_request_site_id_state_due_on", "site_id", "state", "due_on"),
        sa.Index("ix_notice_request_site_id_closed_at", "site_id", "closed_at"),
    )


class NoticeRequestEvent(Base):
    """A step of a request. Rows are never updated."""

    __tablename__ = "notice_request_event"

    site_id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    request_id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(sa.String(8))
    by: Mapped[str] = mapped_column(sa.String(254))
    """Member of staff; empty if it was the requester."""
    sealed: Mapped[bytes | None]
    """Encrypted reply, reason or note."""

    __table_args__ = (
        sa.ForeignKeyConstraint(["site_id", "request_id"], ["notice_request.site_id", "notice_request.id"]),
    )


class SolvedChallenge(Base):
    """A challenge of the form that was solved: its second use is refused, until it has expired."""

    __tablename__ = "notice_solved_challenge"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    challenge: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ProcessingAgreement(Base):
    """What staff know of the agreement with a processor or another party, beyond the banner document."""

    __tablename__ = "notice_processing_agreement"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    party_id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    """Digest of the party's name, as names are compared."""
    party: Mapped[str] = mapped_column(sa.String(200))
    """Its name as the document had it when this was stored."""
    capacity: Mapped[str] = mapped_column(sa.String(16))
    reference: Mapped[str]
    signed_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    remind_days: Mapped[int]
    contact: Mapped[str]
    note: Mapped[str]
    revision: Mapped[int]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(sa.String(254))

    __table_args__ = (sa.Index("ix_notice_processing_agreement_site_id_expires_on", "site_id", "expires_on"),)
