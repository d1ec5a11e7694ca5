"""What the rest of the product is promised about stored decisions."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from server.consents.intake import store
from server.consents.intake.store import Stored
from server.consents.record import commitment, visitor_digest
from server.consents.service import decisions
from server.consents.values import ConsentRow, Decision, NewConsent, Receipt
from server.core.db import db, transaction
from server.core.errors import Conflict, Invalid, NotFound
from server.core.ids import new_id
from server.ledger.service import reading, sequencing
from tests.consents.shops import Shop, all_choices, decision, open_shop, publish, sent
from tests.processes import PATIENCE

KEY = "tests-only-" + "k" * 32
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def record(shop: Shop, one: Decision, *, now: datetime = NOON) -> tuple[Receipt, bool]:
    with transaction():
        return decisions.record(shop.site, one, secret_key=KEY, now=now)


def prepared(shop: Shop, one: Decision) -> NewConsent:
    rules = store.find_rules(shop.site.id, one.version)
    return store.prepare(shop.site, one, rules, secret_key=KEY, now=NOON)


def rows(shop: Shop) -> list[ConsentRow]:
    db.session.rollback()
    return list(decisions.export(shop.site.id))


def test_a_decision_is_recorded_once(shop: Shop) -> None:
    one = decision()
    first, again = record(shop, one), record(shop, one, now=NOON + timedelta(days=40))
    assert (first[1], again[1]) == (True, False)
    assert first[0] == again[0]
    assert len(rows(shop)) == 1


def test_another_decision_under_the_same_id_is_a_conflict(shop: Shop) -> None:
    one = decision()
    record(shop, one)
    with pytest.raises(Conflict) as found:
        record(shop, decision(id=one.id))
    assert found.value.reason == "decision_differs"


def test_a_refused_decision_leaves_nothing(shop: Shop) -> None:
    before = reading.waiting(now=NOON).entries
    with pytest.raises(Conflict):
        record(shop, decision(version=5))
    with pytest.raises(Invalid):
        record(shop, decision(action="accept_all"))
    assert (rows(shop), reading.waiting(now=NOON).entries) == ([], before)


def test_a_batch_answers_each_in_its_place(shop: Shop) -> None:
    known, twice, fresh = decision(), decision(), decision()
    record(shop, known)
    arrived = [twice, known, fresh, twice, decision(id=known.id), decision(id=twice.id)]
    with transaction():
        outcomes = store.store([prepared(shop, one) for one in arrived])
    counted = [
        (outcome.receipt.id, outcome.created) if isinstance(outcome, Stored) else outcome.reason
        for outcome in outcomes
    ]
    assert counted == [
        (twice.id, True),
        (known.id, False),
        (fresh.id, True),
        (twice.id, False),
        "decision_differs",
        "decision_differs",
    ]
    assert len(rows(shop)) == 3


def test_batches_of_several_sites_keep_them_apart(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    one = decision()
    with transaction():
        outcomes = store.store([prepared(shop, one), prepared(other, one), prepared(other, one)])
    assert [isinstance(o, Stored) and o.created for o in outcomes] == [True, True, False]


def test_every_row_is_committed_to_and_waits_once(shop: Shop) -> None:
    for _ in range(3):
        record(shop, decision())
    with transaction():
        sequencing.sequence(now=NOON)
    logged = {entry.subject: entry.commitment for entry in reading.entries("2026h2", 0, 100)}
    for row in rows(shop):
        assert logged.pop(row.consent_id) == row.commitment
    assert list(logged) == ["1"]  # the published version


def test_a_row_holds_the_key_of_its_own_commitment_and_no_secret(shop: Shop) -> None:
    one, two = decision(), decision()
    record(shop, one)
    record(shop, two)
    table = db.metadata.tables["consent"]
    stored = {row.decision_id: row for row in db.session.execute(table.select())}
    assert stored[one.id].salt != stored[two.id].salt
    for mine in (one, two):
        row = stored[mine.id]
        assert commitment(row.salt, row.record) == row.commitment
        assert row.visitor_digest == visitor_digest(KEY, shop.site.id, mine.visitor)


def test_the_same_decision_from_many_sides_at_once_is_one_row(app: Flask, shop: Shop) -> None:
    sides, body = 8, sent()
    start = threading.Barrier(sides)

    def post(_side: int) -> tuple[int, bytes]:
        client = app.test_client()
        start.wait(timeout=PATIENCE)
        answer = Shop(shop.site, client).post(body)
        return answer.status_code, answer.data

    with ThreadPoolExecutor(sides) as pool:
        answers = list(pool.map(post, range(sides)))
    assert sorted(status for status, _ in answers) == [200] * (sides - 1) + [201]
    assert len({data for _, data in answers}) == 1
    assert len(rows(shop)) == 1


def test_writers_with_the_same_decisions_in_other_orders_all_finish(app: Flask, shop: Shop) -> None:
    sides, same = 4, [decision() for _ in range(20)]
    start = threading.Barrier(sides)

    def write(side: int) -> int:
        with app.app_context():
            batch = [prepared(shop, one) for one in (same if side % 2 else reversed(same))]
            db.session.rollback()
            start.wait(timeout=PATIENCE)
            with transaction():
                return sum(isinstance(o, Stored) and o.created for o in store.store(batch))

    with ThreadPoolExecutor(sides) as pool:
        assert sum(pool.map(write, range(sides))) == len(same)
    assert len(rows(shop)) == len(same)


def test_facts_hold_what_may_be_counted(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    late = datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC)
    receipt, _ = record(
        shop, decision(language="en", action="accept_all", choices=all_choices(True)), now=late
    )
    elsewhere, _ = record(other, decision())
    keys = [(shop.site.id, receipt.consent_id), (other.site.id, elsewhere.consent_id), (shop.site.id, "NONE")]
    facts = decisions.facts(keys)
    assert set(facts) == set(keys[:2])
    fact = facts[keys[0]]
    assert (fact.version, fact.language, fact.action) == (1, "en", "accept_all")
    assert fact.choices == all_choices(True)
    assert decisions.facts([(other.site.id, receipt.consent_id)]) == {}
    assert decisions.facts([]) == {}


def test_more_facts_than_fit_one_query_are_found(shop: Shop) -> None:
    keys = [(shop.site.id, f"N{n:04}") for n in range(1200)]
    receipt, _ = record(shop, decision())
    assert list(decisions.facts([*keys, (shop.site.id, receipt.consent_id)])) == [
        (shop.site.id, receipt.consent_id)
    ]


def test_an_export_gives_every_decision_once_in_order_whatever_the_batch(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    record(other, decision())
    # Several in the same millisecond, which only their numbers tell apart.
    moments = [NOON + timedelta(milliseconds=n // 3) for n in range(7)]
    made = [record(shop, decision(), now=moment)[0].consent_id for moment in moments]
    for batch in (1, 2, 3, 7, 8):
        exported = list(decisions.export(shop.site.id, batch=batch))
        assert sorted(row.consent_id for row in exported) == sorted(made)
        assert [(row.recorded_at, row.consent_id) for row in exported] == sorted(
            (row.recorded_at, row.consent_id) for row in exported
        )
    assert list(decisions.export(new_id())) == []


def test_an_exported_row_shows_its_record(shop: Shop) -> None:
    publish(shop.site)
    receipt, _ = record(shop, decision(version=2))
    row = rows(shop)[0]
    assert row.record is not None
    assert json.loads(row.record)["cid"] == receipt.consent_id
    assert (row.version, row.recorded_at, row.expires_at) == (2, receipt.recorded_at, receipt.expires_at)
    assert not row.commitment.startswith(row.record.encode()[:4])


def test_a_decision_is_found_by_its_number_however_it_is_typed(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    receipt, _ = record(shop, decision())
    assert decisions.find(shop.site.id, f" {receipt.consent_id.lower()} ").consent_id == receipt.consent_id
    for site_id, number in ((other.site.id, receipt.consent_id), (shop.site.id, "NONE")):
        with pytest.raises(NotFound) as found:
            decisions.find(site_id, number)
        assert found.value.reason == "consent_unknown"


def test_numbers_are_random_and_reveal_nothing(shop: Shop) -> None:
    numbers = {record(shop, decision())[0].consent_id for _ in range(20)}
    assert len(numbers) == 20
    assert all(len(number) == 26 and number.isalnum() for number in numbers)
    assert len({number[:3] for number in numbers}) > 10
