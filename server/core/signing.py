"""Signed texts that leave this server and come back: cookies, links, fields of forms. Pure.

By itsdangerous with HMAC-SHA256: by itself it takes SHA-1. Everybody can read them, and this server alone
makes them; what nobody else may read is sealed (`server.core.sealing`).
"""

import hashlib
from typing import Any

from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

_SHA256: dict[str, Any] = {"digest_method": hashlib.sha256}


def signer(secret_key: str, purpose: str) -> URLSafeSerializer:
    """What signs for one purpose, and reads nothing that was signed for another."""
    return URLSafeSerializer(secret_key, salt=purpose, signer_kwargs=_SHA256)


def timed_signer(secret_key: str, purpose: str) -> URLSafeTimedSerializer:
    """The same, with the time at which it was signed."""
    return URLSafeTimedSerializer(secret_key, salt=purpose, signer_kwargs=_SHA256)
