"""Use cases of decisions: store one, once; read stored ones; delete on request or when due."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import cast

from server.consents import erasure, erasure_log, exporting, iso27560, kantara, queries
from server.consents import receipt as receipts
from server.consents.audit import audited, erased, stored, tombstones
from server.consents.erasure import REWRITE_LIMIT, mark_purged, pending_purges
from server.consents.erasure_log import FILE as LIST
from server.consents.intake.store import Stored, find_rules, prepare, record, store
from server.consents.profiles import Evidence, missing, page_of
from server.consents.queries import facts, find, same_browser
from server.consents.record import visitor_digest
from server.consents.values import (
    EVERYTHING,
    NUMBER,
    PROFILES,
    BannerEvidence,
    ConsentRow,
    Cursor,
    Due,
    ExportForm,
    Filters,
    LoggedErasure,
    MissingErasures,
    OwnRecord,
    Page,
    RetentionRun,
    number_as_written,
)
from server.core.canonical import content_hash
from server.core.errors import Conflict, Invalid, Unavailable
from server.ledger import service as ledger
from server.sites import service as sites
from server.sites.values import DEFAULT_RETENTION, MAX_AGE, Site

REPLAY_BATCH = 500
"""Most erasures replayed in one transaction."""

READ_BATCH = 10_000
"""Most lines of an erasure log held in memory."""

_FORMS: Mapping[str, ModuleType] = MappingProxyType(dict(zip(PROFILES, (iso27560, kantara), strict=True)))

__all__ = [
    "DEFAULT_RETENTION",
    "LIST",
    "MAX_AGE",
    "PROFILES",
    "REPLAY_BATCH",
    "ReceiptPending",
    "Stored",
    "audited",
    "banner_evidence",
    "erase",
    "erase_by_number",
    "erased",
    "erasure_list",
    "export",
    "facts",
    "find",
    "find_rules",
    "has_missing_erasures",
    "is_erasure_list",
    "lines",
    "log_position",
    "mark_purged",
    "missing_erasures",
    "own_profile",
    "own_receipt",
    "own_records",
    "page",
    "pending_purges",
    "prepare",
    "profile",
    "receipt",
    "record",
    "replay",
    "retain",
    "retention_runs",
    "same_browser",
    "scrub",
    "store",
    "stored",
    "tombstones",
]


class ReceiptPending(Unavailable):
    """The consent log lacks the record; it is appended within seconds."""

    reason = "receipt_pending"


# --- for the visitor -------------------------------------------------------------------------------------


def own_records(
    site_id: str, visitor: str, *, secret_key: str, before: str | None = None
) -> tuple[list[OwnRecord], str | None]:
    """The records of a browser, by its secret for this site, newest first; and a cursor for the rest.

    The cursor is None if there are no more; pass it as `before` to continue.

    :raises Invalid: `before` is not a cursor.
    """
    digest = visitor_digest(secret_key, site_id, visitor)
    return queries.of_browser(site_id, digest, before=_cursor(before, "before"))


def erase(site_id: str, visitor: str, *, secret_key: str, data_dir: Path, now: datetime) -> int:
    """Delete all records of a browser, by its secret for this site; returns their number.

    In the caller's transaction. Their entries stay in the consent log without a subject, and a tombstone is
    appended for each. They are added to the erasure log, which outlives the database.

    :raises Unavailable: the erasure log in `data_dir` cannot be written; nothing is erased.
    """
    digest = visitor_digest(secret_key, site_id, visitor)
    return erasure.erase_browser(site_id, digest, secret_key=secret_key, data_dir=data_dir, now=now)


def own_receipt(site_id: str, visitor: str, name: str, *, secret_key: str) -> tuple[str, str]:
    """The number, and the receipt, of this browser's record with this number or decision id.

    :raises NotFound: `consent_unknown`.
    :raises ReceiptPending: the consent log does not have it yet.
    """
    own = queries.own(site_id, visitor_digest(secret_key, site_id, visitor), name)
    return _number(own), _receipt(site_id, own)


def own_profile(
    site: Site, visitor: str, name: str, form: str, *, secret_key: str, public_url: str
) -> tuple[str, Mapping[str, object]]:
    """The number, and the receipt in a standard form, of this browser's record; needs no log.

    :raises NotFound: `consent_unknown`.
    :raises Invalid: there is no such form.
    :raises Conflict: `controller_incomplete`, and `errors` names what the banner does not say.
    """
    own = queries.own(site.id, visitor_digest(secret_key, site.id, visitor), name)
    return _number(own), _profile(site, own, form, public_url)


def _number(own: OwnRecord) -> str:
    return str(own.record["cid"])


def _receipt(site_id: str, own: OwnRecord) -> str:
    proof = ledger.prove(site_id, _number(own))
    if proof is None:
        raise ReceiptPending("the record is stored, but not in the consent log yet", retry_after=2)
    return receipts.write(own.record, own.salt, proof)


def _profile(site: Site, own: OwnRecord, form: str, public_url: str) -> Mapping[str, object]:
    if form not in _FORMS:
        fault = f"is not one of {', '.join(sorted(_FORMS))}"
        raise Invalid(f"the profile {fault}", errors={"profile": fault})
    version = sites.version(site.id, cast("int", own.record["version"]))
    contact = version.document["controller"]["contacts"]["url"]
    evidence = Evidence(
        record=own.record,
        document=version.document,
        published_at=version.published_at,
        pages=page_of(site.domains, contact, public_url=public_url),
        notice=f"{public_url}/s/{site.key}/notice?lang={own.record['lang']}",
    )
    if lacking := missing(evidence, *_FORMS[form].DEMANDED):
        field = next(iter(lacking))
        raise Conflict(
            f"this form of receipt needs more than the banner says: {field} {lacking[field]}",
            reason="controller_incomplete",
            errors=lacking,
        )
    made: Mapping[str, object] = _FORMS[form].receipt(evidence)
    return made


# --- for the site's owner --------------------------------------------------------------------------------


def page(site_id: str, *, after: str | None, limit: int, filters: Filters = EVERYTHING) -> Page:
    """A page of stored decisions, newest first: the first page, or the one after the cursor `after`.

    :raises Invalid: `after` is not a cursor.
    """
    rows = queries.page(site_id, filters, after=_cursor(after, "after"), limit=limit)
    last = str(Cursor(rows[-1].recorded_at, rows[-1].consent_id)) if len(rows) == limit else None
    return Page(tuple(rows), last)


def export(site_id: str, *, filters: Filters = EVERYTHING, batch: int = 500) -> Iterator[ConsentRow]:
    """Stored decisions of a site, oldest first; only a few hundred are in memory."""
    return queries.export(site_id, filters, batch=batch)


def receipt(site_id: str, number: str) -> str:
    """The receipt of the record with this number.

    :raises NotFound: `consent_unknown`.
    :raises ReceiptPending: the consent log does not have it yet.
    """
    return _receipt(site_id, queries.whole(site_id, number))


def profile(site: Site, number: str, form: str, *, public_url: str) -> Mapping[str, object]:
    """The receipt of the record with this number in a standard form, as `own_profile` gives it.

    :raises NotFound: `consent_unknown`.
    :raises Invalid: there is no such form.
    :raises Conflict: `controller_incomplete`, and `errors` names what the banner does not say.
    """
    return _profile(site, queries.whole(site.id, number), form, public_url)


def log_position(site_id: str, number: str) -> tuple[str, int] | None:
    """Origin and leaf index of the record in the consent log; None until it is appended."""
    written = number_as_written(number)
    proof = ledger.prove(site_id, written) if NUMBER.fullmatch(written) else None
    return (proof.origin, proof.index) if proof else None


def lines(rows: Iterable[ConsentRow], form: ExportForm) -> Iterator[str]:
    """Exported decisions line by line: JSON each, or CSV with a heading."""
    return exporting.csv_lines(rows) if form == "csv" else exporting.json_lines(rows)


def banner_evidence(row: ConsentRow) -> BannerEvidence:
    """The banner version that the visitor decided on, and whether its hash is that of the record.

    :raises NotFound: `version_unknown`.
    """
    version = sites.version(row.site_id, row.version)
    record = json.loads(row.record)
    return BannerEvidence(
        version=version,
        language=record["lang"],
        surface=record["surface"],
        layout=version.document["appearance"]["layout"],
        matches=content_hash(version.published_document) == version.content_hash == record["cfg"],
    )


def erase_by_number(
    site_id: str, number: str, *, whole_browser: bool, secret_key: str, data_dir: Path, now: datetime
) -> int:
    """Delete the record with a number, or all records of its browser; returns how many.

    As `erase` does; the caller writes the audit event.

    :raises NotFound: `consent_unknown`.
    :raises Unavailable: the erasure log in `data_dir` cannot be written; nothing is erased.
    """
    return erasure.erase_by_number(
        site_id, number, whole_browser=whole_browser, secret_key=secret_key, data_dir=data_dir, now=now
    )


def _cursor(text: str | None, field: str) -> Cursor | None:
    try:
        return None if text is None else Cursor.read(text)
    except ValueError as fault:
        raise Invalid(f"{field} is not a place in this list", errors={field: "is not one"}) from fault


# --- for as long as it is needed -------------------------------------------------------------------------


def retain(site: Site, *, secret_key: str, now: datetime, batch: int = 500) -> int:
    """Delete at most `batch` records of a site that are due; returns how many.

    In the caller's transaction, including the row of this run, which is identified by `now`. Fewer than
    `batch` means that no more are due.
    """
    expired, old = erasure.find_due(
        site.id, expired_before=now - site.retention, recorded_before=now - MAX_AGE, batch=batch
    )
    deleted = Due(
        erasure.erase_numbers(site.id, expired, secret_key=secret_key, now=now),
        erasure.erase_numbers(site.id, old, secret_key=secret_key, now=now),
    )
    if deleted.total:
        erasure.add_to_run(site.id, now, site.retention.days, deleted)
    return len(expired) + len(old)


def retention_runs(site_id: str, *, limit: int = 100) -> tuple[RetentionRun, ...]:
    """The newest retention runs of a site with their counts, newest first."""
    return queries.retention_runs(site_id, limit)


def has_missing_erasures(data_dir: Path) -> bool:
    """Whether the database lacks erasures of its erasure log, because a backup was restored."""
    newest = erasure_log.newest(data_dir / LIST)
    return bool(erasure.missing(newest, _site_ids()))


def missing_erasures(lists: Iterable[Path]) -> Iterator[MissingErasures]:
    """Erasures in these logs that the database lacks, in batches to be replayed one by one."""
    known = _site_ids()
    missing: dict[str, list[LoggedErasure]] = defaultdict(list)
    for path in lists:
        entries = erasure_log.read(path)
        while chunk := list(islice(entries, READ_BATCH)):
            for each in erasure.missing(chunk, known):
                missing[each.site_id].append(each)
    for site_id, found in missing.items():
        numbers = list(erasure.numbers_of(site_id, {each.commitment for each in found}))
        for start in range(0, len(numbers), REPLAY_BATCH):
            yield MissingErasures(site_id, tuple(numbers[start : start + REPLAY_BATCH]), ())
        for start in range(0, len(found), REPLAY_BATCH):
            yield MissingErasures(site_id, (), tuple(found[start : start + REPLAY_BATCH]))


def replay(missing: MissingErasures, *, secret_key: str, now: datetime) -> int:
    """Delete the records of missing erasures, in the caller's transaction; returns how many existed."""
    deleted = erasure.erase_numbers(missing.site_id, missing.numbers, secret_key=secret_key, now=now)
    if unknown := erasure.missing(missing.erasures, {missing.site_id}):
        erasure.record_erasures(unknown, now=now)  # not in the backup; a late retry must not store it again
    return deleted


def is_erasure_list(path: Path) -> bool:
    """Whether a file is an erasure log; an empty one is, since there may be no erasures."""
    return erasure_log.is_list(path)


def erasure_list(day: date) -> Iterator[str]:
    """The lines of an erasure log with all erasures of the database, dated `day`."""
    return (erasure_log.line(each, day) for each in queries.erasures())


def _site_ids() -> frozenset[str]:
    return frozenset(site.id for site in sites.all_sites())


def scrub(*, everything: bool = False) -> bool:
    """Remove the bytes of deleted rows from the database files; false if a reader prevents it.

    Rewrites small tables of PostgreSQL, or a small file of SQLite; with `everything` large ones too, which
    are locked meanwhile. Call it outside of any transaction; it ends the read transaction of this session.
    """
    if everything:
        return erasure.scrub(largest=None, patience="0")
    return erasure.scrub(largest=REWRITE_LIMIT, patience="500ms")
