"""Deletion: of what is due, of what a restored backup contains again, and of bytes in the database files."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from server.consents import queries
from server.consents.erasure import log as erasure_log
from server.consents.erasure import records, restores, retention, scrubbing
from server.consents.values import ERASURE_LOG, Due, LoggedErasure, MissingErasures, RetentionRun
from server.sites import service as sites
from server.sites.values import MAX_AGE, Site

REPLAY_BATCH = 500
"""Most erasures replayed in one transaction."""

READ_BATCH = 10_000
"""Most lines of an erasure log held in memory."""


def retain(site: Site, *, secret_key: str, now: datetime, batch: int = 500) -> int:
    """Delete at most `batch` records of a site that are due; returns how many.

    In the caller's transaction, including the row of this run, which is identified by `now`. Fewer than
    `batch` means that no more are due.
    """
    expired, old = retention.find_due(
        site.id, expired_before=now - site.retention, recorded_before=now - MAX_AGE, batch=batch
    )
    deleted = Due(
        records.erase_numbers(site.id, expired, secret_key=secret_key, now=now),
        records.erase_numbers(site.id, old, secret_key=secret_key, now=now),
    )
    if deleted.total:
        retention.add_to_run(site.id, now, site.retention.days, deleted)
    return len(expired) + len(old)


def retention_runs(site_id: str, *, limit: int = 100) -> tuple[RetentionRun, ...]:
    """The newest retention runs of a site with their counts, newest first."""
    return queries.retention_runs(site_id, limit)


def has_missing_erasures(data_dir: Path) -> bool:
    """Whether the database lacks erasures of its erasure log, because a backup was restored."""
    newest = erasure_log.newest(data_dir / ERASURE_LOG)
    return bool(restores.missing(newest, _known_sites(newest)))


def missing_erasures(lists: Iterable[Path]) -> Iterator[MissingErasures]:
    """Erasures in these logs that the database lacks, in batches to be replayed one by one."""
    missing: dict[str, list[LoggedErasure]] = defaultdict(list)
    for path in lists:
        entries = erasure_log.read(path)
        while chunk := list(islice(entries, READ_BATCH)):
            for each in restores.missing(chunk, _known_sites(chunk)):
                missing[each.site_id].append(each)
    for site_id, found in missing.items():
        numbers = list(restores.numbers_of(site_id, {each.commitment for each in found}))
        for start in range(0, len(numbers), REPLAY_BATCH):
            yield MissingErasures(site_id, tuple(numbers[start : start + REPLAY_BATCH]), ())
        for start in range(0, len(found), REPLAY_BATCH):
            yield MissingErasures(site_id, (), tuple(found[start : start + REPLAY_BATCH]))


def replay(missing: MissingErasures, *, secret_key: str, now: datetime) -> int:
    """Delete the records of missing erasures, in the caller's transaction; returns how many existed."""
    deleted = records.erase_numbers(missing.site_id, missing.numbers, secret_key=secret_key, now=now)
    if unknown := restores.missing(missing.erasures, {missing.site_id}):
        records.record_erasures(unknown, now=now)  # not in the backup; a late retry must not store it again
    return deleted


def is_erasure_list(path: Path) -> bool:
    """Whether a file is an erasure log; an empty one is, since there may be no erasures."""
    return erasure_log.is_list(path)


def erasure_list(day: date) -> Iterator[str]:
    """The lines of an erasure log with all erasures of the database, dated `day`."""
    return (erasure_log.line(each, day) for each in queries.erasures())


def _known_sites(listed: Iterable[LoggedErasure]) -> frozenset[str]:
    """The ids of those sites of listed erasures that the database has."""
    return frozenset(site.id for site in sites.with_ids({each.site_id for each in listed}))


def scrub(*, everything: bool = False) -> bool:
    """Remove the bytes of deleted rows from the database files; false if a reader prevents it.

    Rewrites small tables of PostgreSQL, or a small file of SQLite; with `everything` large ones too, which
    are locked meanwhile. Call it outside of any transaction; it ends the read transaction of this session.
    """
    if everything:
        return scrubbing.scrub(largest=None, patience="0")
    return scrubbing.scrub(largest=scrubbing.REWRITE_LIMIT, patience="500ms")


def pending_purges() -> tuple[str, ...]:
    """Ids of the deletions whose bytes may still be in the database files."""
    return scrubbing.pending_purges()


def oldest_pending_purge() -> datetime | None:
    """When the oldest of these deletions was made; None if there is none, or it is not known."""
    return scrubbing.oldest_pending_purge()


def mark_purged(purge_ids: Sequence[str]) -> None:
    """Remove these pending purges, in the caller's transaction."""
    scrubbing.mark_purged(purge_ids)
