"""Recovery codes: for who has lost the phone or the key that logs them in. Pure."""

import hashlib
import hmac
import secrets
import unicodedata

from server.core.sealing import derived

NUMBER = 10
"""How many are made at once."""

FEW = 2
"""From how many that are left on their owner is told."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without 0, 1, i, l and o, which are easily confused."""

_GROUPS, _LENGTH = 4, 4


def generate() -> tuple[str, ...]:
    """New codes of 79 bits each, in four groups of four."""
    return tuple(
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(_GROUPS))
        for _ in range(NUMBER)
    )


def digest(code: str, *, secret_key: str) -> bytes:
    """What is stored of a code, however it was typed.

    One keyed hash is enough: 79 random bits cannot be guessed, with the key or without.
    """
    plain = unicodedata.normalize("NFKC", code).lower()
    letters = "".join(one for one in plain if one in _ALPHABET)
    return hmac.new(derived(secret_key, "accounts/recovery"), letters.encode(), hashlib.sha256).digest()
