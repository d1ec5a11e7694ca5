"""Reading checks."""

import json
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from server.core.db import db
from server.scanner.models import InstallationCheck
from server.scanner.values import Fault, Installation, Status
from server.sites import service as sites


def status(site_id: str) -> Status | None:
    """What is known of a site's installation; None: it was never checked."""
    row = db.session.get(InstallationCheck, site_id, populate_existing=True)
    return None if row is None else _status(row)


def statuses(site_ids: Collection[str]) -> dict[str, Status]:
    """Site id → what is known of its installation, of those that were checked; one indexed read."""
    query = sa.select(InstallationCheck).where(InstallationCheck.site_id.in_(site_ids))
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {row.site_id: _status(row) for row in rows}


def due(*, good_before: datetime, bad_before: datetime) -> tuple[tuple[str, str], ...]:
    """Site and URL of the checks that are to be made again, the oldest first.

    :param good_before: of checks that were good, or whose faults staff know of
    :param bad_before: of others that were not good, on sites that were live before

    Those of an earlier version than the newest are due at once.
    """
    table = InstallationCheck
    bad = table.live_since.is_(None)
    query = (
        sa.select(table.site_id, table.url)
        .where(
            sa.or_(
                sites.published_after(table.site_id, table.checked_at),
                sa.and_(sa.not_(bad), table.checked_at < good_before),
                sa.and_(bad, table.messaged, table.checked_at < good_before),
                sa.and_(bad, sa.not_(table.messaged), table.ever_live, table.checked_at < bad_before),
                sa.and_(bad, sa.not_(table.ever_live), table.checked_at < good_before),
            )
        )
        .order_by(table.checked_at)
    )
    return tuple((site_id, url) for site_id, url in db.session.execute(query))


def _status(row: InstallationCheck) -> Status:
    faults = tuple(Fault(each["code"], each["facts"], each["line"]) for each in json.loads(row.faults))
    return Status(Installation(row.url, row.checked_at, faults), row.live_since)
