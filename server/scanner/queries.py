"""Reading checks."""

import json
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from server.core.db import db
from server.scanner.models import InstallationCheck
from server.scanner.values import Fault, Installation, Status


def status(site_id: str) -> Status | None:
    """What is known of a site's installation; None: it was never checked."""
    row = db.session.get(InstallationCheck, site_id, populate_existing=True)
    return None if row is None else _status(row)


def unasked(site_ids: Collection[str]) -> frozenset[str]:
    """Those of the sites whose newest check was not good; one indexed read."""
    table = InstallationCheck
    query = sa.select(table.site_id).where(table.site_id.in_(site_ids), table.live_since.is_(None))
    return frozenset(db.session.scalars(query))


def due(*, good_before: datetime, bad_before: datetime) -> tuple[tuple[str, str], ...]:
    """Site and URL of the checks that are to be made again, the oldest first.

    :param good_before: of checks that were good, or whose faults staff know of
    :param bad_before: of others that were not good, on sites that were live before
    """
    table = InstallationCheck
    bad = table.live_since.is_(None)
    query = (
        sa.select(table.site_id, table.url)
        .where(
            sa.or_(
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
