"""Labels of audit events in the studio. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from server.accounts.values import AuditEvent
from server.core.local_days import day_of


@dataclass(frozen=True)
class Label:
    """How an action is shown."""

    label: str
    """In the filter."""
    verb: str
    """The words between actor and subject."""
    icon: str
    important: bool = False
    """Whether it removes data or rights, and is highlighted."""


LABELS = {
    "login": Label("Login", "logged in", "in"),
    "login_refused": Label("Login refused", "was refused at the login", "alert", important=True),
    "password_changed": Label("Password changed", "chose a new password of their own", "tokens"),
    "password_reset": Label("Password reset", "made a new password for", "tokens", important=True),
    "user_created": Label("User made", "made the user", "users"),
    "user_changed": Label("Role changed", "changed the role of", "users"),
    "user_disabled": Label("User disabled", "shut out", "users", important=True),
    "user_enabled": Label("User enabled", "let back in", "users"),
    "token_created": Label("Token made", "made the token", "tokens"),
    "token_revoked": Label("Token revoked", "revoked the token", "tokens", important=True),
    "token_changed": Label(
        "Token’s rights changed", "changed the rights of the token", "tokens", important=True
    ),
    "site_created": Label("Site made", "made the site", "sites"),
    "site_changed": Label("Site changed", "changed the", "domains"),
    "draft_imported": Label("Draft imported", "replaced the draft by", "banner"),
    "services_added": Label("Services from the catalog", "added from the catalog", "plus"),
    "service_updated": Label(
        "Newer description of a service", "compared with a newer description of the catalog", "refresh"
    ),
    "published": Label("Published", "published", "publish"),
    "rolled_back": Label("Rolled back", "went back, and published", "publish"),
    "variant_kept": Label("Variant kept", "kept the draft as", "experiment"),
    "variant_dropped": Label(
        "Kept variant dropped", "dropped the draft kept as", "experiment", important=True
    ),
    "experiment_started": Label("Experiment started", "started", "experiment"),
    "experiment_ended": Label("Experiment ended", "ended", "experiment"),
    "consent_looked_up": Label("Consent looked up", "looked up", "eye"),
    "consent_downloaded": Label("Receipt downloaded", "downloaded the receipt of", "download"),
    "consent_erased": Label("Consent erased", "erased", "trash", important=True),
    "consents_exported": Label("Consents exported", "exported consents as", "download"),
    "release_changed": Label("Release of figures changed", "set how figures are released to", "analytics"),
    "retention_changed": Label(
        "Retention changed", "set how long consents are stored after expiry to", "clock"
    ),
    "retention_run": Label("Retention run", "deleted what was due:", "trash", important=True),
    "erasures_replayed": Label("Erasures repeated", "erased again after a restore:", "trash", important=True),
    "webhook_created": Label("Webhook added", "added the webhook endpoint", "messages"),
    "webhook_changed": Label("Webhook changed", "changed the webhook endpoint", "messages"),
    "webhook_deleted": Label("Webhook deleted", "deleted the webhook endpoint", "messages", important=True),
    "messages_resent": Label("Messages sent again", "sent again", "messages"),
    "request_opened": Label("Request opened", "opened the", "eye"),
    "request_answered": Label("Request answered", "answered the", "requests"),
    "request_refused": Label("Request refused", "refused the", "requests"),
    "request_extended": Label("Request extended", "extended the", "clock"),
    "request_noted": Label("Note on a request", "added a note to the", "requests"),
    "request_deleted": Label("Request deleted", "deleted the", "trash", important=True),
    "agreement_changed": Label("Agreement changed", "changed the agreement with", "register"),
    "agreement_removed": Label(
        "Agreement removed", "removed from the register the agreement with", "trash", important=True
    ),
    "log_key_rotated": Label("Log key changed", "made a new signing key:", "tokens", important=True),
}
"""Action → label, in the order of the filter."""

KINDS = {"token": "API token", "command": "on the server", "schedule": "by itself"}
"""Kind of actor → text beside the name; people have none."""


def by_day(events: Iterable[AuditEvent], zone: ZoneInfo) -> Iterator[tuple[str, list[AuditEvent]]]:
    """Events grouped by day of a time zone."""
    for day, group in groupby(events, key=lambda event: day_of(event.at, zone)):
        yield f"{day:%A} {day.day} {day:%B %Y}", list(group)
