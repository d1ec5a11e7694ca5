"""What the roles of users follow: who is in a group's sites, and on which sites editors only ask."""

from datetime import datetime

import sqlalchemy as sa

from server.accounts.models import InvitationGroup, PublishersOnly, UserGroup
from server.accounts.service import users
from server.core.db import Base, db, insert


def people_of_group(group_id: str) -> tuple[str, ...]:
    """Ids of the users whose role is for a group."""
    query = sa.select(UserGroup.user_id).where(UserGroup.group_id == group_id).order_by(UserGroup.user_id)
    return tuple(db.session.scalars(query))


def site_left(group_id: str, *, now: datetime) -> None:
    """Drop what waits to be sent to people of a group about a site that has left it: call it afterwards."""
    for user_id in people_of_group(group_id):
        users.drop_unseen(user_id, now=now)


def forget_group(group_id: str, *, now: datetime) -> None:
    """Let roles and invitations be for a group no more, before it is deleted; its sites have left it."""
    people = people_of_group(group_id)
    for table in (UserGroup, InvitationGroup):
        db.session.execute(sa.delete(table).where(table.group_id == group_id))
    for user_id in people:
        users.drop_unseen(user_id, now=now)


def publishers_only(site_id: str) -> bool:
    """Whether editors only ask for publications on a site, and publishers and owners publish."""
    query = sa.select(PublishersOnly.site_id).where(PublishersOnly.site_id == site_id)
    return db.session.scalar(query) is not None


def set_publishers_only(site_id: str, *, required: bool) -> bool:
    """Leave publishing on a site to publishers and owners, or let editors publish, too.

    Returns false if it is so already.
    """
    if required == publishers_only(site_id):
        return False
    if required:
        row = insert(Base.metadata.tables[PublishersOnly.__tablename__]).values(site_id=site_id)
        db.session.execute(row.on_conflict_do_nothing())
    else:
        db.session.execute(sa.delete(PublishersOnly).where(PublishersOnly.site_id == site_id))
    return True
