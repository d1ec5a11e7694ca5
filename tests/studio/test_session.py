"""Logging in and out."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import service as accounts
from server.accounts.models import Session
from server.core.db import db, transaction
from server.sites.values import Site
from tests.studio.conftest import NOW, PASSWORD, Visitor, browser


@pytest.fixture
def kari(app: Flask) -> str:
    """Somebody's address."""
    with transaction():
        accounts.create_user("kari@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    return "kari@example.no"


def sessions() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Session)) or 0


def secret(who: Visitor) -> str | None:
    with who.client.session_transaction() as kept:
        return kept.get("login")


def test_right_password_leads_in_and_logging_out_ends_it(kari: str, visitor: Visitor) -> None:
    answer = visitor.log_in(kari)
    assert (answer.status_code, answer.location) == (303, "/studio/")
    assert visitor.get("/sites").status_code == 200
    stolen = secret(visitor)
    assert visitor.post("/logout").status_code == 303
    with visitor.client.session_transaction() as kept:
        kept["login"] = stolen
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


def test_tenth_attempt_on_an_account_is_the_last_for_a_while(kari: str, app: Flask) -> None:
    for n in range(10):
        other_network = Visitor(browser(app))
        other_network.client.environ_base["REMOTE_ADDR"] = f"198.51.{n}.1"
        assert other_network.log_in(kari, "galt passord her").status_code == 401
    late = Visitor(browser(app))
    late.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    answer = late.log_in(kari)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert late.log_in("ola@example.no").status_code == 401


def test_tenth_attempt_from_a_network_is_the_last_for_a_while_on_loopback_too(
    kari: str, visitor: Visitor
) -> None:
    for n in range(10):
        assert visitor.log_in(f"someone{n}@example.no").status_code == 401
    assert visitor.log_in(kari).status_code == 429


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/studio//evil.example",
     "javascript:alert(1)", "/studio/../../evil", "/demo/", "/studio/\r\nX: y", "%2f%2fevil.example"],
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
