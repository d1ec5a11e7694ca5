"""A forgotten password: the link that chooses another one, and that nobody learns who has an account."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from server.accounts import jobs
from server.accounts.models import DeferredTask, PasswordReset, Session
from server.accounts.service import audit_log, invitations, password_resets, users
from server.accounts.values import Account
from server.core import clock
from server.core.db import db, end_reading, transaction
from server.core.errors import NotFound
from server.core.http import settings
from server.core.limits import counters
from server.core.mail_server import mail_server
from server.notifications.models import Delivery, Notification
from server.sites.values import Site
from tests.studio.conftest import PASSWORD, Visitor, browser

KARI = "kari@example.no"
NEW = "fire rever i skogen"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def kari(app: Flask) -> str:
    """Somebody's id."""
    with transaction():
        made, _ = users.create_user(KARI, "owner", password=PASSWORD, site_ids=None, now=clock.now())
    return made.user_id


@pytest.fixture
def mail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server can send e-mail."""
    server = mail_server("smtps://mail.example.no")
    sends = replace(settings(), smtp_url=server, mail_from="samtykke@example.no")
    monkeypatch.setitem(app.extensions, "samtykke", sends)
    counters(app).forget()


def send(who: Visitor, path: str, page: str, **typed: str) -> TestResponse:
    found = TOKEN.search(who.get(page, follow_redirects=True).text)
    assert found, page
    return who.client.post(f"/studio{path}", data={"csrf_token": found[1], **typed})


def ask(who: Visitor, email: str) -> TestResponse:
    answer = send(who, "/forgotten", "/forgotten", email=email)
    jobs.do_deferred()
    return answer


def opened(who: Visitor, link: str) -> TestResponse:
    return send(who, "/new-password", "/new-password", link=link)


def choose(who: Visitor, password: str = NEW) -> TestResponse:
    return send(who, "/new-password/choose", "/new-password/choose", password=password)


def letters(kind: str) -> list[dict[str, str]]:
    end_reading()
    rows = db.session.execute(
        sa.select(Notification.data, Delivery.target)
        .join(Delivery, Delivery.notification_id == Notification.id)
        .where(Notification.kind == kind)
        .order_by(Notification.number)
    )
    return [{**json.loads(data), "to": to} for data, to in rows]


def issued(user_id: str, now: datetime | None = None) -> str:
    with transaction():
        token = password_resets.issue(user_id, now=now or clock.now())
    return password_resets.link(token, public_url=settings().public_url)


def test_a_link_by_mail_chooses_another_password_ends_all_sessions_and_says_so(
    kari: str, visitor: Visitor, mail: None
) -> None:
    elsewhere = Visitor(browser(visitor.client.application))
    elsewhere.log_in(KARI)
    assert ask(visitor, " Kari@Example.no ").status_code == 200
    (letter,) = letters("user.password_reset")
    assert letter["to"] == KARI
    assert opened(visitor, letter["link"]).location == "/studio/new-password/choose"
    assert KARI in visitor.get("/new-password/choose").text
    assert choose(visitor).location == "/studio/login"
    assert "Your password is changed, and all your sessions have ended." in visitor.get("/login").text
    assert elsewhere.get("/sites").status_code == 303
    assert elsewhere.log_in(KARI).status_code == 401
    assert visitor.log_in(KARI, NEW).status_code == 303
    assert [one["to"] for one in letters("user.password_changed")] == [KARI]
    found = [(one.action, one.by.name) for one in audit_log.audit_events(only=None, limit=9)]
    assert ("reset_requested", KARI) in found
    assert ("password_reset", KARI) in found


def test_nobody_learns_from_the_answer_who_has_an_account(kari: str, visitor: Visitor, mail: None) -> None:
    answers = [ask(visitor, email) for email in (KARI, "ola@example.no", "not an address", "\x00", "")]
    pages = {re.sub(r'(nonce|value)="[^"]*"', "", answer.text) for answer in answers}
    assert (len(pages), {answer.status_code for answer in answers}) == (1, {200})
    assert len(letters("user.password_reset")) == 1


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile, without values."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["/forgotten", "/login"])
def test_a_request_does_the_same_work_for_every_address(
    kari: str, visitor: Visitor, mail: None, path: str
) -> None:
    done = []
    for email in (KARI, "ola@example.no", KARI, "olga@example.no"):
        found = TOKEN.search(visitor.get(path, follow_redirects=True).text)
        assert found
        data = {"csrf_token": found[1], "email": email, "password": "galt passord her"}
        with statements() as seen:
            visitor.client.post(f"/studio{path}", data=data).close()
        done.append([one for one in seen if not one.startswith("BEGIN")])
    assert any("INSERT INTO deferred_task" in one for one in done[0])
    assert not any("password_reset" in one or "trail_entry" in one for one in done[0])
    assert done[1:] == done[:1] * 3


def test_what_was_typed_is_encrypted_and_deleted_by_the_worker(
    kari: str, visitor: Visitor, mail: None
) -> None:
    for email in (KARI, "ola@example.no", "\x00", "a" * 300):
        send(visitor, "/forgotten", "/forgotten", email=email)
    end_reading()
    stored = repr(db.session.execute(sa.select(DeferredTask.__table__)).all())
    assert stored.count("'reset'") == 4
    assert "example" not in stored
    assert jobs.do_deferred() == 4
    assert jobs.do_deferred() == 0
    assert [one["to"] for one in letters("user.password_reset")] == [KARI]


def test_what_no_worker_has_done_in_an_hour_is_deleted(
    kari: str, visitor: Visitor, mail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(visitor, "/forgotten", "/forgotten", email=KARI)
    late = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert jobs.forget_deferred() == 1
    assert jobs.do_deferred() == 0


def test_what_another_server_has_encrypted_is_dropped(
    kari: str, visitor: Visitor, mail: None, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(visitor, "/forgotten", "/forgotten", email=KARI)
    monkeypatch.setitem(app.extensions, "samtykke", replace(settings(), secret_key="l" * 48))
    assert jobs.do_deferred() == 1
    assert letters("user.password_reset") == []


def test_a_task_that_fails_stops_no_other_and_is_tried_again(
    kari: str, visitor: Visitor, mail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for email in (KARI, "ola@example.no"):
        send(visitor, "/forgotten", "/forgotten", email=email)
    found = users.with_address

    def fails(email: str) -> Account | None:
        if email == KARI:
            raise sa.exc.OperationalError("SELECT", {}, Exception("the disk is full"))
        return found(email)

    with monkeypatch.context() as patch:
        patch.setattr(users, "with_address", fails)
        assert jobs.do_deferred() == 1
    assert jobs.do_deferred() == 1
    assert len(letters("user.password_reset")) == 1


@pytest.mark.parametrize("how", ["used", "renewed", "disabled", "expired"])
def test_a_link_that_works_no_more_is_not_kept_in_a_mail_that_waits(
    kari: str,
    visitor: Visitor,
    mail: None,
    how: str,
    as_role: Callable[..., Visitor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_role("owner")
    ask(visitor, KARI)
    ask(visitor, KARI)
    first, second = letters("user.password_reset")
    now = clock.now()
    if how == "used":
        opened(visitor, second["link"])
        choose(visitor)
    elif how == "renewed":
        with transaction():
            users.change_password(kari, PASSWORD, NEW, now=now)
    elif how == "disabled":
        with transaction():
            users.disable_user(kari, now=now)
    else:
        jobs.forget_deferred()
        assert letters("user.password_reset") == [first, second]
        monkeypatch.setattr(clock, "now", lambda: now + password_resets.LIFETIME)
        jobs.forget_deferred()
    assert letters("user.password_reset") == []
    end_reading()
    assert "#" not in repr(db.session.scalars(sa.select(Notification.data)).all())


def test_a_disabled_user_gets_no_link_and_an_old_one_opens_nothing(
    kari: str, visitor: Visitor, mail: None, as_role: Callable[..., Visitor]
) -> None:
    as_role("owner")
    link = issued(kari)
    with transaction():
        users.disable_user(kari, now=clock.now())
    ask(visitor, KARI)
    assert letters("user.password_reset") == []
    assert opened(visitor, link).status_code == 422


def test_a_link_ends_when_its_user_changes_the_password(kari: str, visitor: Visitor) -> None:
    link = issued(kari)
    with transaction():
        users.change_password(kari, PASSWORD, "fire rever i skogen", now=clock.now())
    assert opened(visitor, link).status_code == 410


def test_a_stranger_who_asks_takes_no_link_away_and_cannot_fill_the_mailbox(
    kari: str, visitor: Visitor, mail: None, app: Flask
) -> None:
    for number in range(9):
        stranger = Visitor(browser(app))
        stranger.client.environ_base["REMOTE_ADDR"] = f"198.51.{number}.1"
        assert ask(stranger, KARI).status_code == 200
    sent = letters("user.password_reset")
    assert len(sent) == 3
    assert opened(visitor, sent[0]["link"]).status_code == 303
    assert choose(visitor).status_code == 303
    assert opened(visitor, sent[2]["link"]).status_code == 410, "all end when one is used"


def test_one_network_asks_only_so_often_and_can_still_log_in(
    kari: str, visitor: Visitor, mail: None, stopped_clock: None
) -> None:
    answers = [ask(visitor, f"someone{number}@example.no") for number in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert "Try again in 60 minutes" in answers[-1].text
    assert answers[-1].headers["Retry-After"] == "3600"
    assert visitor.log_in(KARI).status_code == 303


def test_without_a_mail_server_the_page_says_who_makes_a_link(kari: str, visitor: Visitor) -> None:
    page = visitor.get("/forgotten").text
    assert "samtykke user reset" in page
    assert 'name="email"' not in page
    assert "Forgotten password?" in visitor.get("/login").text


@pytest.mark.parametrize("minutes", [59, 60])
def test_a_link_works_once_for_an_hour(
    kari: str, visitor: Visitor, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = clock.now()
    link = issued(kari, start)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=minutes))
    answer = opened(visitor, link)
    assert answer.status_code == (303 if minutes < 60 else 410)
    if minutes < 60:
        assert choose(visitor, "password1234").status_code == 422
        assert choose(visitor).status_code == 303
        again = opened(visitor, link)
        assert (again.status_code, "This link has been used" in again.text) == (410, True)
        with pytest.raises(NotFound), transaction():
            password_resets.choose_password(link, PASSWORD, now=clock.now())
    else:
        assert "This link has expired" in answer.text


@pytest.mark.parametrize("typed", ["", "A" * 65, "https://example.no/#" + "A" * 65, "\x00" * 65])
def test_what_is_no_link_is_refused_at_the_field(kari: str, visitor: Visitor, typed: str) -> None:
    answer = opened(visitor, typed)
    assert (answer.status_code, 'id="link-error"' in answer.text) == (422, True)


def test_the_database_has_no_secret_of_a_link(kari: str) -> None:
    link = issued(kari)
    assert link[-43:] not in repr(db.session.execute(sa.select(PasswordReset.__table__)).all())


@pytest.mark.parametrize(
    ("password", "why"),
    [("1qaz2wsx3edc4rfv", "lists of stolen passwords"), ("Butikken-2026", "is made of the address")],
)
def test_a_stolen_password_or_the_name_of_a_site_is_refused_wherever_one_is_chosen(
    kari: str, site: Site, visitor: Visitor, password: str, why: str
) -> None:
    opened(visitor, issued(kari))
    answer = choose(visitor, password)
    assert (answer.status_code, why in answer.text) == (422, True)
    assert 'id="password-error"' in answer.text
    visitor.log_in(KARI)
    answer = visitor.post("/account", {"current": PASSWORD, "password": password})
    assert (answer.status_code, why in answer.text) == (422, True)
    with transaction():
        _row, token = invitations.invite(
            "ola@example.no", "editor", site_ids=[site.id], by=KARI, now=clock.now()
        )
    link = invitations.link(token, public_url=settings().public_url)
    stranger = Visitor(browser(visitor.client.application))
    send(stranger, "/invitation", "/invitation", link=link)
    answer = send(stranger, "/invitation/answer", "/invitation/answer", password=password)
    assert (answer.status_code, why in answer.text) == (422, True)
    assert users.with_address("ola@example.no") is None


def test_a_form_of_another_website_does_nothing(kari: str, visitor: Visitor) -> None:
    link = issued(kari)
    opened(visitor, link)
    for path in ("/forgotten", "/new-password", "/new-password/choose"):
        data = {"email": KARI, "link": link, "password": NEW}
        assert visitor.client.post(f"/studio{path}", data=data).status_code == 419
    assert users.authenticate(KARI, PASSWORD, now=clock.now()).email == KARI


def test_a_session_that_was_planted_before_ends_with_the_new_password(kari: str, visitor: Visitor) -> None:
    visitor.log_in(KARI)
    with visitor.client.session_transaction() as stored:
        planted = stored["login"]
    opened(visitor, issued(kari))
    choose(visitor)
    with visitor.client.session_transaction() as stored:
        assert "login" not in stored
        assert "reset" not in stored
        stored["login"] = planted
    assert visitor.get("/sites").status_code == 303


# --- sessions --------------------------------------------------------------------------------------------

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


def with_browser(app: Flask, agent: str) -> Visitor:
    found = Visitor(browser(app))
    found.client.environ_base["HTTP_USER_AGENT"] = agent
    assert found.log_in(KARI).status_code == 303
    return found


def rows(who: Visitor) -> list[str]:
    table = who.get("/account/sessions").text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in table.split("</tr>")[:-1]]


def test_sessions_are_listed_in_words_this_one_first_and_ended_one_by_one(kari: str, app: Flask) -> None:
    here, phone = with_browser(app, FIREFOX), with_browser(app, IPHONE)
    first, second = rows(here)
    assert first.startswith("Firefox on Linux, computer This one")
    assert second.startswith("Safari on iOS, mobile")
    (name,) = re.findall(r"/account/sessions/([0-9a-f]{64})/end", here.get("/account/sessions").text)
    assert "has ended" in here.post(f"/account/sessions/{name}/end", follow_redirects=True).text
    assert phone.get("/sites").status_code == 303
    assert len(rows(here)) == 1
    stored = repr(db.session.execute(sa.select(Session.__table__)).all())
    for absent in ("Mozilla", "127.0.0.1", "140"):
        assert absent not in stored


def test_all_other_sessions_end_at_once(kari: str, app: Flask) -> None:
    here, *others = (with_browser(app, agent) for agent in (FIREFOX, IPHONE, ""))
    assert len(rows(here)) == 3
    here.post("/account/sessions/end")
    assert [one.get("/sites").status_code for one in (here, *others)] == [200, 303, 303]
    (event,) = audit_log.audit_events(only=None, action="sessions_ended", limit=9)
    assert (event.by.name, event.subject, event.detail) == (KARI, KARI, "2")


def test_nobody_ends_a_session_of_somebody_else(
    kari: str, app: Flask, as_role: Callable[..., Visitor]
) -> None:
    here = with_browser(app, FIREFOX)
    name = db.session.scalars(sa.select(Session.digest).where(Session.user_id == kari)).one().hex()
    auditor = as_role("auditor")
    auditor.post(f"/account/sessions/{name}/end")
    assert auditor.post(f"/users/{kari}/sessions").status_code == 403
    assert here.get("/sites").status_code == 200


def test_a_country_is_shown_where_a_trusted_header_names_it(
    kari: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "samtykke", replace(settings(), country_header="CF-IPCountry"))
    found = Visitor(browser(app))
    found.client.environ_base |= {"HTTP_USER_AGENT": FIREFOX, "HTTP_CF_IPCOUNTRY": "NO"}
    found.log_in(KARI)
    assert rows(found)[0].startswith("Firefox on Linux, computer, Norway")


def test_a_session_goes_on_by_use_and_not_by_what_pages_ask_for_by_themselves(
    kari: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start)
    used, left = with_browser(app, FIREFOX), with_browser(app, IPHONE)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(hours=11))
    used.get("/sites")
    left.get("/session")
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(hours=13))
    assert (used.get("/sites").status_code, left.get("/sites").status_code) == (200, 303)
