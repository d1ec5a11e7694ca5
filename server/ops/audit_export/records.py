"""An audit event as programs outside get it: one JSON object, or a syslog message (RFC 5424). Pure.

Names of fields do not change and none is removed; new ones may be added. docs/audit-export.md describes them.
"""

import json
from datetime import UTC, datetime

from server.accounts.values import AuditEvent

REFUSED = frozenset({"login_refused", "approval_refused", "publish_failed", "request_refused"})
"""Actions that say that something was not done, or not granted."""

SENSITIVE = frozenset(
    {
        "login_refused",
        "password_changed",
        "password_reset",
        "reset_requested",
        "reset_link_made",
        "sessions_ended",
        "user_created",
        "user_invited",
        "user_changed",
        "user_disabled",
        "user_enabled",
        "token_created",
        "token_changed",
        "log_key_rotated",
        "consents_exported",
        "published_unapproved",
    }
)
"""Actions that somebody who watches over accounts looks at first: of a severity above the others."""

_AUDIT = 13
"""Facility `log audit` (RFC 5424, 6.2.1)."""

_NOTICE, _INFORMATIONAL, _WARNING = 5, 6, 4

_NIL = "-"


def record(event: AuditEvent, digest: str, *, server: str) -> dict[str, object]:
    """The event as an object.

    :param server: host name of this server
    """
    return {
        "number": event.number,
        "time": _time(event.at),
        "server": server,
        "action": event.action,
        "outcome": "failure" if event.action in REFUSED else "success",
        "severity": {4: "warning", 5: "notice", 6: "informational"}[_severity(event)],
        "actor_kind": event.by.kind,
        "actor": event.by.name,
        "site_id": event.site_id,
        "subject": event.subject,
        "detail": event.detail,
        "digest": digest,
    }


def line(event: AuditEvent, digest: str, *, server: str) -> str:
    """The event as one line of JSON in ASCII, without the line break."""
    return json.dumps(record(event, digest, server=server), separators=(",", ":"))


def syslog(event: AuditEvent, digest: str, *, server: str) -> bytes:
    """The event as a message of RFC 5424 whose text is the line of JSON.

    `sequenceId` is the number of the event, from 1 on again after 2147483647 (7.3.1): what is missing or came
    twice is seen by it.
    """
    host = "".join(sign for sign in server.rsplit(":", 1)[0] if "!" <= sign <= "~")[:255] or _NIL
    parts = (
        f"<{_AUDIT * 8 + _severity(event)}>1",
        _time(event.at),
        host,
        "samtykke",
        _NIL,
        event.action[:32],
        f'[meta sequenceId="{(event.number - 1) % 2147483647 + 1}"]',
        line(event, digest, server=server),
    )
    return " ".join(parts).encode("ascii")


def _severity(event: AuditEvent) -> int:
    if event.action in REFUSED:
        return _WARNING
    return _NOTICE if event.action in SENSITIVE else _INFORMATIONAL


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
