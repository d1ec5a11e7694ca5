"""What a requester does: send a request, follow it, confirm the e-mail address, withdraw it."""

from dataclasses import dataclass, replace
from datetime import datetime

from server.notices import request_rules, secret_links
from server.notices.request_rules import Content, Request, Summary
from server.notices.service import requests


@dataclass(frozen=True)
class Sent:
    """A request that was stored."""

    summary: Summary
    token: str
    """The requester's secret."""


def send(
    site_id: str,
    kind: str,
    content: Content,
    *,
    language: str,
    confirmable: bool,
    secret_key: str,
    now: datetime,
) -> Sent:
    """Store a request, whose month begins now.

    :param confirmable: whether an e-mail asks the requester to confirm; otherwise staff see at once that
        the address is not confirmed
    """
    stored = requests.store(
        site_id,
        kind,
        content,
        state="unconfirmed" if confirmable else "received",
        language=language,
        received_at=now,
        due_on=request_rules.due_on(requests.today(site_id, now=now)),
        came="",
        secret_key=secret_key,
    )
    requests.add_event(site_id, stored.request_id, "sent", "", "", secret_key=secret_key, now=now)
    token = secret_links.token(site_id, stored.request_id, "request", secret_key=secret_key)
    return Sent(stored, token)


def of_token(site_id: str, token: str, *, secret_key: str, locked: bool = False) -> Request:
    """The request whose secret this is.

    :param locked: as of `requests.find`
    :raises NotFound: `request_unknown`: there is none, or its content was deleted.
    """
    request_id = secret_links.id_of(token.strip(), site_id, "request", secret_key=secret_key)
    if request_id is None:
        raise requests.unknown()
    return requests.find(site_id, request_id, secret_key=secret_key, locked=locked)


def confirm(found: Request, *, secret_key: str, now: datetime) -> Request:
    """Note that the requester reads the e-mail address; changes nothing the second time.

    :raises Conflict: `not_now`: the request is withdrawn.
    """
    if found.confirmed_at is not None:
        return found
    return requests.take_step(found, "confirm", "", "", {"confirmed_at": now}, secret_key=secret_key, now=now)


def withdraw(found: Request, *, secret_key: str, now: datetime) -> Request:
    """Close a request because the requester wants no answer; changes nothing the second time.

    One that nobody confirmed is deleted: its address may be that of somebody who never sent it.

    :raises Conflict: `not_now`: it is closed.
    """
    if found.state == "withdrawn":
        return found
    if found.state == "unconfirmed":
        requests.delete(found)
        return replace(found, state=request_rules.after(found.state, "withdraw"))
    return requests.take_step(found, "withdraw", "", "", {"closed_at": now}, secret_key=secret_key, now=now)
