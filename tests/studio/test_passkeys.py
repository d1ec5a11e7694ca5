"""Passkeys over HTTP: one challenge for each browser and purpose, and the session that follows."""

import base64
from typing import Any

import pytest
from flask import Flask

from server.accounts.service import audit_log, factors, passkeys, users
from server.accounts.values import Identity
from server.core.db import transaction
from server.core.http import settings
from server.studio.accounts import passkey_answers
from tests.accounts.authenticator import Authenticator
from tests.studio.conftest import NOW, PASSWORD, Visitor, log_in_without_hashing
from tests.studio.test_second_factor import KARI, Phone, elsewhere, is_in, phone

__all__ = ["phone"]


@pytest.fixture
def kari(app: Flask, phone: Phone) -> Identity:
    """An owner without a factor."""
    with transaction():
        return users.create_user(KARI, "owner", password=PASSWORD, site_ids=None, now=NOW)[0]


@pytest.fixture
def device(kari: Identity) -> Authenticator:
    """Kari's passkey, which is added."""
    made = Authenticator(settings().own_host, settings().origin, kari.user_id)
    with transaction():
        party = passkeys.Party(settings().own_host, settings().origin)
        passkeys.add(kari.user_id, made.create(b"c" * 32), b"c" * 32, name="Min", party=party, now=NOW)
    return made


def challenge(who: Visitor, purpose: str = "login") -> bytes:
    answer = who.client.post(
        "/studio/passkeys/challenge", data={"csrf_token": token(who), "for": purpose}
    ).get_json()
    return decoded(answer)


def decoded(answer: Any) -> bytes:
    text: str = answer["challenge"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def token(who: Visitor) -> str:
    found: str = who.get("/session").get_json()["token"]
    return found


def log_in(who: Visitor, answer: str, **fields: str) -> int:
    data = {"csrf_token": token(who), "credential": answer, **fields}
    found = who.client.post("/studio/login/passkey", data=data)
    found.close()
    return found.status_code


def test_a_passkey_alone_logs_in(device: Authenticator, visitor: Visitor) -> None:
    with visitor.client.session_transaction() as stored:
        stored["login"] = "set by somebody else"
    assert log_in(visitor, device.get(challenge(visitor))) == 303
    assert is_in(visitor)
    with visitor.client.session_transaction() as stored:
        assert stored["login"] != "set by somebody else"
        assert "passkey" not in stored
    assert visitor.client.get_cookie("samtykke_device") is not None
    login = audit_log.audit_events(only=None, action="login", limit=1)[0]
    assert (login.by.name, login.detail) == (KARI, "passkey")


def test_a_passkey_logs_in_again_in_a_page_that_is_open(device: Authenticator, visitor: Visitor) -> None:
    answer = device.get(challenge(visitor))
    sent = {"csrf_token": token(visitor), "credential": answer}
    found = visitor.client.post("/studio/session/passkey", data=sent)
    assert found.json is not None
    assert (found.status_code, found.json["email"], found.json["factor"]) == (200, KARI, False)
    assert is_in(visitor)
    once_more = visitor.client.post("/studio/session/passkey", data={**sent, "csrf_token": token(visitor)})
    assert (once_more.status_code, "fault" in (once_more.json or {})) == (401, True)


def test_an_answer_is_taken_once_for_its_purpose_in_its_browser(
    device: Authenticator, app: Flask, phone: Phone
) -> None:
    mine, stranger = elsewhere(app, 1), elsewhere(app, 2)
    with mine.client.session_transaction() as stored:
        stored["anything"] = 1
    answer = device.get(challenge(mine))
    challenge(stranger)
    assert log_in(stranger, answer) == 401
    with mine.client.session_transaction() as stored:
        asked = stored["passkey"]
    assert log_in(mine, answer) == 303
    again = elsewhere(app, 3)
    again.get("/login")
    with again.client.session_transaction() as stored:
        stored["passkey"] = asked  # a copy of the cookie from before
    device.counter += 5
    assert log_in(again, device.get(base64.b64decode(asked[1]))) == 401
    late = elsewhere(app, 4)
    answer = device.get(challenge(late))
    phone.wait(minutes=5)
    assert log_in(late, answer) == 401
    assert log_in(late, answer) == 401
    assert not any(is_in(one) for one in (stranger, again, late))


def test_a_challenge_for_the_second_step_opens_nothing_else(
    device: Authenticator, app: Flask, phone: Phone
) -> None:
    who = elsewhere(app, 1)
    refused = who.client.post("/studio/passkeys/challenge", data={"csrf_token": token(who), "for": "factor"})
    assert refused.status_code == 403
    assert "Use a passkey" in who.log_in(KARI).text
    assert log_in(who, device.get(challenge(who, "factor"))) == 401
    assert not is_in(who)
    data = {"csrf_token": token(who), "credential": device.get(challenge(who, "factor"))}
    assert who.client.post("/studio/login/factor", data=data).status_code == 303
    assert is_in(who)


def test_a_passkey_that_does_not_say_whose_it_is_opens_nothing_by_itself(
    device: Authenticator, app: Flask, phone: Phone
) -> None:
    device.user_id = ""
    who = elsewhere(app, 1)
    assert log_in(who, device.get(challenge(who))) == 401
    who.log_in(KARI)
    data = {"csrf_token": token(who), "credential": device.get(challenge(who, "factor"))}
    assert who.client.post("/studio/login/factor", data=data).status_code == 303


def test_the_passkey_of_another_is_no_second_step(device: Authenticator, app: Flask, phone: Phone) -> None:
    with transaction():
        ola, _ = users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
        party = passkeys.Party(settings().own_host, settings().origin)
        theirs = Authenticator(settings().own_host, settings().origin, ola.user_id)
        passkeys.add(ola.user_id, theirs.create(b"d" * 32), b"d" * 32, name="Ola", party=party, now=NOW)
    who = elsewhere(app, 1)
    who.log_in(KARI)
    data = {"csrf_token": token(who), "credential": theirs.get(challenge(who, "factor"))}
    answer = who.client.post("/studio/login/factor", data=data)
    assert (answer.status_code, "This passkey was not accepted; try again." in answer.text) == (401, True)
    assert not is_in(who)


def test_a_copied_passkey_is_refused_and_told(device: Authenticator, app: Flask, phone: Phone) -> None:
    copy, first, second = Authenticator(**vars(device)), elsewhere(app, 1), elsewhere(app, 2)
    assert log_in(first, device.get(challenge(first))) == 303
    assert log_in(second, copy.get(challenge(second))) == 401
    event = audit_log.audit_events(only=None, action="passkey_refused", limit=1)[0]
    assert (event.by.name, event.subject) == (KARI, "Min")


def test_guesses_are_limited_for_each_network(device: Authenticator, app: Flask, phone: Phone) -> None:
    thief = elsewhere(app, 1)
    thief.get("/login")
    assert [log_in(thief, "x") for _ in range(11)] == [401] * 10 + [429]
    home = elsewhere(app, 2)
    assert log_in(home, device.get(challenge(home))) == 303


def test_who_is_disabled_does_not_get_in(kari: Identity, device: Authenticator, app: Flask) -> None:
    with transaction():
        users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
        users.disable_user(kari.user_id, now=NOW)
    who = elsewhere(app, 1)
    assert log_in(who, device.get(challenge(who))) == 401
    assert not is_in(who)


def test_one_is_added_on_the_page_of_the_account(
    kari: Identity, app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in_without_hashing(app, kari)
    mine = log_in_without_hashing(app, kari)
    made = Authenticator(settings().own_host, settings().origin, kari.user_id)

    def add(answer: str, name: str = "Min") -> Any:
        return mine.post("/account/passkeys", {"credential": answer, "name": name})

    asked = mine.post("/account/passkeys/options").get_json()
    refused = add(made.create(decoded(asked)), "")
    assert (refused.status_code, "Name</a> must have 1 to 60 characters" in refused.text) == (422, True)
    mine.post("/account/passkeys/options")
    refused = add("no answer", "Min & din")
    assert (refused.status_code, "Passkey</a> is not made yet; try again" in refused.text) == (422, True)
    with monkeypatch.context() as named:
        named.setattr(passkey_answers, "are_possible", lambda: True)
        mine.post("/account/passkeys/options")
        assert 'value="Min &amp; din"' in add("no answer", "Min & din").text
    asked = mine.post("/account/passkeys/options").get_json()
    answer = made.create(decoded(asked))
    assert add(answer).status_code == 201
    assert factors.of(kari.user_id) == factors.Factors(None, 10, passkeys=1)
    assert add(answer).status_code == 409  # its challenge was answered
    page = mine.get("/account/factors").text
    (known,) = passkeys.of(kari.user_id)
    path = f"/account/passkeys/{known.passkey_id}/remove"
    assert path in page
    # At an IP address browsers make none, and the page says why.
    assert "Browsers allow passkeys only where the address of the studio is a name" in page
    with transaction():
        users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    ola = users.with_address("ola@example.no")
    assert ola is not None
    identity = users.active_identity(ola.user_id)
    assert identity is not None
    log_in_without_hashing(app, identity).post(path)
    assert len(passkeys.of(kari.user_id)) == 1
    assert mine.post(path).status_code == 303
    assert passkeys.of(kari.user_id) == ()
    assert mine.post(path).status_code == 303
