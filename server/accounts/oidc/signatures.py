"""Signatures of a provider's tokens (RFC 7515), by the keys of its key set (RFC 7517)."""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey, import_key
from joserfc.jws import JWSRegistry

from server.accounts.oidc.faults import UnknownKey
from server.accounts.values import BadAnswer

ALGORITHMS: Mapping[str, type[Key]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSAKey),
    **dict.fromkeys(("ES256", "ES384", "ES512"), ECKey),
}
"""What a token may be signed by, and of which kind the key then is.

All are signatures with a private key that the provider alone has: neither `none`, nor an HMAC, which somebody
who knows the public key could compute with it.
"""

SHORTEST_RSA = 2048
"""Bits (RFC 7518 § 3.3)."""

_REGISTRY = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)


@dataclass(frozen=True)
class Signed:
    """The content of a token whose signature is right; nothing else of it has been judged."""

    algorithm: str
    kind: str
    """`typ` of its header, in lower case; may be empty."""
    claims: Mapping[str, Any]


def keys_of(document: object) -> tuple[Key, ...]:
    """The keys of a key set that signatures may be checked by; what cannot be read or used is left out.

    :raises BadAnswer: it is not a key set.
    """
    listed = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise BadAnswer("key_set_malformed")
    return tuple(key for each in listed if (key := _key(each)) is not None)


def verified(token: str, keys: tuple[Key, ...]) -> Signed:
    """The content of a token that is signed with one of these keys.

    :raises UnknownKey: none of them is the one that it names.
    :raises BadAnswer: it is not a token, not signed as it has to be, or not with that key.
    """
    try:
        header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
        candidates = _candidates(header, keys)
        if not candidates:
            raise UnknownKey
        return _verified(token, candidates)
    # JSON that is nested deeply is a RecursionError.
    except (JoseError, ValueError, TypeError, RecursionError) as fault:
        raise BadAnswer("token_signature") from fault


def _verified(token: str, candidates: tuple[Key, ...]) -> Signed:
    for place, key in enumerate(candidates, 1):
        try:
            found = jwt.decode(token, key, registry=_REGISTRY)
        except JoseError:
            if place == len(candidates):
                raise
            continue
        kind = found.header.get("typ", "")
        return Signed(str(found.header["alg"]), kind.lower() if isinstance(kind, str) else "", found.claims)
    raise UnknownKey


def _candidates(header: Mapping[str, Any], keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """The keys that may have signed: that with the name, or all of the kind where the token has no name.

    :raises BadAnswer: it is signed by an algorithm that is not allowed.
    """
    algorithm, name = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise BadAnswer("token_algorithm")
    usable = [
        key
        for key in keys
        if isinstance(key, ALGORITHMS[algorithm]) and key.get("alg", algorithm) == algorithm
    ]
    return tuple(key for key in usable if name is None or key.get("kid") == name)


def _key(listed: object) -> Key | None:
    if not isinstance(listed, dict) or listed.get("use", "sig") != "sig":
        return None
    try:
        if listed.get("kty") not in ("RSA", "EC") or _is_short(listed):
            return None
        # These say nothing about the signature, and providers get them wrong.
        return import_key({name: value for name, value in listed.items() if name not in ("key_ops", "x5c")})
    except (JoseError, ValueError, TypeError):
        return None


def _is_short(listed: dict[str, Any]) -> bool:
    """:raises ValueError: the modulus cannot be read."""
    if listed["kty"] != "RSA":
        return False
    modulus = urlsafe_b64decode(str(listed.get("n", "")) + "==")
    return int.from_bytes(modulus).bit_length() < SHORTEST_RSA
