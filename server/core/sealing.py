"""Personal data and secrets, encrypted as they are stored; and keys for one purpose each. Pure.

AES-256-GCM (NIST SP 800-38D) with a key derived from the server's secret key (HKDF, RFC 5869): a database or
a backup without that key shows nothing. The place of a text is authenticated with it, so that no row can be
moved to another place.
"""

import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Unreadable(Exception):
    """It was sealed with another key, at another place, or was changed."""


def seal(text: str, place: str, *, secret_key: str, kind: str) -> bytes:
    """The text, encrypted for one place such as `SITE/REQUEST/content`.

    :param kind: what it is, such as `requests/content`; each kind has a key of its own
    """
    return seal_bytes(text.encode("utf-8"), place, secret_key=secret_key, kind=kind)


def seal_bytes(content: bytes, place: str, *, secret_key: str, kind: str) -> bytes:
    """The same of bytes."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(secret_key, kind).encrypt(nonce, content, place.encode())


def unseal(sealed: bytes, place: str, *, secret_key: str, kind: str) -> str:
    """The text that was sealed for this place.

    :raises Unreadable: it was not, or not with this key.
    """
    return unseal_bytes(sealed, place, secret_key=secret_key, kind=kind).decode("utf-8")


def unseal_bytes(sealed: bytes, place: str, *, secret_key: str, kind: str) -> bytes:
    """The same of bytes.

    :raises Unreadable: as `unseal`.
    """
    try:
        return _cipher(secret_key, kind).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except (InvalidTag, ValueError) as fault:
        raise Unreadable("the content cannot be decrypted") from fault


def _cipher(secret_key: str, kind: str) -> AESGCM:
    return AESGCM(derived(secret_key, kind))


@lru_cache(maxsize=32)
def derived(secret_key: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, from the server's secret key (HKDF, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=f"samtykke/{purpose}".encode()).derive(secret_key.encode())
