"""What the public pages of a deleted site still do, and what they do not take any more (ADR 38)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from server.core import clock, limits, site_rows
from server.core.db import db, end_reading, transaction
from server.core.errors import Conflict, Gone
from server.notices import jobs, proof_of_work
from server.notices.models import Subscriber
from server.notices.request_rules import Content
from server.notices.service import requester, requests, site_closing
from server.ops import site_deletion
from server.sites import deletion
from server.sites.values import RESTORABLE, Site
from tests.notices.solving import challenge_of, solution
from tests.notices.subscribers import NOW, announce, letters, mail_set, make_shop, subscribed

FORM = "/s/butikk/request"
STATUS = "/s/butikk/request/status"
KARI = {"kind": "access", "name": "Kari", "email": "kari@example.no", "message": "Hva har dere?"}

STARTS_SOMETHING = {
    ("GET", "/s/<string:site>/request"),
    ("POST", "/s/<string:site>/request"),
    ("GET", "/s/<string:site>/notice/subscribe"),
    ("POST", "/s/<string:site>/notice/subscribe"),
    ("GET", "/s/<string:site>/notice/subscribe/<string:token>"),
    ("POST", "/s/<string:site>/notice/subscribe/<string:token>"),
}
STAYS = {
    ("GET", "/s/<string:site>/cookies"),
    ("GET", "/s/<string:site>/cookies.json"),
    ("GET", "/s/<string:site>/logo/<string:name>"),
    ("GET", "/s/<string:site>/my-choice"),
    ("GET", "/s/<string:site>/my-choice/versions/<int:number>.json"),
    ("GET", "/s/<string:site>/notice"),
    ("GET", "/s/<string:site>/notice.atom"),
    ("GET", "/s/<string:site>/notice.json"),
    ("GET", "/s/<string:site>/notice.pdf"),
    ("GET", "/s/<string:site>/notice/unsubscribe/<string:token>"),
    ("POST", "/s/<string:site>/notice/unsubscribe/<string:token>"),
    ("GET", "/s/<string:site>/notice/versions"),
    ("GET", "/s/<string:site>/notice/versions/<int:number>"),
    ("GET", "/s/<string:site>/notice/versions/<int:number>/changes"),
    ("GET", "/s/<string:site>/request/status"),
    ("POST", "/s/<string:site>/request/status"),
    ("GET", "/s/<string:site>/style/<int:number>.css"),
}


@pytest.fixture
def shop(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(proof_of_work, "LARGEST", 50)
    limits.counters(app).forget()
    with mail_set(app):
        yield make_shop()


@pytest.fixture
def client(app: Flask, shop: Site) -> FlaskClient:
    return app.test_client()


def key(app: Flask) -> str:
    return str(app.extensions["samtykke"].secret_key)


def delete(shop: Site) -> None:
    with transaction():
        site_closing.delete_site(shop.id, by="kari@example.no", now=NOW)


def sent(app: Flask, shop: Site, *, confirmable: bool) -> str:
    with transaction():
        made = requester.send(
            shop.id,
            "access",
            Content("Kari", "kari@example.no", ""),
            language="nb",
            confirmable=confirmable,
            secret_key=key(app),
            now=NOW,
        )
    return made.token


def rows(shop: Site) -> dict[str, int]:
    end_reading()
    return {table: site_rows.count(table, shop.id) for table in site_deletion.TABLES}


@pytest.fixture(params=["restorable", "purged"])
def closed(request: pytest.FixtureRequest, shop: Site) -> Site:
    delete(shop)
    if request.param == "purged":
        assert site_deletion.purge(NOW + RESTORABLE) == 1
    return shop


def test_every_public_page_of_a_site_is_kept_or_closed_on_purpose(app: Flask) -> None:
    found = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/s/")
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}
    }
    assert found == STARTS_SOMETHING | STAYS


@pytest.mark.parametrize(("method", "rule"), sorted(STARTS_SOMETHING))
def test_a_closed_site_takes_nothing_new_and_says_how_to_reach_who_ran_it(
    client: FlaskClient, closed: Site, method: str, rule: str
) -> None:
    before = rows(closed)
    path = rule.replace("<string:site>", "butikk").replace("<string:token>", "A" * 22)
    answer = client.open(
        f"{path}?lang=nb", method=method, data={**KARI, "address": "a@example.no", "proof": "x"}
    )
    assert answer.status_code == 410
    assert "Skjemaet er stengt" in answer.text
    assert 'href="mailto:hei@example.no"' in answer.text
    assert rows(closed) == before


@pytest.mark.parametrize(
    "path",
    [
        "cookies",
        "cookies.json",
        "my-choice",
        "my-choice/versions/1.json",
        "notice",
        "notice.atom",
        "notice.json",
        "notice/versions",
        "notice/versions/1",
        "request/status",
        "style/1.css",
    ],
)
def test_what_a_closed_site_has_published_can_still_be_read(
    client: FlaskClient, closed: Site, path: str
) -> None:
    assert client.get(f"/s/butikk/{path}").status_code == 200


def test_its_pages_lead_to_no_form_that_is_closed(client: FlaskClient, shop: Site) -> None:
    def leads(path: str) -> set[str]:
        page = client.get(f"/s/butikk/{path}?lang=nb").text
        return {form for form in ("request", "notice/subscribe") if f'href="/s/butikk/{form}?' in page}

    assert leads("notice") == {"request", "notice/subscribe"}
    delete(shop)
    assert leads("notice") == leads("request") == leads("my-choice") == set()


def test_who_opened_the_form_before_is_told_when_sending_it(client: FlaskClient, shop: Site) -> None:
    form = client.get(FORM).text
    delete(shop)
    answer = client.post(FORM, data={**KARI, "proof": solution(challenge_of(form))})
    assert answer.status_code == 410
    assert site_rows.count("notice_request", shop.id) == 0


def test_a_request_that_was_never_confirmed_can_be_withdrawn_but_not_confirmed(
    app: Flask, client: FlaskClient, shop: Site
) -> None:
    code = sent(app, shop, confirmable=True)
    delete(shop)
    assert client.post(STATUS, data={"code": code, "do": "confirm"}).status_code == 410
    end_reading()
    assert requests.counts(shop.id, now=NOW).open == 0
    assert client.post(STATUS, data={"code": code, "do": "withdraw"}).status_code == 200


def test_subscribers_of_a_deleted_site_get_no_mail_but_can_leave(client: FlaskClient, shop: Site) -> None:
    subscribed(shop, 3)
    announce(shop, NOW + timedelta(days=1))
    delete(shop)
    jobs.announce()
    assert letters("notice.changed") == []
    with transaction():
        deletion.restore(shop.id)
    jobs.announce()
    mailed = letters("notice.changed")
    assert len(mailed) == 3
    with transaction():
        deletion.delete(shop.id, by="kari", now=NOW)
    leave = str(mailed[0][1]["unsubscribe"]).removeprefix("http://127.0.0.1:8000")
    assert client.post(leave).status_code == 200
    end_reading()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Subscriber)) == 2


def test_a_site_that_is_gone_announces_nothing_again(shop: Site) -> None:
    subscribed(shop, 1)
    announce(shop, NOW + timedelta(days=1))
    jobs.announce()
    delete(shop)
    site_deletion.purge(NOW + RESTORABLE)
    jobs.announce()
    assert [table for table, count in rows(shop).items() if count] == []


def test_a_site_with_a_request_that_waits_is_not_deleted(app: Flask, shop: Site) -> None:
    code = sent(app, shop, confirmable=False)
    with pytest.raises(Conflict) as refused, transaction():
        site_closing.delete_site(shop.id, by="kari", now=NOW)
    assert refused.value.reason == "requests_open"
    with transaction():
        found = requester.of_token(shop.id, code, secret_key=key(app))
        requester.withdraw(found, secret_key=key(app), now=NOW)
    delete(shop)


def test_of_a_request_and_a_deletion_at_once_one_wins(app: Flask, shop: Site) -> None:
    def ask(_: int) -> Any:
        with app.app_context():
            try:
                with transaction():
                    deletion.hold_open(shop.id)
                    return requester.send(
                        shop.id,
                        "access",
                        Content("Kari", "kari@example.no", ""),
                        language="nb",
                        confirmable=False,
                        secret_key=key(app),
                        now=NOW,
                    )
            except Gone:
                return None

    def close() -> bool:
        with app.app_context():
            try:
                delete(shop)
            except Conflict:
                return False
            return True

    end_reading()
    with ThreadPoolExecutor(4) as pool:
        asking = pool.map(ask, range(3))
        closing = pool.submit(close)
        stored = [one for one in asking if one is not None]
    assert closing.result() is not bool(stored)
