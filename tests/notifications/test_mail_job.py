"""The worker sends e-mail by the operator's mail server: at once, or joined in a digest."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core import clock
from server.core.db import db, end_reading, transaction
from server.core.mail_server import MailServer
from server.notifications import jobs
from server.notifications.models import Delivery
from server.notifications.schedule import next_digest
from server.notifications.service import outbox
from server.notifications.values import Recipient, VisitorMail
from tests.notifications.mail_servers import Mailbox, certificate, mail_server
from tests.notifications.service.conftest import NOW, make_site, message

KARI, OLA = (Recipient(f"{name}@example.no", "nb", "at_once") for name in ("kari", "ola"))


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the clock."""

    def put(**later: float) -> None:
        moment = NOW + timedelta(**later)
        monkeypatch.setattr(clock, "now", lambda: moment)

    put()
    return put


@pytest.fixture
def mailbox(
    app: Flask, at: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mailbox]:
    """The mailbox of the application's mail server, which it reaches by STARTTLS."""
    offered, trusting = certificate(tmp_path)
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    found = Mailbox()
    with mail_server(found, starttls=offered) as port:
        server = MailServer("smtp+starttls", "127.0.0.1", port, "kari", "hemmelig")
        settings = app.extensions["samtykke"]
        app.extensions["samtykke"] = replace(settings, smtp_url=server, mail_from="samtykke@example.no")
        yield found
        app.extensions["samtykke"] = settings


def states() -> list[str]:
    end_reading()
    return sorted(db.session.scalars(sa.select(Delivery.state)))


def test_everybody_gets_an_e_mail_of_their_own(mailbox: Mailbox) -> None:
    with transaction():
        outbox.record(message(make_site()), [KARI, OLA], now=NOW)
    assert jobs.send_mail() == 2
    assert sorted(mailbox.recipients) == ["kari@example.no", "ola@example.no"]
    assert {one["Subject"] for one in mailbox.received} == {"Butikken: versjon 1 er publisert"}
    assert states() == ["delivered"] * 2
    assert jobs.send_mail() == 0


def test_the_digest_of_a_day_is_one_e_mail_about_all_sites(mailbox: Mailbox, at: Callable[..., None]) -> None:
    daily = replace(KARI, frequency="daily")
    with transaction():
        for site in (make_site(), make_site()):
            for number in (1, 2):
                outbox.record(
                    message(site, number), [daily, replace(daily, address="ola@example.no")], now=NOW
                )
    assert jobs.send_mail() == 0
    at(seconds=(next_digest(NOW) - NOW).total_seconds())
    assert jobs.send_mail() == 2
    assert sorted(mailbox.recipients) == ["kari@example.no", "ola@example.no"]
    assert {one["Subject"] for one in mailbox.received} == {"Samlevarsel fra Samtykke (4)"}
    assert states() == ["delivered"] * 8


def test_a_digest_is_one_e_mail_however_many_get_one(mailbox: Mailbox, at: Callable[..., None]) -> None:
    everybody = [Recipient(f"staff{number}@example.no", "nb", "daily") for number in range(45)]
    with transaction():
        site = make_site()
        for number in range(5):
            outbox.record(message(site, number), everybody, now=NOW)
    at(seconds=(next_digest(NOW) - NOW).total_seconds())
    assert jobs.send_mail() == 45
    assert sorted(mailbox.recipients) == sorted(one.address for one in everybody)
    assert {one["Subject"] for one in mailbox.received} == {"Samlevarsel fra Samtykke (5)"}


def test_a_recipient_who_cannot_be_written_to_holds_up_nobody(mailbox: Mailbox) -> None:
    with transaction():
        wrong = replace(KARI, address="kari@example.no, ola@example.no")
        outbox.record(message(make_site()), [wrong, OLA], now=NOW)
    assert jobs.send_mail() == 2
    assert mailbox.recipients == ["ola@example.no"]
    assert states() == ["dead", "delivered"]


def test_without_a_mail_server_e_mail_waits_a_day(app: Flask, at: Callable[..., None]) -> None:
    with transaction():
        outbox.record(message(make_site()), [KARI], now=NOW)
    assert jobs.send_mail() == 0
    jobs.purge()
    assert states() == ["pending"]
    at(days=1)
    jobs.purge()
    assert states() == ["dead"]
    at(days=31)
    assert jobs.purge() == 1
    assert states() == []


def test_a_visitor_gets_an_e_mail_in_the_name_of_the_site_and_is_then_forgotten(
    mailbox: Mailbox, at: Callable[..., None]
) -> None:
    leave = "https://samtykke.example.no/s/butikken/notice/unsubscribe/hemmelig"
    data: dict[str, str | int | None] = {"site_name": "Butikken", "what": "Nytt.", "from": "2026-11-20"}
    with transaction():
        site = make_site()
        letter = VisitorMail(
            site, "notice.changed", data, "k", "siv@example.no", "nn", "Butikken AS", "https://x.example/"
        )
        outbox.record_to_visitor(replace(letter, reply_to="post@example.no", unsubscribe=leave), now=NOW)
        outbox.record(message(site), [KARI], now=NOW)
    assert (jobs.send_mail(), jobs.send_mailings()) == (1, 1)
    (received,) = [one for one in mailbox.received if one["To"] == "siv@example.no"]
    assert received["Subject"] == "Butikken har endra personvernerklæringa"
    assert (received["From"], received["Reply-To"]) == (
        "Butikken AS <samtykke@example.no>",
        "post@example.no",
    )
    assert received["List-Unsubscribe"] == f"<{leave}>"
    end_reading()
    assert sorted(db.session.scalars(sa.select(Delivery.target))) == ["", "kari@example.no"]


def test_what_somebody_waits_for_is_sent_beside_a_mailing(mailbox: Mailbox) -> None:
    with transaction():
        site = make_site()
        data: dict[str, str | int | None] = {"site_name": "Butikken", "what": "Nytt.", "from": "2026-11-20"}
        mailing = [
            VisitorMail(site, "notice.changed", data, f"k{n}", f"s{n}@example.no", "nb", "B", "https://x.no/")
            for n in range(9)
        ]
        outbox.record_to_visitors(mailing, now=NOW)
        waiting = replace(mailing[0], kind="notice.subscription", key="w", address="siv@example.no")
        outbox.record_to_visitor(waiting, now=NOW)
    assert jobs.send_mail() == 1
    assert mailbox.recipients == ["siv@example.no"]
    assert jobs.send_mailings() == 9
    assert len(set(mailbox.recipients)) == 10
