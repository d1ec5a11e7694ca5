"""Stored decisions, for the site's owner, for programs, and for what counts them."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from server.consents import exporting, queries
from server.consents.erasure import records
from server.consents.intake import store
from server.consents.receipts import issuing
from server.consents.service.paging import cursor
from server.consents.values import (
    EVERYTHING,
    NUMBER,
    BannerEvidence,
    ConsentRow,
    Cursor,
    Decision,
    ExportForm,
    Fact,
    Filters,
    Page,
    Receipt,
    number_as_written,
)
from server.core.canonical import content_hash
from server.ledger.service import reading
from server.sites import service as sites
from server.sites.values import Site


def record(site: Site, decision: Decision, *, secret_key: str, now: datetime) -> tuple[Receipt, bool]:
    """Store a decision in the caller's transaction; returns its receipt, and whether it is new.

    :raises Conflict: `version_unknown`, or `decision_differs` for a known id with other content.
    :raises Invalid: the choices do not fit the version or the action; `errors` names the fields.
    """
    return store.record(site, decision, secret_key=secret_key, now=now)


def facts(keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Fact]:
    """What may be counted of these decisions, by site id and consent number; unknown ones are left out."""
    return queries.facts(keys)


def any_received(site_id: str) -> bool:
    """Whether any decision of this site was ever received; those that were erased since count too.

    One exact bit about each site, outside of what the noise of the figures hides (ADR 15).
    """
    return queries.any_received(site_id)


def received(site_ids: Collection[str]) -> frozenset[str]:
    """Those of the sites that `any_received` is true of; one read."""
    return queries.received(site_ids)


def last_received(site_id: str) -> datetime | None:
    """When the newest stored decision was recorded; None if there is none. For operators, as it is exact."""
    return queries.last_received(site_id)


def received_between(site_id: str, first: datetime, last: datetime) -> int:
    """Number of stored decisions recorded after `first`, and until `last`. For operators, as it is exact."""
    return queries.received_between(site_id, first, last)


def find(site_id: str, number: str) -> ConsentRow:
    """The decision with this public number, however it is written.

    :raises NotFound: `consent_unknown`.
    """
    return queries.find(site_id, number)


def same_browser(site_id: str, number: str) -> tuple[ConsentRow, ...]:
    """The decisions of the browser that made the one with this number, newest first."""
    return queries.same_browser(site_id, number)


def page(site_id: str, *, after: str | None, limit: int, filters: Filters = EVERYTHING) -> Page:
    """A page of stored decisions, newest first: the first page, or the one after the cursor `after`.

    :raises Invalid: `after` is not a cursor.
    """
    rows = queries.page(site_id, filters, after=cursor(after, "after"), limit=limit)
    last = str(Cursor(rows[-1].recorded_at, rows[-1].consent_id)) if len(rows) == limit else None
    return Page(tuple(rows), last)


def export(site_id: str, *, filters: Filters = EVERYTHING, batch: int = 500) -> Iterator[ConsentRow]:
    """Stored decisions of a site, oldest first; only a few hundred are in memory."""
    return queries.export(site_id, filters, batch=batch)


def receipt(site_id: str, number: str, *, now: datetime, checkpoint_every: timedelta) -> str:
    """The receipt of the record with this number.

    :raises NotFound: `consent_unknown`.
    :raises ReceiptPending: the consent log does not have it yet; says when it will.
    """
    own = queries.whole(site_id, number)
    return issuing.receipt(site_id, own, now=now, checkpoint_every=checkpoint_every)


def profile(site: Site, number: str, form: str, *, public_url: str) -> Mapping[str, object]:
    """The receipt of the record with this number in a standard form, as `visitors.own_profile` gives it.

    :raises NotFound: `consent_unknown`.
    :raises Invalid: there is no such form.
    :raises Conflict: `controller_incomplete`, and `errors` names what the banner does not say.
    """
    return issuing.profile(site, queries.whole(site.id, number), form, public_url)


def log_position(site_id: str, number: str) -> tuple[str, int] | None:
    """Origin and leaf index of the record in the consent log; None until it is appended."""
    written = number_as_written(number)
    proof = reading.prove(site_id, written) if NUMBER.fullmatch(written) else None
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

    As `visitors.erase` does; the caller writes the audit event.

    :raises NotFound: `consent_unknown`.
    :raises Unavailable: the erasure log in `data_dir` cannot be written; nothing is erased.
    """
    return records.erase_by_number(
        site_id, number, whole_browser=whole_browser, secret_key=secret_key, data_dir=data_dir, now=now
    )
