"""Release of a lump that has ended: noise is drawn, and what is published of it is stored, once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

import sqlalchemy as sa

from server.analytics import queries
from server.analytics.leaves import Leaves
from server.analytics.models import ReleasedCell, ReleasedLump
from server.analytics.privacy import release
from server.analytics.privacy.lumps import LumpKind
from server.analytics.privacy.release import UNIT, Counted, Leaf
from server.analytics.values import DECISIONS, Position
from server.core.db import Base, db

_LUMP = Base.metadata.tables[ReleasedLump.__tablename__]
_CELL = Base.metadata.tables[ReleasedCell.__tablename__]


@dataclass(frozen=True)
class EndedLump:
    """A lump that is to be released."""

    site_id: str
    start: date
    end: date
    """Inclusive."""
    kind: LumpKind
    epsilon: Fraction
    begins: Position
    ends: Position
    closed_at: datetime
    sample: bool = False
    """Whether nothing was decided: its figures are a sample, and marked as one wherever they are read."""


def release_lump(
    lump: EndedLump, leaves: Leaves, counted: Mapping[Leaf, Counted], *, randbelow: Callable[[int], int]
) -> None:
    """Draw the noise of a lump and store what is published; a second release fails at the primary key.

    :param counted: what was truly counted in each of the leaves, of which there is at least one
    """
    cells = release.close(
        counted,
        leaves.categories,
        queries.carried(lump.site_id, UNIT),
        epsilon=lump.epsilon,
        randbelow=randbelow,
    )
    insert_lump(lump, DECISIONS, queries.leaves_text(leaves))
    key = {"site_id": lump.site_id, "tier": DECISIONS, "start": lump.start}
    rows = [
        {**key, "version": leaf.version, "language": leaf.language, "measure": measure} | cell._asdict()
        for leaf, measures in cells.items()
        for measure, cell in measures.items()
    ]
    db.session.execute(sa.insert(_CELL), rows)


def skip_lump(lump: EndedLump) -> None:
    """Store that nothing of a lump is published, as figures of its days were before a backup was restored."""
    insert_lump(lump, DECISIONS, queries.leaves_text(Leaves({}, {})))


def insert_lump(lump: EndedLump, tier: str, leaves: str) -> None:
    """Enter a release in the ledger of what was spent; fails at the primary key if it is there."""
    row = {
        "site_id": lump.site_id,
        "tier": tier,
        "start": lump.start,
        "end": lump.end,
        "kind": lump.kind,
        "epsilon": lump.epsilon,
        "leaves": leaves,
        "from_log": lump.begins[0],
        "from_index": lump.begins[1],
        "to_log": lump.ends[0],
        "to_index": lump.ends[1],
        "closed_at": lump.closed_at,
        "sample": lump.sample,
    }
    db.session.execute(sa.insert(_LUMP).values(row))
