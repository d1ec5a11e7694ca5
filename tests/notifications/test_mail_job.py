"""The worker sends e-mail by the operator's mail server: at once, or joined in a digest."""

import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from server.core import clock
from server.core.db import db, end_reading, transaction
from server.core.mail_server import MailServer
from server.notifications import jobs
from server.notifications.channels import mail
from server.notifications.models import Delivery
from server.notifications.schedule import next_digest
from server.notifications.service import outbox
from server.notifications.values import Outcome, Recipient, VisitorMail
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


def send_all() -> int:
    """Everything that is due, as the worker does it."""
    return sum(jobs.send(queue) for queue in (jobs.EMAILS, jobs.REQUESTS, jobs.VISITORS, jobs.DIGESTS))


def states() -> list[str]:
    end_reading()
    return sorted(db.session.scalars(sa.select(Delivery.state)))


def test_everybody_gets_an_e_mail_of_their_own(mailbox: Mailbox) -> None:
    with transaction():
        outbox.record(message(make_site()), [KARI, OLA], now=NOW)
    assert send_all() == 2
    assert sorted(mailbox.recipients) == ["kari@example.no", "ola@example.no"]
    assert {one["Subject"] for one in mailbox.received} == {"Butikken: versjon 1 er publisert"}
    assert states() == ["delivered"] * 2
    assert send_all() == 0


def test_the_digest_of_a_day_is_one_e_mail_about_all_sites(mailbox: Mailbox, at: Callable[..., None]) -> None:
    daily = replace(KARI, frequency="daily")
    with transaction():
        for site in (make_site(), make_site()):
            for number in (1, 2):
                outbox.record(
                    message(site, number), [daily, replace(daily, address="ola@example.no")], now=NOW
                )
    assert send_all() == 0
    at(seconds=(next_digest(NOW) - NOW).total_seconds())
    assert send_all() == 2
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
    assert send_all() == 45
    assert sorted(mailbox.recipients) == sorted(one.address for one in everybody)
    assert {one["Subject"] for one in mailbox.received} == {"Samlevarsel fra Samtykke (5)"}


def test_a_recipient_who_cannot_be_written_to_holds_up_nobody(mailbox: Mailbox) -> None:
    with transaction():
        wrong = replace(KARI, address="kari@example.no, ola@example.no")
        outbox.record(message(make_site()), [wrong, OLA], now=NOW)
    assert send_all() == 2
    assert mailbox.recipients == ["ola@example.no"]
    assert states() == ["dead", "delivered"]


def test_without_a_mail_server_e_mail_waits_a_day(app: Flask, at: Callable[..., None]) -> None:
    with transaction():
        outbox.record(message(make_site()), [KARI], now=NOW)
    assert send_all() == 0
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
    assert (send_all(), jobs.send(jobs.MAILINGS)) == (1, 1)
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
    assert send_all() == 1
    assert mailbox.recipients == ["siv@example.no"]
    assert jobs.send(jobs.MAILINGS) == 9
    assert len(set(mailbox.recipients)) == 10


def test_no_e_mail_waits_for_those_of_another_kind(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a mail server that hangs at subscriptions, staff and those with a request get theirs."""
    with transaction():
        site = make_site()
        data: dict[str, str | int | None] = {"site_name": "Butikken", "reference": "K7QF-3MXD-9TB"}
        letter = VisitorMail(
            site, "notice.subscription", data, "k", "siv@example.no", "nb", "B", "https://x.no/"
        )
        flood = [replace(letter, key=f"k{n}", address=f"s{n}@example.no") for n in range(9)]
        outbox.record_to_visitors(flood, now=NOW)
        about = {**data, "right": "access", "made": "2026-11-20"}
        asked = replace(letter, kind="request.confirmation", data=about, key="r", address="per@example.no")
        outbox.record_to_visitor(asked, now=NOW)
        outbox.record(message(site), [KARI], now=NOW)
    hanging, begun = threading.Event(), threading.Event()
    sending = mail.send

    def slow(letter: EmailMessage, *rest: Any, **options: Any) -> Outcome:
        if not str(letter["To"]).startswith("s"):
            return sending(letter, *rest, **options)
        begun.set()
        assert hanging.wait(60)
        return Outcome("delivered", 250, "Taken.")

    monkeypatch.setattr(mail, "send", slow)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    worked = {job.name: job.run for job in jobs.JOBS if job.name.startswith("send ")}

    def work(name: str) -> None:
        with app.app_context():
            worked[name]()

    end_reading()
    with ThreadPoolExecutor(len(worked)) as pool:
        try:
            flooded = pool.submit(work, "send e-mail to visitors")
            assert begun.wait(60)
            wait(
                [pool.submit(work, name) for name in worked if name != "send e-mail to visitors"], timeout=60
            )
            assert sorted(mailbox.recipients) == ["kari@example.no", "per@example.no"]
            assert not flooded.done()
        finally:
            hanging.set()


def test_a_site_with_thousands_keeps_another_waiting_for_one_try_only(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, at: Callable[..., None]
) -> None:
    monkeypatch.setattr(jobs, "VISITORS", replace(jobs.VISITORS, threads=1))
    with transaction():
        data: dict[str, str | int | None] = {"site_name": "Butikken"}
        made = [make_site() for _ in range(3)]
        for late, (site, number) in enumerate(zip(made, (9, 9, 2), strict=True)):
            letters = [
                VisitorMail(
                    site,
                    "notice.subscription",
                    data,
                    f"k{n}",
                    f"{late}{n}@example.no",
                    "nb",
                    "B",
                    "https://x.no/",
                )
                for n in range(number)
            ]
            outbox.record_to_visitors(letters, now=NOW + timedelta(minutes=late))
    at(hours=1)
    assert jobs.send(jobs.VISITORS) == 20
    order = [address[0] for address in mailbox.recipients]
    assert sorted(order[:6]) == ["0", "0", "1", "1", "2", "2"]
    assert [address for address in mailbox.recipients if address[0] == "0"] == [
        f"0{n}@example.no" for n in range(9)
    ]
