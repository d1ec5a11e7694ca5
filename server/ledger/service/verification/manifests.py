"""Manifests compared with the commitments in the logs."""

from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from server.core.db import Base, db
from server.ledger import models
from server.ledger.service.days import committed
from server.ledger.service.verification.faults import Fault, Found
from server.ledger.values import KIND_MANIFEST, Manifest

_ENTRY = Base.metadata.tables[models.Entry.__tablename__]
_MANIFEST = Base.metadata.tables[models.Manifest.__tablename__]
_OUTBOX = Base.metadata.tables[models.Outbox.__tablename__]

_NAMES_AT_ONCE = 500


def logged_commitments(site_id: str, subjects: Collection[str]) -> Mapping[tuple[int, str], list[bytes]]:
    """The commitments to these subjects of a site, in logs and outbox.

    By kind and subject.
    """
    result: defaultdict[tuple[int, str], list[bytes]] = defaultdict(list)
    names = list(subjects)
    for start in range(0, len(names), _NAMES_AT_ONCE):
        for table in (_ENTRY, _OUTBOX):
            rows = db.session.execute(
                sa.select(table.c.kind, table.c.subject, table.c.commitment).where(
                    table.c.site_id == site_id, table.c.subject.in_(names[start : start + _NAMES_AT_ONCE])
                )
            )
            for row in rows:
                result[row.kind, row.subject].append(bytes(row.commitment))
    return result


def check_manifests(found: Found) -> None:
    """Check that every manifest is committed to once, and every such entry has its manifest.

    :raises Fault: one differs from the log, or is missing.
    """
    key = sa.tuple_(_MANIFEST.c.site_id, _MANIFEST.c.log, _MANIFEST.c.day)
    query = sa.select(_MANIFEST).order_by(*key).limit(_NAMES_AT_ONCE)
    last: tuple[object, ...] | None = None
    number = 0
    while True:
        rows = db.session.execute(query.where(key > sa.tuple_(*last)) if last else query).all()
        if not rows:
            break
        last = (rows[-1].site_id, rows[-1].log, rows[-1].day)
        for row in rows:
            number += 1
            expected = committed(Manifest(row.site_id, row.log, row.day, bytes(row.body), bytes(row.salt)))
            logged = logged_commitments(expected.site_id, [expected.subject])[KIND_MANIFEST, expected.subject]
            if logged.count(expected.commitment) != 1:
                raise Fault(f"A manifest for {row.day} is not what the log has committed to.")
    if number != found.kinds[KIND_MANIFEST]:
        raise Fault(f"The log has {found.kinds[KIND_MANIFEST]} manifests, and {number} are stored.")
