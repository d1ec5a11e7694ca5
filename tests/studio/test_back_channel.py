"""Sessions that the identity provider ends, and logout tokens that it has not made."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.accounts.jobs import forget_single_sign_on
from server.accounts.service import audit_log, provider_answers, users
from server.core import clock
from server.core.db import transaction
from server.core.limits import counters
from server.sites.values import Site
from tests.accounts.oidc.keys import keyed_with_public_key, rsa, signed, unsigned
from tests.accounts.provider import Claims, Provider, serving_provider
from tests.studio.conftest import NOW, PASSWORD, Visitor, browser
from tests.studio.sign_on import sign_on


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with serving_provider() as found:
        yield found


@pytest.fixture
def provider(app: Flask, running: Provider, site: Site) -> Iterator[Provider]:
    """The provider of the application, which says what is right."""
    running.reset()
    provider_answers.forget()
    counters(app).forget()
    before = app.extensions["samtykke"]
    app.extensions["samtykke"] = replace(before, oidc=running.settings())
    yield running
    app.extensions["samtykke"] = before


def told(app: Flask, token: str) -> TestResponse:
    """The provider posts a logout token."""
    return browser(app).post("/studio/single-sign-on/logout", data={"logout_token": token})


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def entered(app: Flask) -> Visitor:
    visitor = Visitor(browser(app))
    sign_on(visitor)
    assert is_in(visitor)
    return visitor


def test_a_session_of_the_provider_ends_here_too(provider: Provider, app: Flask) -> None:
    first = entered(app)
    provider.person["sid"] = "there-8"
    second = entered(app)
    answer = told(app, provider.logout_token(sid="there-7"))
    assert (answer.status_code, answer.headers["Cache-Control"], answer.data) == (200, "no-store", b"")
    assert (is_in(first), is_in(second)) == (False, True)
    newest = audit_log.audit_events(only=None, limit=1)[0]
    assert (newest.by.kind, newest.action, newest.subject, newest.detail) == (
        "provider",
        "provider_logout",
        "kari@example.no",
        "1",
    )


def test_without_a_session_all_of_a_person_end(provider: Provider, app: Flask) -> None:
    first, second = entered(app), entered(app)
    assert told(app, provider.logout_token(sid=None)).status_code == 200
    assert (is_in(first), is_in(second)) == (False, False)


def test_a_session_that_the_provider_did_not_name_ends_with_the_person(
    provider: Provider, app: Flask
) -> None:
    del provider.person["sid"]
    visitor = entered(app)
    assert told(app, provider.logout_token(sub="ola-2", sid="there-7")).status_code == 200
    assert is_in(visitor)
    assert told(app, provider.logout_token(sid="there-7")).status_code == 200
    assert not is_in(visitor)


def test_sessions_of_others_and_those_with_a_password_go_on(provider: Provider, app: Flask) -> None:
    visitor = entered(app)
    with transaction():
        users.create_user("ola@example.no", "auditor", password=PASSWORD, site_ids=None, now=NOW)
    ola = Visitor(browser(app))
    ola.log_in("ola@example.no")
    assert told(app, provider.logout_token(sub="ola-2", sid=None)).status_code == 200
    assert (is_in(visitor), is_in(ola)) == (True, True)


def test_a_logout_token_works_once(provider: Provider, app: Flask) -> None:
    token = provider.logout_token()
    assert told(app, token).status_code == 200
    visitor = entered(app)
    answer = told(app, token)
    assert (answer.status_code, answer.json and answer.json["error"]) == (400, "invalid_request")
    assert is_in(visitor)


def test_used_tokens_are_kept_only_until_they_are_too_old(
    provider: Provider, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = clock.now().replace(microsecond=0)
    now = made
    monkeypatch.setattr(clock, "now", lambda: now)
    token = provider.logout_token()
    assert told(app, token).status_code == 200
    # It expires after two minutes, and may come a minute later by our clock.
    now = made + timedelta(seconds=179.9)
    assert told(app, provider.logout_token(exp=int(made.timestamp()) + 120)).status_code == 200
    assert forget_single_sign_on() == 0
    assert told(app, token).status_code == 400
    now = made + timedelta(seconds=180)
    assert forget_single_sign_on() == 2
    assert told(app, token).status_code == 400


FORGERIES: dict[str, Callable[[Claims], str]] = {
    "no_signature": unsigned,
    "hmac_with_the_public_key": lambda claims: keyed_with_public_key(claims, rsa()),
    "another_key": lambda claims: signed(claims, rsa("second"), kid="first"),
    "an_unknown_key": lambda claims: signed(claims, rsa("second")),
    "another_issuer": lambda claims: signed({**claims, "iss": "https://login.example.com"}),
    "another_audience": lambda claims: signed({**claims, "aud": "another"}),
    "expired": lambda claims: signed({**claims, "exp": claims["iat"] - 61}),
    "an_id_token": lambda claims: signed({**claims, "nonce": "n"}),
    "no_event": lambda claims: signed({name: claims[name] for name in claims if name != "events"}),
    "no_id": lambda claims: signed({name: claims[name] for name in claims if name != "jti"}),
    "nothing": lambda _claims: "",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_logout_token_ends_no_session(provider: Provider, app: Flask, forgery: str) -> None:
    visitor = entered(app)
    now = int(clock.now().timestamp())
    right = {
        "iss": provider.address,
        "aud": "samtykke",
        "iat": now,
        "exp": now + 120,
        "jti": "forged",
        "sub": "kari-1",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
    assert told(app, FORGERIES[forgery](right)).status_code == 400
    assert is_in(visitor)
    assert told(app, signed(right)).status_code == 200
    assert not is_in(visitor)


def test_the_id_token_of_a_login_is_no_logout_token(provider: Provider, app: Flask) -> None:
    made: list[str] = []

    def noted(claims: Claims) -> str:
        made.append(signed(claims))
        return made[-1]

    provider.forge = noted
    visitor = entered(app)
    assert told(app, made[0]).status_code == 400
    assert is_in(visitor)


@pytest.mark.parametrize("body", ["a" * 65 * 1024, "a&" * 10_001], ids=["bytes", "fields"])
def test_a_form_that_is_slow_to_read_is_refused_before_it_is_read(
    provider: Provider, app: Flask, body: str
) -> None:
    answer = browser(app).post(
        "/studio/single-sign-on/logout", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status_code, answer.get_json()["error"]) == (413, "invalid_request")


def test_without_a_provider_there_is_no_such_address(app: Flask) -> None:
    assert told(app, "x").status_code == 404


def test_logging_out_leads_to_the_provider_and_ends_the_session_here_first(
    provider: Provider, app: Flask
) -> None:
    visitor = entered(app)
    answer = visitor.post("/logout")
    found = re.search(r'content="0;url=([^"]+)"', answer.text)
    assert found
    assert found[1] == (
        f"{provider.address}/logout?client_id=samtykke"
        "&amp;post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fstudio%2Flogin&amp;ui_locales=en"
    )
    assert not is_in(visitor)


def test_logging_out_stays_here_where_the_provider_has_no_page_or_was_not_used(
    provider: Provider, app: Flask
) -> None:
    provider.document = {"end_session_endpoint": None}
    assert entered(app).post("/logout").location == "/studio/login"
    provider.document = {}
    provider_answers.forget()
    with transaction():
        users.create_user("ola@example.no", "auditor", password=PASSWORD, site_ids=None, now=NOW)
    ola = Visitor(browser(app))
    ola.log_in("ola@example.no")
    assert ola.post("/logout").location == "/studio/login"
