"""Conversion of rows of users to the values that other slices use."""

import sqlalchemy as sa

from server.accounts.models import User, UserSite
from server.accounts.values import Account, Identity
from server.core.db import db


def sites_of(row: User) -> frozenset[str]:
    """The sites of a user's role, unless it is valid for all."""
    return frozenset(db.session.scalars(sa.select(UserSite.site_id).where(UserSite.user_id == row.id)))


def identity(row: User) -> Identity:
    """The user as the identity of a request."""
    return Identity(row.id, row.email, row.role, row.all_sites, sites_of(row), row.language, row.time_zone)


def account(row: User, site_ids: frozenset[str]) -> Account:
    """The user as shown to administrators."""
    return Account(row.id, row.email, row.role, row.all_sites, site_ids, row.created_at, row.disabled_at)


def active(permission: str, site_id: str) -> tuple[User, ...]:
    """The users who can log in and have a permission on a site, by address; two reads.

    :raises KeyError: there is no such permission.
    """
    bound = set(db.session.scalars(sa.select(UserSite.user_id).where(UserSite.site_id == site_id)))
    rows = db.session.scalars(sa.select(User).where(User.disabled_at.is_(None)).order_by(User.email))

    def may(row: User) -> bool:
        here = frozenset({site_id}) if row.id in bound else frozenset()
        return Identity(row.id, row.email, row.role, row.all_sites, here).may(permission, site_id)

    return tuple(filter(may, rows))
