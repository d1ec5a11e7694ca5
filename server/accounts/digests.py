"""Digests of secrets that are returned once."""

import hashlib


def digest(secret: str) -> bytes:
    """The stored digest of the secret of a session or token."""
    # The secrets have 256 random bits: one fast hash is enough against guessing.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
