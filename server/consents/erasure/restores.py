"""Which erasures a restored backup lacks, and which of its records they were of."""

from collections.abc import Collection, Iterable, Iterator

import sqlalchemy as sa

from server.consents import models
from server.consents.queries import by_site
from server.consents.values import LoggedErasure
from server.core.db import Base, db

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_ERASURE = Base.metadata.tables[models.Erasure.__tablename__]


def missing(listed: Iterable[LoggedErasure], sites: Collection[str]) -> list[LoggedErasure]:
    """Those of these erasures, of these sites, that the database lacks."""
    by_key = {(each.site_id, each.commitment): each for each in listed if each.site_id in sites}
    for site_id, commitments in by_site(by_key):
        known = sa.select(_ERASURE.c.commitment).where(
            _ERASURE.c.site_id == site_id, _ERASURE.c.commitment.in_(commitments)
        )
        for commitment in db.session.scalars(known):
            del by_key[site_id, bytes(commitment)]
    return list(by_key.values())


def numbers_of(site_id: str, commitments: Collection[bytes], *, batch: int = 5000) -> Iterator[str]:
    """The consent numbers of the stored records with these commitments; scans all records of the site."""
    sought, last = frozenset(commitments), ""
    columns = (_CONSENT.c.consent_id, _CONSENT.c.commitment)
    query = sa.select(*columns).where(_CONSENT.c.site_id == site_id).order_by(_CONSENT.c.consent_id)
    while True:
        rows = db.session.execute(query.where(_CONSENT.c.consent_id > last).limit(batch)).all()
        yield from (row.consent_id for row in rows if bytes(row.commitment) in sought)
        if len(rows) < batch:
            return
        last = rows[-1].consent_id
