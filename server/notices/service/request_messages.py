"""E-mails about requests: to requesters, with a link and no content; to staff, with the reference number."""

from datetime import date, datetime

from server.accounts.service import message_choices
from server.notices import request_rules
from server.notices.letters import letter
from server.notices.request_rules import Request, Summary
from server.notices.secret_links import token
from server.notices.service.requester import Sent
from server.notices.service.requests import today
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import service as sites
from server.sites.values import Site


def link(site_key: str, token: str, language: str, *, public: str) -> str:
    """Where a requester follows a request. Browsers do not send what stands after `#`."""
    return f"{public}/s/{site_key}/request/status?lang={language}#{token}"


def ask_to_confirm(
    site: Site, sent: Sent, address: str, language: str, *, public: str, now: datetime
) -> None:
    """Ask whether the e-mail address is that of the requester. Call it late in the transaction."""
    summary = sent.summary
    data = {"right": summary.kind, "made": today(site.id, now=now).isoformat()}
    url = link(site.key, sent.token, language, public=public)
    _to_requester("request.confirmation", site, summary, data, address, language, url, now)


def announce_answer(site: Site, found: Request, *, secret_key: str, public: str, now: datetime) -> None:
    """Inform the requester that there is an answer or a refusal; nothing if the address is not confirmed."""
    _about(site, found, "request.reply", {}, secret_key, public, now)


def announce_extension(site: Site, found: Request, *, secret_key: str, public: str, now: datetime) -> None:
    """Inform the requester that it takes longer; nothing if the address is not confirmed."""
    data = {"due": found.due_on.isoformat()}
    _about(site, found, "request.extended", data, secret_key, public, now)


def announce(site: Site, summary: Summary, *, now: datetime, by: str = "") -> None:
    """Inform staff of a request that waits for them. Call it late in the transaction.

    :param by: who has entered it, and knows; empty: it came by the form
    """
    _to_staff("request.received", site, summary, {"right": summary.kind}, "", now, by)


def remind(site: Site, summary: Summary, *, today: date, now: datetime) -> bool:
    """Inform staff, once each, that a request is due in a few days, and that it is overdue.

    False if they were informed before.

    :param summary: of one that is due soon or overdue (`requests.to_remind_of`)
    """
    late = request_rules.is_overdue(summary.state, summary.due_on, today=today)
    when = "late" if late else "soon"
    # An extended request is due once more.
    return _to_staff("request.overdue", site, summary, {"when": when}, f" {when} {summary.due_on}", now)


def forget(site: Site, found: Request, *, now: datetime) -> None:
    """Drop what still waits to be sent to the requester about this request."""
    if found.content is not None:
        kinds = ("request.confirmation", "request.reply", "request.extended")
        outbox.drop_visitor_mail(site.id, found.content.email, kinds, about=found.request_id, now=now)


def _about(
    site: Site,
    found: Request,
    kind: str,
    data: dict[str, str],
    secret_key: str,
    public: str,
    now: datetime,
) -> None:
    if found.confirmed_at is None or found.content is None:
        return
    secret = token(site.id, found.request_id, "request", secret_key=secret_key)
    url = link(site.key, secret, found.language, public=public)
    _to_requester(kind, site, found, data, found.content.email, found.language, url, now)


def _to_requester(
    kind: str,
    site: Site,
    summary: Summary,
    data: dict[str, str],
    address: str,
    language: str,
    url: str,
    now: datetime,
) -> None:
    published = sites.newest(site.id)
    mail = letter(
        site,
        published.document if published else sites.draft(site.id).document,
        kind,
        {"reference": summary.reference, **data},
        key=f"{kind} {summary.request_id} {summary.revision}",
        address=address,
        language=language,
        link=url,
    )
    outbox.record_to_visitor(mail, now=now)


def _to_staff(
    kind: str, site: Site, summary: Summary, data: dict[str, str], once: str, now: datetime, by: str = ""
) -> bool:
    about = {
        "site": site.key,
        "site_name": site.name,
        "reference": summary.reference,
        "due": summary.due_on.isoformat(),
    }
    message = Message(site.id, kind, {**about, **data}, key=f"{kind} {summary.request_id}{once}")
    others = [one for one in message_choices.recipients(site.id, kind) if one.address != by]
    return outbox.record(message, others, now=now)
