"""Each delivery is tried by one worker at a time, again after failures, and in order where asked."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.service import users
from server.core.db import db, transaction
from server.notifications.models import Delivery
from server.notifications.schedule import RETRIES
from server.notifications.service import delivering, delivery_log, endpoints, outbox
from server.notifications.values import Claim, Outcome, Recipient
from tests.notifications.service.conftest import KIND, NOW, make_endpoint, make_site, message

LEASE = timedelta(minutes=2)
DONE = Outcome("delivered", 204, "Received.")
FAILED = Outcome("failed", 500, "The receiver answered 500.")
GONE = Outcome("gone", 410, "The receiver answered 410.")


def claim(
    minutes: float = 0, *, per_target: int = 9, limit: int = 99, busy: list[str] | None = None
) -> list[Claim]:
    now = NOW + timedelta(minutes=minutes)
    return list(
        delivering.claim(
            ["webhook"], now=now, lease=LEASE, per_target=per_target, limit=limit, busy=busy or []
        )
    )


def settle(claimed: Claim, outcome: Outcome, minutes: float = 0) -> None:
    delivering.store_outcomes([(claimed, outcome)], now=NOW + timedelta(minutes=minutes), random=0)


def row() -> Delivery:
    return db.session.scalars(sa.select(Delivery).execution_options(populate_existing=True)).one()


def test_a_claim_has_all_that_a_try_needs(store: None) -> None:
    site = make_site()
    hook = make_endpoint(site)
    outbox.record(message(site), [], now=NOW)
    (found,) = claim()
    assert found.endpoint == hook
    assert (found.kind, found.data["version"], found.attempts) == ("banner.published", 1, 0)
    assert found.message_id.startswith("msg_")
    assert found.locked_until == NOW + LEASE


def test_two_workers_never_get_the_same_delivery_until_the_lease_of_one_has_ended(app: Flask) -> None:
    with transaction():
        site = make_site()
        make_endpoint(site)
        outbox.record(message(site), [], now=NOW)
    with transaction():
        (first,) = claim()
    with transaction():
        assert claim(1.9) == []
    with transaction():
        (second,) = claim(2)
    assert second.message_id == first.message_id
    with transaction():
        settle(first, FAILED, 2.1)
    assert row().attempts == 0, "the outcome of the worker that was too slow is dropped"
    with transaction():
        settle(second, DONE, 2.2)
    assert (row().state, row().attempts) == ("delivered", 1)


def test_a_failure_is_tried_again_on_the_schedule_and_then_given_up(store: None) -> None:
    site = make_site()
    make_endpoint(site)
    outbox.record(message(site), [], now=NOW)
    minutes, ids = 0.0, set()
    for delay in RETRIES:
        (found,) = claim(minutes)
        ids.add(found.message_id)
        settle(found, FAILED, minutes)
        minutes += delay.total_seconds() / 60
        assert claim(minutes - 0.01) == []
    (last,) = claim(minutes)
    settle(last, FAILED, minutes)
    assert (row().state, row().attempts, row().answer) == ("dead", 8, FAILED.answer)
    assert ids == {last.message_id}
    assert claim(minutes + 9999) == []


def test_a_receiver_that_asks_for_time_gets_it(store: None) -> None:
    site = make_site()
    make_endpoint(site)
    outbox.record(message(site), [], now=NOW)
    settle(claim()[0], Outcome("failed", 429, "Too many.", timedelta(minutes=10)))
    assert (claim(9.9), len(claim(10))) == ([], 1)


def test_what_can_never_succeed_is_given_up_at_once(store: None) -> None:
    site = make_site()
    make_endpoint(site)
    outbox.record(message(site), [], now=NOW)
    settle(claim()[0], Outcome("refused", 550, "No such mailbox."))
    assert row().state == "dead"


def test_a_receiver_that_is_gone_is_switched_off_and_sent_nothing_more(store: None) -> None:
    site = make_site()
    hook, other = make_endpoint(site), make_endpoint(site, name="other")
    for number in range(3):
        outbox.record(message(site, number), [], now=NOW)
    found = next(one for one in claim(per_target=1) if one.target == hook.endpoint_id)
    settle(found, GONE)
    disabled = endpoints.endpoint(site, hook.endpoint_id)
    assert disabled.disabled_at == NOW
    assert "410" in disabled.disabled_why
    states = {(one.endpoint_id, one.disabled_at is None) for one in endpoints.endpoints(site)}
    assert states == {(hook.endpoint_id, False), (other.endpoint_id, True)}
    assert {one.target for one in claim(5)} == {other.endpoint_id}
    gone = delivery_log.deliveries(site, endpoint_id=hook.endpoint_id, limit=9)
    assert [one.state for one in gone] == ["gone"] * 3


def test_an_endpoint_in_order_gets_a_message_only_after_those_before_it(store: None) -> None:
    site = make_site()
    make_endpoint(site, in_order=True)
    for number in (1, 2, 3):
        outbox.record(message(site, number), [], now=NOW)
    (first,) = claim()
    assert first.data["version"] == 1
    assert claim() == []
    settle(first, FAILED)
    assert claim() == [], "the second does not overtake the first, which waits for its retry"
    (first,) = claim(1)
    settle(first, DONE, 1)
    assert [one.data["version"] for one in claim(1)] == [2]


def test_a_dead_letter_does_not_hold_up_those_after_it(store: None) -> None:
    site = make_site()
    make_endpoint(site, in_order=True)
    for number in (1, 2):
        outbox.record(message(site, number), [], now=NOW)
    settle(claim()[0], Outcome("refused", None, "Never."))
    assert [one.data["version"] for one in claim()] == [2]


def test_a_receiver_with_much_waiting_leaves_room_for_others(store: None) -> None:
    site, other = make_site(), make_site()
    crowded, quiet = make_endpoint(site), make_endpoint(other)
    for number in range(20):
        outbox.record(message(site, number), [], now=NOW)
    outbox.record(message(other), [], now=NOW + timedelta(minutes=1))
    targets = [one.target for one in claim(1, per_target=2)]
    assert sorted(targets) == sorted([crowded.endpoint_id] * 2 + [quiet.endpoint_id])
    assert claim(1, busy=[crowded.endpoint_id]) == []


def test_an_endpoint_that_is_switched_off_gets_nothing_that_waits(store: None) -> None:
    site = make_site()
    hook = make_endpoint(site)
    outbox.record(message(site), [], now=NOW)
    endpoints.disable_endpoint(site, hook.endpoint_id, by="kari", now=NOW)
    assert claim() == []
    assert row().state == "gone"


def test_webhooks_and_e_mail_are_worked_off_apart(store: None) -> None:
    site = make_site()
    make_endpoint(site)
    outbox.record(message(site), [Recipient("kari@example.no", "nn", "at_once")], now=NOW)
    assert [one.channel for one in claim()] == ["webhook"]
    (mail,) = delivering.claim(["email"], now=NOW, lease=LEASE, per_target=1, limit=9)
    assert (mail.target, mail.language, mail.endpoint) == ("kari@example.no", "nn", None)


@pytest.mark.parametrize("outcome", [DONE, FAILED])
def test_answers_are_stored_on_one_line(store: None, outcome: Outcome) -> None:
    site = make_site()
    make_endpoint(site)
    outbox.record(message(site), [], now=NOW)
    settle(claim()[0], Outcome(outcome.result, 200, "a\x00b\r\nc" + "x" * 500))
    assert row().answer.startswith("a b c")
    assert len(row().answer) == 200


def test_a_late_answer_410_does_not_switch_off_another_address_or_another_workers_try(store: None) -> None:
    site = make_site()
    hook = make_endpoint(site)
    outbox.record(message(site), [], now=NOW)
    (first,) = claim()
    (second,) = claim(3)
    settle(first, GONE, 3.1)
    assert endpoints.endpoint(site, hook.endpoint_id).disabled_at is None
    endpoints.change_endpoint(
        site, hook.endpoint_id, "https://receiver.example.no/new", [KIND], in_order=False
    )
    settle(second, GONE, 3.2)
    assert endpoints.endpoint(site, hook.endpoint_id).disabled_at is None


def test_nobody_gets_e_mail_about_what_they_may_not_see_any_more(store: None) -> None:
    site, other = make_site(), make_site()
    ola, _ = users.create_user("ola@example.no", "editor", password=None, site_ids=[site, other], now=NOW)
    users.create_user("kari@example.no", "owner", password=None, site_ids=None, now=NOW)
    for each in (site, other):
        outbox.record(message(each), [Recipient("ola@example.no", "nb", "daily")], now=NOW)
    users.change_user(ola.user_id, role="editor", site_ids=[site], now=NOW)
    pending = sa.select(Delivery.site_id).where(Delivery.state == "pending")
    assert db.session.scalars(pending).all() == [site]
    users.disable_user(ola.user_id, now=NOW)
    assert db.session.scalars(pending).all() == []


def test_a_site_with_many_receivers_leaves_room_for_those_of_others(store: None) -> None:
    many, other = make_site(), make_site()
    for number in range(20):
        make_endpoint(many, name=f"hook{number}")
    make_endpoint(other)
    outbox.record(message(many), [], now=NOW)
    outbox.record(message(other), [], now=NOW + timedelta(seconds=1))
    found = delivering.claim(
        ["webhook"], now=NOW + timedelta(minutes=1), lease=LEASE, per_target=2, limit=10, per_site=8
    )
    assert sorted(one.site_id == many for one in found) == [False] + [True] * 8
    assert not delivering.claim(
        ["webhook"], now=NOW + timedelta(minutes=1), lease=LEASE, per_target=2, limit=9, busy_sites=[many]
    )
