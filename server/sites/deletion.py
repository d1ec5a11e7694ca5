"""Deleting sites: 30 days in which everything can be had back, and what is deleted after them (ADR 38)."""

from datetime import datetime

import sqlalchemy as sa

from server.accounts.service import message_choices
from server.core.db import Base, db
from server.core.errors import Conflict, Gone, NotFound
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import models, publications, publishing, sample_rules, service
from server.sites.values import RESTORABLE, Site

DELETED = "site.deleted"
"""Kind of message."""

_SITE = Base.metadata.tables[models.Site.__tablename__]


def delete(site_id: str, *, by: str, now: datetime) -> Site:
    """Delete a site: from now on its script does nothing, and nobody works on it.

    Until `restorable_until` it can be restored as it was. What waits to be published is cancelled, and all
    owners get a message.

    :raises Conflict: `already_deleted`, `experiment_running`, `sample_site`.
    :raises NotFound: `site_unknown`.
    """
    hold(site_id)
    site = service.find_by_id(site_id)
    sample_rules.refuse(site)
    publishing.refuse_during_experiment(site.id)
    waiting = publications.waiting(site.id)
    if waiting is not None:
        publications.cancel(site, waiting, by=by, now=now)
    there = sa.and_(_SITE.c.id == site.id, _SITE.c.deleted_at.is_(None))
    change = sa.update(_SITE).where(there).values(deleted_at=now, deleted_by=by)
    if db.session.scalar(change.returning(_SITE.c.id)) is None:
        raise Conflict(f"the site {site.key!r} is deleted already", reason="already_deleted")
    deleted = service.find_by_id(site.id)
    _tell(deleted, by, now)
    return deleted


def hold(site_id: str) -> None:
    """Keep a site as it is until the transaction ends: who holds it open waits, or was here first.

    :raises NotFound: `site_unknown`: there is none, or it was deleted for good.
    """
    publishing.locked_draft(site_id)
    # A key share passes: decisions refer to the row of their site, and do not wait for this.
    db.session.execute(sa.select(_SITE.c.id).where(_SITE.c.id == site_id).with_for_update(key_share=True))


def hold_open(site_id: str) -> None:
    """Keep a site from being deleted until the transaction ends.

    :raises Gone: `site_closed`: staff have deleted it, whether or not it can be restored.
    :raises NotFound: `site_unknown`.
    """
    row = db.session.execute(
        sa.select(_SITE.c.deleted_at).where(_SITE.c.id == site_id).with_for_update(read=True)
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such site", reason="site_unknown")
    if row.deleted_at is not None:
        raise closed()


def closed() -> Gone:
    """What a site answers that staff have deleted, where something new would begin."""
    return Gone("this site is closed", reason="site_closed")


def restore(site_id: str) -> Site:
    """Bring a deleted site back as it was; paused, if it was.

    :raises Conflict: `not_deleted`.
    :raises NotFound: `site_unknown`, `site_purged`: what it consisted of is deleted.
    """
    site = service.find_by_id(site_id)
    there = sa.and_(_SITE.c.id == site.id, _SITE.c.deleted_at.is_not(None), _SITE.c.purging_at.is_(None))
    change = sa.update(_SITE).where(there).values(deleted_at=None, deleted_by=None)
    if db.session.scalar(change.returning(_SITE.c.id)) is None:
        if site.deletion is None:
            raise Conflict(f"the site {site.key!r} is not deleted", reason="not_deleted")
        raise NotFound(f"the site {site.key!r} is deleted for good", reason="site_purged")
    return service.find_by_id(site.id)


def begin_purge(*, now: datetime) -> tuple[Site, ...]:
    """The sites whose rows are to be deleted now; from here on they cannot be restored."""
    late = sa.or_(_SITE.c.deleted_at <= now - RESTORABLE, _SITE.c.purging_at.is_not(None))
    due = sa.and_(_SITE.c.deleted_at.is_not(None), late, _SITE.c.purged_at.is_(None))
    db.session.execute(sa.update(_SITE).where(due, _SITE.c.purging_at.is_(None)).values(purging_at=now))
    return service.with_ids(list(db.session.scalars(sa.select(_SITE.c.id).where(due))))


def end_purge(site_id: str, *, now: datetime) -> None:
    """Note that all rows of a site are deleted that were to be."""
    db.session.execute(sa.update(_SITE).where(_SITE.c.id == site_id).values(purged_at=now))


def _tell(site: Site, by: str, now: datetime) -> None:
    data: dict[str, str | int | None] = {
        "site": site.key,
        "site_name": site.name,
        "by": by,
        "until": (now + RESTORABLE).date().isoformat(),
    }
    message = Message(site.id, DELETED, data, key=f"{DELETED} {now:%Y%m%dT%H%M%S}")
    outbox.record(message, message_choices.recipients(site.id, DELETED), now=now, by=by)
