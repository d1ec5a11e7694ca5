"""Codes of authenticator apps (TOTP, RFC 6238): six digits, SHA-1, 30 seconds, as every app can. Pure."""

import hmac
import unicodedata
from datetime import datetime

import pyotp

STEP = 30
"""Seconds that a code is shown."""

SKEW = 1
"""Steps that the clock of a phone may be ahead or behind (RFC 6238, 5.2)."""


def new_secret() -> str:
    """A secret of 160 bits in base 32 (RFC 4226, 4: R6)."""
    return pyotp.random_base32(32)


def step_of(secret: str, typed: str, *, now: datetime) -> int | None:
    """The time step whose code this is; None if it is none of those that count now."""
    code = "".join(one for one in unicodedata.normalize("NFKC", typed) if one.isdecimal() and one.isascii())
    present, codes = int(now.timestamp()) // STEP, pyotp.TOTP(secret)
    steps = range(present - SKEW, present + SKEW + 1)
    # Each is compared, in a time that tells nothing of where they differ.
    right = [step for step in steps if hmac.compare_digest(codes.generate_otp(step), code)]
    return right[-1] if right else None


def uri(secret: str, *, account: str, issuer: str) -> str:
    """What an app reads from a QR code: the secret, and what it is for."""
    return pyotp.TOTP(secret, name=account, issuer=issuer).provisioning_uri()


def grouped(secret: str) -> str:
    """The secret to be typed: groups of four."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
