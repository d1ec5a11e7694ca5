"""What can be done with sites and their banners, from the first draft to any published version."""

import functools
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import Any, cast

import sqlalchemy as sa

from server.core.canonical import canonical, content_hash
from server.core.db import db, insert
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.core.ids import new_id
from server.sites import changes, defaults, document, hosts, lint, models
from server.sites.frozen import freeze
from server.sites.values import KEY, Document, Draft, Finding, Numbering, ScopeChange, Site, Version

MAX_DOMAINS = 100
"""Host names of one site."""

_LARGEST_NUMBER = 2**31 - 1

# --- sites -----------------------------------------------------------------------------------------------


def create(key: str, name: str, domains: Collection[str], *, by: str, now: datetime) -> Site:
    """A new site with a draft that starts from the shipped texts.

    :raises Invalid: the key, the name or a domain is not as it should be.
    :raises Conflict: there is a site with this key already.
    """
    wanted = _checked(key, name, domains)
    site = Site(new_id(), key, name, wanted, now)
    row = insert(_SITE).values(id=site.id, key=key, name=name, created_at=now)
    made = row.on_conflict_do_nothing(index_elements=["key"]).returning(models.Site.id)
    if db.session.execute(made).first() is None:
        raise Conflict(f"there is a site {key!r} already", reason="key_taken", errors={"key": "is taken"})
    _write_domains(site.id, wanted)
    start = document.load(defaults.default_document(name=name))
    db.session.execute(
        sa.insert(models.BannerDraft).values(
            site_id=site.id, document=_text(start), revision=1, updated_at=now, updated_by=by
        )
    )
    return site


def find(key: str) -> Site:
    """The site with this public key.

    :raises NotFound: there is none.
    """
    found = _sites(models.Site.key == key) if KEY.fullmatch(key) else ()
    if not found:
        raise NotFound("there is no such site", reason="site_unknown")
    return found[0]


def find_by_id(site_id: str) -> Site:
    """The site with this id.

    :raises NotFound: there is none.
    """
    found = _sites(models.Site.id == site_id)
    if not found:
        raise NotFound("there is no such site", reason="site_unknown")
    return found[0]


def all_sites() -> tuple[Site, ...]:
    """Every site, by key."""
    return _sites()


def page(*, after: str | None, limit: int, only: Collection[str] | None) -> tuple[Site, ...]:
    """At most `limit` sites by key, those after the key `after`; with `only`, of those with these ids."""
    conditions = [] if after is None else [models.Site.key > after]
    if only is not None:
        conditions.append(models.Site.id.in_(only))
    return _sites(*conditions, limit=limit)


def set_domains(site_id: str, domains: Collection[str]) -> Site:
    """The site with other domains.

    :raises Invalid: one of them is not a host name.
    :raises NotFound: there is no such site.
    """
    wanted = _domains(domains)
    site = find_by_id(site_id)
    db.session.execute(sa.delete(models.SiteDomain).where(models.SiteDomain.site_id == site.id))
    _write_domains(site.id, wanted)
    return find_by_id(site.id)


# --- drafts ----------------------------------------------------------------------------------------------


def default_document(language: str = "nb", *, name: str = "") -> dict[str, Any]:
    """The document that a new site called `name` starts with.

    :raises ValueError: the product has no texts in `language`.
    """
    return defaults.default_document(language, name=name)


def validate(value: object) -> dict[str, Any]:
    """The banner document in `value`.

    :raises Invalid: it is none; `errors` names the fields.
    """
    return document.load(value)


def draft(site_id: str) -> Draft:
    """The document that staff edit.

    :raises NotFound: there is no such site.
    """
    return _draft(site_id, lock=False)


def save_draft(
    site_id: str, value: object, *, by: str, now: datetime, expected_revision: int | None = None
) -> Draft:
    """Replace the draft; with `expected_revision` only if nobody saved in between.

    :raises Invalid: `value` is not a banner document; `errors` names the fields.
    :raises PreconditionFailed: the draft has another revision by now.
    :raises NotFound: there is no such site.
    """
    loaded = document.load(value)
    stored = _draft(site_id, lock=True)
    if expected_revision is not None and expected_revision != stored.revision:
        raise PreconditionFailed(f"the draft was saved meanwhile; its revision is {stored.revision}")
    saved = Draft(loaded, stored.revision + 1, now, by)
    db.session.execute(
        sa.update(models.BannerDraft)
        .where(models.BannerDraft.site_id == site_id)
        .values(document=_text(loaded), revision=saved.revision, updated_at=now, updated_by=by)
    )
    return saved


def check(site_id: str) -> tuple[Finding, ...]:
    """What would stop a publish of the draft, or should be known before it; errors first.

    :raises NotFound: there is no such site.
    """
    return _findings(find_by_id(site_id), draft(site_id).document)


# --- versions --------------------------------------------------------------------------------------------


def publish(site_id: str, *, note: str, by: str, now: datetime) -> Version:
    """Freeze the draft as the next version.

    :raises Invalid: `not_publishable`; `errors` names what has to be put right first.
    :raises NotFound: there is no such site.
    """
    site = find_by_id(site_id)
    _check_line("note", note, 1000)
    stored = _draft(site_id, lock=True)
    return _append(site, stored.document, note=note, by=by, now=now)


def rollback(site_id: str, number: int, *, by: str, now: datetime) -> Version:
    """Publish what version `number` said as the next version; the draft stays as it is.

    :raises NotFound: there is no such version of this site.
    """
    site = find_by_id(site_id)
    _draft(site_id, lock=True)
    old = version(site_id, number)
    return _append(site, old.document, note=f"As version {number}", by=by, now=now)


def newest(site_id: str) -> Version | None:
    """The version that visitors get; one indexed read once this process has seen it."""
    return _cached(_STAMP.where(models.BannerVersion.site_id == site_id).order_by(_NEWEST_FIRST).limit(1))


def version(site_id: str, number: int) -> Version:
    """A published version; one indexed read once this process has seen it.

    :raises NotFound: there is no such version of this site.
    """
    found = None
    if 0 < number <= _LARGEST_NUMBER:
        found = _cached(
            _STAMP.where(models.BannerVersion.site_id == site_id, models.BannerVersion.number == number)
        )
    if found is None:
        raise NotFound(f"there is no version {number} of this site's banner", reason="version_unknown")
    return found


def versions(site_id: str, *, before: int | None = None, limit: int | None = None) -> tuple[Version, ...]:
    """Published versions, newest first; with `before` only those with smaller numbers."""
    query = sa.select(models.BannerVersion.__table__).where(models.BannerVersion.site_id == site_id)
    if before is not None:
        query = query.where(models.BannerVersion.number < min(before, _LARGEST_NUMBER))
    rows = db.session.execute(query.order_by(_NEWEST_FIRST).limit(limit))
    return tuple(_version(row) for row in rows)


def _append(site: Site, content: Document, *, note: str, by: str, now: datetime) -> Version:
    """The next version of a site whose draft is locked, so that two publishes cannot take one number."""
    errors = {f.field: f.message for f in reversed(_findings(site, content)) if f.severity == "error"}
    previous = newest(site.id)
    number = previous.number + 1 if previous else 1
    grown = changes.growth(previous.document if previous else None, content)
    numbering = changes.number(_numbering(previous), number, content, grown)
    errors.update(lint.unnumberable(numbering))
    if errors:
        raise Invalid(
            f"the banner cannot be published yet: {len(errors)} things have to be put right",
            reason="not_publishable",
            errors=dict(reversed(errors.items())),
        )
    row = {
        "site_id": site.id,
        "number": number,
        "document": _text(content),
        "content_hash": content_hash(content),
        "change": "scope" if grown.changes else "text",
        "scope_changes": _text([asdict(change) for change in grown.changes]),
        "numbering": _text(asdict(numbering)),
        "note": note,
        "published_at": now,
        "published_by": by,
    }
    db.session.execute(sa.insert(models.BannerVersion).values(row))
    return version(site.id, number)


# --- rows ------------------------------------------------------------------------------------------------

_SITE = cast("sa.Table", models.Site.__table__)

_NEWEST_FIRST = models.BannerVersion.number.desc()

_STAMP = sa.select(
    models.BannerVersion.site_id,
    models.BannerVersion.number,
    models.BannerVersion.content_hash,
    models.BannerVersion.published_at,
)


def _cached(stamps: sa.Select[str, int, str, datetime]) -> Version | None:
    stamp = db.session.execute(stamps).first()
    return None if stamp is None else _frozen_version(*stamp)


@functools.lru_cache(maxsize=256)
def _frozen_version(site_id: str, number: int, _content_hash: str, _published_at: datetime) -> Version:
    """A version as this process has once read it.

    Versions never change, but one whose transaction failed may have been read inside it, and its number be
    taken by another: so the hash and the moment belong to what the cache goes by.
    """
    query = sa.select(models.BannerVersion.__table__).where(
        models.BannerVersion.site_id == site_id, models.BannerVersion.number == number
    )
    return _version(db.session.execute(query).one())


def _version(row: sa.Row[Any]) -> Version:
    return Version(
        site_id=row.site_id,
        number=row.number,
        document=freeze(json.loads(row.document)),
        content_hash=row.content_hash,
        change=row.change,
        scope_changes=tuple(
            ScopeChange(c["category"], tuple(c["added_services"]), c["reason"])
            for c in json.loads(row.scope_changes)
        ),
        **freeze(json.loads(row.numbering)),
        note=row.note,
        published_at=row.published_at,
        published_by=row.published_by,
    )


def _numbering(previous: Version | None) -> Numbering:
    if previous is None:
        return Numbering()
    return Numbering(previous.slots, previous.since, previous.service_slots, previous.service_since)


def _draft(site_id: str, *, lock: bool) -> Draft:
    """The draft; locked, it is also what saving and publishing queue up for."""
    query = sa.select(models.BannerDraft.__table__).where(models.BannerDraft.site_id == site_id)
    row = db.session.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound("there is no such site", reason="site_unknown")
    return Draft(json.loads(row.document), row.revision, row.updated_at, row.updated_by)


def _sites(*conditions: sa.ColumnElement[bool], limit: int | None = None) -> tuple[Site, ...]:
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
        rows, lambda r: (r.id, r.key, r.name, r.created_at)
    ):
        domains = tuple(row.domain for row in group if row.domain is not None)
        yield Site(site_id, key, name, domains, created_at)


def _write_domains(site_id: str, domains: Collection[str]) -> None:
    db.session.execute(
        sa.insert(models.SiteDomain), [{"site_id": site_id, "domain": domain} for domain in domains]
    )


def _text(value: Any) -> str:
    return canonical(value).decode("utf-8")


# --- checks ----------------------------------------------------------------------------------------------


def _findings(site: Site, content: Document) -> tuple[Finding, ...]:
    return lint.findings(content, site.domains)


def _checked(key: str, name: str, domains: Collection[str]) -> tuple[str, ...]:
    if not KEY.fullmatch(key):
        fault = "is not 2 to 40 of a-z, 0-9 and -"
        raise Invalid(f"the key {fault}", errors={"key": fault})
    if not name.strip():
        raise Invalid("the name is empty", errors={"name": "is empty"})
    _check_line("name", name, 200)
    return _domains(domains)


def _check_line(field: str, text: str, longest: int) -> None:
    if len(text) > longest:
        fault = f"has more than {longest} characters"
    elif not all(character.isprintable() for character in text):
        fault = "has a character that cannot be printed"
    else:
        return
    raise Invalid(f"the {field} {fault}", errors={field: fault})


def _domains(domains: Collection[str]) -> tuple[str, ...]:
    errors: dict[str, object] = {}
    wanted: set[str] = set()
    for index, text in enumerate(domains):
        try:
            wanted.add(hosts.domain(text))
        except ValueError as fault:
            errors[f"domains.{index}"] = str(fault)
    if not 0 < len(domains) <= MAX_DOMAINS:
        errors = {"domains": f"has not 1 to {MAX_DOMAINS} host names"}
    if errors:
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"{field} {sentence}", errors=errors)
    return tuple(sorted(wanted))
