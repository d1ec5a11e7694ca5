"""Links that show a site's installation instructions to somebody without an account.

A row says that a link is valid; the secret in its address is made from its id by the studio, and stored
nowhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.core.db import db
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id
from server.sites import queries, sample_rules
from server.sites.models import InstallationLink as Row

LIFETIME = timedelta(days=7)
"""How long a link is valid."""

MOST = 20
"""Most links of a site that are valid at once."""


@dataclass(frozen=True)
class InstallationLink:
    """A link that is valid."""

    site_id: str
    link_id: str
    created_at: datetime
    created_by: str
    """E-mail address of the member of staff."""
    expires_at: datetime


def create(site_id: str, *, by: str, now: datetime) -> InstallationLink:
    """A new link, valid from now on; rows that have expired are deleted.

    :raises Conflict: `too_many_links`, the site has `MOST` already; `sample_site`.
    """
    site = queries.site_by_id(site_id)
    if site is not None:
        sample_rules.refuse(site)
    db.session.execute(sa.delete(Row).where(Row.site_id == site_id, Row.expires_at <= now))
    if len(valid(site_id, now=now)) >= MOST:
        fault = f"has {MOST} links already; revoke one first"
        raise Conflict(f"the site {fault}", errors={"developer": fault}, reason="too_many_links")
    row = Row(site_id=site_id, id=new_id(), created_at=now, created_by=by, expires_at=now + LIFETIME)
    db.session.add(row)
    db.session.flush()
    return _link(row)


def valid(site_id: str, *, now: datetime) -> tuple[InstallationLink, ...]:
    """The links of a site that are valid, newest first."""
    rows = sa.select(Row).where(Row.site_id == site_id, Row.expires_at > now)
    return tuple(map(_link, db.session.scalars(rows.order_by(Row.created_at.desc(), Row.id))))


def find(site_id: str, link_id: str, *, now: datetime) -> InstallationLink:
    """A link, if it is valid.

    :raises NotFound: `link_ended`, it has expired, was revoked, or never was.
    """
    row = db.session.get(Row, (site_id, link_id))
    if row is None or row.expires_at <= now:
        raise NotFound("this link has expired or was revoked", reason="link_ended")
    return _link(row)


def revoke(site_id: str, link_id: str, *, now: datetime) -> None:
    """End a link at once.

    :raises NotFound: as `find`.
    """
    find(site_id, link_id, now=now)
    db.session.execute(sa.delete(Row).where(Row.site_id == site_id, Row.id == link_id))


def _link(row: Row) -> InstallationLink:
    return InstallationLink(row.site_id, row.id, row.created_at, row.created_by, row.expires_at)
