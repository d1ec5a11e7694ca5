"""Rows of people, their sessions, the programs' tokens and the audit trail."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class User(Base):
    """Somebody who works in the studio."""

    __tablename__ = "user_account"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    """In lower case."""
    password_hash: Mapped[str]
    """argon2id, PHC string."""
    role: Mapped[str] = mapped_column(sa.String(10))
    all_sites: Mapped[bool]
    """Whether the role counts for every site; otherwise for those in `user_site`."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class UserSite(Base):
    """A site that a user's role counts for."""

    __tablename__ = "user_site"

    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)


class Session(Base):
    """A login that can be ended from here. The browser holds the secret, this row its digest."""

    __tablename__ = "user_session"

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """What a program shows instead of a password. The program holds the secret, this row its digest."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    scopes: Mapped[str]
    """Space-separated."""
    all_sites: Mapped[bool]
    """Whether it counts for every site; otherwise for those in `api_token_site`."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(sa.String(254))
    """The maker's e-mail address, or `command line`."""
    maker_id: Mapped[str | None] = mapped_column(sa.ForeignKey("user_account.id"))
    """Whose rights bound the token's; none where it was made on the command line."""
    revoked_at: Mapped[datetime | None]


class ApiTokenSite(Base):
    """A site that a token counts for."""

    __tablename__ = "api_token_site"

    token_id: Mapped[str] = mapped_column(sa.ForeignKey("api_token.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)


class AuditEntry(Base):
    """Something that staff did. Appended, never edited or deleted."""

    __tablename__ = "trail_entry"

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    """From 1 on, without gaps."""
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(10))
    """What sort of actor: `person`, `token`, `command` or `schedule`."""
    by: Mapped[str] = mapped_column(sa.String(300))
    action: Mapped[str] = mapped_column(sa.String(20))
    site_id: Mapped[str | None] = mapped_column(sa.String(22))
    """No foreign key: what happened stays true whatever becomes of the site."""
    subject: Mapped[str] = mapped_column(sa.String(300))
    detail: Mapped[str] = mapped_column(sa.String(300))
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Of this row and the digest of the one before."""

    __table_args__ = (sa.Index("ix_trail_entry_site_id_number", "site_id", "number"),)


class AuditHead(Base):
    """The one row that says how long the trail is; whoever appends holds it until their transaction ends."""

    __tablename__ = "trail_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Of the newest entry."""


class LoginAttempt(Base):
    """How many logins failed within a limit's window; nobody's address can be read from it."""

    __tablename__ = "login_attempt"

    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    """The limit, and a keyed digest of whom it counts: a network, an account or a browser."""
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    """When the window is over, and the row is deleted."""
