"""Rows of people, their sessions and the programs' tokens."""

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
    revoked_at: Mapped[datetime | None]


class ApiTokenSite(Base):
    """A site that a token counts for."""

    __tablename__ = "api_token_site"

    token_id: Mapped[str] = mapped_column(sa.ForeignKey("api_token.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
