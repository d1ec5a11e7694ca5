"""A message is recorded once, in the caller's transaction, for everybody who wants it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.db import db, transaction
from server.notifications.models import Delivery, Notification
from server.notifications.schedule import next_digest
from server.notifications.service import endpoints, outbox
from server.notifications.values import Message, Recipient
from tests.notifications.service.conftest import KIND, NOW, make_endpoint, make_site, message

KARI = Recipient("kari@example.no", "nn", "at_once")


def deliveries() -> list[Delivery]:
    return list(db.session.scalars(sa.select(Delivery).order_by(Delivery.number, Delivery.target)))


def test_everybody_who_wants_it_gets_a_delivery(store: None) -> None:
    site = make_site()
    hook = make_endpoint(site)
    daily, never = Recipient("ola@example.no", "nb", "daily"), Recipient("per@example.no", "nb", "never")
    assert outbox.record(message(site), [KARI, daily, never], now=NOW)
    found = {(one.channel, one.target, one.language): one.next_at for one in deliveries()}
    assert found == {
        ("webhook", hook.endpoint_id, ""): NOW,
        ("email", "kari@example.no", "nn"): NOW,
        ("digest", "ola@example.no", "nb"): next_digest(NOW),
    }


def test_the_same_thing_is_told_once(store: None) -> None:
    site, other = make_site(), make_site()
    make_endpoint(site)
    assert outbox.record(message(site), [KARI], now=NOW)
    assert not outbox.record(message(site), [KARI], now=NOW + timedelta(days=1))
    assert outbox.record(message(other), [KARI], now=NOW)
    assert len(deliveries()) == 3


def test_what_is_rolled_back_is_not_told(app: Flask) -> None:
    with transaction():
        site = make_site()
        make_endpoint(site)

    class Undone(Exception):
        pass

    with pytest.raises(Undone), transaction():
        outbox.record(message(site), [KARI], now=NOW)
        raise Undone
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 0
    assert deliveries() == []


def test_messages_of_a_site_are_numbered_without_gaps(store: None) -> None:
    site = make_site()
    for number in (3, 1, 2):
        outbox.record(message(site, number), [], now=NOW)
    query = sa.select(Notification.number, Notification.key).order_by(Notification.number)
    assert [tuple(row) for row in db.session.execute(query)] == [
        (1, f"{KIND} 3"),
        (2, f"{KIND} 1"),
        (3, f"{KIND} 2"),
    ]


def test_a_person_gets_ten_e_mails_an_hour_and_the_rest_in_the_digest(store: None) -> None:
    site = make_site()
    for number in range(14):
        outbox.record(message(site, number), [KARI], now=NOW + timedelta(minutes=number))
    channels = [one.channel for one in deliveries()]
    assert channels == ["email"] * 10 + ["digest"] * 4
    outbox.record(message(site, 99), [KARI], now=NOW + timedelta(hours=2))
    assert [one.channel for one in deliveries()][-1] == "email"


def test_what_is_critical_or_a_test_comes_at_once_however_much_came_before(store: None) -> None:
    site = make_site()
    for number in range(11):
        outbox.record(message(site, number), [KARI], now=NOW)
    outbox.send_test_email(KARI, {}, now=NOW)
    outbox.record(Message("", "erasure.overdue", {"hours": 25}, "erasure.overdue 1"), [KARI], now=NOW)
    channels = sorted(one.channel for one in deliveries())
    assert channels == ["digest"] + ["email"] * 12


def test_an_endpoint_gets_neither_other_kinds_nor_those_of_other_sites_nor_any_when_off(store: None) -> None:
    site, other = make_site(), make_site()
    make_endpoint(other)
    off = make_endpoint(site)
    endpoints.disable_endpoint(site, off.endpoint_id, by="kari", now=NOW)
    outbox.record(message(site), [], now=NOW)
    assert deliveries() == []


def test_an_unknown_kind_is_a_fault_of_the_caller(store: None) -> None:
    with pytest.raises(KeyError):
        outbox.record(Message(make_site(), "no.such", {}, "1"), [], now=NOW)


def test_tests_go_to_one_endpoint_or_one_person_each_time(store: None) -> None:
    site = make_site()
    hook, _other = make_endpoint(site), make_endpoint(site, name="other")
    for _ in range(2):
        outbox.send_test(hook, {"site": "butikken"}, now=NOW)
        outbox.send_test_email(KARI, {}, now=NOW)
    assert sorted((one.channel, one.target) for one in deliveries()) == sorted(
        [("webhook", hook.endpoint_id), ("email", "kari@example.no")] * 2
    )
