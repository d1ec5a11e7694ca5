"""Who is responsible for a site: the colleague whom others ask. It is a name and grants nothing.

Who can no longer log in, or does not see the site any more, is not responsible for it, and is again with the
access. So nothing has to be kept true where accounts are changed.
"""

from collections.abc import Collection

import sqlalchemy as sa

from server.accounts.service import users
from server.core.db import Base, db, insert
from server.core.errors import Invalid
from server.sites import models, queries

_RESPONSIBLE = Base.metadata.tables[models.SiteResponsible.__tablename__]

SEES = users.seeing(_RESPONSIBLE.c.user_id, _RESPONSIBLE.c.site_id)
"""Of a row: that the person still sees the site."""


def of_site(site_id: str) -> str | None:
    """The id of who is responsible for a site; None: nobody is named."""
    query = sa.select(_RESPONSIBLE.c.user_id).where(_RESPONSIBLE.c.site_id == site_id, SEES)
    return db.session.scalar(query)


def people(*, only: Collection[str] | None) -> frozenset[str]:
    """Ids of all who are responsible for a site in lists; with `only`, for one of those with these ids."""
    query = sa.select(_RESPONSIBLE.c.user_id).distinct()
    query = query.where(_RESPONSIBLE.c.site_id.in_(queries.LISTED_IDS), SEES)
    if only is not None:
        query = query.where(_RESPONSIBLE.c.site_id.in_(only))
    return frozenset(db.session.scalars(query))


def assign(site_id: str, user_id: str | None) -> bool:
    """Name who is responsible for a site, or nobody; false if it is so already.

    :raises Invalid: `responsible`: they cannot log in, or do not see the site.
    """
    before = of_site(site_id)
    if user_id is None:
        db.session.execute(sa.delete(_RESPONSIBLE).where(_RESPONSIBLE.c.site_id == site_id))
    if user_id == before:
        return False
    if user_id is None:
        return True
    if user_id not in users.people_of(site_id):
        fault = "is nobody who may see this site"
        raise Invalid(f"the responsible person {fault}", errors={"responsible": fault})
    row = insert(_RESPONSIBLE).values(site_id=site_id, user_id=user_id)
    named = row.on_conflict_do_update(index_elements=["site_id"], set_={"user_id": user_id})
    db.session.execute(named)
    return True
