"""Tokens in the addresses of shared installation instructions: which link of which site. Pure.

Signed, not encrypted: without the server's key nobody can make one, not even with a copy of the database.
"""

from itsdangerous import BadData, URLSafeSerializer

from server.core.signing import signer

_PURPOSE = "samtykke/installation"


def sign(site_id: str, link_id: str, *, secret_key: str) -> str:
    """The token of a link; only characters that need no escape in an address."""
    return _signer(secret_key).dumps([site_id, link_id])


def read(token: str, *, secret_key: str) -> tuple[str, str] | None:
    """Ids of the site and the link; None if the token was not made here."""
    try:
        site_id, link_id = _signer(secret_key).loads(token)
    except BadData:
        return None
    return site_id, link_id


def _signer(secret_key: str) -> URLSafeSerializer:
    return signer(secret_key, _PURPOSE)
