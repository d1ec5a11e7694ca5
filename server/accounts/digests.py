"""How a secret that leaves once is kept here."""

import hashlib


def digest(secret: str) -> bytes:
    """What is kept of a session's or a token's secret."""
    # The secrets have 256 random bits: one fast hash is enough to keep them from being guessed.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
