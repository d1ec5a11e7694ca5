"""A session that ends while a form is filled in: the form survives, and goes on after the login."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from server.accounts.service import users
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.sites import service as sites
from server.sites.values import Site
from server.studio import kept_forms
from tests.studio.conftest import NOW, PASSWORD, Visitor
from tests.studio.test_guard import path_of, rules

OWN = {"Sec-Fetch-Site": "same-origin"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')

NOT_KEPT = {
    "log_in": "it is the login itself",
    "log_in_again": "it is the login itself",
    "confirm": "it is about the login itself, with a password",
    "confirm_in_place": "it is about the login itself, with a password",
    "give_factor": "it is the login itself",
    "give_factor_again": "it is the login itself",
    "passkey_challenge": "it needs no login",
    "log_in_with_passkey": "it is the login itself",
    "log_in_with_passkey_again": "it is the login itself",
    "passkey_options": "a script asks for it, and asks again",
    "add_passkey": "its answer is for the challenge of this session",
    "begin_single_sign_on": "it is the login itself",
    "log_out": "who is not logged in has nothing to end",
    "create_first_owner": "it is the first login, with a password",
    "open_invitation": "it needs no login, and has a secret",
    "accept_invitation": "it needs no login, and has a password",
    "leave_for_invitation": "it needs no login",
    "ask_for_password": "it needs no login",
    "open_new_password": "it needs no login, and has a secret",
    "set_new_password": "it needs no login, and has a password",
}
"""Forms that do not survive, and why. Those with passwords are in a test of their own."""


def hidden(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page)}


@pytest.fixture
def kari(app: Flask) -> str:
    """The owner's address."""
    with transaction():
        users.create_user("kari@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    return "kari@example.no"


def log_in(visitor: Visitor, page: str, email: str, password: str = PASSWORD) -> Any:
    fields = {**hidden(page), "email": email, "password": password}
    return visitor.client.post("/studio/login", data=fields, headers=OWN)


def go_on(visitor: Visitor, page: str) -> Any:
    action = re.search(r'<form class="panel" method="post" action="([^"]+)"', page)
    assert action
    return visitor.client.post(html.unescape(action[1]), data=hidden(page), headers=OWN)


def test_every_form_survives_a_session_that_has_ended(app: Flask, site: Site, visitor: Visitor) -> None:
    before = sites.draft(site.id)
    typed = {"csrf_token": "old", "a field": "første\nandre", "do": "save"}
    survived = 0
    for name, method, rule in rules(app):
        if method != "POST" or name in NOT_KEPT:
            continue
        path = f"/studio{path_of(rule, site.key)}?language=nb"
        answer = visitor.client.post(path, data=typed, headers=OWN)
        assert answer.status_code == 401, name
        form = kept_forms.unseal(
            hidden(answer.text)["kept"], secret_key=settings().secret_key, now=clock.now()
        )
        assert form == kept_forms.KeptForm(path, (("a field", "første\nandre"), ("do", "save")), ()), name
        survived += 1
    assert survived > 50
    assert sites.draft(site.id) == before


def test_forms_of_the_login_itself_are_not_kept(app: Flask, site: Site, visitor: Visitor) -> None:
    for name, method, rule in rules(app):
        if method == "POST" and name in NOT_KEPT:
            answer = visitor.client.post(f"/studio{path_of(rule, site.key)}", headers=OWN)
            assert "kept" not in answer.text, name


def test_a_new_site_is_made_with_what_was_typed_before_the_login(kari: str, visitor: Visitor) -> None:
    typed = {"name": "Hytta & co", "key": "hytta", "domains": "www.hytta.no\nhytta.no", "impressions": "off"}
    page = visitor.client.post("/studio/sites/new", data=typed, headers=OWN).text
    refused = log_in(visitor, page, kari, "galt passord her")
    assert refused.status_code == 401
    confirmed = log_in(visitor, refused.text, kari)
    assert "You are logged in as kari@example.no." in confirmed.text
    assert [one.key for one in sites.each_site()] == []
    assert go_on(visitor, confirmed.text).status_code == 303
    assert sites.find("hytta").name == "Hytta & co"


def test_what_is_kept_is_for_a_short_time(
    kari: str, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visitor.client.post("/studio/sites/new", data={"name": "Hytta"}, headers=OWN).text
    late = clock.now() + kept_forms.LIFETIME + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert log_in(visitor, page, kari).status_code == 303
    assert "What you typed is not kept any more" in visitor.get("/sites").text


def test_what_another_website_sends_is_neither_kept_nor_offered(
    kari: str, site: Site, visitor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    elsewhere: tuple[dict[str, str], ...] = (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {},
    )
    who = as_role("owner")
    for headers in elsewhere:
        typed = {"email": "evil@example.no", "role": "owner", "reach": "all"}
        answer = visitor.client.post("/studio/users/new", data=typed, headers=headers)
        assert (answer.status_code, "evil" in answer.text) == (303, False), headers
        refused = who.client.post("/studio/users/new", data=typed, headers=headers)
        assert (refused.status_code, "evil" in refused.text) == (419, False), headers


def test_a_form_of_an_earlier_session_goes_on_in_the_present_one_once_confirmed(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("owner")
    path = f"/studio/sites/{site.key}/domains"
    fields = {"csrf_token": "old", "domains": "ny.example.no"}
    answer = who.client.post(path, data=fields, headers=OWN)
    assert answer.status_code == 419
    assert "You are logged in as owner-0@example.no." in answer.text
    assert sites.find(site.key).domains == site.domains
    assert go_on(who, answer.text).status_code == 303
    assert sites.find(site.key).domains == ("ny.example.no",)


def test_a_password_is_never_carried(visitor: Visitor) -> None:
    typed = {"current": PASSWORD, "password": "et nytt passord her"}
    answer = visitor.client.post("/studio/account", data=typed, headers=OWN)
    assert (answer.status_code, answer.location) == (303, "/studio/login")


def test_the_preview_has_no_login_of_its_own(site: Site, visitor: Visitor) -> None:
    frame = {**OWN, "Sec-Fetch-Dest": "iframe"}
    for method in ("get", "post"):
        answer = getattr(visitor.client, method)(f"/studio/sites/{site.key}/preview", headers=frame)
        assert answer.status_code == 401
        assert "Log in again to see the preview." in answer.text
        assert "<form" not in answer.text


def test_a_page_logs_in_again_in_place(kari: str, visitor: Visitor) -> None:
    nobody: Any = visitor.get("/session").json
    assert nobody["email"] == ""
    fields = {"csrf_token": nobody["token"], "email": kari, "password": "galt passord her"}
    refused = visitor.client.post("/studio/session", data=fields, headers=OWN)
    assert (refused.status_code, refused.json) == (
        401,
        {"fault": "The e-mail address or the password is wrong."},
    )
    entered = {**fields, "password": PASSWORD}
    found: Any = visitor.client.post("/studio/session", data=entered, headers=OWN).json
    assert found["email"] == kari
    fields = {
        "csrf_token": found["token"],
        "name": "Hytta",
        "key": "hytta",
        "domains": "hytta.no",
        "impressions": "off",
    }
    assert visitor.client.post("/studio/sites/new", data=fields, headers=OWN).status_code == 303
