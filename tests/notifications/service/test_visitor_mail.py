"""E-mail to people who are not staff: sent once, and forgotten when it was sent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.core.db import db
from server.core.errors import Conflict
from server.notifications.models import Delivery, Notification
from server.notifications.service import delivering, delivery_log, endpoints, outbox
from server.notifications.values import (
    DEAD_VISITOR_MAIL_KEPT,
    KINDS,
    VISITOR_CHANNELS,
    VISITOR_KINDS,
    VISITOR_MAIL_KEPT,
    WEBHOOK_KINDS,
    Claim,
    Outcome,
    Recipient,
    VisitorMail,
)
from tests.notifications.service.conftest import NOW, make_endpoint, make_site, message

SECRET = "https://samtykke.example.no/s/butikken/notice/subscribe/hemmelig"
DONE = Outcome("delivered", 250, "Taken by the mail server.")
REFUSED = Outcome("refused", 550, "No mailbox kari@example.no here: <kari@example.no> is unknown")


def letter(site: str, number: int = 1, kind: str = "notice.subscription") -> VisitorMail:
    data: dict[str, str | int | None] = {"site_name": "Butikken"}
    return VisitorMail(site, kind, data, f"{kind} {number}", "kari@example.no", "nb", "Butikken AS", SECRET)


def tried(outcome: Outcome) -> list[Claim]:
    claimed = delivering.claim(VISITOR_CHANNELS, now=NOW, lease=timedelta(minutes=1), per_target=9, limit=99)
    delivering.store_outcomes([(one, outcome) for one in claimed], now=NOW, random=0)
    return list(claimed)


def everything_stored() -> str:
    rows = [tuple(row) for table in (Delivery, Notification) for row in db.session.execute(_all(table))]
    return repr(rows)


def _all(table: type[Delivery] | type[Notification]) -> sa.Select[tuple[object, ...]]:
    return sa.select(*table.__table__.columns)


def test_a_visitor_gets_it_alone_and_at_once_whatever_staff_and_webhooks_get(store: None) -> None:
    site = make_site()
    make_endpoint(site)
    staff = Recipient("kari@example.no", "nb", "at_once")
    for number in range(12):
        assert outbox.record_to_visitor(letter(site, number), now=NOW)
        outbox.record(message(site, number), [staff], now=NOW)
    channels = list(db.session.scalars(sa.select(Delivery.channel)))
    assert {one: channels.count(one) for one in set(channels)} == {
        "visitor": 12,
        "webhook": 12,
        "email": 10,
        "digest": 2,
    }


def test_the_same_is_sent_once(store: None) -> None:
    site, other = make_site(), make_site()
    assert outbox.record_to_visitors([letter(site), letter(site), letter(site, 2)], now=NOW) == 2
    assert not outbox.record_to_visitor(letter(site), now=NOW)
    assert outbox.record_to_visitor(letter(other), now=NOW)
    tried(DONE)
    assert not outbox.record_to_visitor(letter(site), now=NOW), "nor after it was sent"


def test_nobody_chooses_them_and_no_webhook_has_them(store: None) -> None:
    assert not {*KINDS, *WEBHOOK_KINDS} & {*VISITOR_KINDS}
    with pytest.raises(KeyError):
        outbox.record_to_visitor(letter(make_site(), kind="banner.published"), now=NOW)
    with pytest.raises(ValueError, match="'de'"):
        outbox.record_to_visitor(replace(letter(make_site()), language="de"), now=NOW)


def test_address_and_link_are_deleted_when_it_was_sent(store: None) -> None:
    site = make_site()
    outbox.record_to_visitors([letter(site), letter(site, 2)], now=NOW)
    (first, _second) = tried(DONE)
    assert (first.target, first.data["link"]) == ("kari@example.no", SECRET)
    for secret in ("kari@", "hemmelig", "Butikken AS"):
        assert secret not in everything_stored()


def test_an_answer_that_repeats_the_address_is_stored_without_it(store: None) -> None:
    site = make_site()
    outbox.record_to_visitor(letter(site), now=NOW)
    tried(REFUSED)
    (shown,) = delivery_log.visitor_mail(site, limit=9)
    assert (shown.state, shown.target) == ("dead", "")
    assert shown.answer == "No mailbox … here: … is unknown"


def test_staff_see_them_without_addresses_beside_the_webhooks(store: None) -> None:
    site, other = make_site(), make_site()
    make_endpoint(site)
    outbox.record(message(site), [], now=NOW)
    outbox.record_to_visitor(letter(site), now=NOW)
    assert [one.channel for one in delivery_log.deliveries(site, limit=9)] == ["webhook"]
    (shown,) = delivery_log.visitor_mail(site, limit=9)
    assert (shown.kind, shown.target) == ("notice.subscription", "")
    assert delivery_log.visitor_mail(other, limit=9) == ()
    assert delivery_log.visitor_mail(site, state="dead", limit=9) == ()


def test_what_was_given_up_can_be_sent_again_and_what_was_sent_cannot(store: None) -> None:
    site = make_site()
    outbox.record_to_visitor(letter(site), now=NOW)
    tried(REFUSED)
    (dead,) = delivery_log.visitor_mail(site, limit=9)
    assert delivery_log.dead_count(site) == 0, "an address that does not exist is nothing that staff can mend"
    assert delivery_log.send_all_again(site, now=NOW) == 0
    delivery_log.send_again(site, dead.delivery_id, now=NOW)
    assert [one.target for one in tried(DONE)] == ["kari@example.no"]
    with pytest.raises(Conflict):
        delivery_log.send_again(site, dead.delivery_id, now=NOW)


@pytest.mark.parametrize(
    ("outcome", "purge", "kept"),
    [
        (DONE, delivery_log.purge_sent_visitor_mail, VISITOR_MAIL_KEPT),
        (REFUSED, delivery_log.purge_unsent_visitor_mail, DEAD_VISITOR_MAIL_KEPT),
    ],
)
def test_they_are_forgotten_soon(
    store: None, outcome: Outcome, purge: Callable[..., int], kept: timedelta
) -> None:
    site = make_site()
    outbox.record_to_visitor(letter(site), now=NOW)
    tried(outcome)
    outbox.record_to_visitor(letter(site, 2), now=NOW)
    outbox.record(message(site), [], now=NOW)
    assert purge(now=NOW + kept - timedelta(seconds=1), batch=9) == 0
    assert purge(now=NOW + kept, batch=9) == 1
    keys = list(db.session.scalars(sa.select(Notification.key).order_by(Notification.key)))
    assert keys == ["banner.published 1", "notice.subscription 2"]


def test_who_unsubscribes_gets_nothing_of_what_still_waits(store: None) -> None:
    site, other = make_site(), make_site()
    changed = replace(letter(site, kind="notice.changed"))
    request = letter(site, kind="request.reply")
    elsewhere = letter(other, kind="notice.changed")
    ola = replace(changed, address="ola@example.no", key="ola")
    outbox.record_to_visitors([changed, request, elsewhere, ola], now=NOW)
    outbox.drop_visitor_mail(site, "kari@example.no", ["notice.changed"], now=NOW)
    assert sorted((one.kind, one.target) for one in tried(DONE)) == [
        ("notice.changed", "kari@example.no"),
        ("notice.changed", "ola@example.no"),
        ("request.reply", "kari@example.no"),
    ]


def test_what_is_being_sent_this_moment_is_left_alone(store: None) -> None:
    site = make_site()
    outbox.record_to_visitor(letter(site, kind="notice.changed"), now=NOW)
    claimed = delivering.claim(VISITOR_CHANNELS, now=NOW, lease=timedelta(minutes=1), per_target=9, limit=9)
    outbox.drop_visitor_mail(site, "kari@example.no", ["notice.changed"], now=NOW)
    delivering.store_outcomes([(claimed[0], DONE)], now=NOW, random=0)
    assert [one.state for one in delivery_log.visitor_mail(site, limit=9)] == ["delivered"]


def test_what_a_killed_worker_left_behind_is_dropped_too(store: None) -> None:
    site = make_site()
    outbox.record_to_visitor(letter(site, kind="notice.changed"), now=NOW)
    lease = timedelta(minutes=1)
    assert delivering.claim(VISITOR_CHANNELS, now=NOW, lease=lease, per_target=9, limit=9)
    outbox.drop_visitor_mail(site, "kari@example.no", ["notice.changed"], now=NOW + lease)
    assert everything_stored() == "[]"


def test_without_a_mail_server_they_wait_a_day(store: None) -> None:
    site = make_site()
    outbox.record_to_visitor(letter(site), now=NOW)
    delivery_log.drop_unsent_emails(now=NOW + timedelta(days=1))
    assert [one.state for one in delivery_log.visitor_mail(site, limit=9)] == ["dead"]


def test_endpoints_cannot_choose_them(store: None) -> None:
    site, now = make_site(), NOW
    with pytest.raises(Exception, match="kinds"):
        endpoints.create_endpoint(
            site, "https://a.example.no/", ["notice.changed"], in_order=False, by="kari", now=now
        )
