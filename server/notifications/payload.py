"""The body of a webhook. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime

from server.core.canonical import canonical


def payload(kind: str, data: Mapping[str, str | int | None], *, created_at: datetime) -> bytes:
    """JSON with `type`, `timestamp` and `data`; the same bytes in every try."""
    moment = created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return canonical({"type": kind, "timestamp": moment, "data": dict(data)})


def message_id(notification_id: str) -> str:
    """The `webhook-id` of a message."""
    return f"msg_{notification_id}"
