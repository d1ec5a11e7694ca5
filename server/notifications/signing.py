"""Signatures of webhooks, as Standard Webhooks has them (symmetric, `v1`). Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from standardwebhooks import Webhook

from server.notifications.values import Endpoint

OVERLAP = timedelta(hours=24)
"""How long after a rotation messages are signed with the previous secret too."""

_PURPOSE = b"samtykke/webhook\n"


def secret(endpoint_id: str, number: int, *, secret_key: str) -> str:
    """The secret of an endpoint after `number` rotations: 256 bits, `whsec_` and base64.

    Derived from the server's key, so that a copy of the database holds no secret of a receiver.
    """
    name = _PURPOSE + f"{endpoint_id}\n{number}".encode()
    derived = hmac.new(secret_key.encode(), name, hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(derived).decode("ascii")


def secrets(endpoint: Endpoint, *, secret_key: str, now: datetime) -> tuple[str, ...]:
    """The secrets to sign with, the present one first; for a day after a rotation also the one before."""
    current = secret(endpoint.endpoint_id, endpoint.secret_number, secret_key=secret_key)
    if endpoint.rotated_at is None or now >= endpoint.rotated_at + OVERLAP:
        return (current,)
    return current, secret(endpoint.endpoint_id, endpoint.secret_number - 1, secret_key=secret_key)


def headers(message_id: str, body: bytes, *, with_secrets: tuple[str, ...], now: datetime) -> dict[str, str]:
    """The headers of one try; the id is the same in every try."""
    signed = [Webhook(each).sign(message_id, now, body.decode("utf-8")) for each in with_secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }
