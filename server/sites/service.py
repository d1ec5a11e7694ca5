"""Use cases of sites and banners, from the first draft to published versions."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from server.core.db import db, insert
from server.core.errors import Conflict, Invalid, NotFound
from server.core.ids import new_id
from server.sites import (
    announcements,
    catalog_descriptions,
    defaults,
    document,
    draft_history,
    hosts,
    lint,
    models,
    publishing,
    queries,
    texts,
)
from server.sites.document_types import Document
from server.sites.lint import fixes
from server.sites.values import (
    KEY,
    LARGEST_VERSION,
    MAX_AGE,
    Draft,
    Finding,
    Language,
    Pending,
    Site,
    Version,
    fault_in_text,
    matches,
)
from server.sites.values import time_zone as time_zone_of

MAX_DOMAINS = 100
"""Most host names of one site."""

SITES_AT_ONCE = 500
"""Sites read in one query where each is visited."""

_Found = TypeVar("_Found", Site, Draft)
_SITE = cast("sa.Table", models.Site.__table__)

# --- sites -----------------------------------------------------------------------------------------------


def create(
    key: str,
    name: str,
    domains: Collection[str],
    *,
    by: str,
    now: datetime,
    reserved: str = "",
    impressions: bool = False,
) -> Site:
    """Create a site with a draft of the shipped texts.

    `reserved` is a host that the caller may not take; `impressions` whether its first draft counts how often
    the banner is shown.

    :raises Invalid: the key, the name or a domain is malformed, or a domain is reserved.
    :raises Conflict: `key_taken`.
    """
    normalized = _checked(key, name, domains)
    _refuse_reserved(normalized, reserved)
    row = insert(_SITE).values(id=new_id(), key=key, name=name, created_at=now)
    made = row.on_conflict_do_nothing(index_elements=["key"]).returning(models.Site.id)
    site_id = db.session.scalar(made)
    if site_id is None:
        raise Conflict(f"there is a site {key!r} already", reason="key_taken", errors={"key": "is taken"})
    _write_domains(site_id, normalized)
    shipped = defaults.default_document(name=name)
    start = document.load({**shipped, "behaviour": {**shipped["behaviour"], "impressions": impressions}})
    first = sa.insert(models.BannerDraft).values(
        site_id=site_id, document=publishing.text(start), revision=1, updated_at=now, updated_by=by
    )
    db.session.execute(first)
    return Site(site_id, key, name, normalized, now)


def find(key: str) -> Site:
    """The site with this public key; one indexed read.

    :raises NotFound: `site_unknown`.
    """
    found = queries.site_by_key(key) if KEY.fullmatch(key) else None
    if found is None:
        raise NotFound(f"there is no site {key[:40]!r}", reason="site_unknown")
    return found


def find_by_id(site_id: str) -> Site:
    """The site with this id; one indexed read.

    :raises NotFound: `site_unknown`.
    """
    return _known(queries.site_by_id(site_id))


def with_ids(site_ids: Collection[str]) -> tuple[Site, ...]:
    """The sites with these ids, by key; one indexed read."""
    return queries.sites_by_id(site_ids)


def each_site() -> Iterator[Site]:
    """Each site, by key; a page of them is in memory at a time."""
    after: str | None = None
    while found := page(after=after, limit=SITES_AT_ONCE, only=None):
        yield from found
        after = found[-1].key


def of_host(host: str) -> tuple[Site, ...]:
    """The sites that allow this host, by key."""
    return queries.sites_of_host(host)


def page(*, after: str | None, limit: int, only: Collection[str] | None) -> tuple[Site, ...]:
    """At most `limit` sites by key, those after the key `after`; with `only`, of those with these ids."""
    return queries.sites(after=after, limit=limit, only=only)


def set_domains(site_id: str, domains: Collection[str], *, reserved: str = "") -> Site:
    """Replace the domains of a site.

    `reserved` is a host that the caller may not take; a site that has it may keep it.

    :raises Invalid: one of them is not a host name, or is reserved.
    :raises NotFound: `site_unknown`.
    """
    normalized = _domains(domains)
    site = find_by_id(site_id)
    _refuse_reserved(set(normalized) - set(site.domains), reserved)
    db.session.execute(sa.delete(models.SiteDomain).where(models.SiteDomain.site_id == site.id))
    _write_domains(site.id, normalized)
    return find_by_id(site.id)


def set_retention(site_id: str, days: int) -> Site:
    """Set the retention of decisions after expiry, in days.

    :raises Invalid: not between 0 and five years.
    :raises NotFound: `site_unknown`.
    """
    if not 0 <= days <= MAX_AGE.days:
        fault = f"is not 0 to {MAX_AGE.days}"
        raise Invalid(f"the number of days {fault}", errors={"days": fault})
    site = find_by_id(site_id)
    db.session.execute(sa.update(_SITE).where(_SITE.c.id == site.id).values(retention_days=days))
    return find_by_id(site.id)


# --- drafts ----------------------------------------------------------------------------------------------


def default_document(language: str = "nb", *, name: str = "") -> Document:
    """The initial document of a site called `name`; its controller is empty.

    :raises ValueError: there are no shipped texts in `language`.
    """
    return defaults.default_document(language, name=name)


def known_languages() -> tuple[Language, ...]:
    """All languages with shipped texts, those of the home market first."""
    return texts.known_languages()


def with_language(document: Document, code: str) -> Document:
    """The document with one more language, filled with shipped texts where it has none in that language.

    The site's own texts remain to be translated: services, and changed sections of the notice.

    :raises ValueError: there are no shipped texts in `code`.
    """
    return defaults.with_language(document, code)


def validate(value: object) -> Document:
    """Validate a banner document.

    :raises Invalid: it is invalid; `errors` names the fields.
    """
    return document.load(value)


def draft(site_id: str) -> Draft:
    """The document that staff edit.

    :raises NotFound: `site_unknown`.
    """
    return _known(queries.draft(site_id))


def save_draft(
    site_id: str, value: object, *, by: str, now: datetime, expected_revision: int | None = None
) -> Draft:
    """Replace the draft; with `expected_revision` only if it is the stored one.

    What is stored already is not saved again: its revision, and who saved it when, stay.

    :raises Invalid: `value` is not a banner document; `errors` names the fields.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`.
    """
    loaded = document.load(value)
    stored = publishing.locked_draft(site_id, expected_revision)
    if stored.document == loaded:
        return stored
    saved = Draft(loaded, stored.revision + 1, now, by)
    catalog_descriptions.remember(loaded, now=now)
    draft_history.keep(site_id, stored)
    db.session.execute(
        sa.update(models.BannerDraft)
        .where(models.BannerDraft.site_id == site_id)
        .values(document=publishing.text(loaded), revision=saved.revision, updated_at=now, updated_by=by)
    )
    return saved


def check(site_id: str) -> tuple[Finding, ...]:
    """Lint findings of the draft: errors, which prevent publishing, then warnings.

    :raises NotFound: `site_unknown`.
    """
    return lint.findings(draft(site_id).document, find_by_id(site_id).domains)


def findings(document: Document, site: Site) -> tuple[Finding, ...]:
    """Lint findings of a document as one of a site."""
    return lint.findings(document, site.domains)


def fix(document: Document, finding: Finding) -> Document | None:
    """The document without a finding; None if the product cannot put it right (`lint.fixes`)."""
    return fixes.fix(document, finding)


# --- versions --------------------------------------------------------------------------------------------


def publish(
    site_id: str,
    *,
    note: str,
    by: str,
    now: datetime,
    announcement: Mapping[str, str] | None = None,
    expected_revision: int | None = None,
) -> Version:
    """Publish the draft as the next version; with `expected_revision` only if it is the stored one.

    :param announcement: language → what changed, of which visitors are to be notified; None: they are not

    :raises Invalid: the note is too long, the announcement is not in exactly the banner's languages, or
        `not_publishable`, and `errors` names what to correct first. That may be the note itself: the first
        version that lets tags send without consent must state why.
    :raises Conflict: `experiment_running`.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`.
    """
    _check_text("note", note, 1000, lines=True)
    stored = publishing.locked_draft(site_id, expected_revision)
    publishing.refuse_during_experiment(site_id)
    # The schema of an earlier release may have accepted what today's does not.
    content = document.load(stored.document)
    site = find_by_id(site_id)
    publishing.refuse(lint.findings(content, site.domains))
    if _lets_tags_send(content) and not note.strip() and not _lets_tags_send(_published(site_id)):
        fault = "is empty: say why Google's tags may load and send before visitors have chosen"
        raise Invalid(f"the note {fault}", reason="not_publishable", errors={"note": fault})
    announced = None if announcement is None else _announced(announcement, content)
    return publishing.append(site, content, note=note, by=by, now=now, announcement=announced)


def pending(site_id: str) -> Pending:
    """What publishing the draft would decide; stores nothing. An estimate if it cannot be published.

    :raises Invalid: the draft is no banner document of this release.
    :raises NotFound: `site_unknown`.
    """
    current = newest(site_id)
    coming, _ = publishing.coming(current, document.load(draft(site_id).document))
    before = None if current is None else current.document
    return replace(coming, notify=announcements.proposed(before, coming.document, coming.change))


def rollback(site_id: str, number: int, *, by: str, now: datetime, note: str = "") -> Version:
    """Publish the content of version `number` as the next version; the draft is unchanged.

    Not linted again: a rollback must succeed even if lint rules have changed since.

    :param note: why, for colleagues; the number of the old version is put before it
    :raises Invalid: the note is too long.
    :raises Conflict: `experiment_running`.
    :raises NotFound: `site_unknown`, or `version_unknown` for this site.
    """
    _check_text("note", note, 1000, lines=True)
    publishing.locked_draft(site_id)
    publishing.refuse_during_experiment(site_id)
    old, why = version(site_id, number), f"As version {number}" + (f": {note}" if note else "")
    return publishing.append(find_by_id(site_id), old.published_document, note=why, by=by, now=now)


def newest(site_id: str) -> Version | None:
    """The newest version; one indexed read once it is cached in this process."""
    return queries.newest_version(site_id)


def newest_announcement(site_id: str) -> Version | None:
    """The newest version of which visitors are notified; one indexed read once it is cached."""
    return queries.newest_announcement(site_id)


def announcement_until(site_id: str, *, until: int) -> Version | None:
    """The newest version up to the number `until` of which visitors are notified, if there is one."""
    return queries.announcement_until(site_id, until=until)


def next_announcement(site_id: str, *, after: int) -> Version | None:
    """The oldest version with a larger number of which visitors are notified; None if there is none."""
    return queries.next_announcement(site_id, after=after)


def newest_announcements() -> Mapping[str, int]:
    """Site → number of its newest version of which visitors are notified; sites without one are absent."""
    return queries.newest_announcements()


def published_ids() -> frozenset[str]:
    """Ids of the sites that have published a banner."""
    return queries.published_ids()


def version(site_id: str, number: int) -> Version:
    """A published version; one indexed read once it is cached in this process.

    :raises NotFound: `version_unknown`.
    """
    # Numbers beyond the column's range are not sent to the database.
    found = queries.version(site_id, number) if 0 < number <= LARGEST_VERSION else None
    if found is None:
        raise NotFound("there is no such version of this site's banner", reason="version_unknown")
    return found


def time_zone(site_id: str) -> ZoneInfo:
    """The time zone of a site: that of its newest version, or of its draft while nothing is published.

    :raises NotFound: `site_unknown`.
    """
    published = newest(site_id)
    return time_zone_of(published.document if published else draft(site_id).document)


def versions(site_id: str, *, before: int | None = None, limit: int | None = None) -> tuple[Version, ...]:
    """Published versions, newest first; with `before` those with smaller numbers."""
    smaller = None if before is None else max(0, min(before, LARGEST_VERSION))
    return queries.versions(site_id, before=smaller, limit=limit)


def _announced(announcement: Mapping[str, str], content: Document) -> dict[str, str]:
    errors = announcements.faults(announcement, content)
    if errors:
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"{field} {sentence}", errors=errors)
    return announcements.checked(announcement, content)


def _published(site_id: str) -> Document | None:
    current = newest(site_id)
    return None if current is None else current.document


def _lets_tags_send(content: Document | None) -> bool:
    """Whether tags may send without consent, which must be an explicit decision."""
    return content is not None and content["behaviour"]["consent_mode"] == "advanced"


# --- internal --------------------------------------------------------------------------------------------


def _known(found: _Found | None) -> _Found:
    if found is None:
        raise NotFound("there is no such site", reason="site_unknown")
    return found


def _write_domains(site_id: str, domains: Collection[str]) -> None:
    rows = [{"site_id": site_id, "domain": domain} for domain in domains]
    db.session.execute(sa.insert(models.SiteDomain), rows)


def _refuse_reserved(domains: Collection[str], reserved: str) -> None:
    """What is published for the server's own host is the server's own answer at `/.well-known/`."""
    if reserved and any(matches(domain, reserved) for domain in domains):
        fault = "is this server's own host: only an owner of every site may name it"
        raise Invalid(f"{reserved} {fault}", errors={"domains": f"{reserved} {fault}"})


def _checked(key: str, name: str, domains: Collection[str]) -> tuple[str, ...]:
    """The normalised domains, if key and name are valid too."""
    if not KEY.fullmatch(key):
        fault = "is not 2 to 40 of a-z, 0-9 and -"
        raise Invalid(f"the key {fault}", errors={"key": fault})
    if not name.strip():
        raise Invalid("the name is empty", errors={"name": "is empty"})
    _check_text("name", name, 200)
    return _domains(domains)


def _check_text(field: str, text: str, longest: int, *, lines: bool = False) -> None:
    fault = fault_in_text(text, longest=longest, lines=lines)
    if fault is not None:
        raise Invalid(f"the {field} {fault}", errors={field: fault})


def _domains(domains: Collection[str]) -> tuple[str, ...]:
    errors: dict[str, object] = {}
    normalized: set[str] = set()
    for index, text in enumerate(domains):
        try:
            normalized.add(hosts.domain(text))
        except ValueError as fault:
            errors[f"domains.{index}"] = str(fault)
    if not 0 < len(domains) <= MAX_DOMAINS:
        errors = {"domains": f"has not 1 to {MAX_DOMAINS} host names"}
    if errors:
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"{field} {sentence}", errors=errors)
    return tuple(sorted(normalized))
