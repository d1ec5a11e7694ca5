"""The second step of a login, and the factors of one's own account."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import jobs, passwords
from server.accounts.models import Session
from server.accounts.service import account_alarms, audit_log, factors, password_resets, users
from server.accounts.values import Identity
from server.core import clock
from server.core.db import db, transaction
from server.core.http import settings
from server.core.mail_server import mail_server
from server.notifications import models as messages
from server.sites import service as sites
from server.studio.guard import BY_THEMSELVES, WITHOUT_FACTOR
from tests.studio.conftest import NOW, PASSWORD, Visitor, browser, log_in_without_hashing
from tests.studio.test_confirmation import OWN, age, hidden
from tests.studio.test_guard import path_of, rules

KARI = "kari@example.no"
WRONG = "000 000"


class Phone:
    """An authenticator app, and the clock on the wall."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        self.secret = ""
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def code(self) -> str:
        """A code that was not shown before."""
        self.wait(seconds=30)
        return pyotp.TOTP(self.secret).at(self.now)


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Phone:
    """The phone of Kari."""
    monkeypatch.setattr(passwords, "matches", lambda stored, typed: stored is not None and typed == PASSWORD)
    return Phone(monkeypatch)


@pytest.fixture
def kari(app: Flask, phone: Phone) -> Identity:
    """An owner who has an authenticator app and ten recovery codes."""
    with transaction():
        known, _ = users.create_user(KARI, "owner", password=PASSWORD, site_ids=None, now=NOW)
        phone.secret = factors.offer_app("a session", secret_key=settings().secret_key).secret
        first = pyotp.TOTP(phone.secret).at(NOW)
        factors.add_app(known.user_id, phone.secret, first, now=NOW, secret_key=settings().secret_key)
    return known


@pytest.fixture
def outbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What the e-mails that wait are about, of a server that sends e-mail."""
    server = mail_server("smtps://mail.example.no")
    sends = replace(settings(), smtp_url=server, mail_from="samtykke@example.no")
    monkeypatch.setitem(app.extensions, "samtykke", sends)

    def waiting() -> list[str]:
        rows = db.session.scalars(sa.select(messages.Notification).order_by(messages.Notification.number))
        return [str(row.data) for row in rows]

    return waiting


def alarms() -> list[tuple[str, str]]:
    """Whose removed factors owners were told of, and who removed them."""
    of_kind = messages.Notification.kind == account_alarms.FACTORS_REMOVED
    rows = db.session.scalars(sa.select(messages.Notification.data).where(of_kind))
    return [(said["email"], said["who"]) for said in map(json.loads, rows)]


def step(visitor: Visitor, code: str, page: str = "", **headers: str) -> tuple[int, str]:
    """Send the form of the second step; status, and where it leads to or what it says."""
    shown = page or visitor.get("/login/factor").text
    answer = visitor.client.post(
        "/studio/login/factor", data={**hidden(shown), "code": code}, headers=headers
    )
    found = answer.status_code, answer.location or answer.text
    answer.close()  # what is done after the answer
    return found


def elsewhere(app: Flask, number: int) -> Visitor:
    found = Visitor(browser(app))
    found.client.environ_base["REMOTE_ADDR"] = f"198.51.{number}.1"
    return found


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


# --- the login -------------------------------------------------------------------------------------------


def test_the_password_alone_lets_nobody_in(kari: Identity, visitor: Visitor, phone: Phone) -> None:
    asked = visitor.log_in(KARI)
    assert (asked.status_code, "Second step" in asked.text) == (200, True)
    assert not is_in(visitor)
    assert visitor.client.get_cookie("samtykke_device") is None
    assert step(visitor, phone.code()) == (303, "/studio/")
    assert is_in(visitor)
    assert visitor.client.get_cookie("samtykke_device") is not None
    login = audit_log.audit_events(only=None, action="login", limit=1)[0]
    assert (login.by.name, login.detail) == (KARI, "authenticator app")


def test_a_wrong_password_is_answered_alike_with_and_without_a_factor(
    kari: Identity, visitor: Visitor, app: Flask
) -> None:
    with transaction():
        users.create_user("kuri@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    answers = [
        visitor.log_in(email, "galt passord her") for email in (KARI, "kuri@example.no", "keri@example.no")
    ]
    assert [one.status_code for one in answers] == [401] * 3
    assert len({re.sub(r'value="[^"]*"', "", one.text) for one in answers}) == 1


def test_a_code_works_once_in_any_browser(kari: Identity, app: Flask, phone: Phone) -> None:
    first, second = elsewhere(app, 1), elsewhere(app, 2)
    first.log_in(KARI)
    second.log_in(KARI)
    code = phone.code()
    assert step(first, code)[0] == 303
    status, said = step(second, code)
    assert (status, "Code</a> is not right, or was used before" in said) == (401, True)
    assert not is_in(second)
    assert step(second, phone.code())[0] == 303


def test_a_login_that_has_begun_is_for_one_browser_one_time_and_ten_minutes(
    kari: Identity, app: Flask, phone: Phone
) -> None:
    mine, stranger = elsewhere(app, 1), elsewhere(app, 2)
    page = mine.log_in(KARI).text
    token = hidden(mine.get("/login").text)
    assert stranger.get("/login/factor").location == "/studio/login"
    data = {**hidden(stranger.get("/login").text), "code": phone.code()}
    answer = stranger.client.post("/studio/login/factor", data=data)
    assert (answer.status_code, "The login took too long; log in again." in answer.text) == (401, True)
    with mine.client.session_transaction() as stored:
        begun = stored["pending"]
    assert step(mine, phone.code(), page)[0] == 303
    with mine.client.session_transaction() as stored:
        assert "pending" not in stored
        stored["pending"] = begun  # a copy of the cookie from before
    assert mine.client.post("/studio/login/factor", data={**token, "code": phone.code()}).status_code in (
        401,
        419,
    )
    late = elsewhere(app, 3)
    page = late.log_in(KARI).text
    phone.wait(minutes=10)
    assert step(late, phone.code(), page)[0] == 401
    assert not is_in(late)


def test_each_login_gets_a_new_secret(kari: Identity, visitor: Visitor, phone: Phone) -> None:
    with visitor.client.session_transaction() as stored:
        stored["login"] = "set by somebody else"
    visitor.log_in(KARI)
    step(visitor, phone.code())
    with visitor.client.session_transaction() as stored:
        assert stored["login"] != "set by somebody else"
    assert is_in(visitor)


def test_what_was_typed_goes_on_after_both_steps(kari: Identity, visitor: Visitor, phone: Phone) -> None:
    typed = {"name": "Hytta & co", "key": "hytta", "domains": "www.hytta.no", "impressions": "off"}
    page = visitor.client.post("/studio/sites/new", data=typed, headers=OWN).text
    login = {**hidden(page), "email": KARI, "password": PASSWORD}
    page = visitor.client.post("/studio/login", data=login, headers=OWN).text
    status, page = step(visitor, WRONG, page)
    assert status == 401
    status, page = step(visitor, phone.code(), page)
    assert (status, "You are logged in as kari@example.no." in page) == (200, True)
    done = visitor.client.post("/studio/sites/new", data=hidden(page), headers=OWN)
    assert done.status_code == 303
    assert sites.find("hytta").name == "Hytta & co"


def test_the_page_asked_for_comes_after_both_steps_if_it_is_one_of_ours(
    kari: Identity, visitor: Visitor, phone: Phone
) -> None:
    page = visitor.log_in(KARI, next="/studio/users").text
    assert step(visitor, phone.code(), page) == (303, "/studio/users")
    visitor.post("/logout")
    page = visitor.log_in(KARI, next="https://evil.example/").text
    assert "evil" not in page
    evil = {**hidden(page), "code": phone.code(), "next": "//evil.example"}
    assert visitor.client.post("/studio/login/factor", data=evil).location == "/studio/"


def test_guesses_are_few_and_lock_out_nobody_at_home(kari: Identity, app: Flask, phone: Phone) -> None:
    home = elsewhere(app, 250)
    home.log_in(KARI)
    step(home, phone.code())
    home.post("/logout")
    refused = []
    for number in range(7):
        thief = elsewhere(app, number)
        thief.log_in(KARI)
        refused.append(step(thief, WRONG)[0])
    assert refused == [401] * 5 + [429] * 2
    home.log_in(KARI)
    assert step(home, phone.code())[0] == 303
    jobs.do_deferred()
    assert len(audit_log.audit_events(only=None, action="login_refused", limit=20)) == 5


def test_links_for_a_new_password_give_no_more_guesses_at_the_second_factor(
    kari: Identity, app: Flask, phone: Phone
) -> None:
    refused = []
    for number in range(3):
        thief = elsewhere(app, number)  # who reads the mailbox
        with transaction():
            link = password_resets.issue(kari.user_id, now=phone.now)
        token = hidden(thief.get("/new-password").text)["csrf_token"]
        thief.client.post("/studio/new-password", data={"csrf_token": token, "link": link})
        token = hidden(thief.get("/new-password/choose").text)["csrf_token"]
        chosen = {"csrf_token": token, "password": PASSWORD}
        assert thief.client.post("/studio/new-password/choose", data=chosen).status_code == 303
        # The password is asked of them as of a known browser, however many strangers guess at it.
        device = thief.client.get_cookie("samtykke_device")
        assert device is not None
        assert device.value
        thief.log_in(KARI)
        refused += [step(thief, WRONG)[0] for _ in range(4)]
    assert refused == [401] * 5 + [429] * 7


def test_known_browsers_together_guess_ten_times_a_minute_at_the_second_factor(
    kari: Identity, app: Flask, phone: Phone
) -> None:
    known = [elsewhere(app, number) for number in range(3)]
    for one in known:
        one.log_in(KARI)
        assert step(one, phone.code())[0] == 303
        one.post("/logout")
        one.log_in(KARI)
    assert [step(known[turn % 3], WRONG)[0] for turn in range(12)] == [401] * 10 + [429] * 2
    phone.wait(minutes=1)
    assert step(known[0], phone.code())[0] == 303


def test_an_open_session_guesses_as_seldom_as_a_stranger_and_locks_out_nobody_at_home(
    kari: Identity, app: Flask, phone: Phone
) -> None:
    home = elsewhere(app, 250)
    home.log_in(KARI)
    step(home, phone.code())
    home.post("/logout")
    thief = log_in_without_hashing(app, kari)
    age(60)
    guess = {"csrf_token": hidden(thief.get("/confirm").text)["csrf_token"], "code": WRONG}
    assert [thief.post("/confirm", guess).status_code for _ in range(7)] == [422] * 5 + [429] * 2
    assert thief.post("/session/confirm", guess).status_code == 429
    home.log_in(KARI)
    assert step(home, phone.code())[0] == 303


# --- recovery codes --------------------------------------------------------------------------------------


def test_a_recovery_code_lets_in_once_and_its_owner_is_told_how_many_are_left(
    kari: Identity, app: Flask, phone: Phone, outbox: Callable[[], list[str]]
) -> None:
    with transaction():
        codes = factors.make_codes(kari.user_id, secret_key=settings().secret_key)
    for number, code in enumerate(codes[:8]):
        visitor = elsewhere(app, number)
        visitor.log_in(KARI)
        assert step(visitor, code.upper())[0] == 303
        few = "recovery codes left" in visitor.get("/").text + visitor.get("/sites").text
        assert few == (number == 7), number
    again = elsewhere(app, 99)
    again.log_in(KARI)
    assert step(again, codes[0])[0] == 401
    assert sum('"left":2' in one and "recovery_code_used" in one for one in outbox()) == 1
    assert len(outbox()) == 8
    used = audit_log.audit_events(only=None, action="recovery_code_used", limit=1)[0]
    assert (used.by.name, used.detail) == (KARI, "2 left")


# --- one's own account -----------------------------------------------------------------------------------


@pytest.fixture
def ola(app: Flask, phone: Phone) -> Visitor:
    """Somebody without a factor, logged in twice."""
    with transaction():
        known, _ = users.create_user("ola@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    log_in_without_hashing(app, known)
    return log_in_without_hashing(app, known)


def secret_on(page: str) -> str:
    found = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page)
    assert found
    return found[1].replace(" ", "")


def open_sessions() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Session)) or 0


def test_an_app_is_added_after_its_first_code(
    ola: Visitor, phone: Phone, outbox: Callable[[], list[str]]
) -> None:
    assert "Who has learnt your password can log in." in ola.get("/account").text
    page = ola.get("/account/factors/app").text
    phone.secret = secret_on(page)
    assert "<svg" in page
    refused = ola.client.post("/studio/account/factors/app", data={**hidden(page), "code": WRONG})
    assert (refused.status_code, secret_on(refused.text)) == (422, phone.secret)
    assert "Code</a> is not what the app shows now" in refused.text
    assert open_sessions() == 2
    done = ola.client.post("/studio/account/factors/app", data={**hidden(refused.text), "code": phone.code()})
    assert done.status_code == 201
    codes = re.findall(
        r"\b(?:[2-9a-z]{4}-){3}[2-9a-z]{4}\b", html.unescape(done.text.split("<pre")[1].split("</pre")[0])
    )
    assert len(set(codes)) == 10
    assert open_sessions() == 1
    assert is_in(ola)
    assert "You have 10 left." in ola.get("/account/factors").text
    assert codes[0] not in ola.get("/account/factors").text
    assert [("app_added" in one) for one in outbox()] == [True]
    event = audit_log.audit_events(only=None, limit=1)[0]
    assert (event.action, event.by.name) == ("app_added", "ola@example.no")


def test_an_offer_of_another_session_adds_nothing(
    ola: Visitor, app: Flask, kari: Identity, phone: Phone
) -> None:
    page = ola.get("/account/factors/app").text
    phone.secret = secret_on(page)
    other = log_in_without_hashing(app, kari)
    data = {"offer": hidden(page)["offer"], "code": phone.code()}
    assert other.post("/account/factors/app", data).status_code == 303
    assert "That QR code is not valid any more." in other.get("/account/factors").text
    assert factors.of(kari.user_id).app_since == NOW


def test_changes_end_other_sessions_and_are_told(
    kari: Identity, app: Flask, phone: Phone, outbox: Callable[[], list[str]]
) -> None:
    def here() -> Visitor:
        log_in_without_hashing(app, kari)
        return log_in_without_hashing(app, kari)

    mine = here()
    codes = mine.post("/account/factors/codes")
    assert (codes.status_code, open_sessions()) == (201, 1)
    mine = here()
    page = mine.get("/account/factors/app").text
    assert "It takes the place of the one that you have." in page
    phone.secret = secret_on(page)
    changed = mine.client.post("/studio/account/factors/app", data={**hidden(page), "code": phone.code()})
    assert (changed.status_code, open_sessions()) == (303, 1)
    mine = here()
    assert mine.post("/account/factors/app/remove").status_code == 303
    assert open_sessions() == 1
    assert factors.of(kari.user_id) == factors.Factors(None, 0)
    told = [
        next(what for what in ("recovery_codes_made", "app_added", "app_removed") if what in one)
        for one in outbox()
    ]
    assert told == ["recovery_codes_made", "app_added", "app_removed"]
    # Once more: there is nothing to remove, nobody to tell, and no code without a factor.
    mine.post("/account/factors/app/remove")
    assert mine.post("/account/factors/codes").location == "/studio/account/factors"
    assert len(outbox()) == 3
    assert mine.get("/account/factors").status_code == 200


def test_changes_need_a_recent_proof_and_that_is_the_code_not_the_password(
    kari: Identity, app: Flask, phone: Phone
) -> None:
    mine = log_in_without_hashing(app, kari)
    age(60)
    for path in ("/account/factors/app", "/account/factors/app/remove", "/account/factors/codes"):
        asked = mine.post(path, {}, headers=OWN)
        assert (asked.status_code, 'name="code"' in asked.text) == (401, True), path
        assert 'name="password"' not in asked.text
    assert mine.get("/account/factors/app").status_code == 303
    assert mine.post("/confirm", {"password": PASSWORD}).status_code == 422
    assert mine.post("/confirm", {"password": PASSWORD, "code": WRONG}).status_code == 422
    assert mine.post("/confirm", {"code": phone.code()}).status_code == 303
    assert mine.get("/account/factors/app").status_code == 200


# --- who has lost everything -----------------------------------------------------------------------------


def test_an_owner_removes_the_factors_of_who_has_lost_them(
    kari: Identity, app: Flask, phone: Phone, outbox: Callable[[], list[str]]
) -> None:
    with transaction():
        factors.make_codes(kari.user_id, secret_key=settings().secret_key)
        owner, _ = users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    theirs, mine = log_in_without_hashing(app, kari), log_in_without_hashing(app, owner)
    path = f"/users/{kari.user_id}"
    assert "They log in with the password alone, and are told by e-mail." in mine.get(path).text
    assert mine.post(f"{path}/factors").status_code == 303
    page = mine.get(path).text
    assert "kari@example.no logs in with the password alone." in page
    assert "Remove two-factor login." not in page
    assert not is_in(theirs)
    assert factors.of(kari.user_id) == factors.Factors(None, 0)
    assert elsewhere(app, 1).log_in(KARI).status_code == 303
    assert sum("factors_removed" in one for one in outbox()) == 1
    event = audit_log.audit_events(only=None, action="factors_removed", limit=9)
    assert [(one.by.name, one.subject) for one in event] == [("ola@example.no", KARI)]
    # Once more: nothing happens, and nobody is told.
    assert mine.post(f"{path}/factors").status_code == 303
    assert sum("factors_removed" in one for one in outbox()) == 1
    assert alarms() == [("kari@example.no", "person")]


def test_who_has_lost_the_factor_reads_how_it_is_removed_not_how_a_password_is_changed(
    kari: Identity, app: Flask, visitor: Visitor, phone: Phone
) -> None:
    assert "samtykke user reset EMAIL --factors" in visitor.log_in(KARI).text
    with transaction():
        owner, _ = users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    mine = log_in_without_hashing(app, owner)
    assert "This server sends no e-mail: tell them yourself." in mine.get(f"/users/{kari.user_id}").text
    made = mine.post(f"/users/{kari.user_id}/password").text
    assert "Their second step stays" in made
    assert f'href="/studio/users/{kari.user_id}"' in made
    assert "Their second step stays" not in mine.post(f"/users/{owner.user_id}/password").text


def test_owners_are_told_when_somebody_removes_their_own_last_factor(
    kari: Identity, app: Flask, phone: Phone
) -> None:
    with transaction():
        users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    mine = log_in_without_hashing(app, kari)
    assert mine.post("/account/factors/app/remove").status_code == 303
    assert mine.post("/account/factors/app/remove").status_code == 303
    assert alarms() == [("kari@example.no", "self")]


def test_another_password_does_not_take_the_second_step_away(
    kari: Identity, app: Flask, phone: Phone
) -> None:
    with transaction():
        users.set_password(kari.user_id, PASSWORD, now=NOW)
    visitor = elsewhere(app, 1)
    assert "Second step" in visitor.log_in(KARI).text
    assert not is_in(visitor)


# --- pages that are open ---------------------------------------------------------------------------------


def test_a_page_that_is_open_asks_for_both_steps(kari: Identity, visitor: Visitor, phone: Phone) -> None:
    def ask(path: str, **fields: str) -> tuple[int, dict[str, object]]:
        token = visitor.get("/session").get_json()["token"]
        answer = visitor.client.post(f"/studio{path}", data={"csrf_token": token, **fields})
        return answer.status_code, answer.get_json()

    status, said = ask("/session", email=KARI, password=PASSWORD)
    assert (status, said["email"], said["factor"]) == (200, "", True)
    status, said = ask("/session/factor", code=WRONG)
    assert (status, said) == (
        422,
        {"fault": "The code is not right, or was used before; wait for the next one."},
    )
    status, said = ask("/session/factor", code=phone.code())
    assert (status, said["email"], said["factor"]) == (200, KARI, False)
    assert visitor.client.get_cookie("samtykke_device") is not None
    status, said = ask("/session/factor", code=phone.code())
    assert (status, said) == (401, {"fault": "The login took too long; log in again."})
    age(60)
    found = visitor.get("/session", query_string={"path": "/studio/users/new"}).get_json()
    assert found["confirm"] == "factor"


def test_a_changed_password_is_no_proof_of_who_has_a_second_factor(
    kari: Identity, app: Flask, ola: Visitor, phone: Phone
) -> None:
    def changes_it_and_is_asked(who: Visitor) -> bool:
        age(60)
        done = who.post("/account", {"current": PASSWORD, "password": "fire rever i skogen"}, headers=OWN)
        assert done.status_code == 303
        who.client.get("/studio/account")
        path = {"path": "/studio/account/factors/app/remove"}
        return bool(who.get("/session", query_string=path).get_json()["confirm"])

    thief = log_in_without_hashing(app, kari)  # a copied cookie, with a password that was learnt
    assert changes_it_and_is_asked(thief)
    assert thief.post("/account/factors/app/remove", headers=OWN).status_code == 401
    assert factors.of(kari.user_id).any
    assert not changes_it_and_is_asked(ola)  # the password is the only proof there is


# --- where it is a duty ----------------------------------------------------------------------------------


@pytest.fixture
def required(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Names the roles that need a second factor."""

    def require(*roles: str) -> None:
        monkeypatch.setitem(
            app.extensions, "samtykke", replace(settings(), require_second_factor=frozenset(roles))
        )

    return require


def test_who_needs_a_factor_can_do_nothing_before_it_is_added(
    app: Flask, ola: Visitor, phone: Phone, required: Callable[..., None]
) -> None:
    with transaction():
        sites.create("butikken", "Butikken", ["www.butikken.no"], by="tests", now=NOW)
    required("editor")
    token = hidden(ola.get("/account/factors").text)["csrf_token"]
    for name, method, rule in rules(app):
        if needs_of(app, rule.endpoint) == "anybody" or rule.endpoint in WITHOUT_FACTOR:
            continue
        path = path_of(rule, "butikken")
        answer = ola.get(path) if method == "GET" else ola.post(path, {"csrf_token": token})
        if rule.endpoint in BY_THEMSELVES:
            assert answer.status_code == 204, name
        else:
            assert (answer.status_code, answer.location) == (303, "/studio/account/factors"), name
    typing = ola.get("/sites", headers={"HX-Request": "true"})
    assert typing.headers["HX-Redirect"] == "/studio/account/factors"
    page = ola.get("/account/factors").text
    assert "Your role needs two-factor login on this server." in page
    page = ola.get("/account/factors/app").text
    phone.secret = secret_on(page)
    data = {**hidden(page), "code": phone.code()}
    assert ola.client.post("/studio/account/factors/app", data=data).status_code == 201
    assert ola.get("/sites").status_code == 200


def needs_of(app: Flask, endpoint: str) -> str:
    view: Any = app.view_functions[endpoint]
    found: str = view.needs
    return found


def test_others_go_on_as_before(
    kari: Identity, app: Flask, ola: Visitor, required: Callable[..., None]
) -> None:
    required("owner", "publisher")
    assert ola.get("/sites").status_code == 200
    assert log_in_without_hashing(app, kari).get("/sites").status_code == 200
    required("everybody")
    assert ola.get("/sites").status_code == 303
    assert log_in_without_hashing(app, kari).get("/sites").status_code == 200
    out = {"csrf_token": ola.token("/account/factors")}
    assert ola.post("/logout", out).location == "/studio/login"
