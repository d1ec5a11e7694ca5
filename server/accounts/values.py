"""Who is asking, what they may do, and what they did. Pure: the whole answer to "may she?" stands here."""

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
    "consent.read": frozenset({"owner", "editor", "auditor"}),
    "consent.export": frozenset({"owner", "auditor"}),
    "consent.erase": frozenset({"owner", "editor"}),
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
    "consents:read": "consent.export",
}
"""Scope → the permission that giving it away takes: nobody makes a token that can do more than they."""


ACTIONS = (
    "login",
    "login_refused",
    "password_changed",
    "password_reset",
    "user_created",
    "user_changed",
    "user_disabled",
    "user_enabled",
    "token_created",
    "token_revoked",
    "site_created",
    "site_changed",
    "draft_imported",
    "published",
    "rolled_back",
    "consent_looked_up",
    "consent_downloaded",
    "consent_erased",
    "consents_exported",
    "retention_changed",
    "retention_run",
    "erasures_replayed",
    "log_key_rotated",
)
"""What the audit trail tells of."""


@dataclass(frozen=True)
class Actor:
    """Who did something."""

    kind: str
    """`person`, `token`, `command` or `schedule`."""
    name: str


COMMAND_LINE = Actor("command", "command line")
"""Whoever may run commands on the server."""

SCHEDULE = Actor("schedule", "worker")
"""The worker, unasked."""


@dataclass(frozen=True)
class Deed:
    """An entry of the audit trail."""

    number: int
    """From 1 on, without gaps."""
    at: datetime
    by: Actor
    action: str
    """One of `ACTIONS`."""
    site_id: str | None
    """None where it concerns no one site."""
    subject: str
    """Whom or what it was done to: an address, a version, a token's name, the mark of a consent."""
    detail: str


@dataclass(frozen=True)
class TrailState:
    """What reading the whole audit trail came to."""

    size: int
    """Number of entries."""
    digest: str
    """Of the newest, hexadecimal: it stands for the whole trail, and is worth keeping elsewhere."""
    fault: str | None
    """The first thing that is wrong with it."""


@dataclass(frozen=True)
class Identity:
    """Somebody who is logged in."""

    user_id: str
    email: str
    role: str
    all_sites: bool
    site_ids: frozenset[str]
    """Where the role counts; empty and without meaning where `all_sites` holds."""

    @property
    def actor(self) -> Actor:
        """How the audit trail names this person."""
        return Actor("person", self.email)

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
    name: str
    scopes: frozenset[str]
    all_sites: bool
    site_ids: frozenset[str]

    @property
    def actor(self) -> Actor:
        """How the audit trail names this program."""
        return _program(self.name, self.token_id)

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

    @property
    def actor(self) -> Actor:
        """How the audit trail names the program that has it."""
        return _program(self.name, self.token_id)


def _program(name: str, token_id: str) -> Actor:
    # Names may be empty or the same; the first letters of the id tell them apart.
    return Actor("token", f"{name or 'token'} ({token_id[:6]})")
