"""The server sets the cookie that a browser would delete early: with the value it sent, for it alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.app import create_app
from server.consents.intake.cookie import renewed_cookie, requested_domain
from server.core import clock
from server.core.db import db
from server.core.ids import new_id
from server.sites.values import Site
from tests.conftest import settings_for
from tests.consents.shops import Shop, open_shop, sent

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = Site("s" * 22, "butikk", "Butikk", ("www.example.no", "example.no", "*.kiosk.no"), NOON)
ME = "A" * 22


def digits(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + text
    return text or "0"


def value(at: datetime = NOON, visitor: str = ME, services: str = "+5-z", mark: int = 1) -> str:
    return f"{mark}.3.7.{services}.{digits(int(at.timestamp()))}.{visitor}"


def back(cookies: str | None = None, domain: str = "example.no", **changes: Any) -> str | None:
    given_all: dict[str, Any] = {
        "site": SITE,
        "visitor": ME,
        "origin": "https://www.example.no",
        "public_url": "https://consent.example.no",
        "decided_at": NOON,
        "lasts": timedelta(days=365),
        "now": NOON + timedelta(hours=1),
        **changes,
    }
    return renewed_cookie(f"samtykke={value()}" if cookies is None else cookies, domain, **given_all)


def test_the_pages_own_cookie_comes_back_for_the_rest_of_its_time() -> None:
    left = 365 * 86_400 - 3600
    assert back() == (f"samtykke={value()}; Max-Age={left}; Path=/; SameSite=Lax; Secure; Domain=example.no")


@pytest.mark.parametrize(
    ("decided_at", "mark"),
    [(NOON, 1), (NOON - timedelta(seconds=1), 2), (NOON + timedelta(days=1), 2), (None, 2)],
)
def test_only_the_decision_that_has_arrived_loses_the_mark_that_it_waits(
    decided_at: datetime | None, mark: int
) -> None:
    header = back(f"samtykke={value(mark=2)}", decided_at=decided_at)
    assert header is not None
    assert header.startswith(f"samtykke={value(mark=mark)};")


def test_on_one_host_it_needs_no_domain() -> None:
    here = {"origin": "http://127.0.0.1:9000", "public_url": "http://127.0.0.1:8000"}
    header = back(domain="", **here)
    assert header is not None
    assert "Domain" not in header
    assert "Secure" not in header


@pytest.mark.parametrize(
    ("domain", "origin", "public_url"),
    [
        ("", "https://www.example.no", "https://consent.example.no"),
        ("www.example.no", "https://www.example.no", "https://consent.example.no"),
        ("example.no", "https://www.example.no", "https://consent.example.com"),
        ("example.no", "https://example.com", "https://consent.example.no"),
        ("ample.no", "https://www.example.no", "https://consent.example.no"),
        ("no", "https://www.example.no", "https://consent.example.no"),
        (".", "https://www.example.no", "https://consent.example.no"),
        ("other.no", "https://www.other.no", "https://consent.other.no"),
    ],
)
def test_a_domain_that_is_not_the_sites_is_not_named(domain: str, origin: str, public_url: str) -> None:
    assert back(domain=domain, origin=origin, public_url=public_url) is None


def test_a_site_of_all_subdomains_covers_their_parent_too() -> None:
    at = {"origin": "https://www.kiosk.no", "public_url": "https://consent.kiosk.no"}
    assert back(domain="kiosk.no", **at) is not None


@pytest.mark.parametrize(
    "cookies",
    [
        "",
        "samtykke",
        "samtykke=",
        f"samtykke2={value()}",
        f"samtykke={value(visitor='B' * 22)}",
        f"samtykke={value(mark=0)}",
        f"samtykke={value(mark=3)}",
        f"samtykke={value(mark=12)}",
        f"samtykke={value()}x",
        f'samtykke="{value()}"',
        f"samtykke={value(services='+' + 'z' * 20)}",
        f"samtykke={value(at=NOON - timedelta(days=366))}",
        f"samtykke={value(at=NOON + timedelta(days=3))}",
        f"samtykke={value()}\r\nX: y",
    ],
)
def test_what_the_page_would_not_write_is_not_set(cookies: str) -> None:
    assert back(cookies) is None


def test_of_several_the_newest_comes_back() -> None:
    newer = value(at=NOON + timedelta(seconds=1), services="")
    header = back(f"a=b; samtykke={value()}; samtykke={newer}; samtykke={value(visitor='B' * 22)}")
    assert header is not None
    assert header.startswith(f"samtykke={newer};")


@given(st.text(), st.text())
def test_nothing_but_a_cookie_of_ours_gets_into_a_header(cookies: str, domain: str) -> None:
    header = back(
        f"samtykke={value()}; {cookies}", domain if requested_domain(f"cookie={domain}") is not None else ""
    )
    assert header is None or (header.isascii() and header.isprintable() and header.startswith("samtykke=1."))


@pytest.mark.parametrize(
    ("query", "domain"),
    [
        ("cookie=", ""),
        ("cookie=example.no", "example.no"),
        ("", None),
        ("cookie", None),
        ("cookie=a;b", None),
        ("cookie=a%20b", None),
        ("cookie=a&x=1", None),
        ("cookie=\n", None),
    ],
)
def test_a_page_asks_in_one_way_alone(query: str, domain: str | None) -> None:
    assert requested_domain(query) == domain


# --- over HTTP -------------------------------------------------------------------------------------------

LOCAL = "http://127.0.0.1:9000"


@pytest.fixture
def near(app: Flask) -> Shop:
    """A shop on the very host of this server."""
    return open_shop(app.test_client(use_cookies=False), "near", "127.0.0.1")


def post(shop: Shop, body: dict[str, Any], query: str = "cookie=", origin: str = LOCAL) -> Any:
    cookie = f"samtykke={value(datetime.fromisoformat(body['decided_at']), body['visitor'], mark=2)}"
    return shop.post(body, origin=origin, query_string=query, headers={"Cookie": cookie})


def test_front_and_route_both_keep_the_cookie_and_take_its_mark(near: Shop) -> None:
    for _ in range(2):  # the first is answered by the route, the second by the middleware
        body = sent(visitor=new_id())
        for status in (201, 200):
            answer = post(near, body)
            assert answer.status_code == status
            assert answer.headers["Set-Cookie"].startswith("samtykke=1.3.7.")
            assert answer.headers["Access-Control-Allow-Credentials"] == "true"
            assert answer.headers["Access-Control-Allow-Origin"] == LOCAL


def test_who_does_not_ask_gets_neither_cookie_nor_credentials(near: Shop) -> None:
    for query in ("", "", "cookies=", "x=1"):
        answer = post(near, sent(), query)
        assert answer.status_code == 201
        assert "Set-Cookie" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_refused_decision_keeps_nothing_but_can_be_read(near: Shop) -> None:
    answer = post(near, {**sent(), "language": "!"})
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (422, None)
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_another_origin_gets_no_credentials(near: Shop) -> None:
    answer = post(near, sent(), origin="https://evil.example")
    assert answer.status_code == 403
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_the_preflight_of_a_page_that_asks_allows_credentials(near: Shop) -> None:
    path = f"/api/v1/sites/{near.site.key}/decisions?cookie="
    asking = {"Origin": LOCAL, "Access-Control-Request-Method": "POST"}
    assert near.client.options(path, headers=asking).headers["Access-Control-Allow-Credentials"] == "true"
    own = near.client.options(f"/api/v1/sites/{near.site.key}/me?cookie=", headers=asking)
    assert "Access-Control-Allow-Credentials" not in own.headers


def test_over_https_the_cookie_is_secure_and_of_the_domain(tmp_path: Any) -> None:
    app = create_app(settings_for(tmp_path, public_url="https://consent.example.no"))
    with app.app_context():
        db.create_all()
        shop = open_shop(app.test_client(use_cookies=False), domain="*.example.no")
        body = sent()
        cookie = f"samtykke={value(clock.now(), body['visitor'])}"
        answer = shop.post(
            body,
            origin="https://www.example.no",
            query_string="cookie=example.no",
            headers={"Cookie": cookie, "Host": "consent.example.no"},
        )
        assert answer.status_code == 201
        assert answer.headers["Set-Cookie"].endswith("; Path=/; SameSite=Lax; Secure; Domain=example.no")
        db.session.remove()
        db.engine.dispose()
