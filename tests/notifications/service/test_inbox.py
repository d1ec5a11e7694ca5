"""Everybody has an inbox: what was recorded, as far as they may see it now, for 90 days."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.db import db, transaction
from server.core.errors import NotFound
from server.core.ids import new_id
from server.notifications import jobs
from server.notifications.models import Delivery
from server.notifications.service import inbox, outbox
from server.notifications.service.inbox import InboxMessage, Reach
from server.notifications.values import Recipient
from tests.notifications.service.conftest import KIND, NOW, make_site, message

KARI, OLA = new_id(), new_id()


def person(user_id: str, frequency: str = "at_once") -> Recipient:
    return Recipient(f"{user_id[:4]}@example.no", "nb", frequency, user_id)  # type: ignore[arg-type]


def reach(user_id: str, *site_ids: str, kinds: tuple[str, ...] = (KIND,)) -> Reach:
    return Reach(user_id, kinds, site_ids or None)


def versions(found: tuple[InboxMessage, ...]) -> list[object]:
    return [one.data["version"] for one in found]


@pytest.mark.parametrize(("frequency", "listed"), [("at_once", 1), ("daily", 1), ("studio", 1), ("never", 0)])
def test_all_that_somebody_wants_is_in_their_inbox(store: None, frequency: str, listed: int) -> None:
    site = make_site()
    outbox.record(message(site), [person(KARI, frequency)], now=NOW)
    assert inbox.unread(reach(KARI)) == listed
    assert len(inbox.page(reach(KARI), limit=9)) == listed


def test_a_message_for_the_studio_alone_is_sent_to_nobody(app: Flask) -> None:
    with transaction():
        site = make_site()
        outbox.record(message(site), [person(KARI, "studio")], now=NOW)
    assert inbox.unread(reach(KARI)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 0


def test_what_is_told_once_is_once_in_the_inbox(store: None) -> None:
    site = make_site()
    for _ in range(2):
        outbox.record(message(site), [person(KARI)], now=NOW)
    assert inbox.unread(reach(KARI)) == 1


def test_who_did_it_is_not_told_of_it(store: None) -> None:
    site = make_site()
    outbox.record(message(site), [person(KARI), person(OLA)], now=NOW, by=person(KARI).address)
    assert [inbox.unread(reach(one)) for one in (KARI, OLA)] == [0, 1]


def test_what_is_rolled_back_is_in_no_inbox(app: Flask) -> None:
    class Undone(Exception):
        pass

    with transaction():
        site = make_site()
    with pytest.raises(Undone), transaction():
        outbox.record(message(site), [person(KARI)], now=NOW)
        raise Undone
    assert inbox.unread(reach(KARI)) == 0


def test_lost_access_hides_what_came_before(store: None) -> None:
    site, other = make_site(), make_site()
    for one in (site, other):
        outbox.record(message(one), [person(KARI)], now=NOW)
    assert inbox.unread(reach(KARI, site, other)) == 2
    assert [one.site_id for one in inbox.page(reach(KARI, site), limit=9)] == [site]
    assert inbox.unread(reach(KARI, site)) == 1
    assert inbox.page(reach(KARI, kinds=("alarm.opened",)), limit=9) == ()
    hidden = inbox.page(reach(KARI, other), limit=9)[0]
    with pytest.raises(NotFound):
        inbox.read(reach(KARI, site), hidden.message_id, now=NOW)


def test_nobody_reads_the_message_of_another(store: None) -> None:
    outbox.record(message(make_site()), [person(KARI)], now=NOW)
    (one,) = inbox.page(reach(KARI), limit=9)
    for wrong in (one.message_id, new_id(), "../x"):
        with pytest.raises(NotFound):
            inbox.read(reach(OLA), wrong, now=NOW)
    assert inbox.unread(reach(KARI)) == 1


def test_a_message_is_read_once_and_stays_listed(store: None) -> None:
    outbox.record(message(make_site()), [person(KARI)], now=NOW)
    (one,) = inbox.page(reach(KARI), limit=9)
    for later in (1, 2):
        inbox.read(reach(KARI), one.message_id, now=NOW + timedelta(hours=later))
    assert inbox.unread(reach(KARI)) == 0
    assert [each.read_at for each in inbox.page(reach(KARI), limit=9)] == [NOW + timedelta(hours=1)]
    assert inbox.page(reach(KARI), only_unread=True, limit=9) == ()


def test_all_are_read_but_those_that_came_meanwhile_or_are_of_another_site(store: None) -> None:
    site, other = make_site(), make_site()
    for number, where in ((1, site), (2, other), (3, site)):
        outbox.record(message(where, number), [person(KARI)], now=NOW + timedelta(minutes=number))
    seen = NOW + timedelta(minutes=2)
    assert inbox.read_all(reach(KARI), site_id=site, until=seen, now=NOW + timedelta(hours=1)) == 1
    assert versions(inbox.page(reach(KARI), only_unread=True, limit=9)) == [3, 2]
    assert inbox.read_all(reach(KARI, site), until=NOW + timedelta(hours=1), now=NOW) == 1
    assert versions(inbox.page(reach(KARI), only_unread=True, limit=9)) == [2]


def test_pages_follow_each_other_without_gaps(store: None) -> None:
    site = make_site()
    for number in range(7):
        # Two at each moment: the id says which comes first.
        outbox.record(message(site, number), [person(KARI)], now=NOW + timedelta(minutes=number // 2))
    seen: list[str] = []
    before: tuple[datetime, str] | None = None
    while found := inbox.page(reach(KARI), before=before, limit=3):
        seen += [one.message_id for one in found]
        before = found[-1].created_at, found[-1].message_id
    assert len(seen) == len(set(seen)) == 7
    assert seen == [one.message_id for one in inbox.page(reach(KARI), limit=9)]


def test_counting_ends_where_nobody_reads_the_number(store: None) -> None:
    site = make_site()
    for number in range(inbox.COUNTED + 3):
        outbox.record(message(site, number), [person(KARI)], now=NOW)
    assert inbox.unread(reach(KARI)) == inbox.COUNTED


def test_what_is_90_days_old_is_deleted(app: Flask) -> None:
    with transaction():
        site = make_site()
        for number, age in enumerate((91, 90, 89)):
            outbox.record(message(site, number), [person(KARI)], now=NOW - timedelta(days=age))
    assert jobs.purge_inboxes(NOW) == 2
    assert versions(inbox.page(reach(KARI), limit=9)) == [2]
    assert jobs.purge_inboxes(NOW) == 0
