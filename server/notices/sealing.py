"""Personal data of requesters and subscribers, encrypted as it is stored. Pure.

AES-256-GCM (NIST SP 800-38D) with a key derived from the server's secret key (HKDF, RFC 5869): a database or
a backup without that key shows nothing. The place of a text is authenticated with it, so that no row can be
moved to another request or subscription.
"""

import secrets
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.notices.secret_links import derived

Kind = Literal["requests/content", "subscribers/address"]
"""What is sealed; each kind has a key of its own."""

_NONCE = 12


class Unreadable(Exception):
    """It was sealed with another key, at another place, or was changed."""


def seal(text: str, place: str, *, secret_key: str, kind: Kind = "requests/content") -> bytes:
    """The text, encrypted for one place such as `SITE/REQUEST/content`."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(secret_key, kind).encrypt(nonce, text.encode("utf-8"), place.encode())


def unseal(sealed: bytes, place: str, *, secret_key: str, kind: Kind = "requests/content") -> str:
    """The text that was sealed for this place.

    :raises Unreadable: it was not, or not with this key.
    """
    try:
        plain = _cipher(secret_key, kind).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except (InvalidTag, ValueError) as fault:
        raise Unreadable("the content cannot be decrypted") from fault
    return plain.decode("utf-8")


def _cipher(secret_key: str, kind: Kind) -> AESGCM:
    return AESGCM(derived(secret_key, kind))
