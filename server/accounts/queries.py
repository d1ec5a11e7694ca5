"""Conversion of rows of users to the values that other slices use."""

import sqlalchemy as sa

from server.accounts.models import ExternalIdentity, PublishersOnly, User, UserGroup, UserSite
from server.accounts.values import OF_PUBLISHERS, Account, Identity
from server.core.db import Base, db


def sites_of(row: User) -> frozenset[str]:
    """The sites of a user's role, by name and by group, unless it is valid for all."""
    if row.all_sites:
        return frozenset()
    named = sa.select(UserSite.site_id).where(UserSite.user_id == row.id)
    member = _member()
    grouped = sa.select(member.c.site_id).join(UserGroup, UserGroup.group_id == member.c.group_id)
    return frozenset(db.session.scalars(named.union(grouped.where(UserGroup.user_id == row.id))))


def identity(row: User) -> Identity:
    """The user as the identity of a request."""
    return Identity(
        row.id,
        row.email,
        row.role,
        row.all_sites,
        sites_of(row),
        row.language,
        row.time_zone,
        _asks_on() if row.role == "editor" else frozenset(),
    )


def account(row: User, site_ids: frozenset[str], group_ids: frozenset[str], *, connected: bool) -> Account:
    """The user as shown to administrators."""
    return Account(
        row.id,
        row.email,
        row.role,
        row.all_sites,
        site_ids,
        row.created_at,
        row.disabled_at,
        group_ids,
        connected,
        row.break_glass,
    )


def is_connected(user_id: str) -> bool:
    """Whether the user logs in by the identity provider alone."""
    return bool(db.session.scalar(sa.select(sa.exists().where(ExternalIdentity.user_id == user_id))))


def active(permission: str, site_id: str) -> tuple[User, ...]:
    """The users who can log in and have a permission on a site, by address; three reads at most.

    :raises KeyError: there is no such permission.
    """
    member = _member()
    named = sa.select(UserSite.user_id).where(UserSite.site_id == site_id)
    grouped = sa.select(UserGroup.user_id).join(member, member.c.group_id == UserGroup.group_id)
    bound = set(db.session.scalars(named.union(grouped.where(member.c.site_id == site_id))))
    asks_on = _asks_on(site_id) if permission in OF_PUBLISHERS else frozenset()
    rows = db.session.scalars(sa.select(User).where(User.disabled_at.is_(None)).order_by(User.email))

    def may(row: User) -> bool:
        here = frozenset({site_id}) if row.id in bound else frozenset()
        asks = asks_on if row.role == "editor" else frozenset()
        who = Identity(row.id, row.email, row.role, row.all_sites, here, asks_on=asks)
        return who.may(permission, site_id)

    return tuple(filter(may, rows))


def seeing(user_id: sa.ColumnElement[str], site_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that a user can log in, and that their role counts for a site, by name or by group."""
    member = _member()
    named = _there_is(UserSite, UserSite.user_id == User.id, UserSite.site_id == site_id)
    grouped = (
        sa.select(sa.literal(1))
        .join_from(UserGroup, member, member.c.group_id == UserGroup.group_id)
        .where(UserGroup.user_id == User.id, member.c.site_id == site_id)
        .correlate_except(UserGroup, member)
        .exists()
    )
    reaches = sa.or_(User.all_sites, named, grouped)
    return _there_is(User, User.id == user_id, User.disabled_at.is_(None), reaches)


def _there_is(table: type[Base], *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    found = sa.select(sa.literal(1)).select_from(table).where(*conditions)
    return found.correlate_except(table).exists()


def _member() -> sa.Table:
    # A table of `sites`, which is above this slice: it is read here, and never written.
    return Base.metadata.tables["site_group_member"]


def _asks_on(site_id: str | None = None) -> frozenset[str]:
    """The sites on which editors ask and do not publish; of one site alone if it is given."""
    query = sa.select(PublishersOnly.site_id)
    return frozenset(
        db.session.scalars(query if site_id is None else query.where(PublishersOnly.site_id == site_id))
    )
