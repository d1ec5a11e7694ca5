"""Alarms to owners about accounts: a new owner, a removed second factor, and many refused logins.

They are e-mail and a message at the bell, as each owner has chosen for the kind (`message_choices`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from server.accounts.service import attempts, message_choices
from server.accounts.values import Account, Actor
from server.core.ids import new_id
from server.notifications.service import outbox
from server.notifications.values import Message, Recipient

NO_SITE = ""
"""Accounts belong to no single site."""

OWNER_ADDED, FACTORS_REMOVED = "account.owner_added", "account.factors_removed"
LOGINS_REFUSED = "account.logins_refused"

WINDOW = timedelta(hours=1)
"""Within which refused logins are counted; it begins with the first one."""

MANY: Mapping[str, int] = {"account": 20, "server": 100}
"""From how many refused logins on it is told: of one account, and of all addresses, known or not.

One network alone can try 50 times in an hour (`attempts.LIMITS`): somebody who guesses at one account from
one place is noticed, somebody who mistypes is not.
"""


def owner_added(account: Account, *, now: datetime) -> None:
    """Tell the owners of every site that somebody has become one, or an owner of some sites."""
    others = [one for one in message_choices.recipients(NO_SITE, OWNER_ADDED) if one.address != account.email]
    data = {"email": account.email, "reach": "all" if account.all_sites else "some"}
    _tell(OWNER_ADDED, data, others, now)


def factors_removed(email: str, *, by: Actor, now: datetime) -> None:
    """Tell the owners of every site that a password alone now lets somebody in, who gets their own e-mail.

    Whoever did it is told, too: it may have been somebody else, in their session.
    """
    others = [one for one in message_choices.recipients(NO_SITE, FACTORS_REMOVED) if one.address != email]
    who = "self" if by.name == email else by.kind
    _tell(FACTORS_REMOVED, {"email": email, "who": who, "by": by.name}, others, now)


def count_refusal(email: str, account: Account | None, *, secret_key: str, now: datetime) -> None:
    """Count a refused login, and tell owners when there are many: once in a window, and not again.

    :param account: that of the address, if there is one
    """
    subjects = {"server": ""}
    if account is not None:
        subjects["account"] = attempts.account_digest(email, secret_key=secret_key)
    for scope, who in sorted(subjects.items()):
        counted = attempts.count_event(f"refused/{scope}/{who}", window=WINDOW, now=now)
        if counted == MANY[scope]:
            of_account = account.email if account is not None and scope == "account" else ""
            data: dict[str, str | int | None] = {"scope": scope, "email": of_account, "count": counted}
            _tell(LOGINS_REFUSED, data, message_choices.recipients(NO_SITE, LOGINS_REFUSED), now)


def _tell(
    kind: str,
    data: Mapping[str, str | int | None],
    recipients: Collection[Recipient],
    now: datetime,
) -> None:
    if recipients:
        outbox.record(Message(NO_SITE, kind, data, key=f"{kind} {new_id()}"), recipients, now=now)
