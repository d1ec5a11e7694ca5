"""Erasure of records: their rows, and the subjects of their entries in the consent log."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from server.consents import models, queries
from server.consents.erasure import log
from server.consents.erasure.scrubbing import add_pending_purge
from server.consents.queries import by_site
from server.consents.record import SALT_BYTES, decision_digest, tombstone
from server.consents.values import LoggedErasure
from server.core.db import Base, db
from server.core.errors import Unavailable
from server.ledger.service import outbox
from server.ledger.values import KIND_ERASURE, Commitment

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_ERASURE = Base.metadata.tables[models.Erasure.__tablename__]


def erase_browser(
    site_id: str, visitor_digest: bytes, *, secret_key: str, data_dir: Path, now: datetime
) -> int:
    """Delete all records of one browser and append them to the erasure log; returns their number."""
    mine = _CONSENT.c.visitor_digest == visitor_digest
    return _delete(site_id, mine, secret_key=secret_key, log_folder=data_dir, now=now)


def erase_by_number(
    site_id: str, consent_id: str, *, whole_browser: bool, secret_key: str, data_dir: Path, now: datetime
) -> int:
    """Delete a record, or all of its browser, and append them to the erasure log; returns their number."""
    found = queries.find(site_id, consent_id)
    if whole_browser:
        which = _CONSENT.c.visitor_digest == queries.browser_of(site_id, found.consent_id)
    else:
        which = _CONSENT.c.consent_id == found.consent_id
    return _delete(site_id, which, secret_key=secret_key, log_folder=data_dir, now=now)


def erase_numbers(site_id: str, numbers: Collection[str], *, secret_key: str, now: datetime) -> int:
    """Delete these records, a few hundred per statement; returns their number.

    They are not in the erasure log: what is due is due after a restore, too.
    """
    return sum(
        _delete(site_id, _CONSENT.c.consent_id.in_(some), secret_key=secret_key, log_folder=None, now=now)
        for _, some in by_site((site_id, number) for number in numbers)
    )


def _delete(
    site_id: str, which: sa.ColumnElement[bool], *, secret_key: str, log_folder: Path | None, now: datetime
) -> int:
    """Delete records, adding an erasure and a tombstone for each; returns their number."""
    deleted = db.session.execute(
        sa.delete(_CONSENT)
        .where(_CONSENT.c.site_id == site_id, which)
        .returning(_CONSENT.c.consent_id, _CONSENT.c.decision_id, _CONSENT.c.commitment)
    ).all()
    if not deleted:
        return 0
    erased = [
        LoggedErasure(site_id, bytes(row.commitment), decision_digest(secret_key, site_id, row.decision_id))
        for row in deleted
    ]
    for _, numbers in by_site((site_id, row.consent_id) for row in deleted):
        outbox.forget(site_id, numbers)
    record_erasures(erased, now=now)
    add_pending_purge(now=now)
    if log_folder is not None:
        # Before the commit: what is confirmed as erased is in the log, whatever happens next.
        try:
            log.append(log_folder, erased, day=now.date())
        except OSError as fault:
            raise Unavailable("the list of erasures cannot be written; nothing was erased") from fault
    return len(deleted)


def record_erasures(erased: Sequence[LoggedErasure], *, now: datetime) -> None:
    """Insert the erasures, and append a tombstone for each to the consent log."""
    rows = [{**vars(each), "salt": secrets.token_bytes(SALT_BYTES)} for each in erased]
    db.session.execute(_ERASURE.insert(), rows)
    outbox.append_all(
        [
            Commitment(KIND_ERASURE, each["site_id"], "", tombstone(each["salt"], each["commitment"]))
            for each in rows
        ],
        now=now,
    )
