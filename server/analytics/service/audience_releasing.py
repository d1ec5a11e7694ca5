"""Release of the audience's figures of a lump, in the transaction that releases its decisions."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from server.analytics import queries
from server.analytics.audience_parts import AudienceLists
from server.analytics.models import MarginCarried, ReleasedMargin
from server.analytics.privacy import audience as rule
from server.analytics.privacy.audience import Margins
from server.analytics.privacy.release import UNIT
from server.analytics.service import releasing
from server.analytics.service.releasing import EndedLump
from server.analytics.values import AUDIENCE
from server.audience import service as audience
from server.core.db import Base, db, insert
from server.sites.values import Version, languages

_MARGIN = Base.metadata.tables[ReleasedMargin.__tablename__]
_CARRIED = Base.metadata.tables[MarginCarried.__tablename__]


class Measured(NamedTuple):
    """What is measured of the audience of a lump."""

    versions: Sequence[Version]
    """That were live, oldest first."""
    countries: bool


def release_audience(lump: EndedLump, measured: Measured, *, randbelow: Callable[[int], int]) -> None:
    """Draw the noise of a lump and store what is published, if a version of it counted impressions."""
    audience.close(lump.site_id, lump.start)
    counting = [version for version in measured.versions if version.document["behaviour"]["impressions"]]
    if not counting:
        return
    codes = dict.fromkeys(code for version in reversed(counting) for code in languages(version.document))
    lists = AudienceLists(tuple(version.number for version in counting), tuple(codes), measured.countries)
    carried = queries.carried_margins(lump.site_id)
    counted = lists.counted(audience.counts(lump.site_id, lump.start))
    released = rule.close(counted, lists.parts(), carried, epsilon=lump.epsilon, randbelow=randbelow)
    releasing.insert_lump(lump, AUDIENCE, lists.text())
    _insert(lump, released)
    _carry(lump.site_id, released)


def _insert(lump: EndedLump, released: Margins) -> None:
    rows = [
        {"site_id": lump.site_id, "start": lump.start, **cell._asdict(), "shown": figures.shown}
        for cell, figures in released.items()
        if figures.shown
    ]
    if rows:
        db.session.execute(sa.insert(_MARGIN), rows)


def _carry(site_id: str, released: Margins) -> None:
    statement = insert(_CARRIED)
    statement = statement.on_conflict_do_update(
        index_elements=list(_CARRIED.primary_key.columns),
        set_={"carried": _CARRIED.c.carried + statement.excluded.carried},
    )
    rows = [
        {"site_id": site_id, **cell._asdict(), "carried": figures.noisy - UNIT * figures.shown}
        for cell, figures in released.items()
    ]
    db.session.connection().execute(statement, rows)
