"""The audit trail in words. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from server.accounts.values import Deed


@dataclass(frozen=True)
class Words:
    """How a kind of deed is told."""

    label: str
    """In the filter."""
    verb: str
    """What the sentence says between who and what."""
    icon: str
    weighty: bool = False
    """Whether it takes something away, or from somebody."""


WORDS = {
    "login": Words("Login", "logged in", "in"),
    "login_refused": Words("Login refused", "was refused at the login", "alert", weighty=True),
    "password_changed": Words("Password changed", "chose a new password of their own", "tokens"),
    "password_reset": Words("Password reset", "made a new password for", "tokens", weighty=True),
    "user_created": Words("User made", "made the user", "users"),
    "user_changed": Words("Role changed", "changed the role of", "users"),
    "user_disabled": Words("User disabled", "shut out", "users", weighty=True),
    "user_enabled": Words("User enabled", "let back in", "users"),
    "token_created": Words("Token made", "made the token", "tokens"),
    "token_revoked": Words("Token revoked", "revoked the token", "tokens", weighty=True),
    "token_changed": Words(
        "Token’s rights changed", "changed the rights of the token", "tokens", weighty=True
    ),
    "site_created": Words("Site made", "made the site", "sites"),
    "site_changed": Words("Site changed", "changed the", "domains"),
    "draft_imported": Words("Draft imported", "replaced the draft by", "banner"),
    "published": Words("Published", "published", "publish"),
    "rolled_back": Words("Rolled back", "went back, and published", "publish"),
    "consent_looked_up": Words("Consent looked up", "looked up", "eye"),
    "consent_downloaded": Words("Receipt downloaded", "downloaded the receipt of", "download"),
    "consent_erased": Words("Consent erased", "erased", "trash", weighty=True),
    "consents_exported": Words("Consents exported", "exported consents as", "download"),
    "retention_changed": Words(
        "Retention changed", "set how long consents are kept after expiry to", "clock"
    ),
    "retention_run": Words("Retention run", "deleted what was due:", "trash", weighty=True),
    "erasures_replayed": Words("Erasures repeated", "erased again after a restore:", "trash", weighty=True),
    "log_key_rotated": Words("Log key changed", "made a new signing key:", "tokens", weighty=True),
}
"""Action → how it is told, in the order of the filter."""

KINDS = {"token": "API token", "command": "on the server", "schedule": "by itself"}
"""Kind of actor → what stands beside the name; people need nothing."""


def by_day(deeds: Iterable[Deed]) -> Iterator[tuple[str, list[Deed]]]:
    """Deeds under the day, in UTC, on which they were done."""
    for day, group in groupby(deeds, key=lambda deed: deed.at.date()):
        yield f"{day:%A} {day.day} {day:%B %Y}", list(group)
