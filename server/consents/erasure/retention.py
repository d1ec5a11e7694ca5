"""Which records are due, and what each retention run has deleted."""

from datetime import datetime

import sqlalchemy as sa

from server.consents import models
from server.consents.values import Due
from server.core.db import Base, db, insert

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_RUN = Base.metadata.tables[models.RetentionRun.__tablename__]


def find_due(
    site_id: str, *, expired_before: datetime, recorded_before: datetime, batch: int
) -> tuple[list[str], list[str]]:
    """At most `batch` consent numbers of records that are due: those long expired, and those too old."""
    expired = _oldest(site_id, _CONSENT.c.expires_at, expired_before, batch)
    old = _oldest(site_id, _CONSENT.c.recorded_at, recorded_before, batch)
    known = set(expired)
    return expired, [number for number in old if number not in known][: batch - len(expired)]


def _oldest(site_id: str, column: sa.Column[datetime], bound: datetime, batch: int) -> list[str]:
    query = sa.select(_CONSENT.c.consent_id).where(_CONSENT.c.site_id == site_id, column <= bound)
    return list(db.session.scalars(query.order_by(column).limit(batch)))


def add_to_run(site_id: str, ran_at: datetime, retention_days: int, found: Due) -> None:
    """Add the counts of a batch to the row of its retention run."""
    row = {
        "site_id": site_id,
        "ran_at": ran_at,
        "retention_days": retention_days,
        "after_expiry": found.after_expiry,
        "at_the_latest": found.at_the_latest,
    }
    statement = insert(_RUN).values(row)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["site_id", "ran_at"],
            set_={
                "after_expiry": _RUN.c.after_expiry + statement.excluded.after_expiry,
                "at_the_latest": _RUN.c.at_the_latest + statement.excluded.at_the_latest,
            },
        )
    )
