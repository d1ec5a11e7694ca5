"""Links that work once: an id that names a row, and a secret of which the row has the digest. Pure.

Both stand after the `#` of the address: browsers send that to no server, so it is in no log or referrer.
"""

import hmac
import re
import secrets

from server.accounts.digests import digest

_TOKEN = re.compile(r"(?:.*#)?\s*([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{43})", re.DOTALL)


def new_token(row_id: str) -> str:
    """A token of a row: its id of 22 characters, and a new secret of 256 bits."""
    return row_id + secrets.token_urlsafe(32)


def stored(token: str) -> bytes:
    """What the row has of a token: the digest of its secret."""
    return digest(token[22:])


def read(typed: str) -> tuple[str, str] | None:
    """Id and secret of a token, or of the whole address of a link; None if it is neither."""
    found = _TOKEN.fullmatch(typed.strip())
    return (found[1], found[2]) if found else None


def opens(secret: str, row_digest: bytes) -> bool:
    """Whether it is the secret of the row; compared in a time that tells nothing of where they differ."""
    return hmac.compare_digest(digest(secret), row_digest)


def address(public_url: str, page: str, token: str, language: str = "") -> str:
    """The address of a link that opens `page`, in a language if one is given."""
    return f"{public_url}/studio/{page}{f'?language={language}' if language else ''}#{token}"
