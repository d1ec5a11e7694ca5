"""Random identifiers."""

import re
import secrets

PATTERN = re.compile(r"[A-Za-z0-9_-]{22}")
"""Syntax of 128 bits in unpadded base64url."""


def new_id() -> str:
    """128 random bits as 22 base64url characters."""
    return secrets.token_urlsafe(16)


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_number() -> str:
    """128 random bits as 26 characters that can be dictated (Crockford's base 32: no I, L, O, U).

    Not a ULID, which is written alike, because that begins with the time.
    """
    bits = secrets.randbits(128)
    return "".join(_CROCKFORD[(bits >> shift) & 31] for shift in range(125, -1, -5))
