"""Browsers in which somebody has logged in before: a signed cookie, which logins of strangers do not have.

See `server.accounts.attempts` for what it is good for. It lets nobody in: without the password it is worth as
many tries as a browser has.
"""

from datetime import timedelta

from flask import Response, request
from itsdangerous import BadData, URLSafeTimedSerializer

from server.accounts import service as accounts
from server.core.http import settings
from server.core.ids import new_id

LIFETIME = timedelta(days=180)
"""How long a browser is known after the last login in it."""

MOST = 5
"""Accounts that one browser is known for, the last ones."""


def device_of(email: str) -> str | None:
    """What this browser got when somebody last logged in to this account in it; none where nobody has."""
    return _known().get(_account(email))


def remember_device(response: Response, email: str) -> None:
    """Let the browser be known for this account, with a new count of failed tries."""
    known = _known()
    known.pop(_account(email), None)
    known[_account(email)] = new_id()
    newest = dict(list(known.items())[-MOST:])
    response.set_cookie(
        _name(),
        _signer().dumps(newest),
        max_age=LIFETIME,
        secure=settings().secure,
        httponly=True,
        samesite="Strict",
    )


def _known() -> dict[str, str]:
    """Digest of an account → what the browser got for it."""
    try:
        found: dict[str, str] = _signer().loads(
            request.cookies.get(_name(), ""), max_age=int(LIFETIME.total_seconds())
        )
    except BadData:
        return {}
    return found


def _account(email: str) -> str:
    return accounts.account_digest(email, secret_key=settings().secret_key)


def _name() -> str:
    return "__Host-samtykke_device" if settings().secure else "samtykke_device"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt="samtykke/device")
