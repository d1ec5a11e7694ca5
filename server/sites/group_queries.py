"""Queries of groups of sites."""

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from server.core.db import Base, db
from server.sites import models, queries
from server.sites.values import Group, GroupName, GroupSummary, Membership, Site

_GROUP = Base.metadata.tables[models.SiteGroup.__tablename__]
_REVISION = Base.metadata.tables[models.SiteGroupRevision.__tablename__]
_MEMBER = Base.metadata.tables[models.SiteGroupMember.__tablename__]
_SITE = Base.metadata.tables[models.Site.__tablename__]

_NEWEST = sa.and_(_REVISION.c.group_id == _GROUP.c.id, _REVISION.c.revision == _GROUP.c.revision)


def group(wanted: sa.ColumnElement[bool]) -> Group | None:
    """The group for which a condition holds, with its newest document; one read."""
    query = sa.select(_GROUP, _REVISION.c.document, _REVISION.c.saved_at, _REVISION.c.saved_by)
    row = db.session.execute(query.join(_REVISION, _NEWEST).where(wanted)).first()
    return None if row is None else _group(row)


def with_logo_of(site_key: str) -> tuple[Group, ...]:
    """The groups whose newest document shows a logo that this site has uploaded."""
    query = sa.select(_GROUP, _REVISION.c.document, _REVISION.c.saved_at, _REVISION.c.saved_by)
    there = _REVISION.c.document.contains(f"/s/{site_key}/logo/", autoescape=True)
    return tuple(map(_group, db.session.execute(query.join(_REVISION, _NEWEST).where(there))))


def keys_like(stem: str) -> frozenset[str]:
    """The keys of groups that begin so."""
    return frozenset(db.session.scalars(sa.select(_GROUP.c.key).where(_GROUP.c.key.startswith(stem))))


def groups(*, only: Collection[str] | None) -> tuple[GroupSummary, ...]:
    """All groups by name; with `only`, those of sites with these ids, of which alone the members count."""
    there = sa.and_(_SITE.c.id == _MEMBER.c.site_id, _SITE.c.deleted_at.is_(None))
    if only is not None:
        there = sa.and_(there, _SITE.c.id.in_(only))
    number = sa.func.count(_SITE.c.id).label("members")
    query = (
        sa.select(_GROUP.c.key, _GROUP.c.name, number)
        .outerjoin(_MEMBER, _MEMBER.c.group_id == _GROUP.c.id)
        .outerjoin(_SITE, there)
        .group_by(_GROUP.c.id, _GROUP.c.key, _GROUP.c.name)
        .order_by(_GROUP.c.name, _GROUP.c.key)
    )
    if only is not None:
        query = query.having(number > 0)
    return tuple(GroupSummary(*row) for row in db.session.execute(query))


def names() -> dict[str, GroupName]:
    """Id → key and name of all groups, by name."""
    query = sa.select(_GROUP.c.id, _GROUP.c.key, _GROUP.c.name).order_by(_GROUP.c.name, _GROUP.c.key)
    return {row.id: GroupName(row.key, row.name) for row in db.session.execute(query)}


def membership(site_id: str) -> Membership | None:
    """The group of a site, and the document that the site has followed."""
    member = _MEMBER.c
    row = db.session.execute(
        sa.select(member.group_id, member.revision).where(member.site_id == site_id)
    ).first()
    found = None if row is None else group(_GROUP.c.id == row.group_id)
    if row is None or found is None:
        return None
    if row.revision == found.revision:
        return Membership(found, found.document, row.revision)
    earlier = sa.and_(_REVISION.c.group_id == found.id, _REVISION.c.revision == row.revision)
    document = db.session.scalar(sa.select(_REVISION.c.document).where(earlier))
    return Membership(found, json.loads(document or "{}"), row.revision)


def members(group_id: str) -> tuple[tuple[Site, int], ...]:
    """The sites of a group by name, without deleted ones, and which of its documents each has followed."""
    member = _MEMBER.c
    rows = db.session.execute(sa.select(member.site_id, member.revision).where(member.group_id == group_id))
    followed = {row.site_id: row.revision for row in rows}
    found = [site for site in queries.sites_by_id(list(followed)) if site.deletion is None]
    return tuple((site, followed[site.id]) for site in sorted(found, key=_by_name))


def member_ids(group_id: str) -> frozenset[str]:
    """Ids of the sites of a group, also of deleted ones."""
    return frozenset(db.session.scalars(sa.select(_MEMBER.c.site_id).where(_MEMBER.c.group_id == group_id)))


def grouped(site_ids: Collection[str]) -> frozenset[str]:
    """Those of these sites that are in a group."""
    return frozenset(db.session.scalars(sa.select(_MEMBER.c.site_id).where(_MEMBER.c.site_id.in_(site_ids))))


def behind(*, limit: int, group_id: str | None) -> tuple[str, ...]:
    """Ids of sites that have not followed the newest document of their group; of one group if named."""
    query = (
        sa.select(_MEMBER.c.site_id)
        .join(_GROUP, _GROUP.c.id == _MEMBER.c.group_id)
        .join(_SITE, _SITE.c.id == _MEMBER.c.site_id)
        .where(_MEMBER.c.revision < _GROUP.c.revision, _SITE.c.deleted_at.is_(None))
        .order_by(_MEMBER.c.site_id)
        .limit(limit)
    )
    if group_id is not None:
        query = query.where(_GROUP.c.id == group_id)
    return tuple(db.session.scalars(query))


def forget_followed(group_id: str) -> None:
    """Delete the documents of a group that no site has to follow from any more."""
    oldest = sa.select(sa.func.min(_MEMBER.c.revision)).where(_MEMBER.c.group_id == group_id)
    newest = sa.select(_GROUP.c.revision).where(_GROUP.c.id == group_id)
    one = _REVISION.c
    gone = sa.and_(
        one.group_id == group_id,
        one.revision < oldest.scalar_subquery(),
        one.revision < newest.scalar_subquery(),
    )
    db.session.execute(sa.delete(_REVISION).where(gone))


def _group(row: "sa.Row[Any]") -> Group:
    return Group(
        row.id, row.key, row.name, json.loads(row.document), row.revision, row.saved_at, row.saved_by
    )


def _by_name(site: Site) -> tuple[str, str]:
    return site.name.casefold(), site.key
