"""In which language, and in which time zone, a user reads the studio."""

from dataclasses import dataclass

import sqlalchemy as sa

from server.accounts.models import User
from server.core import time_zones
from server.core.db import db
from server.core.errors import Invalid
from server.notifications import texts


@dataclass(frozen=True)
class Preferences:
    """What a user has chosen; empty: nothing."""

    language: str = ""
    """BCP 47 tag; if not chosen, the browser is asked, and messages are in English."""
    time_zone: str = ""
    """IANA name; if not chosen, times are in the zone of their site."""


def choose_preferences(user_id: str, chosen: Preferences) -> None:
    """Store what a user has chosen.

    :raises Invalid: there is no such language or time zone.
    """
    errors: dict[str, object] = {}
    if chosen.language not in ("", *texts.LANGUAGES):
        errors["language"] = f"must be one of {', '.join(texts.LANGUAGES)}"
    if chosen.time_zone not in ("", *time_zones.known()):
        errors["time_zone"] = "is not a time zone"
    if errors:
        raise Invalid("these preferences are not valid", errors=errors)
    changed = sa.update(User).where(User.id == user_id)
    db.session.execute(changed.values(language=chosen.language, time_zone=chosen.time_zone))
