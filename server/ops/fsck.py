"""Verification of the whole consent log, and of everything that it commits to.

Reads one snapshot of the database, so that it may run during operation, in nearly constant memory.
"""

import hmac
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

from server.accounts.service import audit_log, audit_log_heads
from server.accounts.values import AuditLogState
from server.consents.service import audit
from server.core.canonical import content_hash
from server.core.db import db
from server.embed import service as embed
from server.embed.values import SCRIPT
from server.ledger.service import checkpoints, verification
from server.ledger.service.verification import Fault, Found, Remembered, SiteKey
from server.ledger.values import (
    KIND_DECISION,
    KIND_ERASURE,
    KIND_RELEASE,
    KIND_VERSION,
    Entry,
    release_commitment,
    release_subject,
)
from server.sites import service as sites

_AT_ONCE = 500
_VERSIONS_AT_ONCE = 20
_SITES_IN_MEMORY = 10_000


def check(data_dir: Path) -> Found:
    """Verify everything; returns the counts.

    :raises Fault: the first fault, described in one sentence.
    """
    _one_snapshot()
    sites.page(after=None, limit=1, only=None)  # a file that is no database is no fault of the log
    site_key = _site_key()
    found, logged = Found(), _Bag()

    def entries(found: Found) -> Iterator[Sequence[Entry]]:
        return verification.check(_remembered(data_dir), site_key, found)

    with _readable("The log"):
        for batch in entries(found):
            _check_nameless(batch, site_key)
            for entry in batch:
                if entry.kind == KIND_ERASURE:
                    logged.add(entry.site_id, entry.commitment)
    with _readable("The list of erasures"):
        _check_tombstones(logged, site_key, entries)
    with _readable("The list of decisions"):
        _check_decisions(site_key, found, entries)
    with _readable("The list of published versions"):
        _check_versions(found, entries)
    with _readable("The list of served scripts"):
        _check_releases(found, entries)
    return found


def check_audit_log(*folders: Path) -> AuditLogState:
    """Verify the audit log; returns its state.

    :raises Fault: an entry was changed, is missing, or contradicts a stored head.
    """
    with _readable("The audit log"):
        state = audit_log.verify_audit_log()
        fault = state.fault
        for folder in folders:
            fault = fault or audit_log_heads.contradiction(folder, audit_log.audit_log_digest)
    if fault:
        raise Fault(f"{fault[0].upper()}{fault[1:]}.")
    return state


Entries = Callable[[Found], Iterator[Sequence[Entry]]]
"""Reads the logs' entries and the outbox, from the start."""


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Unreadable values are a fault as well; an unavailable database is not."""
    try:
        yield
    except (OperationalError, ProgrammingError) as fault:
        if "decode" not in str(fault.orig):
            raise
        raise Fault(f"{what} has a text that is not UTF-8.") from fault
    except DatabaseError as fault:
        raise Fault(f"{what} cannot be read: {str(fault.orig).splitlines()[0]}.") from fault
    except (ValueError, LookupError, TypeError, AttributeError) as fault:
        raise Fault(f"{what} has a value that cannot be read: {fault}.") from fault


class _Bag:
    """A multiset digest, to compare two multisets regardless of order.

    The sum of keyed digests: without the key, which exists only during the verification, nobody can construct
    two different multisets with the same sum.
    """

    _key = secrets.token_bytes(32)

    def __init__(self) -> None:
        self.count = 0
        self.sum = 0

    def add(self, site_id: str, value: bytes) -> None:
        """Add one."""
        digest = hmac.digest(self._key, site_id.encode() + b"\n" + value, "sha256")
        self.count += 1
        self.sum = (self.sum + int.from_bytes(digest, "big")) % (1 << 256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Bag) and (self.count, self.sum) == (other.count, other.sum)

    __hash__ = None  # type: ignore[assignment] # it grows


def _one_snapshot() -> None:
    """Read everything from here on in one snapshot."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _remembered(data_dir: Path) -> list[Remembered]:
    try:
        return [
            Remembered(str(each.path), each.checkpoint)
            for each in checkpoints.stored(data_dir / checkpoints.FOLDER)
        ]
    except checkpoints.Contradiction as fault:
        raise Fault(str(fault)) from fault


def _site_key() -> SiteKey:
    """A reader of the public keys of sites, in the present snapshot; some are in memory."""

    @lru_cache(maxsize=_SITES_IN_MEMORY)
    def site_key(site_id: str) -> str | None:
        return next((site.key for site in sites.with_ids([site_id])), None)

    return site_key


def _check_nameless(batch: Sequence[Entry], site_key: SiteKey) -> None:
    """An entry of a decision without a subject must have an erasure."""
    nameless: defaultdict[str, dict[bytes, int]] = defaultdict(dict)
    for entry in batch:
        if entry.kind == KIND_DECISION and not entry.subject and site_key(entry.site_id):
            nameless[entry.site_id][entry.commitment] = entry.index
    for site_id, indices in nameless.items():
        commitments = list(indices)
        for start in range(0, len(commitments), _AT_ONCE):
            some = commitments[start : start + _AT_ONCE]
            for commitment in set(some) - audit.erased(site_id, some):
                raise Fault(
                    f"Entry {indices[commitment]} is a decision on {site_key(site_id)} that is not stored,"
                    " and was not erased."
                )


def _check_tombstones(logged: _Bag, site_key: SiteKey, entries: Entries) -> None:
    """The log has one tombstone for each erasure, and no others."""
    expected = _Bag()
    for site in sites.each_site(deleted=True):
        for tombstone in audit.tombstones(site.id):
            expected.add(site.id, tombstone)
    if logged != expected:
        raise Fault(_odd_tombstone(site_key, entries))


def _odd_tombstone(site_key: SiteKey, entries: Entries) -> str:
    """The tombstone that belongs to no erasure, or is missing."""
    missing = {
        (site.id, each) for site in sites.each_site(deleted=True) for each in audit.tombstones(site.id)
    }
    for batch in entries(Found()):
        for entry in batch:
            if entry.kind != KIND_ERASURE:
                continue
            if (entry.site_id, entry.commitment) not in missing:
                position = _position(entry)
                return f"{position[0].upper()}{position[1:]} is a tombstone that belongs to no erasure."
            missing.remove((entry.site_id, entry.commitment))
    site_id, tombstone = min(missing)
    return f"The log lacks the tombstone {tombstone.hex()} of an erasure on {site_key(site_id)}."


def _position(entry: Entry) -> str:
    return f"entry {entry.index}" if entry.index >= 0 else "an entry that waits"


def _first_without(
    kind: int, stored: Callable[[str, Collection[str]], Collection[str]], entries: Entries
) -> str:
    """The end of a sentence that names the first entry of a kind whose subject is not stored."""
    for batch in entries(Found()):
        by_site: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in batch:
            if entry.kind == kind and entry.subject:
                by_site[entry.site_id].append(entry)
        absent = [
            entry
            for site_id, some in by_site.items()
            for start in range(0, len(some), _AT_ONCE)
            for entry in _without(some[start : start + _AT_ONCE], stored, site_id)
        ]
        if absent:
            first = min(absent, key=lambda entry: entry.index)
            return f": {_position(first)} is the first of one that is not, {first.subject}"
    return ""


def _without(
    some: Sequence[Entry], stored: Callable[[str, Collection[str]], Collection[str]], site_id: str
) -> Iterator[Entry]:
    there = set(stored(site_id, [entry.subject for entry in some]))
    return (entry for entry in some if entry.subject not in there)


def _check_decisions(site_key: SiteKey, found: Found, entries: Entries) -> None:
    """Every stored decision is in the log or the outbox exactly once, and no other subject is."""
    stored = 0
    for site in sites.each_site(deleted=True):
        for batch in audit.audited(site.id, site.key):
            stored += len(batch)
            logged = verification.logged_commitments(site.id, [each.consent_id for each in batch])
            for each in batch:
                if each.fault:
                    raise Fault(f"The record {each.consent_id} of {site.key} {each.fault}.")
                if logged.get((KIND_DECISION, each.consent_id)) != [each.commitment]:
                    raise Fault(f"The record {each.consent_id} of {site.key} is not in the log exactly once.")
    named = found.kinds[KIND_DECISION] - found.nameless
    if named != stored:
        odd = _first_without(
            KIND_DECISION,
            lambda site_id, numbers: audit.stored(site_id, numbers) if site_key(site_id) else (),
            entries,
        )
        raise Fault(f"The log has {named} decisions, and {stored} are stored{odd}.")


def _check_versions(found: Found, entries: Entries) -> None:
    """Every published version is committed to once, with its content hash."""
    published = 0
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    for site in sites.each_site(deleted=True):
        before: int | None = None
        while versions := sites.versions(site.id, before=before, limit=_VERSIONS_AT_ONCE):
            before = versions[-1].number
            published += len(versions)
            numbers[site.id].update(str(version.number) for version in versions)
            logged = verification.logged_commitments(site.id, [str(version.number) for version in versions])
            for version in versions:
                name = f"Version {version.number} of the banner of {site.key}"
                if content_hash(version.published_document) != version.content_hash:
                    raise Fault(f"{name} is not what was published.")
                if logged.get((KIND_VERSION, str(version.number))) != [version.commitment()]:
                    raise Fault(f"{name} is not in the log exactly once.")
    if published != found.kinds[KIND_VERSION]:
        odd = _first_without(KIND_VERSION, lambda site_id, _: numbers[site_id], entries)
        raise Fault(f"The log has {found.kinds[KIND_VERSION]} versions, and {published} are stored{odd}.")


def _check_releases(found: Found, entries: Entries) -> None:
    """Every release is committed to once, with its digest."""
    served = 0
    subjects: defaultdict[str, set[str]] = defaultdict(set)
    for site in sites.each_site(deleted=True):
        for release in embed.releases(site.id):
            name = f"The file {release.name} of {site.key} with the digest {release.digest}"
            if not release.intact:
                raise Fault(f"{name} does not have the bytes that its digest says.")
            if release.name != SCRIPT:
                continue
            served += 1
            subject = release_subject(release.digest)
            subjects[site.id].add(subject)
            committed = release_commitment(site.key, release.version, release.digest)
            if verification.logged_commitments(site.id, [subject]).get((KIND_RELEASE, subject)) != [
                committed
            ]:
                raise Fault(f"{name} is not in the log exactly once.")
    if served != found.kinds[KIND_RELEASE]:
        odd = _first_without(KIND_RELEASE, lambda site_id, _: subjects[site_id], entries)
        raise Fault(f"The log has {found.kinds[KIND_RELEASE]} scripts, and {served} are stored{odd}.")
