"""The list of sites: searched, filtered, and read page by page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import sqlalchemy as sa

from server.accounts.service import users
from server.core.db import Base, db
from server.sites import models, queries, responsibility, tags
from server.sites.values import KEY, Site

Status = Literal["", "live", "paused", "draft"]
"""`draft`: nothing of it is published. Empty: all of them."""

STATUSES: tuple[Status, ...] = get_args(Status)

_SITE = Base.metadata.tables[models.Site.__tablename__]
_VERSION = Base.metadata.tables[models.BannerVersion.__tablename__]
_TAG = Base.metadata.tables[models.SiteTag.__tablename__]
_GROUP = Base.metadata.tables[models.SiteGroup.__tablename__]
_MEMBER = Base.metadata.tables[models.SiteGroupMember.__tablename__]
_RESPONSIBLE = Base.metadata.tables[models.SiteResponsible.__tablename__]


NOBODY = "nobody"
"""For sites without a responsible person."""


@dataclass(frozen=True)
class Wanted:
    """Which sites to list."""

    text: str = ""
    """In name, key or a domain."""
    status: Status = ""
    tag: str = ""
    responsible: str = ""
    """Id of a user, or `NOBODY`; empty: whoever it is."""
    group: str = ""
    """Key of a group."""


@dataclass(frozen=True)
class Listed:
    """A site in the list."""

    site: Site
    version: int | None
    """Number of its newest version; None: nothing is published."""
    variant_of: int | None
    """The version that is compared with that in an experiment."""
    published_at: datetime | None
    """When that version was."""
    tags: tuple[str, ...]
    responsible: str | None
    """Id of the user who is responsible; None: nobody is named."""


def page(
    wanted: Wanted, *, after: str | None, limit: int, only: Collection[str] | None
) -> tuple[Listed, ...]:
    """At most `limit` sites by name, those after the site with the key `after`; a fixed number of reads.

    :param only: ids of the sites that may be listed; None: all
    """
    name = sa.func.lower(_SITE.c.name)
    named = sa.and_(_RESPONSIBLE.c.site_id == _SITE.c.id, responsibility.SEES)
    query = sa.select(_SITE.c.id, _RESPONSIBLE.c.user_id)
    query = query.select_from(_SITE.outerjoin(_RESPONSIBLE, named))
    query = query.where(*_conditions(wanted, only)).order_by(name, _SITE.c.key).limit(limit)
    if after is not None and KEY.fullmatch(after):
        last = db.session.scalar(sa.select(name).where(_SITE.c.key == after))
        if last is not None:
            query = query.where(sa.tuple_(name, _SITE.c.key) > sa.tuple_(sa.literal(last), sa.literal(after)))
    responsible = {row.id: row.user_id for row in db.session.execute(query)}
    ids = list(responsible)
    found = {site.id: site for site in queries.sites_by_id(ids)}
    newest, tagged = _newest(ids), tags.of_sites(ids)
    nothing = (None, None, None)
    return tuple(
        Listed(found[each], number, variant_of, published_at, tagged.get(each, ()), responsible[each])
        for each in ids
        for number, variant_of, published_at in (newest.get(each, nothing),)
    )


def count(wanted: Wanted, *, only: Collection[str] | None) -> int:
    """How many sites there are in all; `only` as for `page`."""
    query = sa.select(sa.func.count()).select_from(_SITE).where(*_conditions(wanted, only))
    return db.session.scalar(query) or 0


def ids(wanted: Wanted, *, only: Collection[str] | None) -> tuple[str, ...]:
    """The ids of all of them, by name; `only` as for `page`."""
    query = sa.select(_SITE.c.id).where(*_conditions(wanted, only))
    return tuple(db.session.scalars(query.order_by(sa.func.lower(_SITE.c.name), _SITE.c.key)))


def _conditions(wanted: Wanted, only: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    published = sa.exists().where(_VERSION.c.site_id == _SITE.c.id)
    running, paused = _SITE.c.paused_at.is_(None), _SITE.c.paused_at.is_not(None)
    by_status: Mapping[str, tuple[sa.ColumnElement[bool], ...]] = {
        "live": (published, running),
        "paused": (paused,),
        "draft": (~published,),
        "": (),
    }
    found = [queries.REAL, _SITE.c.deleted_at.is_(None), *by_status[wanted.status]]
    if only is not None:
        found.append(_SITE.c.id.in_(only))
    if wanted.text:
        found.append(queries.site_has(wanted.text))
    if wanted.tag:
        found.append(sa.exists().where(_TAG.c.site_id == _SITE.c.id, _TAG.c.tag == wanted.tag))
    if wanted.group:
        here = sa.and_(_MEMBER.c.group_id == _GROUP.c.id, _MEMBER.c.site_id == _SITE.c.id)
        found.append(sa.exists().where(here, _GROUP.c.key == wanted.group))
    if wanted.responsible:
        each = _RESPONSIBLE.alias()  # apart from the one that the page reads names from
        named = sa.exists().where(each.c.site_id == _SITE.c.id, users.seeing(each.c.user_id, each.c.site_id))
        mine = named.where(each.c.user_id == wanted.responsible)
        found.append(~named if wanted.responsible == NOBODY else mine)
    return found


def _newest(site_ids: Collection[str]) -> dict[str, tuple[int, int | None, datetime]]:
    """Site id → number of its newest version, the version that this is a variant of, and when it came."""
    numbers = (
        sa.select(_VERSION.c.site_id, sa.func.max(_VERSION.c.number).label("number"))
        .where(_VERSION.c.site_id.in_(site_ids))
        .group_by(_VERSION.c.site_id)
        .subquery()
    )
    here = sa.and_(_VERSION.c.site_id == numbers.c.site_id, _VERSION.c.number == numbers.c.number)
    facts = (_VERSION.c.site_id, _VERSION.c.number, _VERSION.c.variant_of, _VERSION.c.published_at)
    rows = db.session.execute(sa.select(*facts).join(numbers, here))
    return {row.site_id: (row.number, row.variant_of, row.published_at) for row in rows}
