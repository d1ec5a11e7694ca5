"""Tables of messages, their deliveries, webhook endpoints, and inboxes."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class Notification(Base):
    """A message in the outbox. Its row is never updated, unless it was an e-mail to a visitor and is sent."""

    __tablename__ = "notification"

    site_id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    """Empty if it concerns no single site, and so no foreign key."""
    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger)
    """From 1 on by site, in the order of the transactions."""
    kind: Mapped[str] = mapped_column(sa.String(40))
    data: Mapped[str]
    """Canonical JSON; `{}` of an e-mail to a visitor that was sent."""
    key: Mapped[str] = mapped_column(sa.String(200))
    """A second message of the site with this key is dropped."""
    created_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (sa.UniqueConstraint("site_id", "number"), sa.UniqueConstraint("site_id", "key"))


class Sequence(Base):
    """The number of a site's newest message; locked by the transaction that records the next one."""

    __tablename__ = "notification_sequence"

    site_id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger)


class Endpoint(Base):
    """A webhook endpoint. Its secret is derived from the server's key and `secret_number`."""

    __tablename__ = "webhook_endpoint"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    url: Mapped[str] = mapped_column(sa.String(2000))
    kinds: Mapped[str]
    """Space-separated."""
    in_order: Mapped[bool]
    secret_number: Mapped[int]
    rotated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(sa.String(254))
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str] = mapped_column(sa.String(300))


class Delivery(Base):
    """A message on its way to one receiver."""

    __tablename__ = "notification_delivery"

    site_id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    notification_id: Mapped[str] = mapped_column(sa.String(22))
    number: Mapped[int] = mapped_column(sa.BigInteger)
    """That of the message."""
    channel: Mapped[str] = mapped_column(sa.String(8))
    """One of `Channel`; `digest` is an e-mail that joins several messages."""
    target: Mapped[str] = mapped_column(sa.String(254))
    """Id of an endpoint, or an e-mail address; empty of an e-mail to a visitor that was sent."""
    language: Mapped[str] = mapped_column(sa.String(2))
    state: Mapped[str] = mapped_column(sa.String(10))
    attempts: Mapped[int]
    next_at: Mapped[datetime]
    """When it is due."""
    locked_until: Mapped[datetime | None]
    """Lease of the worker that is trying it."""
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(sa.String(300))
    """About the last try, in one sentence."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        sa.ForeignKeyConstraint(["site_id", "notification_id"], ["notification.site_id", "notification.id"]),
        sa.UniqueConstraint("site_id", "notification_id", "channel", "target"),
        sa.Index("ix_notification_delivery_state_next_at", "state", "next_at"),
        sa.Index(
            "ix_notification_delivery_site_id_target_state_number", "site_id", "target", "state", "number"
        ),
        sa.Index("ix_notification_delivery_site_id_created_at", "site_id", "created_at"),
        sa.Index("ix_notification_delivery_channel_target_created_at", "channel", "target", "created_at"),
    )


class InboxMessage(Base):
    """A message in the inbox of one person of the staff. It outlives its `notification`."""

    __tablename__ = "inbox_message"

    site_id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    """Empty if it concerns no single site, and so no foreign key."""
    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.String(22))
    """Of an account, which this slice does not know."""
    kind: Mapped[str] = mapped_column(sa.String(40))
    data: Mapped[str]
    """Canonical JSON, as in `notification`."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    read_at: Mapped[datetime | None]
    """Null: unread."""

    __table_args__ = (
        sa.Index("ix_inbox_message_user_id_created_at_id", "user_id", "created_at", "id"),
        sa.Index(
            "ix_inbox_message_unread",
            "user_id",
            postgresql_where=sa.text("read_at IS NULL"),
            sqlite_where=sa.text("read_at IS NULL"),
        ),
    )
