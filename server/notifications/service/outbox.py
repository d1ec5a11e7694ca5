"""Recording messages in the caller's transaction, with a delivery for each receiver."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from server.core.canonical import canonical_text
from server.core.db import db, insert
from server.core.ids import new_id
from server.notifications import models, queries, schedule
from server.notifications.service import inbox
from server.notifications.texts import LANGUAGES
from server.notifications.values import (
    TEST,
    VISITOR_CHANNELS,
    VISITOR_KINDS,
    Channel,
    Endpoint,
    Message,
    Recipient,
    VisitorMail,
    kind_of,
)

MAX_EMAILS = 10
"""Most e-mails for at once that an address gets in an hour; what is more goes into the daily digest, unless
it is critical or a test."""

_NOTIFICATION = cast("sa.Table", models.Notification.__table__)
_SEQUENCE = cast("sa.Table", models.Sequence.__table__)
_DELIVERY = cast("sa.Table", models.Delivery.__table__)


def record(message: Message, recipients: Collection[Recipient], *, now: datetime, by: str = "") -> bool:
    """Put a message into the outbox and the inboxes, for these people and the site's endpoints of its kind.

    It is sent if the caller's transaction commits. False if the site had a message with this key before; then
    nothing is changed. Locks the site's sequence until the transaction ends: call it late.

    :param by: the address of who did it at the screen, and so needs no message to know it; empty: nobody

    :raises KeyError: there is no such kind.
    """
    kind_of(message.kind)
    targets = [
        one
        for one in queries.endpoints(message.site_id)
        if one.disabled_at is None and message.kind in one.kinds
    ]
    return _record(message, targets, recipients, now, by)


def send_test(endpoint: Endpoint, data: dict[str, str | int | None], *, now: datetime) -> None:
    """Put a test message for one endpoint into the outbox, whatever kinds it has chosen."""
    message = Message(endpoint.site_id, TEST.name, data, f"test {new_id()}")
    _record(message, [endpoint], [], now)


def send_test_email(recipient: Recipient, data: dict[str, str | int | None], *, now: datetime) -> None:
    """Put a test message for one person into the outbox."""
    _record(Message("", TEST.name, data, f"test {new_id()}"), [], [recipient], now)


def record_to_visitor(mail: VisitorMail, *, now: datetime) -> bool:
    """Put an e-mail to a person who is not staff into the outbox; as `record_to_visitors`."""
    return record_to_visitors([mail], now=now) == 1


def record_to_visitors(mails: Sequence[VisitorMail], *, now: datetime) -> int:
    """Put e-mails to people who are not staff into the outbox; returns how many.

    Each is sent alone, never in a digest, and no webhook has it. How many an address gets in an hour is for
    the caller to limit, who knows whether strangers can cause them. One with a key that the site had is left
    out. Locks the sequence of each site until the transaction ends: call it late.

    :raises KeyError: there is no such kind.
    :raises ValueError: there are no messages in this language.
    """
    for mail in mails:
        if mail.kind not in VISITOR_KINDS:
            raise KeyError(mail.kind)
        if mail.language not in LANGUAGES:
            raise ValueError(f"there are no messages in {mail.language!r}")
    of_site: dict[str, dict[str, VisitorMail]] = {}
    for mail in mails:
        of_site.setdefault(mail.site_id, {}).setdefault(mail.key, mail)
    return sum(_record_letters(site_id, letters, now) for site_id, letters in sorted(of_site.items()))


def _record_letters(site_id: str, letters: dict[str, VisitorMail], now: datetime) -> int:
    """Record those of one site that it has not had, by key."""
    lock(site_id)
    here = [_NOTIFICATION.c.site_id == site_id, _NOTIFICATION.c.key.in_(sorted(letters))]
    had = set(db.session.scalars(sa.select(_NOTIFICATION.c.key).where(*here)))
    fresh = [mail for key, mail in letters.items() if key not in had]
    if not fresh:
        return 0
    first = _next_number(site_id, len(fresh))
    rows = [_row(_message(mail), first + place, now) for place, mail in enumerate(fresh)]
    db.session.execute(_NOTIFICATION.insert(), rows)
    targets: list[tuple[Channel, str, str, datetime]] = [
        (VISITOR_KINDS[mail.kind], mail.address, mail.language, now) for mail in fresh
    ]
    deliveries = [_delivery(row, target, now) for row, target in zip(rows, targets, strict=True)]
    db.session.execute(_DELIVERY.insert(), deliveries)
    return len(fresh)


def _message(mail: VisitorMail) -> Message:
    around = {
        "sender": mail.sender,
        "reply_to": mail.reply_to,
        "link": mail.link,
        "unsubscribe": mail.unsubscribe,
    }
    return Message(mail.site_id, mail.kind, {**mail.data, **around}, mail.key)


def drop_visitor_mail(
    site_id: str, address: str, kinds: Collection[str], *, about: str | None = None, now: datetime
) -> None:
    """Delete what still waits for an address of these kinds; what is being sent this moment is sent.

    :param about: only messages about this: it follows the kind in their keys
    """
    pending = [
        _DELIVERY.c.site_id == site_id,
        _DELIVERY.c.channel.in_(VISITOR_CHANNELS),
        _DELIVERY.c.target == address,
        _DELIVERY.c.state.in_(("pending", "dead")),
        queries.free(now),
    ]
    of_kind = sa.select(_DELIVERY.c.notification_id).where(*pending)
    of_kind = of_kind.join(
        _NOTIFICATION,
        sa.and_(
            _NOTIFICATION.c.site_id == _DELIVERY.c.site_id, _NOTIFICATION.c.id == _DELIVERY.c.notification_id
        ),
    ).where(_NOTIFICATION.c.kind.in_(sorted(kinds)))
    if about is not None:
        begins = [
            _NOTIFICATION.c.key.startswith(f"{kind} {about} ", autoescape=True) for kind in sorted(kinds)
        ]
        of_kind = of_kind.where(sa.or_(*begins))
    ids = list(db.session.scalars(of_kind))
    if ids:
        here = _DELIVERY.c.site_id == site_id
        db.session.execute(sa.delete(_DELIVERY).where(here, _DELIVERY.c.notification_id.in_(ids)))
        of_site = _NOTIFICATION.c.site_id == site_id
        db.session.execute(sa.delete(_NOTIFICATION).where(of_site, _NOTIFICATION.c.id.in_(ids)))


def _record(
    message: Message,
    endpoints: Collection[Endpoint],
    recipients: Collection[Recipient],
    now: datetime,
    by: str = "",
) -> bool:
    row = _row(message, _next_number(message.site_id), now)
    once = insert(_NOTIFICATION).values(row).on_conflict_do_nothing(index_elements=["site_id", "key"])
    if db.session.scalar(once.returning(_NOTIFICATION.c.id)) is None:
        return False
    found: list[tuple[Channel, str, str, datetime]] = [("webhook", e.endpoint_id, "", now) for e in endpoints]
    wanted = [one for one in recipients if one.frequency != "never" and one.address != by]
    found += _to_people(message.kind, [one for one in wanted if one.frequency != "studio"], now)
    if found:
        db.session.execute(_DELIVERY.insert(), [_delivery(row, target, now) for target in found])
    inbox.add(message.site_id, message.kind, str(row["data"]), wanted, now=now)
    return True


def _row(message: Message, number: int, now: datetime) -> dict[str, object]:
    return {
        "site_id": message.site_id,
        "id": new_id(),
        "number": number,
        "kind": message.kind,
        "data": canonical_text(dict(message.data)),
        "key": message.key,
        "created_at": now,
    }


def lock(site_id: str) -> None:
    """Let transactions about this site's messages and endpoints wait for this one."""
    first = insert(_SEQUENCE).values(site_id=site_id, number=0).on_conflict_do_nothing()
    db.session.execute(first)
    locked = sa.select(_SEQUENCE.c.number).where(_SEQUENCE.c.site_id == site_id).with_for_update()
    db.session.execute(locked)


def _next_number(site_id: str, count: int = 1) -> int:
    """The first of the next `count` numbers of the site.

    Locks its sequence, so that numbers follow the order of commits.
    """
    lock(site_id)
    grown = (
        sa.update(_SEQUENCE)
        .where(_SEQUENCE.c.site_id == site_id)
        .values(number=_SEQUENCE.c.number + count)
        .returning(_SEQUENCE.c.number)
    )
    return int(db.session.execute(grown).scalar_one()) - count + 1


def _to_people(
    kind: str, recipients: Collection[Recipient], now: datetime
) -> list[tuple[Channel, str, str, datetime]]:
    """Who is sent an e-mail at once, and who has it in the daily digest."""
    # What is critical, and what somebody waits for at the screen, comes at once, however much came before.
    urgent = kind == TEST.name or kind_of(kind).severity == "critical"
    addresses = [one.address for one in recipients if one.frequency == "at_once"]
    recent = {} if urgent else queries.recent_emails(addresses, since=now - timedelta(hours=1))
    return [
        ("digest", one.address, one.language, schedule.next_digest(now))
        if one.frequency == "daily" or recent.get(one.address, 0) >= MAX_EMAILS
        else ("email", one.address, one.language, now)
        for one in recipients
    ]


def _delivery(
    row: dict[str, object], target: tuple[Channel, str, str, datetime], now: datetime
) -> dict[str, object]:
    channel, name, language, due = target
    return {
        "site_id": row["site_id"],
        "id": new_id(),
        "notification_id": row["id"],
        "number": row["number"],
        "channel": channel,
        "target": name,
        "language": language,
        "state": "pending",
        "attempts": 0,
        "next_at": due,
        "locked_until": None,
        "status": None,
        "answer": "",
        "created_at": now,
        "finished_at": None,
    }
