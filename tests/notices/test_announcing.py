"""Of a change that is announced, one e-mail to each subscriber is put into the outbox, whatever happens."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from server.accounts.service import users
from server.core import clock
from server.core.db import db, end_reading, transaction
from server.core.http import settings
from server.core.jobs import stopping
from server.core.sealing import seal
from server.notices import jobs, secret_links
from server.notices.models import AnnouncementProgress, Subscriber
from server.notices.service import announcing, subscriptions
from server.notifications.models import Delivery, Notification
from server.notifications.service import endpoints, outbox
from server.sites import service as sites
from server.sites.values import Site
from tests.notices.subscribers import NOW, WHAT, announce, letters, make_shop, subscribed
from tests.sites.documents import publishable

LATER = NOW + timedelta(days=3)


@pytest.fixture
def shop(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    monkeypatch.setattr(jobs, "AT_ONCE", 4)
    yield make_shop()
    stopping.clear()


def sent() -> list[str]:
    return [address for address, _ in letters("notice.changed")]


def addresses(number: int) -> list[str]:
    return sorted(f"s{place}@example.no" for place in range(number))


def watermarks() -> list[tuple[int, bool]]:
    end_reading()
    rows = db.session.execute(sa.select(AnnouncementProgress.version, AnnouncementProgress.finished))
    return [(row.version, row.finished) for row in rows]


@pytest.mark.parametrize("number", [0, 1, 4, 9])
def test_each_subscriber_gets_one_e_mail(shop: Site, number: int) -> None:
    if number:
        subscribed(shop, number)
    version = announce(shop, LATER)
    for _ in range(3):
        jobs.announce()
    assert sent() == addresses(number)
    assert watermarks() == [(version.number, True)]
    assert announcing.due() == ()


def test_a_site_whose_announcement_fails_keeps_no_other_waiting(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_shop("annen")
    subscribed(other, 2)
    for site in (shop, other):
        announce(site, LATER)
    real = announcing.announce

    first = announcing.due()[0]
    monkeypatch.setattr(
        announcing,
        "announce",
        lambda site_id, *arguments, **named: (
            1 // 0 if site_id == first else real(site_id, *arguments, **named)
        ),
    )
    jobs.announce()
    assert announcing.due() == (first,)


def test_the_e_mail_says_what_changed_and_leads_to_the_difference_and_to_the_end(shop: Site) -> None:
    subscribed(shop, 2)
    announce(shop, LATER)
    jobs.announce()
    (_, norwegian), (_, english) = letters("notice.changed")
    page = f"http://127.0.0.1:8000/s/{shop.key}/notice"
    assert norwegian["what"] == WHAT["nb"]
    assert norwegian["from"] == "2026-11-23"
    assert norwegian["link"] == f"{page}/versions/2/changes?lang=nb"
    assert english["link"] == f"{page}/versions/2/changes?lang=en"
    client = current_app.test_client()
    for link in (english["link"], english["unsubscribe"]):
        assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200
    assert english["unsubscribe"].startswith(f"{page}/unsubscribe/{1:022}")
    assert (english["sender"], english["reply_to"]) == ("Butikken AS", "hei@example.no")


def test_the_e_mail_names_the_day_of_the_page_whatever_time_zone_comes_later(
    shop: Site,
) -> None:
    subscribed(shop, 1)
    late = LATER.replace(hour=23, minute=30)
    announce(shop, late)
    elsewhere = publishable()
    elsewhere["controller"]["time_zone"] = "America/New_York"
    with transaction():
        sites.save_draft(shop.id, elsewhere, by="kari@example.no", now=late)
        sites.publish(shop.id, note="", by="kari@example.no", now=late)
    jobs.announce()
    ((_, letter),) = letters("notice.changed")
    assert letter["from"] == "2026-11-24"
    page = current_app.test_client().get(f"/s/{shop.key}/notice/versions/2?lang=en")
    assert "24 November 2026" in page.text


def test_who_has_not_confirmed_or_came_later_or_subscribes_elsewhere_gets_nothing(shop: Site) -> None:
    other = make_shop("annen")
    subscribed(other, 2)
    subscribed(shop, 3, confirmed=None)
    announce(shop, LATER - timedelta(days=1))
    with transaction():
        late = sa.update(Subscriber).where(Subscriber.site_id == shop.id, Subscriber.id == f"{1:022}")
        db.session.execute(late.values(confirmed_at=LATER))
    jobs.announce()
    assert sent() == []


def test_a_version_that_announces_nothing_is_sent_to_nobody(shop: Site) -> None:
    subscribed(shop, 2)
    with transaction():
        sites.publish(shop.id, note="", by="kari@example.no", now=LATER)
    assert jobs.announce() == 0
    assert (sent(), watermarks()) == ([], [])


def test_two_announcements_in_a_row_are_both_sent(shop: Site) -> None:
    subscribed(shop, 5)
    announce(shop, LATER)
    announce(shop, LATER)
    jobs.announce()
    assert sent() == sorted(addresses(5) * 2)
    assert watermarks() == [(3, True)]


def test_a_worker_killed_before_any_statement_leaves_nobody_out_and_puts_nobody_in_twice(
    shop: Site,
) -> None:
    subscribed(shop, 10)
    announce(shop, LATER)
    in_outbox = [0]
    killed = 0
    while killed_before_statement(killed, jobs.announce):
        killed += 1
        in_outbox.append(len(sent()))
    assert set(in_outbox) > {0, 4}, "some were killed before the first batch was stored, some after"
    assert set(in_outbox) <= {0, 4, 8, 10}, "each batch is stored whole or not at all"
    assert sent() == addresses(10)
    assert jobs.announce() == 0


def killed_before_statement(number: int, job: Callable[[], object]) -> bool:
    """Run a job as by a worker that is killed before its statement of that number; False if it has fewer."""

    class Killed(BaseException):
        pass

    statements = iter(range(number))

    def execute(*_: object) -> None:
        if next(statements, None) is None:
            raise Killed

    sa.event.listen(db.engine, "before_cursor_execute", execute)
    try:
        job()
    except Killed:
        return True
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", execute)
        db.session.remove()
    return False


def test_a_worker_that_is_stopped_leaves_the_rest_to_the_next(shop: Site) -> None:
    subscribed(shop, 10)
    announce(shop, LATER)
    stopping.set()
    assert (jobs.announce(), sent()) == (0, [])
    stopping.clear()
    jobs.announce()
    assert sent() == addresses(10)


def test_staff_and_programs_are_notified_once_with_what_visitors_read(shop: Site) -> None:
    subscribed(shop, 9)
    with transaction():
        users.create_user("eva@example.no", "owner", password=None, site_ids=None, now=NOW)
        endpoints.create_endpoint(
            shop.id, "https://a.example.no/", ["notice.announced"], in_order=False, by="eva", now=NOW
        )
    announce(shop, LATER)
    with transaction():
        late = sa.update(Subscriber).where(Subscriber.id == f"{1:022}")
        db.session.execute(late.values(confirmed_at=LATER + timedelta(seconds=1)))
    jobs.announce()
    end_reading()
    query = sa.select(Notification.data, Delivery.channel).join(
        Delivery,
        sa.and_(Delivery.site_id == Notification.site_id, Delivery.notification_id == Notification.id),
    )
    rows = list(db.session.execute(query.where(Notification.kind == "notice.announced")))
    assert sorted(row.channel for row in rows) == ["digest", "webhook"]
    assert '"subscribers":8' in rows[0].data
    assert WHAT["nb"] in rows[0].data
    assert "@" not in rows[0].data, "nobody is named"


def test_an_announcement_to_many_is_put_into_the_outbox_in_short_transactions(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 100)
    subscribed(shop, 450)
    announce(shop, LATER)
    mails, in_one = [0], []
    record: Callable[..., int] = outbox.record_to_visitors

    def counted(found: list[object], **kwargs: object) -> int:
        mails[0] += len(found)
        return record(found, **kwargs)

    def committed(_connection: object) -> None:
        in_one.append(mails[0])
        mails[0] = 0

    monkeypatch.setattr(outbox, "record_to_visitors", counted)
    sa.event.listen(db.engine, "commit", committed)
    try:
        jobs.announce()
    finally:
        sa.event.remove(db.engine, "commit", committed)
    assert [number for number in in_one if number] == [100, 100, 100, 100, 50]
    assert len(sent()) == 450


def test_addresses_encrypted_with_another_secret_key_are_left_out_and_counted(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed(shop, 2)
    with transaction():
        other = seal("s0@example.no", "elsewhere", secret_key="another", kind="subscribers/address")
        first = sa.update(Subscriber).where(Subscriber.site_id == shop.id, Subscriber.id == f"{0:022}")
        db.session.execute(first.values(sealed=other))
    announce(shop)
    jobs.announce()
    assert [to for to, _ in letters("notice.changed")] == ["s1@example.no"]
    with transaction():
        secret = settings().secret_key
        mine = secret_links.token(shop.id, f"{0:022}", "unsubscribe", secret_key=secret)
        assert subscriptions.unsubscribe(shop.id, mine, secret_key=secret, now=NOW)
    assert subscriptions.count(shop.id) == 1
