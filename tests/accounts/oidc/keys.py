"""Keys of providers that tests make up, and tokens signed with them."""

import base64
import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

ISSUER = "https://login.example.no/realms/staff"
CLIENT = "samtykke"


@lru_cache(maxsize=8)
def rsa(name: str = "first") -> RSAKey:
    """A private key; the same for the same name."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@lru_cache(maxsize=4)
def ec(name: str = "curve") -> ECKey:
    """A private key on a curve."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig"})


def key_set(*keys: Key) -> dict[str, Any]:
    """The public halves, as a provider publishes them."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def signed(claims: dict[str, Any], key: Key | None = None, algorithm: str = "RS256", **header: Any) -> str:
    """A token of the first key, unless another is named."""
    used = key or rsa()
    named = {"alg": algorithm, "kid": used.kid, **header}
    return jwt.encode({k: v for k, v in named.items() if v is not None}, claims, used, [algorithm])


def unsigned(claims: dict[str, Any], algorithm: str = "none") -> str:
    """A token without a signature."""
    parts = [json.dumps(each).encode() for each in ({"alg": algorithm, "typ": "JWT"}, claims)]
    return ".".join(_encoded(part) for part in parts) + "."


def keyed_with_public_key(claims: dict[str, Any], key: RSAKey) -> str:
    """A token with an HMAC by the public key, which anybody can make (CVE-2015-9235)."""
    # By hand: joserfc refuses to make one.
    start = ".".join(
        _encoded(json.dumps(each).encode()) for each in ({"alg": "HS256", "kid": key.kid}, claims)
    )
    return f"{start}.{_encoded(hmac.digest(key.as_pem(private=False), start.encode(), hashlib.sha256))}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
