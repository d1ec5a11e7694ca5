"""Device cookies: a signed cookie of browsers in which a user has logged in before.

See `server.accounts.service.attempts` for their purpose. They do not authenticate: a device cookie only gives
failed logins of this browser a counter of its own.
"""

from datetime import timedelta

from flask import Response, request
from itsdangerous import BadData, URLSafeTimedSerializer

from server.accounts.service import attempts
from server.core.http import settings
from server.core.ids import new_id
from server.core.signing import timed_signer

LIFETIME = timedelta(days=180)
"""Lifetime of a device cookie after the last login."""

MOST = 5
"""Most accounts per browser; older ones are dropped."""

_BY_LINK = "link."
"""What the nonce of a browser begins with that has shown a link of the mailbox, and no second factor."""


def device_of(email: str) -> str | None:
    """The nonce of this browser for this account; None if nobody has logged in to it here."""
    return _known().get(_account(email))


def device_with_factor(email: str) -> str | None:
    """As `device_of`, only where whatever second factor the account had was shown, too."""
    nonce = device_of(email)
    return None if nonce is None or nonce.startswith(_BY_LINK) else nonce


def remember_device(response: Response, email: str, *, by_link: bool = False) -> None:
    """Set the device cookie for this account, with a new counter.

    :param by_link: nobody has logged in, but opened a link that was for the mailbox: the browser is known
        where the password is asked for, and not where the second factor is
    """
    known = _known()
    known.pop(_account(email), None)
    known[_account(email)] = (_BY_LINK if by_link else "") + new_id()
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
    """Digest of an account → nonce."""
    try:
        found: dict[str, str] = _signer().loads(
            request.cookies.get(_name(), ""), max_age=int(LIFETIME.total_seconds())
        )
    except BadData:
        return {}
    return found


def _account(email: str) -> str:
    return attempts.account_digest(email, secret_key=settings().secret_key)


def _name() -> str:
    return "__Host-samtykke_device" if settings().secure else "samtykke_device"


def _signer() -> URLSafeTimedSerializer:
    return timed_signer(settings().secret_key, "samtykke/device")
