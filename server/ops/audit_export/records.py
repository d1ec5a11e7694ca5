"""An audit event as programs outside get it: one JSON object, a syslog message (RFC 5424), or OTLP. Pure.

Names of fields do not change and none is removed; new ones may be added. docs/audit-export.md describes them.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from server.accounts.values import AuditEvent

REFUSED = frozenset(
    {"login_refused", "passkey_refused", "approval_refused", "publish_failed", "request_refused"}
)
"""Actions that say that something was not done, or not granted."""

SENSITIVE = frozenset(
    {
        "login_refused",
        "password_changed",
        "password_reset",
        "reset_requested",
        "reset_link_made",
        "sessions_ended",
        "break_glass_login",
        "break_glass_changed",
        "account_connected",
        "account_disconnected",
        "app_removed",
        "passkey_removed",
        "factors_removed",
        "recovery_codes_made",
        "recovery_code_used",
        "user_created",
        "user_invited",
        "user_changed",
        "user_disabled",
        "user_enabled",
        "token_created",
        "token_changed",
        "token_rotated",
        "token_revoked",
        "log_key_rotated",
        "consents_exported",
        "audit_exported",
        "published_unapproved",
    }
)
"""Actions that somebody who watches over accounts looks at first: of a severity above the others."""

_AUDIT = 13
"""Facility `log audit` (RFC 5424, 6.2.1)."""

_NOTICE, _INFORMATIONAL, _WARNING = 5, 6, 4

_NIL = "-"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SEVERITY_NUMBERS = {_INFORMATIONAL: 9, _NOTICE: 10, _WARNING: 13}
"""OTLP's INFO, INFO2 and WARN."""


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


def otlp(events: Iterable[tuple[AuditEvent, str]], *, server: str) -> bytes:
    """Events as the body of a request of OTLP/HTTP in JSON (ExportLogsServiceRequest).

    The body of each is the line; attributes are what a receiver filters by.
    """
    resource = {"service.name": "samtykke", "host.name": server}
    logs = [_log_record(event, digest, server) for event, digest in events]
    scope = {"scope": {"name": "samtykke.audit"}, "logRecords": logs}
    request = {"resourceLogs": [{"resource": {"attributes": _attributes(resource)}, "scopeLogs": [scope]}]}
    return json.dumps(request, separators=(",", ":")).encode("ascii")


def _log_record(event: AuditEvent, digest: str, server: str) -> dict[str, object]:
    said = record(event, digest, server=server)
    moment = str((event.at - _EPOCH) // timedelta(microseconds=1) * 1000)
    attributes = {
        "log.record.uid": str(event.number),
        "event.name": event.action,
        **({"user.email": event.by.name} if event.by.kind == "person" else {}),
        **{
            f"samtykke.{name}": str(said[name])
            for name in ("outcome", "actor_kind", "actor", "site_id", "subject", "detail", "digest")
            if said[name]
        },
    }
    return {
        "timeUnixNano": moment,
        "observedTimeUnixNano": moment,
        "severityNumber": _SEVERITY_NUMBERS[_severity(event)],
        "severityText": said["severity"],
        "eventName": event.action,
        "body": {"stringValue": line(event, digest, server=server)},
        "attributes": _attributes(attributes),
    }


def _attributes(values: Mapping[str, str]) -> list[dict[str, object]]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in values.items()]


def _severity(event: AuditEvent) -> int:
    if event.action in REFUSED:
        return _WARNING
    return _NOTICE if event.action in SENSITIVE else _INFORMATIONAL


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
