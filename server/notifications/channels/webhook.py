"""Sending one webhook, and reading from the answer what became of it."""

from collections.abc import Callable
from datetime import datetime

from server.core.addresses import Refused
from server.core.guarded_fetch import Answer, Failed
from server.notifications import schedule, signing
from server.notifications.payload import payload
from server.notifications.values import Claim, Outcome

TIMEOUT = 15.0
"""Seconds that a receiver may take in all."""

Post = Callable[[str, bytes, dict[str, str]], Answer]
"""Posts a body with headers to a URL; raises `Refused` and `Failed`."""


def send(claimed: Claim, *, post: Post, secret_key: str, now: datetime) -> Outcome:
    """Post the message of a claim to its endpoint, signed."""
    endpoint = claimed.endpoint
    if endpoint is None:
        return Outcome("refused", None, "The endpoint was deleted.")
    body = payload(claimed.kind, claimed.data, created_at=claimed.created_at)
    secrets = signing.secrets(endpoint, secret_key=secret_key, now=now)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Samtykke-Webhooks",
        **signing.headers(claimed.message_id, body, with_secrets=secrets, now=now),
    }
    try:
        answer = post(endpoint.url, body, headers)
    except Refused as fault:
        return Outcome("failed", None, f"Not sent, because this address is not allowed: {fault.message}.")
    except Failed as fault:
        return Outcome("failed", None, f"No answer: {fault.message}.")
    return outcome(answer, now=now)


def outcome(answer: Answer, *, now: datetime) -> Outcome:
    """What an answer means: 2xx is success, 410 ends the subscription, everything else is tried again."""
    status = answer.status
    said = f"The receiver answered {status}."
    if 200 <= status < 300:
        return Outcome("delivered", status, said)
    if status == 410:
        return Outcome("gone", status, said)
    if 300 <= status < 400:
        return Outcome("failed", status, f"{said} Redirects are not followed: change the endpoint’s address.")
    wait = schedule.retry_after(answer.headers.get("retry-after"), now=now) if status in (429, 503) else None
    text = answer.body.decode("utf-8", "replace").strip()
    return Outcome("failed", status, f"{said} {text}".strip(), wait)
