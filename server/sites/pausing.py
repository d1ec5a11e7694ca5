"""Pausing of sites: for as long as it lasts, the script does nothing, and nothing else changes."""

from datetime import datetime

import sqlalchemy as sa

from server.core.db import Base, db
from server.core.errors import Conflict, Invalid
from server.sites import models, sample_rules, service
from server.sites.values import LONGEST_PAUSE_NOTE, Site, fault_in_text

_SITE = Base.metadata.tables[models.Site.__tablename__]


def pause(site_id: str, *, note: str, by: str, now: datetime) -> Site:
    """Let the script of a site do nothing until `resume`.

    :param note: why, for colleagues; may be empty
    :raises Invalid: the note is too long, or has characters that no text has.
    :raises Conflict: `already_paused`, `sample_site`.
    :raises NotFound: `site_unknown`.
    """
    fault = fault_in_text(note, longest=LONGEST_PAUSE_NOTE, lines=False)
    if fault is not None:
        raise Invalid(f"the note {fault}", errors={"note": fault})
    site = service.find_by_id(site_id)
    sample_rules.refuse(site)
    running = sa.and_(_SITE.c.id == site.id, _SITE.c.paused_at.is_(None))
    change = sa.update(_SITE).where(running).values(paused_at=now, paused_by=by, pause_note=note.strip())
    if db.session.scalar(change.returning(_SITE.c.id)) is None:
        raise Conflict(f"the site {site.key!r} is paused already", reason="already_paused")
    return service.find_by_id(site.id)


def resume(site_id: str) -> Site:
    """Let the script of a paused site work again.

    :raises Conflict: `not_paused`.
    :raises NotFound: `site_unknown`.
    """
    site = service.find_by_id(site_id)
    paused = sa.and_(_SITE.c.id == site.id, _SITE.c.paused_at.is_not(None))
    change = sa.update(_SITE).where(paused).values(paused_at=None, paused_by=None, pause_note="")
    if db.session.scalar(change.returning(_SITE.c.id)) is None:
        raise Conflict(f"the site {site.key!r} is not paused", reason="not_paused")
    return service.find_by_id(site.id)
