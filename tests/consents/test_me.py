"""What a visitor is shown of what is stored about this browser, and who else is not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from server.consents import queries
from server.consents.record import commitment
from server.core.canonical import canonical
from server.core.db import db, transaction
from server.core.ids import new_id
from server.core.limits import counters
from server.sites import service as sites
from tests.conftest import PUBLIC_URL
from tests.consents.shops import ORIGIN, Shop, open_shop, sent

EVIL = "https://evil.example.no"


def path(shop: Shop) -> str:
    return f"/api/v1/sites/{shop.site.key}/me"


def ask(shop: Shop, visitor: str, *, origin: str | None = ORIGIN, **kwargs: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {visitor}", **({"Origin": origin} if origin else {})}
    return shop.client.open(path(shop), headers={**headers, **kwargs.pop("headers", {})}, **kwargs)


def reason(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["reason"]


def test_a_browser_sees_all_of_its_own_records_newest_first(shop: Shop) -> None:
    visitor = new_id()
    bodies = [sent(visitor=visitor, language=language) for language in ("nb", "nn", "en")]
    receipts = [shop.post(body).get_json() for body in bodies]
    answer = ask(shop, visitor)
    assert answer.status_code == 200
    assert answer.get_json()["site"] == "butikk"
    records = answer.get_json()["records"]
    expected = sorted(
        receipts, key=lambda receipt: (receipt["recorded_at"], receipt["consent_id"]), reverse=True
    )
    assert [record["consent_id"] for record in records] == [receipt["consent_id"] for receipt in expected]
    by_id = {record["id"]: record for record in records}
    for body, receipt in zip(bodies, receipts, strict=True):
        record = by_id[body["id"]]
        assert {name: record[name] for name in receipt} == receipt
        for name in ("language", "action", "services", "signals"):
            assert record[name] == body[name]


def test_a_browser_with_very_many_records_sees_all_of_them_in_parts(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MAX_PER_BROWSER", 2)
    visitor = new_id()
    made = {shop.post(sent(visitor=visitor)).get_json()["consent_id"] for _ in range(5)}
    shop.post(sent())
    seen: list[str] = []
    query, parts = "", 0
    while query is not None:
        answer = ask(shop, visitor, query_string=query).get_json()
        seen += [record["consent_id"] for record in answer["records"]]
        query, parts = answer["before"] and f"before={answer['before']}", parts + 1
    assert (set(seen), len(seen), parts) == (made, 5, 3)


@pytest.mark.parametrize("before", ["", "x", "20261122T120000.000000-", "%00"])
def test_a_place_that_no_answer_has_given_is_refused(shop: Shop, before: str) -> None:
    answer = ask(shop, new_id(), query_string=f"before={before}")
    assert answer.status_code == 422
    assert set(answer.get_json()["errors"]) == {"before"}


def test_the_api_description_says_how_to_get_a_receipt(shop: Shop) -> None:
    paths = shop.client.get("/api/v1/openapi.json").get_json()["paths"]
    operation = paths["/api/v1/sites/{site}/me/receipts/{name}"]["get"]
    asked = {each["name"]: each for each in operation["parameters"] if "name" in each}
    assert asked["profile"]["schema"]["enum"] == ["iso27560", "kantara"]
    assert operation["security"] == [{"visitor": []}]
    assert {"200", "404", "409", "422", "503"} <= set(operation["responses"])
    listed = paths["/api/v1/sites/{site}/me"]["get"]["parameters"]
    assert "before" in {each.get("name") for each in listed}


def test_a_browser_gets_what_proves_its_record(shop: Shop) -> None:
    visitor = new_id()
    shop.post(sent(visitor=visitor))
    (shown,) = ask(shop, visitor).get_json()["records"]
    assert shown["record"]["cid"] == shown["consent_id"]
    proved = commitment(bytes.fromhex(shown["salt"]), canonical(shown["record"]))
    assert proved.hex() == shown["commitment"]


def test_every_column_that_belongs_to_the_browser_is_shown(shop: Shop) -> None:
    visitor = new_id()
    shop.post(sent(visitor=visitor))
    shown = ask(shop, visitor).text
    row = db.session.execute(sa.text("SELECT * FROM consent")).mappings().one()
    # Digests of what the browser itself holds tell it nothing; the site is named by its key.
    for name in set(row) - {"site_id", "visitor_digest", "request_digest", "recorded_at", "expires_at"}:
        value = row[name]
        if name in ("record", "choices"):
            assert (
                json.loads(bytes(value) if name == "record" else value).items()
                <= json.loads(shown)["records"][0][name].items()
            )
        else:
            assert (bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)) in shown


def test_nothing_of_anybody_else_is_shown(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    visitor = new_id()
    shop.post(sent(visitor=new_id()))
    other.post(sent(visitor=visitor))
    mine = shop.post(sent(visitor=visitor)).get_json()
    assert [record["consent_id"] for record in ask(shop, visitor).get_json()["records"]] == [
        mine["consent_id"]
    ]


def test_a_browser_of_which_nothing_is_stored_gets_an_empty_list(shop: Shop) -> None:
    answer = ask(shop, new_id())
    assert (answer.status_code, answer.get_json()) == (200, {"site": "butikk", "records": [], "before": None})


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    "shown",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer undefined",
        "Bearer " + "A" * 23,
        "Bearer " + "A" * 21 + "B",
        "Bearer  " + "A" * 21,
        "Bearer " + "A" * 22 + " x",
        "Basic " + "A" * 22,
        "A" * 22,
        "Bearer " + "A" * 100_000,
    ],
)
def test_who_shows_no_secret_is_not_let_in(shop: Shop, method: str, shown: str | None) -> None:
    headers = {"Origin": ORIGIN, **({} if shown is None else {"Authorization": shown})}
    answer = shop.client.open(path(shop), method=method, headers=headers)
    assert reason(answer) == (401, "authentication_required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("origin", [None, "", "null", EVIL, "https://sub.butikk.example.no"])
def test_other_origins_are_refused_and_shown_nothing(shop: Shop, method: str, origin: str | None) -> None:
    visitor = new_id()
    shop.post(sent(visitor=visitor))
    answer = ask(shop, visitor, origin=origin, method=method)
    assert reason(answer) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert len(ask(shop, visitor).get_json()["records"]) == 1


def test_an_unknown_site_is_not_found(shop: Shop) -> None:
    answer = shop.client.get("/api/v1/sites/nobody/me", headers={"Origin": ORIGIN})
    assert reason(answer) == (404, "site_unknown")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_domain_that_was_taken_away_sees_nothing_any_more(shop: Shop) -> None:
    visitor = new_id()
    shop.post(sent(visitor=visitor))
    with transaction():
        sites.set_domains(shop.site.id, ["ny.example.no"])
    assert ask(shop, visitor).status_code == 403
    assert ask(shop, visitor, origin="https://ny.example.no").status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_the_servers_own_pages_may_ask_about_every_site(shop: Shop, method: str) -> None:
    """The visitor's own page (`/s/{site}/my-choice`) is one of them."""
    visitor = new_id()
    shop.post(sent(visitor=visitor))
    assert ask(shop, visitor, origin=PUBLIC_URL, method=method).status_code == 200
    for other in (
        PUBLIC_URL.replace("http:", "https:"),
        PUBLIC_URL.replace(":8000", ":8001"),
        PUBLIC_URL.replace("127.0.0.1", "localhost"),
        PUBLIC_URL + "/",
        PUBLIC_URL + ".example.no",
    ):
        answer = ask(shop, visitor, origin=other, method=method)
        assert reason(answer) == (403, "origin_not_allowed")


def test_a_page_on_the_servers_own_origin_may_read_without_naming_it(shop: Shop) -> None:
    same = {"Sec-Fetch-Site": "same-origin"}
    assert ask(shop, new_id(), origin=None, headers=same).status_code == 200
    for other in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}):
        assert ask(shop, new_id(), origin=None, headers=other).status_code == 403
    assert ask(shop, new_id(), origin=EVIL, headers=same).status_code == 403
    assert ask(shop, new_id(), origin=None, headers=same, method="DELETE").status_code == 403


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_preflight_lets_pages_of_the_site_show_the_secret(shop: Shop, method: str) -> None:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    answer = shop.client.options(path(shop), headers={"Origin": ORIGIN, **asked})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    refused = shop.client.options(path(shop), headers={"Origin": EVIL, **asked})
    assert not [name for name, _ in refused.headers if name.startswith("Access-Control")]


def test_the_answer_is_for_this_page_alone_and_not_cached(shop: Shop) -> None:
    headers = ask(shop, new_id()).headers
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in headers["Vary"]
    assert headers["Cache-Control"] == "no-store"


@pytest.fixture
def counted(app: Flask) -> Iterator[None]:
    counters(app).forget()
    yield
    counters(app).forget()


@pytest.mark.usefixtures("counted", "stopped_clock")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_network_that_asks_too_much_is_asked_to_wait(shop: Shop, method: str) -> None:
    def outside() -> TestResponse:
        return ask(shop, new_id(), method=method, environ_overrides={"REMOTE_ADDR": "203.0.113.7"})

    assert [outside().status_code for _ in range(121)] == [200] * 120 + [429]
    answer = outside()
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
