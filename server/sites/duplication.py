"""Copies of sites: what staff have set and written, under another key and for other domains."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from server.core.db import Base, db
from server.sites import logos, models, sample_rules, service
from server.sites.values import Site

_SITE = Base.metadata.tables[models.Site.__tablename__]


def duplicate(
    site_id: str,
    *,
    key: str,
    name: str,
    domains: Collection[str],
    by: str,
    now: datetime,
    public_url: str,
    reserved: str = "",
) -> Site:
    """Make a site that begins with the draft of another one, and has its retention and approval.

    Nothing else comes along: no version, no decision, no figure, nobody who has a role on the other site
    alone.

    :param public_url: of this server: a logo that was uploaded here is stored for the copy, too
    :param reserved: a host that the caller may not take
    :raises Invalid: the key, the name or a domain is malformed, or a domain is reserved.
    :raises Conflict: `key_taken`, `sample_site`.
    :raises NotFound: `site_unknown`.
    """
    source = service.find_by_id(site_id)
    sample_rules.refuse(source)
    document = service.draft(source.id).document
    made = service.create(key, name, domains, by=by, now=now, reserved=reserved, start=document)
    settings = {"retention_days": source.retention.days, "approval_required": source.approval_required}
    db.session.execute(sa.update(_SITE).where(_SITE.c.id == made.id).values(settings))
    own = logos.adopted(document, made, public_url=public_url, by=by, now=now)
    service.save_draft(made.id, own, by=by, now=now)
    return service.find_by_id(made.id)
