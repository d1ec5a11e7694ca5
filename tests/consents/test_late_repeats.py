"""A decision that comes again late, from a tab that slept or a phone without network, is still known."""

from datetime import UTC, datetime, timedelta

import pytest

from server.consents.service import decisions, retention
from server.consents.values import Decision
from server.core.db import db, transaction
from server.core.errors import Conflict
from server.sites import service as sites
from tests.consents.shops import Shop, decision, publish

KEY = "tests-only-" + "k" * 32
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def send(shop: Shop, one: Decision, now: datetime) -> tuple[str, bool]:
    with transaction():
        receipt, created = decisions.record(shop.site, one, secret_key=KEY, now=now)
    return receipt.consent_id, created


def clean_up(shop: Shop, now: datetime) -> int:
    """What the worker deletes by itself."""
    with transaction():
        deleted = retention.retain(sites.find_by_id(shop.site.id), secret_key=KEY, now=now)
    with transaction():
        retention.mark_purged(retention.pending_purges())
    return deleted


def stored(shop: Shop) -> int:
    db.session.rollback()
    return sum(1 for _ in decisions.export(shop.site.id))


@pytest.mark.parametrize("days", [1, 30, 60, 364])
def test_a_repeat_after_many_days_gets_the_first_receipt(shop: Shop, days: int) -> None:
    one = decision()
    number, _ = send(shop, one, NOON)
    for day in range(0, days, 10):
        assert clean_up(shop, NOON + day * DAY) == 0
    assert send(shop, one, NOON + days * DAY) == (number, False)
    with pytest.raises(Conflict) as refused:
        send(shop, decision(id=one.id), NOON + days * DAY)
    assert refused.value.reason == "decision_differs"
    assert stored(shop) == 1


def test_a_record_that_was_deleted_early_does_not_come_back_by_a_repeat(shop: Shop) -> None:
    publish(shop.site, validity_days=1)
    with transaction():
        sites.set_retention(shop.site.id, 0)
    one = decision(version=2)
    send(shop, one, NOON)
    assert clean_up(shop, NOON + DAY) == 1
    for later in (2 * DAY, 30 * DAY, 6 * 365 * DAY):
        clean_up(shop, NOON + later)
        with pytest.raises(Conflict) as refused:
            send(shop, one, NOON + later)
        assert refused.value.reason == "decision_erased"
        assert stored(shop) == 0
