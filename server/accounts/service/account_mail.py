"""E-mail about accounts: to people who are not logged in, and cannot choose whether they get it."""

from dataclasses import dataclass
from datetime import datetime

from server.core.email_addresses import email_address
from server.core.ids import new_id
from server.notifications.service import outbox
from server.notifications.values import VisitorMail

NO_SITE = ""
"""Accounts belong to no single site."""


@dataclass(frozen=True)
class Letter:
    """What all e-mails about accounts have."""

    address: str
    language: str
    """One of those of messages."""
    host: str
    """Of this server: it tells where the account is."""
    link: str


INVITATION = "user.invitation"


def send_invitation(
    letter: Letter, *, invitation_id: str, invited_by: str, role: str, where: str, now: datetime
) -> None:
    """Send somebody the link of their invitation.

    :param where: names of the sites; empty: every site
    """
    data: dict[str, str | int | None] = {
        "invited_by": invited_by,
        "role": role,
        "reach": "some" if where else "all",
        "where": where,
    }
    _send(INVITATION, letter, data, about=invitation_id, now=now)


RESET, CHANGED = "user.password_reset", "user.password_changed"


def send_reset(letter: Letter, *, reset_id: str, now: datetime) -> None:
    """Send a user the link by which they choose another password."""
    _send(RESET, letter, {}, about=reset_id, now=now)


def send_changed(letter: Letter, *, now: datetime) -> None:
    """Tell a user that their password was changed, by whomever."""
    _send(CHANGED, letter, {}, about=new_id(), now=now)


FACTORS = "user.factors_changed"


def send_factors(letter: Letter, what: str, *, left: int = 0, name: str = "", now: datetime) -> None:
    """Tell a user what became of their second factors.

    :param what: an action of the audit log, such as `app_added`
    :param left: recovery codes that were not used
    :param name: of the passkey
    """
    _send(FACTORS, letter, {"factor": what, "left": left, "name": name}, about=new_id(), now=now)


def drop_invitation(address: str, invitation_id: str, *, now: datetime) -> None:
    """Do not send the e-mail of an invitation that has ended, if it still waits."""
    receiver = email_address(address) or address
    outbox.drop_visitor_mail(NO_SITE, receiver, [INVITATION], about=invitation_id, now=now)


def drop_resets(address: str, *, now: datetime, reset_id: str | None = None) -> None:
    """Do not send a user's links for a new password that still wait; only this one, if it is given.

    What waits has the link: once it works no more, it is not kept either.
    """
    receiver = email_address(address) or address
    outbox.drop_visitor_mail(NO_SITE, receiver, [RESET], about=reset_id, now=now)


def _send(kind: str, letter: Letter, data: dict[str, str | int | None], *, about: str, now: datetime) -> None:
    mail = VisitorMail(
        site_id=NO_SITE,
        kind=kind,
        data={**data, "host": letter.host},
        key=f"{kind} {about} ",
        address=letter.address,
        language=letter.language,
        sender="Samtykke",
        link=letter.link,
    )
    outbox.record_to_visitor(mail, now=now)
