"""Webhook endpoints, the delivery log, and what each of the staff wants by e-mail."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from standardwebhooks import Webhook

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import db, end_reading, transaction
from server.core.http import settings
from server.core.mail_server import MailServer
from server.notifications import signing
from server.notifications.models import Delivery as Row
from server.notifications.payload import payload
from server.notifications.service import delivering, delivery_log, endpoints, outbox
from server.notifications.values import VISITOR_CHANNELS, Endpoint, Message, Outcome, VisitorMail
from server.sites.values import Site
from tests.studio.conftest import Visitor

URL = "https://receiver.example.no/hook?key=hemmelig"
FORM = {"url": URL, "kinds": "banner.published"}
DEAD = Outcome("refused", 400, "The receiver answered 400.")
DONE = Outcome("delivered", 204, "The receiver answered 204.")


@pytest.fixture
def owner(as_role: Callable[..., Visitor]) -> Visitor:
    return as_role("owner")


@pytest.fixture
def mail(app: Flask) -> Iterator[None]:
    """A mail server is set."""
    before = settings()
    server = MailServer("smtp", "127.0.0.1", 25)
    app.extensions["samtykke"] = replace(before, smtp_url=server, mail_from="samtykke@example.no")
    yield
    app.extensions["samtykke"] = before


def only(site: Site) -> Endpoint:
    end_reading()
    (one,) = endpoints.endpoints(site.id)
    return one


def add(site: Site, url: str = URL) -> Endpoint:
    with transaction():
        return endpoints.create_endpoint(
            site.id, url, ["banner.published"], in_order=False, by="kari", now=clock.now()
        )


def deliver(site: Site, outcome: Outcome, number: int = 1) -> None:
    """Record a message, and let its delivery end so."""
    facts: dict[str, str | int | None] = {"site": site.key, "site_name": site.name, "version": number}
    now = clock.now()
    with transaction():
        outbox.record(Message(site.id, "banner.published", facts, str(number)), [], now=now)
        claimed = delivering.claim(["webhook"], now=now, lease=timedelta(minutes=1), per_target=9, limit=9)
        delivering.store_outcomes([(one, outcome) for one in claimed], now=now, random=0)


def states(site: Site) -> list[str]:
    end_reading()
    return sorted(one.state for one in delivery_log.deliveries(site.id, limit=99))


def noted(site: Site) -> list[tuple[str, str, str]]:
    found = audit_log.audit_events(only=None, site_id=site.id, limit=9)
    return [(one.action, one.subject, one.detail) for one in found][::-1]


def test_an_endpoint_is_added_and_its_secret_shown_once(owner: Visitor, site: Site) -> None:
    answer = owner.post(f"/sites/{site.key}/messages", {**FORM, "in_order": "on"})
    assert answer.status_code == 201
    shown = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.text.replace("&#43;", "+"))
    assert shown
    made = only(site)
    assert (made.url, made.kinds, made.in_order) == (URL, ("banner.published",), True)
    now = clock.now()
    body = payload("test", {}, created_at=now)
    with_secrets = signing.secrets(made, secret_key=settings().secret_key, now=now)
    assert Webhook(shown[0]).verify(body, signing.headers("m", body, with_secrets=with_secrets, now=now))
    for path in ("messages", f"messages/endpoints/{made.endpoint_id}", "messages/log"):
        assert "whsec_" not in owner.get(f"/sites/{site.key}/{path}").text
    assert noted(site) == [("webhook_created", "receiver.example.no", "banner.published")]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({**FORM, "url": "https://10.0.0.1/hook"}, "Address cannot be used"),
        ({**FORM, "url": ""}, "Address cannot be used"),
        ({"url": URL}, "choose at least one"),
    ],
)
def test_what_cannot_be_used_is_named_and_what_was_typed_stays(
    owner: Visitor, site: Site, form: dict[str, str], sentence: str
) -> None:
    made = owner.post(f"/sites/{site.key}/messages", form)
    assert (made.status_code, sentence in made.text) == (422, True)
    assert f'value="{form["url"]}"' in made.text
    path = f"/sites/{site.key}/messages/endpoints/{add(site).endpoint_id}"
    changed = owner.post(path, form)
    assert (changed.status_code, sentence in changed.text) == (422, True)
    assert only(site).url == URL


def test_an_endpoint_is_changed_rotated_switched_and_deleted(owner: Visitor, site: Site) -> None:
    path = f"/sites/{site.key}/messages/endpoints/{add(site).endpoint_id}"
    assert owner.post(path, {**FORM, "url": "https://new.example.no/"}).status_code == 303
    assert only(site).url == "https://new.example.no/"
    owner.post(path, {**FORM, "url": "https://new.example.no/"})
    assert "whsec_" in owner.post(f"{path}/secret").text
    assert only(site).secret_number == 2
    owner.post(f"{path}/switch", {"do": "disable"})
    assert only(site).disabled_at is not None
    assert "Switched off by owner-0@example.no." in owner.get(path).text
    assert owner.post(f"{path}/test").status_code == 409
    owner.post(f"{path}/switch", {"do": "enable"})
    assert only(site).disabled_at is None
    owner.post(f"{path}/delete")
    end_reading()
    assert endpoints.endpoints(site.id) == ()
    assert [(action, detail) for action, _subject, detail in noted(site)] == [
        ("webhook_changed", "banner.published"),
        ("webhook_changed", "a new secret"),
        ("webhook_changed", "switched off"),
        ("webhook_changed", "switched on"),
        ("webhook_deleted", ""),
    ]


def test_a_test_message_goes_to_that_endpoint_alone(owner: Visitor, site: Site) -> None:
    hook, _other = add(site), add(site, f"{URL}-2")
    answer = owner.post(f"/sites/{site.key}/messages/endpoints/{hook.endpoint_id}/test")
    assert answer.status_code == 303
    end_reading()
    (sent,) = delivery_log.deliveries(site.id, limit=9)
    assert (sent.kind, sent.target, sent.state) == ("test", hook.endpoint_id, "pending")
    assert "On its way" in owner.client.get(answer.location).text


def test_what_waits_for_its_next_try_is_tried_now(owner: Visitor, site: Site) -> None:
    add(site)
    deliver(site, Outcome("failed", 500, "The receiver answered 500."))
    end_reading()
    (waiting,) = delivery_log.deliveries(site.id, limit=9)
    assert waiting.next_at is not None
    assert waiting.next_at > clock.now()
    log = f"/sites/{site.key}/messages/log"
    assert "Try now" in owner.get(log).text
    assert owner.post(f"{log}/{waiting.delivery_id}/again").status_code == 303
    end_reading()
    (due,) = delivery_log.deliveries(site.id, limit=9)
    assert due.next_at is not None
    assert (due.message_id, due.next_at <= clock.now()) == (waiting.message_id, True)


def test_what_was_not_delivered_is_seen_and_sent_again(owner: Visitor, site: Site) -> None:
    add(site)
    for number, outcome in enumerate((DEAD, DEAD, DEAD, DONE)):
        deliver(site, outcome, number)
    assert "3 messages were not delivered" in owner.get(f"/sites/{site.key}/messages").text
    page = owner.get(f"/sites/{site.key}/messages/log?state=dead").text
    assert page.count("The receiver answered 400.") == 3
    assert "The receiver answered 204." not in page
    one = delivery_log.deliveries(site.id, state="dead", limit=1)[0]
    owner.post(f"/sites/{site.key}/messages/log/{one.delivery_id}/again")
    assert states(site) == ["dead", "dead", "delivered", "pending"]
    owner.post(f"/sites/{site.key}/messages/log/again")
    assert states(site) == ["delivered", "pending", "pending", "pending"]
    assert [subject for action, subject, _ in noted(site) if action == "messages_resent"] == [
        "1 message",
        "2 messages",
    ]


def test_the_log_has_pages_and_survives_odd_addresses(owner: Visitor, site: Site) -> None:
    add(site)
    for number in range(53):
        deliver(site, DONE, number)
    first = owner.get(f"/sites/{site.key}/messages/log").text
    older = re.search(r'href="([^"]*before=[^"]*)"', first)
    assert older
    second = owner.client.get(older[1].replace("&amp;", "&")).text
    assert (first.count("The receiver answered"), second.count("The receiver answered")) == (50, 3)
    for odd in (
        "before=x",
        "before=2026-01-01~x",
        "before=2026-01-01T00:00:00%2B00:00~%00",
        "state=x&to=%00",
    ):
        assert owner.get(f"/sites/{site.key}/messages/log?{odd}").status_code == 200


def test_an_address_that_may_hold_a_secret_is_on_its_own_page_alone(owner: Visitor, site: Site) -> None:
    hook = add(site)
    deliver(site, DEAD)
    for path in ("messages", "messages/log", "trail"):
        assert "hemmelig" not in owner.get(f"/sites/{site.key}/{path}").text
    assert "hemmelig" in owner.get(f"/sites/{site.key}/messages/endpoints/{hook.endpoint_id}").text


def test_endpoints_of_another_site_are_not_there(owner: Visitor, site: Site, other: Site) -> None:
    hook = add(other)
    deliver(other, DEAD)
    dead = delivery_log.deliveries(other.id, limit=1)[0]
    for path in (
        f"endpoints/{hook.endpoint_id}/test",
        f"endpoints/{hook.endpoint_id}/delete",
        f"log/{dead.delivery_id}/again",
    ):
        assert owner.post(f"/sites/{site.key}/messages/{path}").status_code == 404
    assert owner.get(f"/sites/{site.key}/messages/endpoints/{hook.endpoint_id}").status_code == 404
    assert states(other) == ["dead"]


def test_everybody_chooses_what_they_get(as_role: Callable[..., Visitor], site: Site) -> None:
    auditor = as_role("auditor", site)
    path = "/account/messages"
    assert "This server has no mail server yet" in auditor.get(path).text
    form = {"frequency-banner.published": "at_once"}
    assert auditor.post(path, form).status_code == 303
    page = auditor.get(path).text
    assert re.search(r'value="at_once" checked', page)
    assert auditor.post(path, {"frequency-banner.published": "hourly"}).status_code == 422
    assert re.search(r'value="at_once" checked', auditor.get(path).text)


def test_everybody_can_try_whether_e_mail_arrives(as_role: Callable[..., Visitor], mail: None) -> None:
    auditor = as_role("auditor")
    assert "Send test message" in auditor.get("/account/messages").text
    assert auditor.post("/account/messages/test").status_code == 303
    end_reading()
    (row,) = db.session.scalars(sa.select(Row))
    assert (row.channel, row.target, row.state) == ("email", "auditor-0@example.no", "pending")
    assert "on its way" in auditor.get("/account/messages").text
    with transaction():
        (claimed,) = delivering.claim(
            ["email"], now=clock.now(), lease=timedelta(minutes=1), per_target=1, limit=1
        )
        refused = Outcome("failed", None, "The mail server could not be reached.")
        delivering.store_outcomes([(claimed, refused)], now=clock.now(), random=0)
    page = auditor.get("/account/messages").text
    assert "The mail server could not be reached. Next try" in page


def test_without_a_mail_server_no_test_is_promised(owner: Visitor) -> None:
    assert "Send test message" not in owner.get("/account/messages").text
    assert owner.post("/account/messages/test").status_code == 409


def test_the_log_shows_e_mail_to_visitors_without_addresses_and_sends_it_again(
    owner: Visitor, site: Site
) -> None:
    now = clock.now()
    letter = VisitorMail(
        site.id, "notice.changed", {}, "k", "siv@example.no", "nb", "Shop", "https://x.example/hemmelig"
    )
    with transaction():
        outbox.record_to_visitor(letter, now=now)
        claimed = delivering.claim(
            VISITOR_CHANNELS, now=now, lease=timedelta(minutes=1), per_target=9, limit=9
        )
        refused = Outcome("refused", 550, "siv@example.no is unknown here.")
        delivering.store_outcomes([(one, refused) for one in claimed], now=now, random=0)
    path = f"/sites/{site.key}/messages/log"
    assert "The privacy notice has changed" not in owner.get(path).text
    shown = owner.get(f"{path}?to=visitors").text
    assert "The privacy notice has changed" in shown
    assert "a visitor" in shown
    for secret in ("siv@", "hemmelig"):
        assert secret not in shown
    (dead,) = delivery_log.visitor_mail(site.id, limit=9)
    answer = owner.post(f"{path}/{dead.delivery_id}/again", {"to": "visitors"})
    assert (answer.status_code, "to=visitors" in answer.headers["Location"]) == (303, True)
    end_reading()
    assert [one.state for one in delivery_log.visitor_mail(site.id, limit=9)] == ["pending"]
    assert owner.post(f"{path}/{dead.delivery_id}/again", {}).headers["Location"].endswith("/messages/log")
