"""Who is asking, and what they may do. Pure: the whole answer to "may she?" stands here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

ROLES = ("owner", "editor", "developer", "auditor")
"""What a person is on a site, the most trusted first."""

SCOPES = ("sites:read", "sites:write", "analytics:read", "metrics:read", "consents:read")
"""What a program's token may be good for."""

PERMISSIONS: Mapping[str, frozenset[str]] = {
    "site.read": frozenset(ROLES),
    "site.create": frozenset({"owner"}),
    "site.edit": frozenset({"owner"}),
    "banner.edit": frozenset({"owner", "editor", "developer"}),
    "banner.publish": frozenset({"owner", "editor"}),
    "analytics.read": frozenset(ROLES),
    "audit.read": frozenset({"owner", "auditor"}),
    "token.manage": frozenset({"owner", "developer"}),
    "user.manage": frozenset({"owner"}),
}
"""Permission → the roles that have it."""

EVERYWHERE = frozenset({"site.create", "user.manage"})
"""Permissions that reach beyond one site, so a role that counts for some sites alone does not give them."""


SCOPE_NEEDS: Mapping[str, str] = {
    "sites:read": "site.read",
    "sites:write": "banner.publish",
    "analytics:read": "analytics.read",
    "metrics:read": "user.manage",
    "consents:read": "audit.read",
}
"""Scope → the permission that giving it away takes: nobody makes a token that can do more than they."""


@dataclass(frozen=True)
class Identity:
    """Somebody who is logged in."""

    user_id: str
    email: str
    role: str
    all_sites: bool
    site_ids: frozenset[str]
    """Where the role counts; empty and without meaning where `all_sites` holds."""

    def sees(self, site_id: str) -> bool:
        """Whether the role counts on this site."""
        return self.all_sites or site_id in self.site_ids

    def may(self, permission: str, site_id: str | None = None) -> bool:
        """Whether this person may do this, on this site where one is meant.

        :raises KeyError: there is no such permission.
        """
        if self.role not in PERMISSIONS[permission]:
            return False
        if permission in EVERYWHERE:
            return self.all_sites
        return site_id is None or self.sees(site_id)


@dataclass(frozen=True)
class Bearer:
    """A program that showed a valid token."""

    token_id: str
    scopes: frozenset[str]
    all_sites: bool
    site_ids: frozenset[str]

    def sees(self, site_id: str) -> bool:
        """Whether the token counts for this site."""
        return self.all_sites or site_id in self.site_ids


@dataclass(frozen=True)
class Account:
    """A person as those who manage people see them."""

    user_id: str
    email: str
    role: str
    all_sites: bool
    site_ids: frozenset[str]
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class Token:
    """A token as those who manage tokens see it: everything but the secret."""

    token_id: str
    name: str
    scopes: tuple[str, ...]
    all_sites: bool
    site_ids: frozenset[str]
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
