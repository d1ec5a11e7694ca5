"""Staff see what was delivered, send again what was not, and old deliveries are forgotten."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.core.db import db
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id
from server.notifications.models import Delivery, Notification
from server.notifications.service import delivering, delivery_log, endpoints, outbox
from server.notifications.values import Delivery as LogEntry
from server.notifications.values import Outcome, Recipient
from tests.notifications.service.conftest import NOW, make_endpoint, make_site, message

DEAD = Outcome("refused", 400, "The receiver answered 400.")
DONE = Outcome("delivered", 200, "Received.")


def sent(site: str, outcome: Outcome, number: int = 1) -> LogEntry:
    """A delivery that has ended so."""
    outbox.record(message(site, number), [], now=NOW + timedelta(minutes=number))
    now = NOW + timedelta(hours=1)
    found = delivering.claim(["webhook"], now=now, lease=timedelta(minutes=2), per_target=1, limit=1)
    delivering.store_outcomes([(found[0], outcome)], now=now, random=0)
    return delivery_log.deliveries(site, limit=1)[0]


def count(table: type[Delivery] | type[Notification]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_the_log_is_newest_first_by_pages_and_filtered(store: None) -> None:
    site, other = make_site(), make_site()
    hook = make_endpoint(site)
    entries = [sent(site, DEAD if number % 2 else DONE, number) for number in range(5)][::-1]
    assert list(delivery_log.deliveries(site, limit=9)) == entries
    place = (entries[1].created_at, entries[1].delivery_id)
    assert list(delivery_log.deliveries(site, before=place, limit=2)) == entries[2:4]
    assert [one.state for one in delivery_log.deliveries(site, state="dead", limit=9)] == ["dead"] * 2
    assert delivery_log.deliveries(site, endpoint_id=new_id(), limit=9) == ()
    assert len(delivery_log.deliveries(site, endpoint_id=hook.endpoint_id, limit=9)) == 5
    assert delivery_log.deliveries(other, limit=9) == ()
    assert delivery_log.dead_count(site) == 2


def test_a_dead_letter_is_sent_again_with_its_id(store: None) -> None:
    site = make_site()
    make_endpoint(site)
    dead = sent(site, DEAD)
    later = NOW + timedelta(days=3)
    delivery_log.send_again(site, dead.delivery_id, now=later)
    (again,) = delivering.claim(["webhook"], now=later, lease=timedelta(minutes=2), per_target=1, limit=9)
    assert (again.message_id, again.attempts) == (dead.message_id, 0)
    with pytest.raises(Conflict):
        delivery_log.send_again(site, dead.delivery_id, now=later)


def test_all_dead_letters_are_sent_again_but_not_to_what_is_switched_off(store: None) -> None:
    site, other = make_site(), make_site()
    hook = make_endpoint(site)
    make_endpoint(other)
    for number in range(3):
        sent(site, DEAD, number)
    sent(site, DONE, 9)
    sent(other, DEAD)
    endpoints.disable_endpoint(site, hook.endpoint_id, by="kari", now=NOW)
    assert delivery_log.send_all_again(site, now=NOW) == 0
    endpoints.enable_endpoint(site, hook.endpoint_id)
    assert delivery_log.send_all_again(site, now=NOW) == 3
    assert delivery_log.dead_count(other) == 1


def test_what_was_delivered_is_not_sent_again_nor_what_another_site_has(store: None) -> None:
    site, other = make_site(), make_site()
    make_endpoint(site)
    done = sent(site, DONE)
    with pytest.raises(Conflict):
        delivery_log.send_again(site, done.delivery_id, now=NOW)
    for wrong_site, wrong in ((other, done.delivery_id), (site, new_id()), (site, "\x00"), (site, "")):
        with pytest.raises(NotFound):
            delivery_log.send_again(wrong_site, wrong, now=NOW)


def test_messages_are_forgotten_thirty_days_after_their_last_delivery(store: None) -> None:
    site = make_site()
    make_endpoint(site)
    sent(site, DONE)
    end = NOW + timedelta(hours=1, days=30)
    outbox.record(message(site, 2), [], now=NOW)
    assert delivery_log.purge(now=end - timedelta(seconds=1), batch=9) == 0
    assert delivery_log.purge(now=end, batch=9) == 1
    assert (count(Notification), count(Delivery)) == (1, 1), "what still waits stays"


def test_messages_for_nobody_are_forgotten_in_batches(store: None) -> None:
    site = make_site()
    for number in range(5):
        outbox.record(message(site, number), [], now=NOW)
    later = NOW + timedelta(days=31)
    assert [delivery_log.purge(now=later, batch=3) for _ in range(3)] == [3, 2, 0]


def test_e_mails_wait_a_day_for_a_mail_server(store: None) -> None:
    site = make_site()
    outbox.record(message(site), [Recipient("kari@example.no", "nn", "at_once")], now=NOW)
    query = sa.select(Delivery.state)
    delivery_log.drop_unsent_emails(now=NOW + timedelta(hours=23))
    assert db.session.scalar(query) == "pending"
    delivery_log.drop_unsent_emails(now=NOW + timedelta(hours=24))
    assert db.session.scalar(query) == "dead"
