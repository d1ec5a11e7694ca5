"""Challenges for passkeys, and what browsers answer: one challenge for each browser, answered once.

The challenge is in the signed cookie, with what it is for, and until when: nothing is stored until it is
answered, so that asking for many fills no database.
"""

import base64
import ipaddress
from typing import Literal

from flask import request, session

from server.accounts.service import passkeys
from server.accounts.service.passkeys import Party
from server.core import clock
from server.core.db import transaction
from server.core.errors import Unauthenticated
from server.core.http import settings

Purpose = Literal["login", "factor", "confirm", "add"]

_CHALLENGE = "passkey"


def party() -> Party:
    """The server, as passkeys know it."""
    return Party(settings().own_host, settings().origin)


def are_possible() -> bool:
    """Whether browsers allow passkeys here: on HTTPS or localhost, and a name, not an IP address."""
    host = settings().own_host
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return settings().secure or host == "localhost" or host.endswith(".localhost")
    return False


def challenge(purpose: Purpose) -> bytes:
    """A new challenge for this browser, in the place of one that it had."""
    made = passkeys.new_challenge()
    session[_CHALLENGE] = [purpose, base64.b64encode(made).decode(), int(clock.now().timestamp())]
    return made


def taken(purpose: Purpose) -> bytes | None:
    """As `take`, if this request has an answer."""
    return take(purpose) if answer() else None


def take(purpose: Purpose) -> bytes:
    """The challenge of this browser, which is answered by this.

    It is stored as answered in a transaction of its own; call it before another is open.

    :raises Unauthenticated: there is none for this, or it was answered, or is too old.
    """
    found = session.pop(_CHALLENGE, None)
    now = clock.now()
    if (
        found is None
        or found[0] != purpose
        or now.timestamp() - found[2] >= passkeys.CHALLENGE_LASTS.total_seconds()
    ):
        raise Unauthenticated("this passkey was not accepted; try again", reason="challenge_unknown")
    made = base64.b64decode(found[1])
    with transaction():
        passkeys.use_challenge(made, now=now)
    return made


def answer() -> str:
    """What the browser has answered."""
    return request.form.get("credential", "")
