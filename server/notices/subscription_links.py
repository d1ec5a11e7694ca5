"""The links by which a subscription is confirmed and ended. Pure.

A token is the id of the subscription, and a digest of it with the server's key. It is stored nowhere: a copy
of the database opens no subscription, and yet every e-mail can have the same link.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Literal

from server.core.ids import PATTERN

Purpose = Literal["confirm", "unsubscribe"]

LENGTH = 44
"""Characters of a token."""

_ID = 22


def token(site_id: str, subscriber_id: str, purpose: Purpose, *, secret_key: str) -> str:
    """The secret of a link: 128 random bits, and 128 bits that only this server can make."""
    name = f"samtykke/subscription\n{purpose}\n{site_id}\n{subscriber_id}".encode()
    digest = hmac.new(secret_key.encode(), name, hashlib.sha256).digest()[:16]
    return subscriber_id + urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def subscriber_of(text: str, site_id: str, purpose: Purpose, *, secret_key: str) -> str | None:
    """The id of the subscription that a token is for, on this site; None if it is not one for this."""
    subscriber_id = text[:_ID]
    if not text.isascii() or len(text) != LENGTH or not PATTERN.fullmatch(subscriber_id):
        return None
    made = token(site_id, subscriber_id, purpose, secret_key=secret_key)
    return subscriber_id if hmac.compare_digest(made, text) else None


def address_digest(address: str, *, secret_key: str) -> str:
    """By which a subscriber of an address is found again, whatever the case in which it was typed."""
    name = b"samtykke/subscriber\n" + address.casefold().encode("utf-8")
    return hmac.new(secret_key.encode(), name, hashlib.sha256).hexdigest()[:32]
