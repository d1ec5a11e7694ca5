"""Queries of sites, drafts and versions."""

import functools
import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from server.core.db import Base, db
from server.sites import models
from server.sites.defaults import with_own_storage
from server.sites.document_types import Document, StoredDocument
from server.sites.immutable_json import freeze
from server.sites.standard_sections import with_standard_sections
from server.sites.texts import spoken
from server.sites.values import (
    BannerState,
    Deletion,
    Draft,
    Experiment,
    ExperimentResult,
    Pause,
    Planned,
    Save,
    ScopeChange,
    Site,
    Version,
    completed,
    fault_in_text,
)

_SITE = Base.metadata.tables[models.Site.__tablename__]
_DOMAIN = Base.metadata.tables[models.SiteDomain.__tablename__]
_DRAFT = Base.metadata.tables[models.BannerDraft.__tablename__]
_REVISION = Base.metadata.tables[models.DraftRevision.__tablename__]
_VERSION = Base.metadata.tables[models.BannerVersion.__tablename__]
_DESCRIPTION = Base.metadata.tables[models.ServiceDescription.__tablename__]
_EXPERIMENT = Base.metadata.tables[models.Experiment.__tablename__]

LONGEST_SOUGHT = 253
"""Characters of the longest text of a site that is searched: a host name. Names and keys have fewer."""

# Statements that every decision needs are built once: building one costs more than running it.


def _with_domains(site: sa.FromClause) -> sa.Select[Any]:
    """A query of sites with one row per domain, ordered by key and domain."""
    return (
        sa.select(site, _DOMAIN.c.domain, _DOMAIN.c.staging)
        .outerjoin(_DOMAIN, _DOMAIN.c.site_id == site.c.id)
        .order_by(site.c.key, _DOMAIN.c.domain)
    )


_SITE_BY_KEY = _with_domains(_SITE).where(_SITE.c.key == sa.bindparam("key"))
_SITE_BY_ID = _with_domains(_SITE).where(_SITE.c.id == sa.bindparam("id"))

_SITES_BY_ID = _with_domains(_SITE).where(_SITE.c.id.in_(sa.bindparam("ids", expanding=True)))

REAL = _SITE.c.sample_of.is_(None)
"""Whether a site is none to learn on: those are in no list."""

LISTED_IDS = sa.select(_SITE.c.id).where(REAL, _SITE.c.deleted_at.is_(None))
"""Ids of the sites that are in lists: those that are none to learn on, and not deleted."""

_SITES_BY_KEY = _with_domains(_SITE).where(REAL, _SITE.c.key.in_(sa.bindparam("keys", expanding=True)))

_OF_SITE = _VERSION.c.site_id == sa.bindparam("site_id")
_NEWEST_FIRST = _VERSION.c.number.desc()
_STAMPS = sa.select(
    _VERSION.c.site_id, _VERSION.c.number, _VERSION.c.content_hash, _VERSION.c.published_at
).where(_OF_SITE)
_NEWEST = _STAMPS.order_by(_NEWEST_FIRST).limit(1)
_ANNOUNCED_UNTIL = (
    _STAMPS.where(_VERSION.c.announcement.is_not(None), _VERSION.c.number <= sa.bindparam("until"))
    .order_by(_NEWEST_FIRST)
    .limit(1)
)
_ANNOUNCED = _STAMPS.where(_VERSION.c.announcement.is_not(None)).order_by(_NEWEST_FIRST)
_NEXT_ANNOUNCED = (
    _STAMPS.where(_VERSION.c.announcement.is_not(None), _VERSION.c.number > sa.bindparam("after"))
    .order_by(_VERSION.c.number)
    .limit(1)
)
_NUMBERED = _STAMPS.where(_VERSION.c.number == sa.bindparam("number"))


# --- sites -----------------------------------------------------------------------------------------------


def site_by_key(key: str) -> Site | None:
    """The site with this public key; one read."""
    return next(_grouped(db.session.execute(_SITE_BY_KEY, {"key": key})), None)


def site_by_id(site_id: str) -> Site | None:
    """The site with this id; one read."""
    return next(_grouped(db.session.execute(_SITE_BY_ID, {"id": site_id})), None)


def sites_by_id(site_ids: Collection[str]) -> tuple[Site, ...]:
    """The sites with these ids, by key; one read."""
    return tuple(_grouped(db.session.execute(_SITES_BY_ID, {"ids": list(site_ids)})))


def sites_by_key(keys: Collection[str]) -> tuple[Site, ...]:
    """The sites with these keys, by key, but for sample sites; one read."""
    return tuple(_grouped(db.session.execute(_SITES_BY_KEY, {"keys": list(keys)})))


def sites(
    *, after: str | None, limit: int, only: Collection[str] | None, deleted: bool = False
) -> tuple[Site, ...]:
    """Sites by key, those after the key `after`, with `only` of those with these ids; one read.

    :param deleted: whether those are among them that staff have deleted
    """
    chosen = sa.select(_SITE).where(REAL).order_by(_SITE.c.key).limit(limit)
    if not deleted:
        chosen = chosen.where(_SITE.c.deleted_at.is_(None))
    if after is not None:
        chosen = chosen.where(_SITE.c.key > after)
    if only is not None:
        chosen = chosen.where(_SITE.c.id.in_(only))
    return tuple(_grouped(db.session.execute(_with_domains(chosen.subquery()))))


def deleted_sites(*, only: Collection[str] | None) -> tuple[Site, ...]:
    """Sites that staff have deleted and can restore, by key; `only` as for `sites`; one read."""
    chosen = sa.select(_SITE).where(REAL, _SITE.c.deleted_at.is_not(None), _SITE.c.purging_at.is_(None))
    if only is not None:
        chosen = chosen.where(_SITE.c.id.in_(only))
    return tuple(_grouped(db.session.execute(_with_domains(chosen.subquery()))))


def sites_like(text: str, *, only: Collection[str] | None, limit: int) -> tuple[Site, ...]:
    """Sites with a text in name, key or domain, by key, with `only` of those with these ids; one read.

    Capitals do not matter. SQLite compares only those of ASCII so; of others, the usual spellings are tried.
    """
    chosen = sa.select(_SITE).where(REAL, site_has(text), _SITE.c.deleted_at.is_(None))
    if only is not None:
        chosen = chosen.where(_SITE.c.id.in_(only))
    chosen = chosen.order_by(_SITE.c.key).limit(limit)
    return tuple(_grouped(db.session.execute(_with_domains(chosen.subquery()))))


def names(*, only: Collection[str] | None) -> tuple[str, ...]:
    """Names and domains of sites, with `only` of those with these ids; two reads."""
    named = sa.select(_SITE.c.name).where(_SITE.c.id.in_(LISTED_IDS))
    hosts = sa.select(_DOMAIN.c.domain).where(_DOMAIN.c.site_id.in_(LISTED_IDS))
    if only is not None:
        named, hosts = named.where(_SITE.c.id.in_(only)), hosts.where(_DOMAIN.c.site_id.in_(only))
    return tuple(sorted({*db.session.scalars(named), *db.session.scalars(hosts)}))


def site_has(text: str) -> sa.ColumnElement[bool]:
    """Whether a site has a text in its name, key or a domain; of letters as `sites_like`."""
    if fault_in_text(text, longest=LONGEST_SOUGHT) is not None:
        # Nothing has it; and SQLite refuses long patterns, PostgreSQL the character U+0000.
        return sa.false()
    spelled = {text, text.lower(), text.upper(), text.capitalize()}
    fits = [_SITE.c.name.icontains(each, autoescape=True) for each in sorted(spelled)]
    theirs = sa.select(_DOMAIN.c.site_id).where(_DOMAIN.c.domain.contains(text.lower(), autoescape=True))
    by_key = _SITE.c.key.contains(text.lower(), autoescape=True)
    return sa.or_(*fits, by_key, _SITE.c.id.in_(theirs))


def sites_of_host(host: str) -> tuple[Site, ...]:
    """Sites whose pages may be on this host, by key; one read."""
    labels = host.split(".")
    covering = [host, *(".".join(("*", *labels[start:])) for start in range(1, len(labels)))]
    theirs = sa.select(_DOMAIN.c.site_id).where(_DOMAIN.c.domain.in_(covering))
    chosen = sa.select(_SITE).where(REAL, _SITE.c.id.in_(theirs), _SITE.c.deleted_at.is_(None))
    return tuple(_grouped(db.session.execute(_with_domains(chosen.subquery()))))


def _grouped(rows: Iterable[sa.Row[Any]]) -> Iterator[Site]:
    for _, group in groupby(rows, lambda row: row.id):
        of_site = list(group)
        named = [row for row in of_site if row.domain is not None]
        domains = tuple(row.domain for row in named if not row.staging)
        yield _site(of_site[0], domains, tuple(row.domain for row in named if row.staging))


def _site(row: sa.Row[Any], domains: tuple[str, ...], staging: tuple[str, ...]) -> Site:
    return Site(
        row.id,
        row.key,
        row.name,
        domains,
        row.created_at,
        timedelta(days=row.retention_days),
        row.approval_required,
        None if row.paused_at is None else Pause(row.paused_at, row.paused_by, row.pause_note),
        None
        if row.deleted_at is None
        else Deletion(row.deleted_at, row.deleted_by, row.purging_at is not None),
        staging,
        row.sample_of,
    )


# --- drafts and versions ---------------------------------------------------------------------------------


def draft(site_id: str, *, lock: bool = False) -> Draft | None:
    """The draft of a site; with a lock, also the mutex of saving and publishing."""
    query = sa.select(_DRAFT).where(_DRAFT.c.site_id == site_id)
    row = db.session.execute(query.with_for_update() if lock else query).first()
    if row is None:
        return None
    document = of_today(json.loads(row.document))
    return Draft(
        document, row.revision, row.updated_at, row.updated_by, row.automatic, row.undoes, row.changed
    )


def last_save(site_id: str) -> Save | None:
    """Who saved the draft last, without its document."""
    one = _DRAFT.c
    query = sa.select(one.revision, one.updated_at, one.updated_by, one.automatic, one.undoes, one.changed)
    row = db.session.execute(query.where(one.site_id == site_id)).first()
    return None if row is None else Save(*row)


def recorded_revision(site_id: str) -> int:
    """The revision of the draft up to which the audit log has what was edited; 0 for an unknown site."""
    query = sa.select(_DRAFT.c.recorded).where(_DRAFT.c.site_id == site_id)
    return db.session.scalar(query) or 0


def draft_saves(site_id: str) -> tuple[Save, ...]:
    """Who saved the earlier states of a draft that are kept, the newest first; without their documents."""
    one = _REVISION.c
    query = sa.select(one.revision, one.saved_at, one.saved_by, one.automatic, one.undoes, one.changed)
    rows = db.session.execute(query.where(one.site_id == site_id).order_by(one.revision.desc()))
    return tuple(Save(*row) for row in rows)


def draft_revisions(site_id: str, numbers: Collection[int]) -> tuple[Draft, ...]:
    """Those of these earlier states of a draft that are kept, the newest first."""
    one = _REVISION.c
    query = sa.select(_REVISION).where(one.site_id == site_id, one.revision.in_(numbers))
    return tuple(map(_revision, db.session.execute(query.order_by(one.revision.desc()))))


def draft_revision(site_id: str, number: int) -> Draft | None:
    """An earlier state of a draft."""
    query = sa.select(_REVISION).where(_REVISION.c.site_id == site_id, _REVISION.c.revision == number)
    row = db.session.execute(query).first()
    return None if row is None else _revision(row)


def publishers(versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Site and number of each of these versions → who published it; their documents are not read."""
    table = _VERSION.c
    which = sa.tuple_(table.site_id, table.number).in_(list(versions))
    rows = db.session.execute(sa.select(table.site_id, table.number, table.published_by).where(which))
    return {(row.site_id, row.number): row.published_by for row in rows}


def published_states(site_id: str, *, limit: int) -> tuple[BannerState, ...]:
    """Which versions there are, the newest `limit` of them; their documents are not read."""
    table = _VERSION.c
    query = sa.select(table.number, table.published_at, table.published_by).where(table.site_id == site_id)
    rows = db.session.execute(query.order_by(_NEWEST_FIRST).limit(limit))
    return tuple(BannerState("version", *row) for row in rows)


def _revision(row: "sa.Row[Any]") -> Draft:
    document = of_today(json.loads(row.document))
    return Draft(document, row.revision, row.saved_at, row.saved_by, row.automatic, row.undoes, row.changed)


def of_today(stored: StoredDocument) -> Document:
    """A stored document with the fields, texts, sections and own storage that were added since."""
    return with_own_storage(with_standard_sections(spoken(completed(stored))))


def newest_version(site_id: str) -> Version | None:
    """The version with the highest number; one narrow read once it is cached in this process."""
    stamp = db.session.execute(_NEWEST, {"site_id": site_id}).first()
    return None if stamp is None else _cached(*stamp)


def published_after(
    site_id: sa.ColumnExpressionArgument[str], moment: sa.ColumnExpressionArgument[datetime]
) -> sa.ColumnElement[bool]:
    """Whether the newest version of a site is younger than a moment, as a condition of another query."""
    each = _VERSION.alias()
    newest = sa.select(sa.func.max(each.c.number)).where(each.c.site_id == _VERSION.c.site_id)
    here = sa.and_(_VERSION.c.site_id == site_id, _VERSION.c.number == newest.scalar_subquery())
    return sa.exists().where(here, _VERSION.c.published_at > moment)


def newest_announcement(site_id: str) -> Version | None:
    """The newest version of which visitors are notified; one narrow read once it is cached."""
    stamp = db.session.execute(_ANNOUNCED.limit(1), {"site_id": site_id}).first()
    return None if stamp is None else _cached(*stamp)


def announcement_until(site_id: str, *, until: int) -> Version | None:
    """The newest version with at most this number of which visitors are notified."""
    stamp = db.session.execute(_ANNOUNCED_UNTIL, {"site_id": site_id, "until": until}).first()
    return None if stamp is None else _cached(*stamp)


def next_announcement(site_id: str, *, after: int) -> Version | None:
    """The oldest version with a larger number of which visitors are notified."""
    stamp = db.session.execute(_NEXT_ANNOUNCED, {"site_id": site_id, "after": after}).first()
    return None if stamp is None else _cached(*stamp)


def newest_announcements() -> dict[str, int]:
    """Site → number of its newest version of which visitors are notified; deleted sites are left out."""
    query = sa.select(_VERSION.c.site_id, sa.func.max(_VERSION.c.number))
    query = query.join(_SITE, sa.and_(_SITE.c.id == _VERSION.c.site_id, _SITE.c.deleted_at.is_(None)))
    query = query.where(_VERSION.c.announcement.is_not(None)).group_by(_VERSION.c.site_id)
    return {row[0]: int(row[1]) for row in db.session.execute(query)}


def published_ids() -> frozenset[str]:
    """Ids of the sites that have a version."""
    return frozenset(db.session.scalars(sa.select(_VERSION.c.site_id).where(_VERSION.c.number == 1)))


def version(site_id: str, number: int) -> Version | None:
    """The version with this number; one narrow read once it is cached in this process."""
    stamp = db.session.execute(_NUMBERED, {"site_id": site_id, "number": number}).first()
    return None if stamp is None else _cached(*stamp)


@functools.lru_cache(maxsize=256)
def _cached(site_id: str, number: int, _content_hash: str, _published_at: datetime) -> Version:
    """A version, cached in this process.

    Versions never change, but one may have been read in a transaction that was rolled back, and its number
    assigned to another: so hash and time are part of the cache key.
    """
    query = sa.select(_VERSION).where(_VERSION.c.site_id == site_id, _VERSION.c.number == number)
    return _version(db.session.execute(query).one())


def versions(site_id: str, *, before: int | None, limit: int | None) -> tuple[Version, ...]:
    """Versions, newest first: those with numbers below `before`, at most `limit`; one read."""
    query = sa.select(_VERSION).where(_OF_SITE).order_by(_NEWEST_FIRST).limit(limit)
    if before is not None:
        query = query.where(_VERSION.c.number < before)
    return tuple(_version(row) for row in db.session.execute(query, {"site_id": site_id}))


def publishing_times(site_ids: Collection[str]) -> dict[str, tuple[datetime, datetime]]:
    """Id → when its first and its newest version were published, of those sites with any; one read."""
    each = _VERSION.alias()
    newest = sa.select(sa.func.max(each.c.number)).where(each.c.site_id == _VERSION.c.site_id)
    # The versions between are not read: a site may have hundreds, each with a large document.
    ends = sa.or_(_VERSION.c.number == 1, _VERSION.c.number == newest.scalar_subquery())
    query = sa.select(_VERSION.c.site_id, _VERSION.c.published_at).where(
        _VERSION.c.site_id.in_(site_ids), ends
    )
    found: dict[str, tuple[datetime, datetime]] = {}
    for site_id, at in db.session.execute(query.order_by(_VERSION.c.site_id, _VERSION.c.number)):
        found[site_id] = (found[site_id][0] if site_id in found else at, at)
    return found


def published_documents(site_id: str, numbers: Collection[int]) -> tuple[tuple[int, Document], ...]:
    """Numbers of these versions, each with its document; one read, and nothing else of them."""
    table = _VERSION.c
    query = sa.select(table.number, table.document).where(_OF_SITE, table.number.in_(numbers))
    rows = db.session.execute(query, {"site_id": site_id})
    return tuple((row.number, of_today(json.loads(row.document))) for row in rows)


def _version(row: sa.Row[Any]) -> Version:
    changes = json.loads(row.scope_changes)
    published = freeze(json.loads(row.document))
    document = of_today(published)
    return Version(
        site_id=row.site_id,
        number=row.number,
        document=published if document is published else freeze(document),
        published_document=published,
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
        variant_of=row.variant_of,
        announcement=freeze(json.loads(row.announcement or "{}")),
    )


# --- descriptions from the catalog -----------------------------------------------------------------------


def service_descriptions(keys: Collection[str]) -> dict[tuple[str, str], str]:
    """Key in the catalog and version → what is stored of it, for all versions of these keys; one read."""
    query = sa.select(_DESCRIPTION.c.key, _DESCRIPTION.c.version, _DESCRIPTION.c.description)
    rows = db.session.execute(query.where(_DESCRIPTION.c.key.in_(keys)))
    return {(row.key, row.version): row.description for row in rows}


# --- experiments -----------------------------------------------------------------------------------------


def experiment(site_id: str, number: int) -> Experiment | None:
    """The experiment with this number; one read."""
    query = sa.select(_EXPERIMENT).where(_EXPERIMENT.c.site_id == site_id, _EXPERIMENT.c.number == number)
    row = db.session.execute(query).first()
    return None if row is None else _experiment(row)


def experiments(site_id: str) -> tuple[Experiment, ...]:
    """All experiments of a site, newest first; one read."""
    query = sa.select(_EXPERIMENT).where(_EXPERIMENT.c.site_id == site_id)
    return tuple(map(_experiment, db.session.execute(query.order_by(_EXPERIMENT.c.number.desc()))))


def running_experiments() -> tuple[Experiment, ...]:
    """The experiments of all sites that have not ended; one read."""
    query = sa.select(_EXPERIMENT).where(_EXPERIMENT.c.ended_at.is_(None)).order_by(_EXPERIMENT.c.site_id)
    return tuple(map(_experiment, db.session.execute(query)))


def _experiment(row: sa.Row[Any]) -> Experiment:
    ended = None if row.ended_at is None else ExperimentResult(row.outcome, row.days, row.low, row.high)
    return Experiment(
        row.site_id,
        row.number,
        row.version_a,
        row.version_b,
        row.started_at,
        row.started_by,
        Planned(row.limit_days, row.tuned_for, row.detectable),
        row.ended_at,
        row.ended_by,
        ended,
    )
