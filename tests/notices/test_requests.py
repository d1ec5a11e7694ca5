"""Requests of data subjects over HTTP: from the form to the answer, and what is stored of them."""

import html
import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from limits import RateLimitItemPerDay, RateLimitItemPerHour
from werkzeug.test import TestResponse

from server.accounts.service import audit_log
from server.core import clock, limits
from server.core.db import db, end_reading, transaction
from server.core.mail_server import MailServer
from server.notices import proof_of_work, request_pages, request_rules, request_status_pages
from server.notices import request_jobs as jobs
from server.notices.service import request_answers, requester, requests
from server.sites.values import Site
from tests.consents.shops import open_shop
from tests.notices.solving import challenge_of, solution

NOW = datetime(2026, 11, 10, 9, 30, tzinfo=UTC)
MARKERS = ("Kari Merkesen", "kari.merke@example.no", "Et hemmelig budskap", "Svaret er merket")
FORM = {"kind": "access", "name": MARKERS[0], "email": MARKERS[1], "message": MARKERS[2]}
STRANGER: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.7"}}
PATH, STATUS = "/s/butikk/request", "/s/butikk/request/status"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the clock."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def site(client: FlaskClient, at: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch) -> Site:
    """A shop with a published notice."""
    at(NOW)
    shop = open_shop(client)
    # As work for a browser it is tried in one; here it is a few digests.
    monkeypatch.setattr(proof_of_work, "LARGEST", 50)
    limits.counters(client.application).forget()
    return shop.site


@pytest.fixture
def other(client: FlaskClient, site: Site) -> Site:
    """Another site on the same server."""
    return open_shop(client, "hytta", "hytta.example.no").site


@pytest.fixture
def mail(app: Flask) -> Iterator[None]:
    """A server that can send e-mail."""
    known = app.extensions["samtykke"]
    app.extensions["samtykke"] = replace(
        known, smtp_url=MailServer("smtp", "127.0.0.1", 25), mail_from="samtykke@example.no"
    )
    yield
    app.extensions["samtykke"] = known


def send(client: FlaskClient, path: str = PATH, proof: str | None = None, **changes: Any) -> TestResponse:
    """Fill in the form and send it, as a browser does."""
    options = {key: changes.pop(key) for key in ("environ_overrides", "headers") if key in changes}
    answer = solution(challenge_of(client.get(path).text)) if proof is None else proof
    return client.post(path, data={**FORM, "proof": answer, **changes}, **options)


def code_of(answer: TestResponse) -> str:
    """The code in the link of the page that follows the form."""
    found = re.search(r"/request/status\?lang=\w+#([\w-]+)", answer.text)
    assert found, answer.text
    return found[1]


def follow(client: FlaskClient, code: str, do: str = "show", **options: Any) -> TestResponse:
    return client.post(STATUS, data={"code": code, "do": do}, **options)


def mails(kind: str) -> list[dict[str, Any]]:
    end_reading()
    rows = db.session.execute(sa.text("SELECT data FROM notification WHERE kind = :kind"), {"kind": kind})
    return [json.loads(row.data) for row in rows]


def code_in_mail(kind: str) -> str:
    """The code in the newest link that was mailed to a requester."""
    return str(mails(kind)[-1]["link"]).rpartition("#")[2]


def secret_key(app: Flask) -> str:
    return str(app.extensions["samtykke"].secret_key)


# --- sending ---------------------------------------------------------------------------------------------


def test_a_request_is_stored_with_its_due_date_and_followed_by_a_secret_link(
    client: FlaskClient, site: Site
) -> None:
    answer = send(client)
    assert answer.status_code == 200
    (stored,) = requests.open_requests(site.id)
    assert (stored.kind, stored.state, stored.confirmed_at) == ("access", "received", None)
    assert stored.due_on == date(2026, 12, 10)
    assert stored.reference in answer.text
    assert "10. desember 2026" in answer.text
    page = follow(client, code_of(answer)).text
    assert all(marker in page for marker in MARKERS[:3])
    assert "Mottatt" in page


def test_the_month_begins_on_the_day_of_the_sites_time_zone(
    client: FlaskClient, site: Site, at: Callable[[datetime], None]
) -> None:
    at(datetime(2026, 11, 10, 23, 30, tzinfo=UTC))
    send(client)
    assert [one.due_on for one in requests.open_requests(site.id)] == [date(2026, 12, 11)]


def test_the_form_needs_no_cookies_and_stays_out_of_caches_and_search_engines(
    client: FlaskClient, site: Site
) -> None:
    for answer in (client.get(PATH), send(client), client.get(STATUS)):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("language", "title"),
    [("nb", "Bruk rettighetene dine"), ("nn", "Bruk rettane dine"), ("en", "Use your privacy rights")],
)
def test_the_form_says_what_it_is_for_how_long_it_takes_and_what_is_stored(
    client: FlaskClient, site: Site, language: str, title: str
) -> None:
    page = html.unescape(client.get(f"{PATH}?lang={language}").text)
    assert title in page
    assert "Butikken AS" in page
    assert str(request_rules.KEPT.days) in page
    assert str(request_rules.LONGEST_MESSAGE) in page
    # Without JavaScript, the controller can be reached.
    assert "mailto:hei@butikk.example.no" in page
    assert "Storgata 1, 0155 Oslo" in page
    # What a browser has answered is seen without a request, in the settings on the site.
    assert re.search(r'href="https?://[^"/]+/#samtykke-settings"', page)


def test_a_link_can_choose_the_kind(client: FlaskClient, site: Site) -> None:
    assert 'value="erasure" checked' in client.get(f"{PATH}?kind=erasure").text
    assert " checked" not in client.get(f"{PATH}?kind=x%00").text


WRONG: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({"kind": ""}, {"kind"}),
    ({"kind": "portal"}, {"kind"}),
    ({"email": ""}, {"email"}),
    ({"email": "kari@example.no\r\nBcc: ola@example.no"}, {"email"}),
    ({"name": "x" * 201}, {"name"}),
    ({"message": "å" * 4001}, {"message"}),
    ({"email": ["a@b.no", "c@d.no"]}, {"email"}),
    (
        {"kind": "x", "email": "x", "name": "x" * 300, "message": "x" * 5000},
        {"kind", "email", "name", "message"},
    ),
)


def test_what_is_wrong_comes_back_with_everything_typed_and_is_named(client: FlaskClient, site: Site) -> None:
    for changes, fields in WRONG:
        answer = send(client, proof="", **changes)
        assert answer.status_code == 422
        page = html.unescape(answer.text)
        assert set(re.findall(r'id="(\w+)-fault"', page)) == fields
        for name in fields:
            assert f'href="#{name}"' in page
            assert re.search(rf'id="{name}"[^>]*aria-describedby="{name}-fault[^>]*aria-invalid="true"', page)
        sent = {**FORM, **changes}
        typed = {name: value[0] if isinstance(value, list) else value for name, value in sent.items()}
        assert typed["message"] in page
        assert f'value="{typed["name"]}"' in page
    assert requests.open_requests(site.id) == ()


def test_control_characters_are_dropped_and_html_is_shown_as_it_was_typed(
    client: FlaskClient, site: Site
) -> None:
    hostile = "<script>alert(1)</script>\x00\x1b[31m{{ 7*7 }}\u202e"
    page = follow(client, code_of(send(client, message=hostile, name="<b>Kari</b>\r\n\x07"))).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;Kari&lt;/b&gt;" in page
    assert not re.search("[\x00\x07\x1b\u202e]", page)
    assert "{{ 7*7 }}" in page


def test_without_the_browsers_work_nothing_is_stored_and_nothing_typed_is_lost(
    client: FlaskClient, site: Site
) -> None:
    for proof in ("", "x", "A" * 2000):
        answer = send(client, proof=proof)
        assert answer.status_code == 422
        assert MARKERS[2] in answer.text
        assert "Utregningen fra nettleseren" in answer.text
    assert requests.open_requests(site.id) == ()


def test_a_solved_challenge_is_accepted_once_and_only_by_its_site(
    client: FlaskClient, site: Site, other: Site
) -> None:
    proof = solution(challenge_of(client.get(PATH).text))
    assert send(client, "/s/hytta/request", proof=proof).status_code == 422
    assert send(client, proof=proof).status_code == 200
    again = send(client, proof=proof)
    assert again.status_code == 409
    assert MARKERS[2] in again.text
    assert len(requests.open_requests(site.id)) == 1


def test_two_forms_with_the_same_solution_at_once_store_one_request(app: Flask, site: Site) -> None:
    proof = solution(challenge_of(app.test_client().get(PATH).text))

    def at_once(_number: int) -> int:
        with app.app_context():
            status = app.test_client().post(PATH, data={**FORM, "proof": proof}).status_code
            db.session.remove()
            return status

    end_reading()
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(at_once, range(4))) == [200, 409, 409, 409]
    end_reading()
    assert len(requests.open_requests(site.id)) == 1


BODIES = (
    (b"x" * 1_000_000, "application/x-www-form-urlencoded", 413),
    (b"kind=access&" * 5000, "application/x-www-form-urlencoded", 422),
    (b"%ff%00&&&===;;", "application/x-www-form-urlencoded", 422),
    (b"{}", "application/json", 422),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x", 422),
    (b"", "", 422),
)


def test_odd_and_huge_bodies_are_refused_without_a_fault(client: FlaskClient, site: Site) -> None:
    for body, kind, status in BODIES:
        for path, expected in ((PATH, status), (STATUS, 413 if status == 413 else 404)):
            assert client.post(path, data=body, content_type=kind).status_code == expected


def test_attachments_are_not_accepted(client: FlaskClient, site: Site) -> None:
    data = {**FORM, "file": (io.BytesIO(b"x"), "x.pdf")}
    assert client.post(PATH, data=data, content_type="multipart/form-data").status_code == 422


def test_a_network_sends_twenty_forms_an_hour_and_then_reads_how_long_to_wait(
    client: FlaskClient, site: Site
) -> None:
    for _ in range(20):
        assert send(client, proof="", **STRANGER).status_code == 422
    answer = send(client, **STRANGER)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert MARKERS[2] in answer.text
    assert "Prøv igjen om 60 minutter" in answer.text
    # Neither another network nor the machine itself waits.
    assert send(client, environ_overrides={"REMOTE_ADDR": "198.51.100.9"}).status_code == 200


def test_nobody_fills_the_mailbox_of_another_or_keeps_them_from_sending_a_request(
    client: FlaskClient, site: Site, other: Site, mail: None
) -> None:
    tags = (MARKERS[1].upper(), "kari.merke+1@example.no", MARKERS[1])
    for address in (*tags, MARKERS[1]):
        answer = send(client, email=address)
        assert answer.status_code == 200
    assert len(mails("request.confirmation")) == 3
    # Beyond those the request counts as without a mail server: staff see that the address is not confirmed.
    (stored,) = requests.open_requests(site.id)
    assert (stored.state, stored.confirmed_at) == ("received", None)
    assert MARKERS[2] in follow(client, code_of(answer)).text
    assert len(mails("request.received")) == 1
    assert send(client, "/s/hytta/request").status_code == 200
    assert len(mails("request.confirmation")) == 4, "of each site an address has its own"


def test_an_address_gets_few_e_mails_of_all_sites_together(
    client: FlaskClient, site: Site, other: Site, mail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_pages, "MAILS_IN_ALL", RateLimitItemPerDay(2))
    for path in (PATH, "/s/hytta/request", "/s/hytta/request"):
        assert send(client, path).status_code == 200
    assert len(mails("request.confirmation")) == 2
    assert len(requests.open_requests(other.id)) == 1


def test_staff_get_a_bounded_number_of_requests_without_a_confirmed_address(
    client: FlaskClient,
    site: Site,
    mail: None,
    monkeypatch: pytest.MonkeyPatch,
    at: Callable[[datetime], None],
) -> None:
    monkeypatch.setattr(request_pages, "WITHOUT_MAIL", RateLimitItemPerDay(1))
    for _ in range(4):
        assert send(client).status_code == 200
    at(NOW + timedelta(hours=1))
    answer = send(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(23 * 3600))
    assert MARKERS[2] in answer.text
    assert len(requests.open_requests(site.id)) == 1
    assert send(client, email="ola@example.no").status_code == 200, "nobody else waits"


# --- confirming, following, withdrawing ------------------------------------------------------------------


def test_with_e_mail_a_request_waits_until_its_requester_confirms_it(
    client: FlaskClient, site: Site, mail: None, at: Callable[[datetime], None]
) -> None:
    answer = send(client)
    assert "#" not in re.sub(r'href="#[\w-]+"', "", answer.text), "the link is in the e-mail alone"
    page = html.unescape(answer.text)
    assert f"En e-post til {FORM['email']} er på vei." in page
    assert "Se i søppelposten." in page
    assert "/request?kind=" in page or "/request?lang=" in page
    assert requests.open_requests(site.id) == ()
    assert requests.counts(site.id, now=NOW).unconfirmed == 1
    assert mails("request.received") == []
    (mailed,) = mails("request.confirmation")
    assert not any(marker in json.dumps(mailed, ensure_ascii=False) for marker in MARKERS)
    code = code_in_mail("request.confirmation")
    assert "Bekreft kravet" in follow(client, code).text
    at(NOW + timedelta(days=3))
    assert "Kravet er bekreftet" in follow(client, code, "confirm").text
    (stored,) = requests.open_requests(site.id)
    # The month runs from receipt, however long confirming takes.
    assert (stored.state, stored.due_on) == ("received", date(2026, 12, 10))
    (sent,) = mails("request.received")
    assert (sent["reference"], sent["right"]) == (stored.reference, "access")


def test_confirming_many_times_at_once_confirms_once(app: Flask, site: Site, mail: None) -> None:
    send(app.test_client())
    code = code_in_mail("request.confirmation")

    def at_once(_number: int) -> int:
        with app.app_context():
            status = follow(app.test_client(), code, "confirm").status_code
            db.session.remove()
            return status

    end_reading()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(at_once, range(4))) == [200] * 4
    end_reading()
    assert len(mails("request.received")) == 1
    (stored,) = requests.open_requests(site.id)
    assert stored.revision == 1


def test_a_requester_withdraws_and_nothing_can_follow(client: FlaskClient, site: Site, mail: None) -> None:
    send(client)
    code = code_in_mail("request.confirmation")
    follow(client, code, "confirm")
    assert "Trukket tilbake" in follow(client, code, "withdraw").text
    assert follow(client, code, "withdraw").status_code == 200
    assert requests.open_requests(site.id) == ()
    found = requester.of_token(site.id, code, secret_key=secret_key(client.application))
    assert (found.state, [event.action for event in found.events]) == (
        "withdrawn",
        ["sent", "confirm", "withdraw"],
    )


def test_withdrawing_what_was_never_confirmed_deletes_it_with_its_e_mail(
    client: FlaskClient, site: Site, mail: None
) -> None:
    send(client)
    code = code_in_mail("request.confirmation")
    page = follow(client, code, "withdraw").text
    assert "Kravet er slettet" in page
    for table in ("notice_request", "notice_request_event", "notification_delivery"):
        assert db.session.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0
    assert follow(client, code).status_code == 404


def test_withdrawing_one_request_leaves_the_e_mails_about_others_of_the_same_address(
    client: FlaskClient, site: Site, mail: None
) -> None:
    for kind in ("access", "erasure"):
        send(client, kind=kind)
    links = {mail["right"]: mail["link"].rpartition("#")[2] for mail in mails("request.confirmation")}
    assert follow(client, links["access"], "withdraw").status_code == 200
    assert [mail["right"] for mail in mails("request.confirmation")] == ["erasure"]
    assert follow(client, links["erasure"], "confirm").status_code == 200


def test_a_code_that_is_none_opens_nothing(client: FlaskClient, site: Site) -> None:
    for code in ("", "x", "a" * 44, "a" * 45, "å" * 44, "\x00", "x" * 5000):
        for do in ("show", "confirm", "withdraw", "delete", ""):
            answer = follow(client, code, do)
            assert answer.status_code == 404
            assert "Vi finner ikke noe krav" in answer.text
    assert follow(client, "").headers["Content-Type"].startswith("text/html")


def test_the_code_of_another_site_opens_nothing(client: FlaskClient, site: Site, other: Site) -> None:
    code = code_of(send(client))
    assert client.post("/s/hytta/request/status", data={"code": code}).status_code == 404
    assert follow(client, code).status_code == 200


def test_codes_cannot_be_tried_without_end(
    client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_status_pages, "LOOKING", RateLimitItemPerHour(3, 1, "request_status"))
    for _ in range(3):
        assert follow(client, "x", **STRANGER).status_code == 404
    answer = follow(client, "x", **STRANGER)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_site_that_is_not_there_has_no_form(client: FlaskClient, site: Site) -> None:
    for path in ("/s/nowhere/request", "/s/nowhere/request/status", "/s/%00/request"):
        assert client.get(path).status_code == 404
        assert client.post(path, data=FORM).status_code == 404


# --- the answer ------------------------------------------------------------------------------------------


def test_the_answer_is_read_on_the_page_and_is_in_no_e_mail(
    client: FlaskClient, site: Site, mail: None
) -> None:
    send(client)
    code = code_in_mail("request.confirmation")
    follow(client, code, "confirm")
    answered(client.application, site, code, f"{MARKERS[3]} <i>her</i>")
    page = follow(client, code)
    assert f"{MARKERS[3]} &lt;i&gt;her&lt;/i&gt;" in page.text
    assert "Besvart" in page.text
    assert follow(client, code, "withdraw").status_code == 409


def answered(app: Flask, site: Site, code: str, text: str, *, step: str = "answer") -> None:
    """A colleague answers or refuses."""
    act = {"answer": request_answers.answer, "refuse": request_answers.refuse}[step]
    with transaction():
        found = requester.of_token(site.id, code, secret_key=secret_key(app))
        act(
            found,
            text,
            by="ola@butikk.no",
            revision=found.revision,
            secret_key=secret_key(app),
            now=NOW,
        )


def test_a_refusal_says_where_to_complain(client: FlaskClient, site: Site) -> None:
    code = code_of(send(client))
    answered(client.application, site, code, "Det er åpenbart grunnløst.", step="refuse")
    page = follow(client, code).text
    assert "Det er åpenbart grunnløst." in page
    assert "klage til Datatilsynet" in page


def test_content_that_was_encrypted_with_another_key_is_a_sentence_and_no_fault(
    app: Flask, client: FlaskClient, site: Site
) -> None:
    code = code_of(send(client))
    with app.app_context():
        db.session.execute(sa.text("UPDATE notice_request SET sealed = :junk"), {"junk": b"x" * 40})
        db.session.execute(sa.text("UPDATE notice_request_event SET sealed = :junk"), {"junk": b"x" * 40})
        db.session.connection().commit()
    page = follow(client, code)
    assert page.status_code == 200
    assert "kan ikke leses lenger" in page.text


# --- what is stored --------------------------------------------------------------------------------------


def test_no_table_and_no_log_holds_what_a_requester_or_the_answer_says(
    app: Flask,
    client: FlaskClient,
    site: Site,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    code = code_of(send(client))
    answered(app, site, code, MARKERS[3])
    send(client, email="x", proof="")
    follow(client, code + "x")
    end_reading()
    seen = caplog.text + "".join(capfd.readouterr()) + client.get("/metrics").text
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)):
            seen += "\n" + " ".join(
                bytes(v).decode("latin-1") if isinstance(v, bytes) else str(v) for v in row
            )
    assert not [marker for marker in (*MARKERS, code) if marker in seen]
    (stored,) = requests.closed_requests(site.id)
    assert stored.reference in seen, "the request is among what was searched"


def test_unconfirmed_requests_are_deleted_after_seven_days(
    client: FlaskClient, site: Site, mail: None
) -> None:
    send(client)
    code = code_in_mail("request.confirmation")
    assert not any(jobs.retain(NOW + request_rules.TO_CONFIRM - timedelta(seconds=1)).values())
    assert jobs.retain(NOW + request_rules.TO_CONFIRM)["unconfirmed_requests"] == 1
    assert follow(client, code, "confirm").status_code == 404
    assert requests.numbers(site.id) == []


def test_a_request_that_is_confirmed_while_old_ones_are_deleted_stays(
    app: Flask, client: FlaskClient, site: Site, mail: None
) -> None:
    send(client)
    found = requester.of_token(site.id, code_in_mail("request.confirmation"), secret_key=secret_key(app))

    def delete() -> Any:
        with app.app_context():
            deleted = jobs.retain(NOW + request_rules.TO_CONFIRM)
            db.session.remove()
            return deleted

    with ThreadPoolExecutor(1) as pool:
        with transaction():
            requester.confirm(found, secret_key=secret_key(app), now=NOW)
            deleting = pool.submit(delete)
            if db.engine.dialect.name == "postgresql":  # SQLite lets one write at a time.
                wait([deleting], timeout=5)
        assert deleting.result()["unconfirmed_requests"] == 0
    (stored,) = requests.open_requests(site.id)
    left = requests.find(site.id, stored.request_id, secret_key=secret_key(app))
    assert [event.action for event in left.events] == ["sent", "confirm"]


def test_content_is_deleted_after_its_time_and_the_request_is_still_counted(
    app: Flask, client: FlaskClient, site: Site
) -> None:
    code, left = code_of(send(client)), code_of(send(client, kind="erasure"))
    answered(app, site, code, MARKERS[3])
    assert not any(jobs.retain(NOW + request_rules.KEPT - timedelta(seconds=1)).values())
    assert jobs.retain(NOW + request_rules.KEPT)["requests"] == 1
    assert not any(jobs.retain(NOW + request_rules.KEPT).values())
    assert follow(client, code).status_code == 404
    assert follow(client, left).status_code == 200
    assert sorted(requests.numbers(site.id)) == [("access", "answered", 1), ("erasure", "received", 1)]
    row = db.session.execute(sa.text("SELECT * FROM notice_request WHERE kind = 'access'")).mappings().one()
    assert (row["sealed"], row["reference"], row["language"]) == (None, None, "")
    assert str(row["received_at"])[:19] == "2026-11-10 00:00:00"
    events = audit_log.audit_events(only=None, action="retention_run", limit=9)
    assert [event.subject for event in events] == ["the content of a closed request: 1"]


def test_solved_challenges_are_forgotten_when_they_have_expired(client: FlaskClient, site: Site) -> None:
    send(client)
    stored = sa.text("SELECT count(*) FROM notice_solved_challenge")
    jobs.retain(NOW + timedelta(hours=2))
    assert db.session.scalar(stored) == 1
    jobs.retain(NOW + timedelta(hours=2, seconds=1))
    assert db.session.scalar(stored) == 0


def test_staff_are_reminded_once_five_days_before_and_once_when_it_is_overdue(
    client: FlaskClient, site: Site
) -> None:
    send(client)
    for day in (1, 24, 25, 26, 30, 31, 32, 39):
        jobs.remind(NOW + timedelta(days=day))
    reminders = mails("request.overdue")
    assert sorted(one["when"] for one in reminders) == ["late", "soon"]
    due = datetime(2026, 12, 10, 12, tzinfo=UTC)
    assert jobs.remind(due - timedelta(days=6)) == 0
    assert requests.counts(site.id, now=due).overdue == 0
    assert requests.counts(site.id, now=due + timedelta(days=1)).overdue == 1


def test_staff_are_reminded_of_every_request_however_many_there_are(
    client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST_OPEN", 2)
    monkeypatch.setattr(jobs, "BATCH", 2)
    for kind in ("access", "erasure", "objection", "rectification", "portability"):
        send(client, kind=kind, email=f"{kind}@example.no")
    overdue = NOW + timedelta(days=40)
    assert (jobs.remind(overdue), jobs.remind(overdue)) == (5, 0)
    assert len(mails("request.overdue")) == 5
