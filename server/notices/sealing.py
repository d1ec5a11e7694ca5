"""Personal data of requests, encrypted as it is stored; and the secret link of a requester. Pure.

AES-256-GCM (NIST SP 800-38D) with a key derived from the server's secret key (HKDF, RFC 5869): a database or
a backup without that key shows nothing. The place of a text is authenticated with it, so that no row can be
moved to another request.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.core.ids import PATTERN

_NONCE = 12
_ID = 22
LONGEST_TOKEN = 2 * _ID


class Unreadable(Exception):
    """It was sealed with another key, at another place, or was changed."""


def seal(text: str, place: str, *, secret_key: str) -> bytes:
    """The text, encrypted for one place such as `SITE/REQUEST/content`."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(secret_key).encrypt(nonce, text.encode("utf-8"), place.encode())


def unseal(sealed: bytes, place: str, *, secret_key: str) -> str:
    """The text that was sealed for this place.

    :raises Unreadable: it was not, or not with this key.
    """
    try:
        plain = _cipher(secret_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except (InvalidTag, ValueError) as fault:
        raise Unreadable("the content cannot be decrypted") from fault
    return plain.decode("utf-8")


def token(site_id: str, request_id: str, *, secret_key: str) -> str:
    """The secret of a request's requester: its id, and a code of 128 bits that only this server can make.

    It is stored nowhere, so that later e-mails can hold it while the database does not.
    """
    return request_id + _code(site_id, request_id, secret_key)


def request_of(text: str, site_id: str, *, secret_key: str) -> str | None:
    """The id of the request whose secret this is, on this site; None if it is not one."""
    request_id, code = text[:_ID], text[_ID:]
    if len(text) != LONGEST_TOKEN or not (PATTERN.fullmatch(request_id) and PATTERN.fullmatch(code)):
        return None
    return request_id if hmac.compare_digest(code, _code(site_id, request_id, secret_key)) else None


def _code(site_id: str, request_id: str, secret_key: str) -> str:
    key = derived(secret_key, "token")
    digest = hmac.new(key, f"{site_id}/{request_id}".encode(), sha256).digest()
    return urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


@lru_cache(maxsize=8)
def derived(secret_key: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, from the server's secret key."""
    info = f"samtykke/requests/{purpose}".encode()
    return HKDF(SHA256(), 32, salt=None, info=info).derive(secret_key.encode())


def _cipher(secret_key: str) -> AESGCM:
    return AESGCM(derived(secret_key, "content"))
