"""Messages at the bell about one's own account, which only its person gets, whatever their role.

Nobody chooses them, and they are no e-mail: those to the person are in `account_mail`, where e-mail can be
sent.
"""

from collections.abc import Mapping
from datetime import datetime

from server.accounts.values import Account, Actor, Identity
from server.core.canonical import canonical_text
from server.notifications import texts
from server.notifications.service import inbox
from server.notifications.values import Recipient

NO_SITE = ""
"""Accounts belong to no single site."""


def factors_removed(who: Account, *, by: Actor, now: datetime) -> None:
    """Tell somebody that another person, or the command line, removed their second factors."""
    if by.name != who.email:
        _tell("own.factors_removed", who, {"who": by.kind, "by": by.name}, now)


def recovery_code_used(who: Identity, *, left: int, now: datetime) -> None:
    """Tell somebody that one of their recovery codes was used up, which `left` others were not."""
    _tell("own.recovery_code_used", who, {"left": left}, now)


def passkey_refused(who: Identity, name: str, *, now: datetime) -> None:
    """Tell somebody that there seems to be a copy of their passkey."""
    _tell("own.passkey_refused", who, {"name": name}, now)


def password_reset(who: Account, *, now: datetime) -> None:
    """Tell somebody that their password was replaced by means of a link."""
    _tell("own.password_reset", who, {}, now)


def _tell(kind: str, who: Account | Identity, data: Mapping[str, str | int | None], now: datetime) -> None:
    recipient = Recipient(who.email, texts.FALLBACK, "studio", who.user_id)
    inbox.add(NO_SITE, kind, canonical_text(dict(data)), [recipient], now=now)
