"""The first page of a new server: whoever has the token from the terminal becomes its owner, once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, current_app

from server.accounts.service import attempts, first_owner, users
from server.core import clock
from server.core.db import end_reading, transaction
from server.core.errors import Conflict
from server.core.http import settings
from tests.studio.conftest import PASSWORD, Visitor, browser, make_site

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
NAME = "kari@example.no"


@pytest.fixture
def printed(app: Flask) -> str:
    """The token that a server printed at its start."""
    with transaction():
        return first_owner.issue_token(now=clock.now())


def send(who: Visitor, **typed: str) -> Any:
    found = TOKEN.search(who.get("/welcome").text)
    assert found
    fields = {"email": NAME, "password": PASSWORD, "language": "nn", "time_zone": "Europe/Paris", **typed}
    return who.client.post("/studio/welcome", data={"csrf_token": found[1], **fields})


@pytest.mark.parametrize("path", ["/", "/sites", "/account", "/login", "/sites/butikken/banner/texts"])
def test_every_page_leads_to_the_welcome_until_there_is_an_owner(
    visitor: Visitor, printed: str, path: str
) -> None:
    assert visitor.get(path).location == "/studio/welcome"
    assert send(visitor, token=printed).status_code == 303
    assert Visitor(browser(visitor.client.application)).get("/welcome").location == "/studio/login"


def test_the_token_makes_the_owner_logs_in_and_leads_to_the_first_site(
    visitor: Visitor, printed: str
) -> None:
    assert send(visitor, token=f" {printed} ").location == "/studio/sites/start"
    page = visitor.get("/sites/start").text
    assert "Kontoen din er laga." in page
    (owner,) = users.users()
    assert (owner.email, owner.role, owner.all_sites) == (NAME, "owner", True)
    account = visitor.get("/account").text
    assert 'value="Europe/Paris" selected' in account


def test_where_nobody_has_a_password_nobody_makes_the_first_owner_with_one(
    visitor: Visitor, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = TOKEN.search(visitor.get("/welcome").text)
    assert token
    without = replace(settings(), local_login=False)
    monkeypatch.setitem(visitor.client.application.extensions, "samtykke", without)
    assert visitor.get("/welcome").location == "/studio/login"
    typed = {"csrf_token": token[1], "token": printed, "email": NAME, "password": PASSWORD}
    assert visitor.client.post("/studio/welcome", data=typed).location == "/studio/login"
    assert users.users() == ()


def test_all_that_is_wrong_is_said_at_once_and_what_was_typed_is_kept(visitor: Visitor, printed: str) -> None:
    refused = send(visitor, token="wrong", email="kari", password="short")
    assert refused.status_code == 422
    for field in ("token", "email", "password"):
        assert f'id="{field}-error"' in refused.text
    assert 'value="kari"' in refused.text
    assert "short" not in refused.text
    assert 'value="Europe/Paris" selected' in refused.text
    assert users.users() == ()


def test_a_token_works_once_and_not_for_ever(
    visitor: Visitor, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = clock.now() + first_owner.LIFETIME + timedelta(seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: late)
        assert send(visitor, token=printed).status_code == 422
    assert send(visitor, token=printed).status_code == 303
    with pytest.raises(Conflict), transaction():
        first_owner.create_owner(printed, "other@example.no", PASSWORD, now=clock.now())


def test_no_token_of_any_node_works_once_there_is_an_owner(
    app: Flask, visitor: Visitor, printed: str
) -> None:
    with transaction():
        of_another_node = first_owner.issue_token(now=clock.now())
    with transaction():
        users.create_user("olav@example.no", "owner", password=PASSWORD, site_ids=None, now=clock.now())
    assert visitor.get("/welcome").location == "/studio/login"
    for token in (printed, of_another_node):
        with pytest.raises(Conflict), transaction():
            first_owner.create_owner(token, NAME, PASSWORD, now=clock.now())
    end_reading()
    assert [one.email for one in users.users()] == ["olav@example.no"]


def test_tokens_cannot_be_guessed_one_after_the_other(
    visitor: Visitor, printed: str, monkeypatch: pytest.MonkeyPatch, stopped_clock: None
) -> None:
    limits = {**attempts.LIMITS, "account": attempts._limits(3, 5), "network": attempts._limits(3, 5)}
    monkeypatch.setattr(attempts, "LIMITS", limits)
    answers = [send(visitor, token="wrong") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert answers[-1].headers["Retry-After"]
    assert send(visitor, token=printed).status_code == 429


def test_a_form_of_another_website_makes_no_owner(visitor: Visitor, printed: str) -> None:
    fields = {"token": printed, "email": NAME, "password": PASSWORD}
    assert visitor.client.post("/studio/welcome", data=fields).status_code == 419
    assert users.users() == ()


def test_without_a_printed_token_the_login_stays_the_first_page(visitor: Visitor) -> None:
    assert visitor.get("/login").status_code == 200
    assert visitor.get("/welcome").location == "/studio/login"


def test_with_the_demo_alone_a_site_of_ones_own_is_offered(
    as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_site("demo", "Ullvær")
    monkeypatch.setitem(current_app.extensions, "samtykke", replace(settings(), demo=True))
    owner = as_role("owner")
    for page in ("/sites", "/sites/demo/"):
        text = owner.get(page).text
        assert "Make my own site" in text
        assert "/studio/sites/start" in text
    make_site("hytta", "Hytta")
    assert "Make my own site" not in owner.get("/sites").text
    assert "Make my own site" not in as_role("editor").get("/sites/demo/").text
