"""Identities, roles and permissions, and audit events. Pure.

What a role may do is decided here alone. That nobody approves their own publication is a rule about the
publication: `server/sites/publication_rules.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

ROLES = ("owner", "publisher", "editor", "developer", "support", "auditor")
"""Roles of users; the first may do everything, the last changes nothing."""

EVERYBODY = "everybody"
"""Instead of roles, in the setting of who needs a second factor."""

SCOPES = (
    "sites:read",
    "banner:write",
    "banner:publish",
    "sites:write",
    "analytics:read",
    "metrics:read",
    "consents:read",
)
"""Scopes of API tokens."""

_STAFF = frozenset(ROLES) - {"support"}
_EDITING = frozenset({"owner", "publisher", "editor", "developer"})
_PUBLISHING = frozenset({"owner", "publisher", "editor"})
_VISITORS = frozenset({"owner", "publisher", "editor", "support"})
_PROGRAMS = frozenset({"owner", "developer"})
_OWNER = frozenset({"owner"})

PERMISSIONS: Mapping[str, frozenset[str]] = {
    "site.enter": frozenset(ROLES),
    "site.read": _STAFF,
    "site.create": _OWNER,
    "site.edit": _OWNER,
    "banner.edit": _EDITING,
    "banner.publish": _PUBLISHING,
    "analytics.read": _STAFF,
    "analytics.manage": _OWNER,
    "audit.read": frozenset({"owner", "auditor"}),
    "consent.read": _VISITORS | {"auditor"},
    "consent.export": frozenset({"owner", "auditor"}),
    "consent.erase": _VISITORS,
    "request.read": _VISITORS | {"auditor"},
    "request.handle": _VISITORS,
    "webhook.manage": _PROGRAMS,
    "token.manage": _PROGRAMS,
    "user.manage": _OWNER,
}
"""Permission → the roles that have it. Pages, API, commands and documentation follow this table alone.

`site.enter` is to know that a site is there, and its name; `site.read` what it publishes and its draft.
"""

EVERYWHERE = frozenset({"site.create", "user.manage"})
"""Permissions that are not limited to a site, so that a role for some sites does not grant them."""

OF_PUBLISHERS = frozenset({"banner.publish"})
"""Permissions that editors lack on a site where publishing is left to publishers: there they ask."""


NEED_PROOF = frozenset({"banner.publish", "consent.erase", "consent.export", "token.manage", "user.manage"})
"""Permissions whose use in the studio needs a recent proof of who is there, beside the login that goes on
(OWASP ASVS 5.0, 7.5.1 and 7.5.3)."""

SCOPE_NEEDS: Mapping[str, str] = {
    "sites:read": "site.read",
    "banner:write": "banner.edit",
    "banner:publish": "banner.publish",
    "sites:write": "banner.publish",
    "analytics:read": "analytics.read",
    "metrics:read": "user.manage",
    "consents:read": "consent.export",
}
"""Scope → the permission needed to grant it, so that no token exceeds the permissions of its creator."""

SCOPE_COVERS: Mapping[str, frozenset[str]] = {
    "sites:read": frozenset({"site.read"}),
    "banner:write": frozenset({"site.read", "banner.edit"}),
    "banner:publish": frozenset({"site.read", "banner.publish"}),
    "sites:write": frozenset({"site.read", "banner.edit", "banner.publish", "site.create", "site.edit"}),
    "analytics:read": frozenset({"analytics.read"}),
    "metrics:read": frozenset({"user.manage"}),
    "consents:read": frozenset({"consent.export"}),
}
"""Scope → the permissions that it grants, if the token's creator has them at the time of use."""

WIDE = frozenset({"banner:publish", "sites:write", "consents:read"})
"""Scopes by which a program changes what visitors get, or reads their records: owners are told of those."""

OF_OWNERS = frozenset({"site.create", "site.edit"})
"""Permissions that no scope promises: what else a scope grants if the token's creator is an owner."""


ACTIONS = (
    "login",
    "login_refused",
    "break_glass_login",
    "provider_logout",
    "account_connected",
    "account_disconnected",
    "break_glass_changed",
    "password_changed",
    "password_reset",
    "reset_requested",
    "reset_link_made",
    "sessions_ended",
    "app_added",
    "app_removed",
    "passkey_added",
    "passkey_removed",
    "passkey_refused",
    "factors_removed",
    "recovery_codes_made",
    "recovery_code_used",
    "user_created",
    "user_invited",
    "invitation_renewed",
    "invitation_withdrawn",
    "invitation_accepted",
    "user_changed",
    "user_disabled",
    "user_enabled",
    "token_created",
    "token_revoked",
    "token_rotated",
    "token_changed",
    "site_created",
    "site_duplicated",
    "site_renamed",
    "site_tagged",
    "site_changed",
    "site_paused",
    "site_resumed",
    "site_deleted",
    "site_restored",
    "site_purged",
    "sample_made",
    "sample_removed",
    "group_created",
    "group_imported",
    "group_changed",
    "group_shared",
    "group_deleted",
    "group_joined",
    "group_left",
    "draft_edited",
    "draft_assisted",
    "draft_imported",
    "draft_restored",
    "draft_link_made",
    "install_link_made",
    "install_sent",
    "install_link_revoked",
    "logo_uploaded",
    "services_added",
    "service_updated",
    "published",
    "rolled_back",
    "published_unapproved",
    "publish_scheduled",
    "publish_rescheduled",
    "publish_cancelled",
    "publish_failed",
    "approval_asked",
    "approval_withdrawn",
    "approved",
    "approval_refused",
    "approval_changed",
    "publishers_changed",
    "experiment_started",
    "experiment_ended",
    "consent_looked_up",
    "consent_downloaded",
    "consent_erased",
    "consents_exported",
    "audit_exported",
    "retention_changed",
    "release_changed",
    "retention_run",
    "erasures_replayed",
    "log_key_rotated",
    "webhook_created",
    "webhook_changed",
    "webhook_deleted",
    "messages_resent",
    "request_entered",
    "request_opened",
    "request_answered",
    "request_refused",
    "request_extended",
    "request_noted",
    "request_deleted",
    "agreement_changed",
    "agreement_removed",
)
"""The actions in the audit log."""


PEOPLE_OF_SITES, TOKENS_OF_SITES = "user_site", "api_token_site"
"""Tables of users and tokens whose role or scope counts for a site by name."""

TABLES_OF_A_SITE = (PEOPLE_OF_SITES, TOKENS_OF_SITES, "invitation_site", "publishers_only")
"""Tables of this slice whose rows are deleted with their site."""


@dataclass(frozen=True)
class Actor:
    """The originator of an event."""

    kind: str
    """`person`, `token`, `command`, `schedule` or `provider`."""
    name: str


COMMAND_LINE = Actor("command", "command line")
"""Actor of commands on the server."""

SCHEDULE = Actor("schedule", "worker")
"""Actor of scheduled jobs."""


@dataclass(frozen=True)
class AuditEvent:
    """An entry of the audit log."""

    number: int
    """From 1 on, without gaps."""
    at: datetime
    by: Actor
    action: str
    """One of `ACTIONS`."""
    site_id: str | None
    """None if it concerns no single site."""
    subject: str
    """The object: an address, a version, a token's name, the pseudonym of a consent."""
    detail: str


@dataclass(frozen=True)
class AuditLogState:
    """The result of verifying the audit log."""

    size: int
    """Number of entries."""
    digest: str
    """Hexadecimal digest of the newest entry. It covers the whole log and should be stored elsewhere."""
    fault: str | None
    """The first fault; None if there is none."""


@dataclass(frozen=True)
class Identity:
    """An authenticated user."""

    user_id: str
    email: str
    role: str
    all_sites: bool
    site_ids: frozenset[str]
    """The sites of the role, named or by their group; ignored if `all_sites`."""
    language: str = ""
    """Of the studio and of messages; empty: not chosen."""
    time_zone: str = ""
    """IANA name of the zone of times in the studio; empty: that of each site."""
    asks_on: frozenset[str] = frozenset()
    """The sites on which permissions `OF_PUBLISHERS` are not those of this user's role."""

    @property
    def actor(self) -> Actor:
        """The actor of this user's events."""
        return Actor("person", self.email)

    def sees(self, site_id: str) -> bool:
        """Whether the role is valid for this site."""
        return self.all_sites or site_id in self.site_ids

    def may(self, permission: str, site_id: str | None = None) -> bool:
        """Whether the user has a permission, on this site if given.

        :raises KeyError: there is no such permission.
        """
        if self.role not in PERMISSIONS[permission]:
            return False
        if permission in EVERYWHERE:
            return self.all_sites
        if site_id is None:
            return True
        return self.sees(site_id) and not (permission in OF_PUBLISHERS and site_id in self.asks_on)


@dataclass(frozen=True)
class Bearer:
    """A program with a valid token."""

    token_id: str
    name: str
    scopes: frozenset[str]
    all_sites: bool
    site_ids: frozenset[str]
    maker: Identity | None = None
    """The token's creator with their present permissions; None if created on the command line."""
    old_secret: bool = False
    """Whether the program showed the secret that is to be replaced."""
    noted: bool = False
    """Whether it was stored within the last hour that this secret is used."""

    @property
    def actor(self) -> Actor:
        """The actor of this program's events."""
        return _program(self.name, self.token_id)

    def sees(self, site_id: str) -> bool:
        """Whether the token is valid for this site, and its creator has a role there."""
        granted = self.all_sites or site_id in self.site_ids
        return granted and (self.maker is None or self.maker.sees(site_id))

    @property
    def visible(self) -> frozenset[str] | None:
        """The sites that the token is valid for; None means all."""
        return _common(self.all_sites, self.site_ids, self.maker)

    def may(self, permission: str, site_id: str | None = None) -> bool:
        """Whether a scope grants this permission, and the token's creator has it now.

        :raises KeyError: there is no such permission.
        """
        if not any(permission in SCOPE_COVERS[scope] for scope in self.scopes):
            return False
        return self.maker is None or self.maker.may(permission, site_id)


@dataclass(frozen=True)
class Account:
    """A user as shown to administrators."""

    user_id: str
    email: str
    role: str
    all_sites: bool
    site_ids: frozenset[str]
    """The sites that the role is for by name; those of the groups come on top."""
    created_at: datetime
    disabled_at: datetime | None
    group_ids: frozenset[str] = frozenset()
    """The groups whose sites the role is for, as they come and go."""
    connected: bool = False
    """Whether they log in by the identity provider alone, and so have no password."""
    break_glass: bool = False
    """Whether they may log in with their password where only single sign-on is allowed."""


@dataclass(frozen=True)
class Life:
    """How long a token works, and when it was used."""

    expires_at: datetime | None = None
    """When it stops working; None: it does not."""
    why_unlimited: str = ""
    """Why it does not expire, as who made it wrote; empty also if it was made before tokens expired."""
    hint: str = ""
    """The last characters of its secret; empty if it was made before they were stored."""
    used_at: datetime | None = None
    """When it was last used, to an hour; None: it was not, or not since that is noted."""
    rotated_at: datetime | None = None
    """When it got its present secret, if that is not its first."""
    old_until: datetime | None = None
    """Until when the secret before works, too; None: there is none."""
    old_hint: str = ""
    old_used_at: datetime | None = None
    """When the secret before was last used, to an hour."""

    def expired(self, now: datetime) -> bool:
        """Whether it does not work any more."""
        return self.expires_at is not None and self.expires_at <= now

    def old_works(self, now: datetime) -> bool:
        """Whether the secret before works."""
        return self.old_until is not None and now < self.old_until


NO_RIGHTS = "nothing"
"""The rights of a token that does not work any more, in words for the audit log."""


@dataclass(frozen=True)
class Token:
    """A token as shown to administrators: everything but the secret."""

    token_id: str
    name: str
    scopes: tuple[str, ...]
    all_sites: bool
    site_ids: frozenset[str]
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    maker: Identity | None = None
    """Its creator with their present permissions; None if created on the command line."""
    maker_disabled: bool = False
    """Whether its creator can no longer log in; then the token is invalid, too."""
    life: Life = Life()

    @property
    def secret_made_at(self) -> datetime:
        """When it got its present secret."""
        return self.life.rotated_at or self.created_at

    @property
    def lifetime(self) -> timedelta | None:
        """How long its present secret works in all; None: it does not expire."""
        return None if self.life.expires_at is None else self.life.expires_at - self.secret_made_at

    @property
    def actor(self) -> Actor:
        """The actor of the events of this token."""
        return _program(self.name, self.token_id)

    def grants(self, permission: str, site_id: str) -> bool:
        """Whether a scope grants this permission on a site, whoever created the token has it now, and nobody
        has revoked the token.
        """
        here = self.all_sites or site_id in self.site_ids
        granted = (
            permission in SCOPE_COVERS[scope] and permission not in self.missing(scope, site_id)
            for scope in self.scopes
        )
        return self.revoked_at is None and here and any(granted)

    def missing(self, scope: str, site_id: str | None = None) -> frozenset[str]:
        """The permissions of this scope that the creator lacks, on this site if given.

        Those `OF_OWNERS` are excluded.
        """
        covered = SCOPE_COVERS[scope] - OF_OWNERS
        if self.maker_disabled:
            return covered
        if self.maker is None:
            return frozenset()
        return frozenset(one for one in covered if not self.maker.may(one, site_id))

    @property
    def rights(self) -> str:
        """The present permissions of the token, in words for the audit log."""
        visible = _common(self.all_sites, self.site_ids, self.maker)
        left = [
            f"{scope} (in part)" if lost else scope
            for scope in self.scopes
            if (lost := self.missing(scope)) != SCOPE_COVERS[scope] - OF_OWNERS
        ]
        if not left or visible == frozenset():
            return NO_RIGHTS
        where = "every site" if visible is None else f"{len(visible)} site{'s' if len(visible) > 1 else ''}"
        return f"{', '.join(left)} on {where}"


def _common(all_sites: bool, site_ids: frozenset[str], maker: Identity | None) -> frozenset[str] | None:  # noqa: FBT001 - as the token has it
    """The sites of a token that its creator has a role on; None means all."""
    if maker is None or maker.all_sites:
        return None if all_sites else site_ids
    return maker.site_ids if all_sites else site_ids & maker.site_ids


def _program(name: str, token_id: str) -> Actor:
    # Names may be empty or equal; the first characters of the id distinguish tokens.
    return Actor("token", f"{name or 'token'} ({token_id[:6]})")


class BadAnswer(Exception):
    """An answer of the identity provider that is not to be believed.

    `reason` is a stable snake_case word, for the server's log.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
