"""Tags of sites: words by which staff find what belongs together."""

from collections.abc import Collection

import sqlalchemy as sa

from server.core.db import Base, db, insert
from server.core.errors import Invalid
from server.sites import models, queries
from server.sites.values import LONGEST_TAG, MOST_TAGS, fault_in_text

_TAG = Base.metadata.tables[models.SiteTag.__tablename__]


def parsed(text: str) -> tuple[str, ...]:
    """The tags in a text, separated by commas or line breaks; each once, in small letters, sorted.

    :raises Invalid: `tags`: one is too long or has characters that no text has, or there are too many.
    """
    found = sorted({" ".join(part.split()).lower() for part in text.replace("\n", ",").split(",")} - {""})
    for tag in found:
        if fault := fault_in_text(tag, longest=LONGEST_TAG, lines=False):
            raise Invalid("some fields are not as they should be", errors={"tags": fault})
    if len(found) > MOST_TAGS:
        fault = f"has more than {MOST_TAGS} tags"
        raise Invalid("some fields are not as they should be", errors={"tags": fault})
    return tuple(found)


def difference(before: Collection[str], after: Collection[str]) -> str:
    """Which tags came and went, for the audit log: `+ fjell, − kyst`; empty if they are the same."""
    came, went = (sorted(set(one) - set(other)) for one, other in ((after, before), (before, after)))
    return ", ".join([*(f"+ {tag}" for tag in came), *(f"− {tag}" for tag in went)])


def of_sites(site_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Site id → its tags, sorted; without sites that have none. One read."""
    rows = db.session.execute(sa.select(_TAG).where(_TAG.c.site_id.in_(site_ids)).order_by(_TAG.c.tag))
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[row.site_id] = (*found.get(row.site_id, ()), row.tag)
    return found


def known(*, only: Collection[str] | None) -> tuple[str, ...]:
    """All tags of sites that are in lists, sorted; with `only`, of those with these ids."""
    query = sa.select(_TAG.c.tag).distinct().order_by(_TAG.c.tag)
    query = query.where(_TAG.c.site_id.in_(queries.LISTED_IDS))
    if only is not None:
        query = query.where(_TAG.c.site_id.in_(only))
    return tuple(db.session.scalars(query))


def replace(site_id: str, tags: Collection[str]) -> None:
    """Give a site these tags, as `parsed`, and no others."""
    db.session.execute(sa.delete(_TAG).where(_TAG.c.site_id == site_id))
    if tags:
        db.session.execute(sa.insert(_TAG), [{"site_id": site_id, "tag": tag} for tag in tags])


def add(site_id: str, tag: str) -> bool:
    """Give a site one more tag, as `parsed`; false if it has it.

    :raises Invalid: `tags`: it has the most that a site may have.
    """
    has = of_sites([site_id]).get(site_id, ())
    if tag in has:
        return False
    if len(has) >= MOST_TAGS:
        fault = f"has more than {MOST_TAGS} tags"
        raise Invalid("some fields are not as they should be", errors={"tags": fault})
    row = insert(models.SiteTag.__table__).values(site_id=site_id, tag=tag)  # type: ignore[arg-type]
    db.session.execute(row.on_conflict_do_nothing())
    return True


def remove(site_id: str, tag: str) -> bool:
    """Take a tag from a site; false if it has none such."""
    gone = sa.delete(_TAG).where(_TAG.c.site_id == site_id, _TAG.c.tag == tag).returning(_TAG.c.tag)
    return db.session.scalar(gone) is not None
