"""Use cases of sites and banners, from the first draft to published versions."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from server.core import time_zones
from server.core.canonical import canonical_text
from server.core.db import db, insert
from server.core.errors import Conflict, Invalid, NotFound
from server.core.ids import new_id
from server.sites import (
    catalog_descriptions,
    defaults,
    document,
    document_diff,
    draft_history,
    edit_place,
    lint,
    models,
    publications,
    publishing,
    queries,
    sample_progress,
    site_input,
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
)
from server.sites.values import time_zone as time_zone_of

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
    staging: Collection[str] = (),
    reserved: str = "",
    impressions: bool = False,
    start: Document | None = None,
    language: str = "nb",
) -> Site:
    """Create a site with a draft of the shipped texts, or with another one.

    :param staging: host names of websites for testing: what their pages send is not recorded
    :param reserved: a host that the caller may not take
    :param impressions: whether a draft of the shipped texts counts how often the banner is shown
    :param language: the main one of the shipped texts
    :param start: the first draft; None: that of the shipped texts

    :raises Invalid: the key, the name or a domain is malformed, a domain is reserved or stands in both lists,
        or the product has no texts in the language.
    :raises Conflict: `key_taken`.
    """
    site_input.check_key(key)
    site_input.check_name(name)
    normalized, tested = site_input.both_domains(domains, staging)
    site_input.refuse_reserved({*normalized, *tested}, reserved)
    if language not in texts.SHIPPED:
        raise Invalid("the language is unknown", errors={"language": "is none that the product has texts in"})
    row = insert(_SITE).values(id=new_id(), key=key, name=name, created_at=now)
    made = row.on_conflict_do_nothing(index_elements=["key"]).returning(models.Site.id)
    site_id = db.session.scalar(made)
    if site_id is None:
        raise Conflict(f"there is a site {key!r} already", reason="key_taken", errors={"key": "is taken"})
    _write_domains(site_id, normalized, tested)
    if start is None:
        start = _shipped_draft(language, name, normalized, impressions=impressions)
    first = sa.insert(models.BannerDraft).values(
        site_id=site_id, document=canonical_text(start), revision=1, updated_at=now, updated_by=by
    )
    db.session.execute(first)
    return Site(site_id, key, name, normalized, now, staging_domains=tested)


def _shipped_draft(language: str, name: str, domains: Collection[str], *, impressions: bool) -> Document:
    """That of the shipped texts, with the time zone of the country that the domains are of."""
    shipped = defaults.default_document(language, name=name)
    zone = time_zones.of_hosts(domains) or shipped["controller"]["time_zone"]
    return document.load(
        {
            **shipped,
            "behaviour": {**shipped["behaviour"], "impressions": impressions},
            "controller": {**shipped["controller"], "time_zone": zone},
        }
    )


def find(key: str) -> Site:
    """The site with this public key; one indexed read.

    :raises NotFound: `site_unknown`.
    """
    found = queries.site_by_key(key) if KEY.fullmatch(key) else None
    if found is None:
        raise _unknown(key)
    return found


def _unknown(key: str) -> NotFound:
    return NotFound(f"there is no site {key[:40]!r}", reason="site_unknown")


def with_keys(keys: Collection[str]) -> tuple[Site, ...]:
    """The sites with these keys that staff have not deleted, by key; one indexed read."""
    possible = [key for key in keys if KEY.fullmatch(key)]
    return tuple(site for site in queries.sites_by_key(possible) if site.deletion is None)


def find_by_id(site_id: str) -> Site:
    """The site with this id; one indexed read.

    :raises NotFound: `site_unknown`.
    """
    return _known(queries.site_by_id(site_id))


def with_ids(site_ids: Collection[str]) -> tuple[Site, ...]:
    """The sites with these ids, by key; one indexed read."""
    return queries.sites_by_id(site_ids)


def find_live(key: str) -> Site:
    """The site with this public key, unless staff have deleted it, or it is one to learn on.

    :raises NotFound: `site_unknown`, `site_deleted`.
    """
    return find_seen(key, lambda _site_id: True)


def find_seen(key: str, sees: Callable[[str], bool]) -> Site:
    """The same for somebody, who is not told that there are others than those that they see.

    :param sees: whether they see the site with an id
    :raises NotFound: `site_unknown`, `site_deleted`.
    """
    found = find(key)
    if found.sample_of is not None or not sees(found.id):
        raise _unknown(key)
    if found.deletion is not None:
        raise NotFound(f"the site {key!r} is deleted", reason="site_deleted")
    return found


def each_site(*, deleted: bool = False) -> Iterator[Site]:
    """Each site, by key; a page of them is in memory at a time.

    :param deleted: whether those are among them that staff have deleted, of which proofs are left
    """
    after: str | None = None
    while found := queries.sites(after=after, limit=SITES_AT_ONCE, only=None, deleted=deleted):
        yield from found
        after = found[-1].key


def of_host(host: str) -> tuple[Site, ...]:
    """The sites that allow this host, by key."""
    return queries.sites_of_host(host)


def page(*, after: str | None, limit: int, only: Collection[str] | None) -> tuple[Site, ...]:
    """At most `limit` sites by key, those after the key `after`; with `only`, of those with these ids."""
    return queries.sites(after=after, limit=limit, only=only)


def restorable(*, only: Collection[str] | None) -> tuple[Site, ...]:
    """The sites that staff have deleted and can restore, by key; `only` as for `page`."""
    return queries.deleted_sites(only=only)


def like(text: str, *, only: Collection[str] | None, limit: int) -> tuple[Site, ...]:
    """At most `limit` sites with a text in their name, key or a domain, by key; `only` as for `page`."""
    return queries.sites_like(text, only=only, limit=limit)


def names(*, only: Collection[str] | None) -> tuple[str, ...]:
    """Names and domains of the sites that are in lists; `only` as for `page`."""
    return queries.names(only=only)


def rename(site_id: str, name: str) -> Site:
    """Change what staff call a site. Its key stays: it is in the script's address on every page.

    :raises Invalid: the name is empty, too long, or has characters that no name has.
    :raises NotFound: `site_unknown`.
    """
    site_input.check_name(name)
    site = find_by_id(site_id)
    db.session.execute(sa.update(_SITE).where(_SITE.c.id == site.id).values(name=name))
    return find_by_id(site.id)


def set_domains(
    site_id: str, domains: Collection[str], *, staging: Collection[str] | None = None, reserved: str = ""
) -> Site:
    """Replace the domains of a site, and those for testing; None leaves these as they are.

    `reserved` is a host that the caller may not take; a site that has it may keep it.

    :raises Invalid: one of them is not a host name, is reserved, or stands in both lists.
    :raises NotFound: `site_unknown`.
    """
    site = find_by_id(site_id)
    tests = site.staging_domains if staging is None else staging
    normalized, tested = site_input.both_domains(domains, tests)
    site_input.refuse_reserved({*normalized, *tested} - {*site.domains, *site.staging_domains}, reserved)
    db.session.execute(sa.delete(models.SiteDomain).where(models.SiteDomain.site_id == site.id))
    _write_domains(site.id, normalized, tested)
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
    site_id: str,
    value: object,
    *,
    by: str,
    now: datetime,
    expected_revision: int | None = None,
    automatic: bool = False,
    undoes: int | None = None,
) -> Draft:
    """Replace the draft; with `expected_revision` only if it is the stored one.

    What is stored already is not saved again: its revision, and who saved it when, stay. `automatic` and
    `undoes` say how it came about, as in `Draft`.

    :raises Invalid: `value` is not a banner document; `errors` names the fields.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`.
    """
    loaded = document.load(value)
    stored = publishing.locked_draft(site_id, expected_revision)
    if stored.document == loaded:
        return stored
    changed = edit_place.place_of(document_diff.changes(stored.document, loaded))
    saved = Draft(loaded, stored.revision + 1, now, by, automatic, undoes, changed)
    catalog_descriptions.remember(loaded, now=now)
    draft_history.keep(site_id, stored)
    db.session.execute(
        sa.update(models.BannerDraft)
        .where(models.BannerDraft.site_id == site_id)
        .values(
            document=canonical_text(loaded),
            revision=saved.revision,
            updated_at=now,
            updated_by=by,
            automatic=automatic,
            undoes=undoes,
            changed=changed,
        )
    )
    sample_progress.note_save(site_id, stored, saved)
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


def fix_all(document: Document) -> tuple[Document, int]:
    """The document without all findings that the product can put right, and how many changes that took."""
    return fixes.fix_all(document)


def fixable(
    document: Document, found: Iterable[Finding], *, among: Iterable[Finding] | None = None
) -> frozenset[Finding]:
    """Those of a document's findings that `fix` puts right; with `among` only of those."""
    return fixes.fixable(document, found, among=among)


# --- versions --------------------------------------------------------------------------------------------


def publish(
    site_id: str,
    *,
    note: str,
    by: str,
    now: datetime,
    announcement: Mapping[str, str] | None = None,
    expected_revision: int | None = None,
    expected_version: int | None = None,
    replacing: int | None = None,
    approved: bool = False,
) -> Version:
    """Publish the draft as the next version; with `expected_revision` only if it is the stored one.

    :param announcement: language → what changed, of which visitors are to be notified; None: they are not
    :param expected_version: the newest version when the caller looked, 0 if there was none; None: any will do
    :param replacing: number of the publication that waits, which is cancelled: it would undo this one
    :param approved: nobody has to approve it, as the caller operates the server

    :raises Invalid: the note is too long, the announcement is not in exactly the banner's languages, or
        `not_publishable`, and `errors` names what to correct first. That may be the note itself: the first
        version that lets tags send without consent must state why.
    :raises Conflict: `experiment_running`, `approval_required`, or `publication_waiting`: another one than
        `replacing` is scheduled or waits for approval.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`.
    """
    stored = publishing.locked_draft(site_id, expected_revision)
    site = find_by_id(site_id)
    publishing.refuse_during_experiment(site.id)
    publishing.refuse_other_version(site.id, expected_version)
    if not approved:
        publishing.refuse_without_approval(site)
    publications.make_room(site, replacing=replacing, by=by, now=now)
    content, announced = publishing.checked(site, stored.document, note=note, announcement=announcement)
    return publishing.append(site, content, note=note, by=by, now=now, announcement=announced)


def pending(site_id: str, content: Document | None = None) -> Pending:
    """What publishing a document would decide; stores nothing. An estimate if it cannot be published.

    :param content: the document; None: the draft
    :raises Invalid: it is no banner document of this release.
    :raises NotFound: `site_unknown`.
    """
    return publishing.decided(newest(site_id), document.load(content or draft(site_id).document))


def rollback(
    site_id: str,
    number: int,
    *,
    by: str,
    now: datetime,
    note: str = "",
    expected_version: int | None = None,
    approved: bool = False,
) -> Version:
    """Publish the content of version `number` as the next version; the draft is unchanged.

    Not linted again: a rollback must succeed even if lint rules have changed since. A publication that waits
    is superseded by it.

    :param note: why, for colleagues; the number of the old version is put before it
    :param expected_version: the newest version when the caller looked, 0 if there was none; None: any will do
    :param approved: nobody has to approve it, as the caller operates the server
    :raises Invalid: the note is too long.
    :raises Conflict: `experiment_running`, `approval_required`.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`, or `version_unknown` for this site.
    """
    publishing.check_note(note)
    publishing.locked_draft(site_id)
    site = find_by_id(site_id)
    publishing.refuse_during_experiment(site_id)
    publishing.refuse_other_version(site_id, expected_version)
    if not approved:
        publishing.refuse_without_approval(site)
    old = version(site_id, number)
    why = publishing.note_again(number, note)
    return publishing.append(site, old.published_document, note=why, by=by, now=now)


def newest(site_id: str) -> Version | None:
    """The newest version; one indexed read once it is cached in this process."""
    return queries.newest_version(site_id)


def published_after(
    site_id: sa.ColumnExpressionArgument[str], moment: sa.ColumnExpressionArgument[datetime]
) -> sa.ColumnElement[bool]:
    """Whether the newest version of a site is younger than a moment, as a condition of another query."""
    return queries.published_after(site_id, moment)


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
    """Site → number of its newest version of which visitors are notified.

    Sites without one, and those that staff have deleted, are absent.
    """
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


def publishing_times(site_ids: Collection[str]) -> Mapping[str, tuple[datetime, datetime]]:
    """Id → when its first and its newest version were published, of those sites with any; one read."""
    return queries.publishing_times(site_ids)


def publishers(versions: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    """Site id and number of each of these versions that there is → who published it; one read."""
    return queries.publishers([each for each in versions if 0 < each[1] <= LARGEST_VERSION])


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


# --- internal --------------------------------------------------------------------------------------------


def _known(found: _Found | None) -> _Found:
    if found is None:
        raise NotFound("there is no such site", reason="site_unknown")
    return found


def _write_domains(site_id: str, domains: Collection[str], staging: Collection[str] = ()) -> None:
    kinds = ((False, domains), (True, staging))
    rows = [{"site_id": site_id, "domain": each, "staging": test} for test, of in kinds for each in of]
    db.session.execute(sa.insert(models.SiteDomain), rows)
