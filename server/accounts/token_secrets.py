"""Secrets of API tokens: a prefix by which scanners find leaks, random characters, and a check sum. Pure.

`smt_`, 40 random characters of base 62 (238 bits) and the CRC-32 of all before it in 6 such characters, as
GitHub does it: a scanner knows a leaked secret from a text that looks like one, and a mistyped secret is
refused without asking the database. Secrets without a check sum, `smt_` and 43 characters, were made before.
"""

import re
import secrets
import string
import zlib

PREFIX = "smt_"
"""What every secret begins with."""

LENGTH = len(PREFIX) + 46
"""Characters of a secret."""

HINT = 4
"""Last characters of a secret that are shown to tell it from others; those are of the check sum."""

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _SUM = 40, 6
_FORM = re.compile(rf"{PREFIX}(?:[0-9A-Za-z]{{{_RANDOM + _SUM}}}|[A-Za-z0-9_-]{{43}})")


def new_secret() -> str:
    """A secret of a token."""
    body = PREFIX + "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM))
    return body + _check_sum(body)


def is_one(text: str) -> bool:
    """Whether a text can be the secret of a token: by its form and, if it has one, its check sum."""
    if not _FORM.fullmatch(text):
        return False
    return len(text) != LENGTH or text[-_SUM:] == _check_sum(text[:-_SUM])


def hint(secret: str) -> str:
    """The last characters of a secret, of which nobody can guess the others."""
    return secret[-HINT:]


def _check_sum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(_SUM):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
