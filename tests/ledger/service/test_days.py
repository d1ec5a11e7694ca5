"""A day that is over is closed once; of each site the log then says what it holds, and that this is all."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.db import db, transaction
from server.ledger import manifest, note
from server.ledger.service import days, outbox, reading, sequencing
from server.ledger.values import KIND_DECISION, KIND_ERASURE, KIND_MANIFEST, Entry, entry_bytes
from server.sites import service as sites
from tests.ledger import merkle
from tests.ledger.keys import HOST, SIGNER

SUNDAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEXT_DAY = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)
LOG = "2026h2"


@pytest.fixture
def shops(app: Flask) -> dict[str, str]:
    """Two sites: id → public key."""
    with transaction():
        made = [sites.create(key, key, [f"{key}.example.no"], by="test", now=NOON) for key in ("one", "two")]
    return {site.id: site.key for site in made}


def log(*site_ids: str, now: datetime = NOON, kind: int = KIND_DECISION) -> None:
    """Let an entry for each of these sites get its place, in this order."""
    for number, site_id in enumerate(site_ids):
        with transaction():
            outbox.append(kind, site_id, "", number.to_bytes(32, "big"), now=now)
            sequencing.sequence(now=now, signer=SIGNER)


def close(shops: dict[str, str], *, now: datetime = NEXT_DAY) -> list[date]:
    """What the worker does; the days that were closed."""
    closed = []
    for name in reading.logs():
        while (day := days.due_day(name, now=now)) is not None:
            with transaction():
                days.end_day(name, day)
            ended = days.ended(name, day)
            with transaction():
                days.build_manifests(ended, {i: shops[i] for i in ended.tallies}, now=now)
            with transaction():
                days.close(ended)
            closed.append(day)
    with transaction():
        sequencing.sequence(now=now, signer=SIGNER)
    return closed


def entries() -> list[Entry]:
    return list(reading.entries(LOG, 0, 1000))


def body_of(site_id: str, day: date = SUNDAY) -> dict[str, Any]:
    (found,) = days.manifests(site_id, day)
    return dict(json.loads(found.body))


def test_each_site_with_entries_gets_a_manifest_of_all_of_them(app: Flask, shops: dict[str, str]) -> None:
    one, two = shops
    log(one, two, one, one, two)
    assert close(shops) == [SUNDAY]
    own = [entry for entry in entries() if entry.site_id == one and entry.kind == KIND_DECISION]
    assert body_of(one) == {
        "v": 1,
        "site": "one",
        "day": "2026-11-22",
        "log": f"{HOST}/log/{LOG}",
        "count": 3,
        "first": 1,
        "last": 4,
        "root": merkle.mth([entry.encoded for entry in own]).hex(),
    }
    assert (body_of(two)["count"], body_of(two)["first"], body_of(two)["last"]) == (2, 2, 5)


def test_the_log_commits_to_every_manifest(app: Flask, shops: dict[str, str]) -> None:
    log(*shops)
    close(shops)
    for site_id in shops:
        (found,) = days.manifests(site_id, SUNDAY)
        proof = reading.prove(site_id, "2026-11-22", kind=KIND_MANIFEST)
        assert proof is not None
        assert proof.entry == entry_bytes(KIND_MANIFEST, manifest.commitment(found.salt, found.body))


def test_the_entries_can_be_listed_again(app: Flask, shops: dict[str, str]) -> None:
    one, two = shops
    log(one, two, one)
    log(one, now=NOON + timedelta(days=1))
    close(shops)
    (found,) = days.manifests(one, SUNDAY)
    listed = list(days.listed(found))
    assert [index for index, _ in listed] == [1, 3]
    assert manifest.tally(listed).root.hex() == body_of(one)["root"]


def test_manifests_are_not_in_manifests_and_days_end(app: Flask, shops: dict[str, str]) -> None:
    log(*shops)
    close(shops)
    # The manifests themselves got their places on Monday, where nothing else happened.
    assert close(shops, now=NEXT_DAY + timedelta(days=1)) == [date(2026, 11, 23)]
    assert days.manifests(next(iter(shops)), date(2026, 11, 23)) == ()
    assert close(shops, now=NEXT_DAY + timedelta(days=2)) == []


def test_every_kind_of_entry_is_listed(app: Flask, shops: dict[str, str]) -> None:
    one = next(iter(shops))
    log(one)
    log(one, kind=KIND_ERASURE)
    close(shops)
    assert body_of(one)["count"] == 2


def test_a_day_is_closed_once_and_not_before_it_is_over(app: Flask, shops: dict[str, str]) -> None:
    log(*shops)
    assert close(shops, now=NOON + timedelta(hours=11)) == []
    assert close(shops, now=datetime(2026, 11, 23, 0, 4, tzinfo=UTC)) == []
    assert close(shops) == [SUNDAY]
    assert close(shops) == []
    assert [entry.kind for entry in entries()].count(KIND_MANIFEST) == 2


def test_days_without_entries_are_passed_over(app: Flask, shops: dict[str, str]) -> None:
    log(*shops)
    log(*shops, now=NOON + timedelta(days=9))
    assert close(shops, now=NEXT_DAY + timedelta(days=9)) == [SUNDAY, date(2026, 12, 1)]


def test_who_closes_at_the_same_time_draws_nothing_up_twice(app: Flask, shops: dict[str, str]) -> None:
    log(*shops)
    with transaction():
        days.end_day(LOG, SUNDAY)
    for _ in range(2):
        ended = days.ended(LOG, SUNDAY)
        with transaction():
            days.build_manifests(ended, shops, now=NEXT_DAY)
    bodies = {site_id: days.manifests(site_id, SUNDAY)[0] for site_id in shops}
    assert close(shops) == [SUNDAY]
    assert {site_id: days.manifests(site_id, SUNDAY)[0] for site_id in shops} == bodies
    assert [entry.kind for entry in entries()].count(KIND_MANIFEST) == 2


def test_nothing_gets_a_place_in_a_day_that_is_closed(app: Flask, shops: dict[str, str]) -> None:
    log(*shops)
    close(shops)
    log(*shops, now=NOON + timedelta(hours=11, minutes=59))  # a node whose clock is late
    assert {entry.sequenced_at.date() for entry in entries()[3:]} == {date(2026, 11, 23)}
    assert body_of(next(iter(shops)))["count"] == 1


def test_a_closed_day_keeps_a_checkpoint_that_its_entries_are_under(
    app: Flask, shops: dict[str, str]
) -> None:
    log(*shops)
    close(shops)
    row = db.session.execute(sa.text("SELECT start, size, checkpoint FROM ledger_day")).one()
    assert (row.start, row.size) == (0, 3)
    assert note.trusted_checkpoint(row.checkpoint, reading.keys()).size == 3


def test_a_manifest_reveals_nothing_without_its_key() -> None:
    body = manifest.body("one", SUNDAY, f"{HOST}/log/{LOG}", manifest.tally([(0, b"entry")]))
    assert manifest.commitment(b"1" * 32, body) != manifest.commitment(b"2" * 32, body)
    with pytest.raises(ValueError, match="32 bytes"):
        manifest.commitment(b"", body)
