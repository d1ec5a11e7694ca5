"""Rows of sites, drafts and versions, read as values."""

import functools
import json
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from server.core.db import db
from server.sites import models
from server.sites.frozen import freeze
from server.sites.values import Draft, ScopeChange, Site, Version

VERSION = models.BannerVersion
"""What conditions for `version` and `versions` are about."""

_NEWEST_FIRST = VERSION.number.desc()


def sites(*conditions: sa.ColumnElement[bool], limit: int | None = None) -> tuple[Site, ...]:
    """The sites for which all conditions on `models.Site` hold, by key; one read."""
    chosen = (
        sa.select(models.Site.__table__).where(*conditions).order_by(models.Site.key).limit(limit).subquery()
    )
    domain = models.SiteDomain
    rows = db.session.execute(
        sa.select(chosen, domain.domain)
        .outerjoin(domain, domain.site_id == chosen.c.id)
        .order_by(chosen.c.key, domain.domain)
    )
    return tuple(_grouped(rows.all()))


def _grouped(rows: Collection[sa.Row[Any]]) -> Iterator[Site]:
    for (site_id, key, name, created_at), group in groupby(
        rows, lambda row: (row.id, row.key, row.name, row.created_at)
    ):
        domains = tuple(row.domain for row in group if row.domain is not None)
        yield Site(site_id, key, name, domains, created_at)


def draft(site_id: str, *, lock: bool = False) -> Draft | None:
    """The draft of a site; locked, it is also what saving and publishing queue up for."""
    query = sa.select(models.BannerDraft.__table__).where(models.BannerDraft.site_id == site_id)
    row = db.session.execute(query.with_for_update() if lock else query).first()
    if row is None:
        return None
    return Draft(json.loads(row.document), row.revision, row.updated_at, row.updated_by)


def newest_version(*conditions: sa.ColumnElement[bool]) -> Version | None:
    """The newest version for which the conditions hold; one narrow read once this process has seen it."""
    stamp = db.session.execute(
        sa.select(VERSION.site_id, VERSION.number, VERSION.content_hash, VERSION.published_at)
        .where(*conditions)
        .order_by(_NEWEST_FIRST)
        .limit(1)
    ).first()
    return None if stamp is None else _remembered(*stamp)


@functools.lru_cache(maxsize=256)
def _remembered(site_id: str, number: int, _content_hash: str, _published_at: datetime) -> Version:
    """A version as this process once read it.

    Versions never change, but one may have been read inside a transaction that then failed, and its number
    be given to another: so the hash and the moment are part of what is remembered by.
    """
    query = sa.select(VERSION.__table__).where(VERSION.site_id == site_id, VERSION.number == number)
    return _version(db.session.execute(query).one())


def versions(*conditions: sa.ColumnElement[bool], limit: int | None = None) -> tuple[Version, ...]:
    """The versions for which the conditions hold, newest first; one read."""
    query = sa.select(VERSION.__table__).where(*conditions).order_by(_NEWEST_FIRST).limit(limit)
    return tuple(_version(row) for row in db.session.execute(query))


def _version(row: sa.Row[Any]) -> Version:
    changes = json.loads(row.scope_changes)
    return Version(
        site_id=row.site_id,
        number=row.number,
        document=freeze(json.loads(row.document)),
        content_hash=row.content_hash,
        change=row.change,
        scope_changes=tuple(
            ScopeChange(change["category"], tuple(change["added_services"]), change["reason"])
            for change in changes
        ),
        **freeze(json.loads(row.numbering)),
        note=row.note,
        published_at=row.published_at,
        published_by=row.published_by,
    )
