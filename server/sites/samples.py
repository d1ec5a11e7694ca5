"""Sample sites: one for each person, to learn on. Nothing of them is ever published (ADR 43).

They are listed nowhere among the sites; a person who asks for one by its key gets it only if it is theirs.
"""

import re
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core.db import Base, db
from server.core.ids import new_id
from server.sites import models, sample_document, service
from server.sites.sample_rules import UNUSED
from server.sites.values import Site

BY = "Samtykke"
"""Who is named as the author of what a sample site begins with."""

_SITE = Base.metadata.tables[models.Site.__tablename__]
_DRAFT = Base.metadata.tables[models.BannerDraft.__tablename__]
_MINE = (_SITE.c.sample_of == sa.bindparam("user_id"), _SITE.c.deleted_at.is_(None))


def of(user_id: str) -> Site | None:
    """The sample site of a person; one indexed read."""
    site_id = db.session.scalar(sa.select(_SITE.c.id).where(*_MINE), {"user_id": user_id})
    return None if site_id is None else service.find_by_id(site_id)


def make(user_id: str, *, language: str, now: datetime) -> Site:
    """The sample site of a person: the one that is there, else a new one.

    :param language: the main one of its banner: one of the studio's
    """
    if (there := of(user_id)) is not None:
        return there
    made = service.create(
        _key(),
        sample_document.NAME,
        [sample_document.DOMAIN],
        by=BY,
        now=now,
        start=sample_document.delivered(language),
    )
    service.save_draft(made.id, sample_document.current(language), by=BY, now=now)
    # Only now: what the product itself has saved is nothing that somebody has tried.
    mine = sa.update(_SITE).where(_SITE.c.id == made.id).values(sample_of=user_id)
    try:
        with db.session.begin_nested():
            db.session.execute(mine)
    except IntegrityError:
        # Asked for twice at once: the other one is there now.
        remove(made, by=BY, now=now)
        if (there := of(user_id)) is None:
            raise
        return there
    return service.find_by_id(made.id)


def remove(site: Site, *, by: str, now: datetime) -> None:
    """Delete a sample site for good; the job that purges deleted sites deletes what it consists of."""
    gone = {"deleted_at": now, "deleted_by": by, "purging_at": now}
    db.session.execute(sa.update(_SITE).where(_SITE.c.id == site.id).values(gone))


def unused(*, now: datetime) -> tuple[Site, ...]:
    """The sample sites whose draft nobody has saved for `UNUSED`."""
    query = (
        sa.select(_SITE.c.id)
        .join(_DRAFT, _DRAFT.c.site_id == _SITE.c.id)
        .where(
            _SITE.c.sample_of.is_not(None),
            _SITE.c.deleted_at.is_(None),
            _DRAFT.c.updated_at <= now - UNUSED,
        )
    )
    return service.with_ids(list(db.session.scalars(query)))


def _key() -> str:
    return "sample-" + re.sub(r"[^a-z0-9]", "", new_id().lower())[:12]
