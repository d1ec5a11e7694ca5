"""Table of released scripts and chunks."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class Release(Base):
    """A script or chunk that a site has served, under the digest of its bytes. Rows are never updated."""

    __tablename__ = "script_release"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    """`script`, or the name of a lazy chunk."""
    version: Mapped[int]
    brotli: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The bytes, compressed; pages pin them by `integrity`, so they outlive upgrades."""
    released_at: Mapped[datetime]
