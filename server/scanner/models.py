"""The table of checks."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class InstallationCheck(Base):
    """What the newest check of a site's page found; one row for each site."""

    __tablename__ = "installation_check"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    url: Mapped[str] = mapped_column(sa.String(2048))
    checked_at: Mapped[datetime]
    faults: Mapped[str]
    """JSON: a list of objects with code, facts and line."""
    live_since: Mapped[datetime | None]
    """Since when every check was good; null: the newest was not."""
    ever_live: Mapped[bool]
    """Whether any check was good: before that, nobody is sent a message."""
    messaged: Mapped[bool]
    """Whether a message about the present faults was sent, so that the end of them is one too."""
