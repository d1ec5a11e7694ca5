"""Rows of people as the values that leave this slice."""

import sqlalchemy as sa

from server.accounts.models import User, UserSite
from server.accounts.values import Account, Identity
from server.core.db import db


def sites_of(row: User) -> frozenset[str]:
    """Where a person's role counts, unless it does everywhere."""
    return frozenset(db.session.scalars(sa.select(UserSite.site_id).where(UserSite.user_id == row.id)))


def identity(row: User) -> Identity:
    """The person as the one who is asking."""
    return Identity(row.id, row.email, row.role, row.all_sites, sites_of(row))


def account(row: User, site_ids: frozenset[str]) -> Account:
    """The person as those who manage people see them."""
    return Account(row.id, row.email, row.role, row.all_sites, site_ids, row.created_at, row.disabled_at)
