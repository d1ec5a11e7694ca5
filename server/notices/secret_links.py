"""Secrets of links: by one, a subscription is confirmed or ended, or a request is followed. Pure.

A token is the id of what it opens, and a code of it with the server's key. It is stored nowhere: a copy of
the database opens nothing, and yet every e-mail can have the same link.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Literal

from server.core.ids import PATTERN
from server.core.sealing import derived

Purpose = Literal["confirm", "unsubscribe", "request"]
"""What a token opens: a subscription, to confirm or to end it, or a request."""

LENGTH = 44
"""Characters of a token."""

_ID = 22


def token(site_id: str, opened_id: str, purpose: Purpose, *, secret_key: str) -> str:
    """The secret of a link: 128 random bits, and 128 bits that only this server can make."""
    name = f"{site_id}\n{opened_id}".encode()
    digest = hmac.new(derived(secret_key, f"links/{purpose}"), name, hashlib.sha256).digest()[:16]
    return opened_id + urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def id_of(text: str, site_id: str, purpose: Purpose, *, secret_key: str) -> str | None:
    """The id of what a token opens, on this site; None if it is not one for this."""
    opened_id = text[:_ID]
    if not text.isascii() or len(text) != LENGTH or not PATTERN.fullmatch(opened_id):
        return None
    made = token(site_id, opened_id, purpose, secret_key=secret_key)
    return opened_id if hmac.compare_digest(made, text) else None


def address_digest(address: str, *, secret_key: str) -> str:
    """By which a subscriber of an address is found again, whatever the case in which it was typed."""
    key, name = derived(secret_key, "subscriber"), address.casefold().encode("utf-8")
    return hmac.new(key, name, hashlib.sha256).hexdigest()[:32]
