"""Logging in and out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import passwords
from server.accounts.models import LoginAttempt, Session
from server.accounts.service import users
from server.accounts.values import Identity
from server.app import create_app
from server.core import clock
from server.core.db import db, transaction
from server.core.errors import Unavailable
from server.sites.values import Site
from tests.studio.conftest import NOW, PASSWORD, TOKEN, Visitor, browser


@pytest.fixture
def kari(app: Flask) -> str:
    """Somebody's address."""
    with transaction():
        users.create_user("kari@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    return "kari@example.no"


def sessions() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Session)) or 0


def secret(who: Visitor) -> str | None:
    with who.client.session_transaction() as stored:
        return stored.get("login")


def test_cookies_of_the_studio_are_for_this_host_over_https_alone(app: Flask, kari: str) -> None:
    address = "https://consent.example.no"
    there = create_app(replace(app.extensions["samtykke"], public_url=address))
    client = there.test_client()
    form = TOKEN.search(client.get("/studio/login", base_url=address).text)
    assert form
    typed = {"csrf_token": form[1], "email": kari, "password": PASSWORD}
    answer = client.post("/studio/login", data=typed, base_url=address)
    with there.app_context():
        db.engine.dispose()
    assert answer.status_code == 303
    cookies = answer.headers.getlist("Set-Cookie")
    assert {one.partition("=")[0] for one in cookies} == {
        "__Host-samtykke_studio",
        "__Host-samtykke_device",
    }
    for one in cookies:
        told = {part.strip().lower() for part in one.split(";")[1:]}
        assert {"secure", "httponly", "path=/"} <= told, one
        assert told & {"samesite=lax", "samesite=strict"}, one
        assert not any(part.startswith("domain") for part in told), one


def test_every_refused_login_is_in_the_servers_log_without_the_address(
    kari: str, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    for email in (kari, "nobody@example.no"):
        visitor.log_in(email, "not this one, really")
    lines = [one.getMessage() for one in caplog.records if "refused" in one.getMessage()]
    assert len(lines) == 2
    assert all("/studio/login" in one and "@" not in one for one in lines)


def test_right_password_leads_in_and_logging_out_ends_it(kari: str, visitor: Visitor) -> None:
    answer = visitor.log_in(kari)
    assert (answer.status_code, answer.location) == (303, "/studio/")
    assert visitor.get("/sites").status_code == 200
    stolen = secret(visitor)
    assert visitor.post("/logout").status_code == 303
    with visitor.client.session_transaction() as stored:
        stored["login"] = stolen
    assert visitor.get("/sites").status_code == 303
    assert sessions() == 0


def test_each_login_gets_a_new_secret_and_ends_the_one_before(kari: str, visitor: Visitor) -> None:
    visitor.log_in(kari)
    first = secret(visitor)
    token = visitor.token()
    visitor.client.post("/studio/login", data={"csrf_token": token, "email": kari, "password": PASSWORD})
    assert secret(visitor) not in (None, first)
    assert sessions() == 1


def test_wrong_password_and_unknown_address_get_the_same_page(kari: str, visitor: Visitor) -> None:
    wrong = visitor.log_in(kari, "galt passord her")
    unknown = visitor.log_in("kuri@example.no", "galt passord her")
    assert wrong.status_code == unknown.status_code == 401
    assert "The e-mail address or the password is wrong." in wrong.text
    # The pages carry the address that was typed, and nothing else differs but what is random.
    assert len(wrong.text) == len(unknown.text)
    assert 'autocomplete="current-password"' in wrong.text


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands still: limits are counted in minutes."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def unhashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The right password is known at a glance: how it is hashed is tested where it lives."""
    monkeypatch.setattr(passwords, "matches", lambda stored, typed: stored is not None and typed == PASSWORD)


WRONG = "galt passord her"


def from_network(app: Flask, number: int) -> Visitor:
    """Somebody in a fresh browser, elsewhere."""
    found = Visitor(browser(app))
    found.client.environ_base["REMOTE_ADDR"] = f"198.51.{number}.1"
    return found


def test_thirtieth_failure_on_an_account_is_the_last_for_browsers_that_nobody_knows(
    kari: str, app: Flask, noon: None, unhashed: None
) -> None:
    for n in range(30):
        assert from_network(app, n).log_in(kari, WRONG).status_code == 401
    late = from_network(app, 99)
    answer = late.log_in(kari)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "too many tries have failed" in answer.text.lower()
    assert late.log_in("ola@example.no").status_code == 401


def test_tenth_failure_from_a_network_is_the_last_for_a_while_on_loopback_too(
    kari: str, visitor: Visitor, noon: None, unhashed: None
) -> None:
    for n in range(10):
        assert visitor.log_in(f"someone{n}@example.no", WRONG).status_code == 401
    assert visitor.log_in(kari).status_code == 429


def test_one_stranger_locks_nobody_out(kari: str, app: Flask, noon: None, unhashed: None) -> None:
    stranger = from_network(app, 1)
    assert [stranger.log_in(kari, WRONG).status_code for _ in range(13)] == [401] * 10 + [429] * 3
    assert from_network(app, 2).log_in(kari).status_code == 303


def test_many_strangers_do_not_lock_out_who_has_logged_in_here_before(
    kari: str, app: Flask, noon: None, unhashed: None
) -> None:
    at_home = from_network(app, 250)
    assert at_home.log_in(kari).status_code == 303
    at_home.post("/logout")
    for n in range(40):
        from_network(app, n).log_in(kari, WRONG)
    for _ in range(12):
        from_network(app, 250).log_in("ola@example.no", WRONG)
    assert from_network(app, 99).log_in(kari).status_code == 429
    assert at_home.log_in(kari).status_code == 303


def test_known_browser_guesses_no_more_often_than_others(
    kari: str, app: Flask, noon: None, unhashed: None
) -> None:
    stolen = from_network(app, 1)
    stolen.log_in(kari)
    stolen.post("/logout")
    assert [stolen.log_in(kari, WRONG).status_code for _ in range(11)] == [401] * 10 + [429]
    assert from_network(app, 1).log_in(kari).status_code == 303


def test_browser_is_known_for_accounts_that_logged_in_there_alone(
    kari: str, app: Flask, noon: None, unhashed: None
) -> None:
    with transaction():
        users.create_user("ola@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    ola = from_network(app, 1)
    assert ola.log_in("ola@example.no").status_code == 303
    ola.post("/logout")
    for _ in range(10):
        ola.log_in(kari, WRONG)
    assert ola.log_in(kari, WRONG).status_code == 429
    assert ola.log_in("ola@example.no").status_code == 303


def test_browser_that_changes_what_it_is_known_by_is_a_stranger(
    kari: str, app: Flask, noon: None, unhashed: None
) -> None:
    known = from_network(app, 1)
    known.log_in(kari)
    cookie = known.client.get_cookie("samtykke_device")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Strict")
    assert kari not in cookie.value
    for n in range(30):
        from_network(app, n + 2).log_in(kari, WRONG)
    # Not the last character: some of its bits belong to no byte of the signature.
    flipped = "A" if cookie.value[-2] != "A" else "B"
    for value in ("", "x", cookie.value[:-2] + flipped + cookie.value[-1], "e30" + cookie.value[3:]):
        forger = from_network(app, 99)
        forger.client.set_cookie("samtykke_device", value)
        assert forger.log_in(kari).status_code == 429


def test_right_passwords_do_not_count(kari: str, app: Flask, noon: None, unhashed: None) -> None:
    assert {from_network(app, 1).log_in(kari).status_code for _ in range(12)} == {303}


def test_own_password_is_guessed_ten_times_in_an_open_studio(
    kari: str, visitor: Visitor, noon: None, unhashed: None
) -> None:
    visitor.log_in(kari)
    weak = {"current": PASSWORD, "password": "password1234"}
    assert {visitor.post("/account", weak).status_code for _ in range(12)} == {422}
    wrong = {"current": WRONG, "password": "fire rever i skogen"}
    answers = [visitor.post("/account", wrong).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_login_that_nobody_had_time_to_look_at_does_not_count(
    kari: str, app: Flask, noon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_kept: str | None, _typed: str) -> bool:
        raise Unavailable("too many people are logging in at once", retry_after=5)

    with monkeypatch.context() as patch:
        patch.setattr(passwords, "matches", busy)
        assert [from_network(app, 1).log_in(kari).status_code for _ in range(11)] == [503] * 11
    assert from_network(app, 1).log_in(kari).status_code == 303


def test_who_is_disabled_while_their_password_is_looked_at_gets_no_session(
    kari: str, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction():
        users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    real = users.authenticate

    def slow(email: str, password: str, *, now: datetime) -> Identity:
        found = real(email, password, now=now)
        with transaction():
            users.disable_user(found.user_id, now=now)
        return found

    monkeypatch.setattr(users, "authenticate", slow)
    assert visitor.log_in(kari).status_code == 401
    assert sessions() == 0


def test_no_address_and_no_network_is_stored(kari: str, app: Flask, noon: None, unhashed: None) -> None:
    from_network(app, 1).log_in(kari, WRONG)
    stored = " ".join(db.session.scalars(sa.select(LoginAttempt.name)))
    assert len(stored.split()) == 4
    assert "198.51" not in stored
    assert "kari" not in stored


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/studio//evil.example",
     "javascript:alert(1)", "/studio/../../evil", "/demo/", "/studio/\r\nX: y", "%2f%2fevil.example",
     "/studio/%2e%2e/demo/", "/studio/.%2E/demo/", "/studio/%2f%2fevil.example"],
)  # fmt: skip
def test_login_leads_nowhere_but_into_the_studio(kari: str, visitor: Visitor, wanted: str) -> None:
    assert visitor.log_in(kari, next=wanted).location == "/studio/"


def test_login_leads_back_to_the_page_that_was_asked_for(kari: str, visitor: Visitor) -> None:
    answer = visitor.get("/users?x=1")
    assert answer.location == "/studio/login?next=%2Fstudio%2Fusers%3Fx%3D1"
    assert visitor.log_in(kari, next="/studio/users?x=1").location == "/studio/users?x=1"


def test_own_password_is_changed_and_this_session_goes_on(kari: str, visitor: Visitor) -> None:
    visitor.log_in(kari)
    weak = visitor.post("/account", {"current": PASSWORD, "password": "password1234"})
    assert weak.status_code == 422
    assert 'id="password-error"' in weak.text
    changed = visitor.post("/account", {"current": PASSWORD, "password": "fire rever i skogen"})
    assert changed.status_code == 303
    assert "Your password is changed" in visitor.get("/account").text
    assert sessions() == 1


def test_who_has_one_site_is_there_at_once(site: Site, as_role: Callable[..., Visitor]) -> None:
    assert as_role("auditor", site).get("/").location == f"/studio/sites/{site.key}/"
