"""What websites and browsers are promised about sending a decision."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.consents.service import decisions
from server.core import clock
from server.core.db import db, transaction
from server.core.ids import new_id
from server.core.limits import counters
from server.ledger.service import reading, sequencing
from server.ledger.values import KIND_DECISION
from server.sites import service as sites
from tests.consents.shops import ORIGIN, Shop, all_choices, open_shop, publish, sent

OUTSIDE = {"REMOTE_ADDR": "203.0.113.7"}


def stored(shop: Shop) -> list[Any]:
    db.session.rollback()
    return list(decisions.export(shop.site.id))


def reason(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["reason"]


def test_a_decision_is_stored_and_answered_with_a_receipt(shop: Shop) -> None:
    body = sent()
    answer = shop.post(body)
    assert answer.status_code == 201
    row = stored(shop)[0]
    assert answer.json == {
        "id": body["id"],
        "consent_id": row.consent_id,
        "recorded_at": row.recorded_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "expires_at": row.expires_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "version": 1,
        "choices": body["choices"],
    }
    assert (row.action, row.language, row.choices) == ("save", "nb", body["choices"])


def test_a_stored_decision_waits_for_its_place_in_the_log(shop: Shop) -> None:
    shop.post(sent())
    row = stored(shop)[0]
    with transaction():
        sequencing.sequence(now=clock.now())
    log = reading.logs()[-1]
    entry = next(e for e in reading.entries(log, 0, 100) if e.kind == KIND_DECISION)
    assert (entry.site_id, entry.subject, entry.commitment) == (row.site_id, row.consent_id, row.commitment)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json", "application/json; charset=utf-8", None]
)
def test_json_may_be_sent_under_its_own_name_or_as_text(shop: Shop, content_type: str | None) -> None:
    assert shop.post(sent(), content_type=content_type).status_code == 201


def test_the_decision_of_the_guide_can_be_sent(shop: Shop) -> None:
    guide = Path(__file__).resolve().parents[2].joinpath("docs", "for-web-developers.md").read_text("utf-8")
    example = re.search(r"--data @- <<'JSON'\n(.+?)\nJSON\n", guide, re.S)
    assert example is not None
    assert shop.post(json.loads(example[1])).status_code == 201


def test_a_form_is_not_a_decision(shop: Shop) -> None:
    answer = shop.post(sent(), content_type="application/x-www-form-urlencoded")
    assert reason(answer) == (415, "unsupported_media_type")


def test_services_signals_and_the_time_may_be_absent(shop: Shop) -> None:
    assert shop.post(sent(services=None, signals=None, decided_at=None)).status_code == 201


# --- once ------------------------------------------------------------------------------------------------


def test_a_repeat_gets_the_first_answer_again(shop: Shop) -> None:
    body = sent()
    first, second = shop.post(body), shop.post(body, content_type="application/json")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.data == second.data
    assert len(stored(shop)) == 1
    assert reading.waiting(now=clock.now()).entries == 2  # the version's and the decision's


def test_a_repeat_may_order_its_keys_differently(shop: Shop) -> None:
    body = sent()
    shop.post(body)
    turned = {key: body[key] for key in reversed(body)}
    turned["choices"] = {key: body["choices"][key] for key in reversed(body["choices"])}
    assert shop.post(turned).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"visitor": new_id()},
        {"language": "en"},
        {"surface": "banner"},
        {"action": "accept_all", "choices": all_choices(granted=True), "services": {}},
        {"services": {}},
        {"signals": {"gpc": True}},
        {"decided_at": "2026-03-01T00:00:00Z"},
        {"choices": {"functional": False, "statistics": False, "advertising": True}},
    ],
)
def test_another_decision_under_a_known_id_is_refused(shop: Shop, change: dict[str, Any]) -> None:
    body = sent()
    shop.post(body)
    assert reason(shop.post({**body, **change})) == (409, "decision_differs")
    assert [row.choices for row in stored(shop)] == [body["choices"]]


def test_an_id_that_another_site_knows_is_new_here(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    body = sent()
    assert [shop.post(body).status_code, other.post(body).status_code] == [201, 201]


# --- the version -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [2, 2**31 - 1])
def test_a_version_that_was_never_published_is_refused(shop: Shop, version: int) -> None:
    answer = shop.post(sent(version=version))
    assert reason(answer) == (409, "version_unknown")
    assert answer.get_json()["errors"] == {"version": "was never published"}


def test_a_version_of_another_site_is_refused(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    publish(other.site)
    assert other.post(sent(version=2)).status_code == 201
    assert reason(shop.post(sent(version=2))) == (409, "version_unknown")


def test_an_older_version_is_recorded_as_such(shop: Shop) -> None:
    publish(shop.site, validity_days=30)
    answer = shop.post(sent(version=1))
    assert (answer.status_code, answer.get_json()["version"]) == (201, 1)
    assert stored(shop)[0].version == 1


def test_a_version_that_was_refused_is_accepted_once_it_is_published(shop: Shop) -> None:
    body = sent(version=2)
    assert shop.post(body).status_code == 409
    publish(shop.site)
    assert shop.post(body).status_code == 201


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({"action": "reject_all", "choices": all_choices(granted=False), "services": {}}, 200),
        ({"action": "withdraw", "choices": all_choices(granted=False), "services": {}}, 200),
        ({"action": "save", "choices": all_choices(granted=False), "services": {}}, 200),
        ({"action": "save", "choices": all_choices(granted=False), "services": {"chat": True}}, 90),
        ({"action": "accept_all", "choices": all_choices(granted=True), "services": {}}, 90),
        ({}, 90),
    ],
)
def test_a_decision_lasts_as_long_as_its_version_says(shop: Shop, changes: dict[str, Any], days: int) -> None:
    publish(shop.site, validity_days=90, refusal_days=200)
    answer = shop.post(sent(version=2, **changes))
    recorded, expires = (datetime.fromisoformat(answer.get_json()[k]) for k in ("recorded_at", "expires_at"))
    assert expires - recorded == timedelta(days=days)


# --- who may send ----------------------------------------------------------------------------------------


def test_an_unknown_site_is_not_found(shop: Shop) -> None:
    for key in ("nobody", "x", "UPPER", "a" * 41, "æøå"):
        answer = shop.post(sent(), path=f"/api/v1/sites/{key}/decisions")
        assert reason(answer) == (404, "site_unknown")
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://evil.example.no",
        "https://butikk.example.no.evil.com",
        "https://notbutikk.example.no",
        "https://sub.butikk.example.no",
        "ftp://butikk.example.no",
        "https://butikk.example.no/",
        "https://butikk.example.no@evil.com",
        "https://butikk.example.no\tx",
    ],
)
def test_other_origins_are_refused_and_shown_nothing(shop: Shop, origin: str | None) -> None:
    answer = shop.post(sent(), origin=origin)
    assert reason(answer) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert stored(shop) == []


@pytest.mark.parametrize("origin", [ORIGIN, "http://butikk.example.no", "https://butikk.example.no:8443"])
def test_a_page_of_the_site_may_read_the_answer(shop: Shop, origin: str) -> None:
    headers = shop.post(sent(), origin=origin).headers
    assert headers["Access-Control-Allow-Origin"] == origin
    assert "Origin" in headers["Vary"]
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("no json", 400),
        (sent(version=99), 409),
        ("x" * 9000, 413),
        (sent(action="maybe"), 422),
    ],
)
def test_a_page_of_the_site_may_read_refusals_too(shop: Shop, body: object, status: int) -> None:
    answer = shop.post(body)
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Origin" in answer.headers["Vary"]


def test_a_domain_that_was_taken_away_may_not_send(shop: Shop) -> None:
    shop.post(sent())
    with transaction():
        sites.set_domains(shop.site.id, ["ny.example.no"])
    assert shop.post(sent()).status_code == 403
    assert shop.post(sent(), origin="https://ny.example.no").status_code == 201


def test_a_preflight_lets_pages_of_the_site_send_json(shop: Shop) -> None:
    path = f"/api/v1/sites/{shop.site.key}/decisions"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = shop.client.options(path, headers={"Origin": ORIGIN, **asked})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    refused = shop.client.options(path, headers={"Origin": "https://evil.example.no", **asked})
    assert not [name for name, _ in refused.headers if name.startswith("Access-Control")]


def test_the_size_is_looked_at_before_the_site_and_the_site_before_the_origin(shop: Shop) -> None:
    nobody = "/api/v1/sites/nobody/decisions"
    evil = "https://evil.example.no"
    assert shop.post("x" * 8193, path=nobody, origin=evil).status_code == 413
    assert shop.post("x", path=nobody, origin=evil).status_code == 404
    assert shop.post("x", origin=evil).status_code == 403
    assert shop.post("x").status_code == 400
    assert shop.post(sent(version=9, action="x")).status_code == 422


# --- how much --------------------------------------------------------------------------------------------


@pytest.fixture
def counted(app: Flask) -> Iterator[None]:
    counters(app).forget()
    yield
    counters(app).forget()


def test_a_network_that_sends_too_much_is_asked_to_wait(
    shop: Shop, counted: None, stopped_clock: None
) -> None:
    body = sent()
    codes = [shop.post(body, environ_overrides=OUTSIDE).status_code for _ in range(121)]
    assert codes == [201, *[200] * 119, 429]
    answer = shop.post(body, environ_overrides=OUTSIDE)
    assert reason(answer) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    # The neighbours in the same network count as one, other networks and other sites do not.
    assert shop.post(body, environ_overrides={"REMOTE_ADDR": "203.0.113.250"}).status_code == 429
    assert shop.post(body, environ_overrides={"REMOTE_ADDR": "203.0.114.7"}).status_code == 200
    assert open_shop(shop.client, "kiosk").post(sent(), environ_overrides=OUTSIDE).status_code == 201


def test_this_machine_is_not_limited(shop: Shop, counted: None) -> None:
    body = sent()
    assert {shop.post(body).status_code for _ in range(130)} == {200, 201}


# --- what is stored --------------------------------------------------------------------------------------


def test_no_address_agent_referrer_or_secret_is_in_any_table(
    app: Flask, shop: Shop, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    body = sent()
    seeded = {
        "User-Agent": "MarkerAgent/1.0",
        "Referer": f"{ORIGIN}/marker-page?marker=query",
        "X-Forwarded-For": "198.51.100.77",
        "Cookie": "marker=cookie",
        "Accept-Language": "marker-language",
        "Sec-CH-UA": "marker-hint",
    }
    address = {"REMOTE_ADDR": "198.51.100.78"}
    assert shop.post(body, headers=seeded, environ_overrides=address).status_code == 201
    assert shop.post(body, headers=seeded, environ_overrides=address).status_code == 200
    assert shop.post({**body, "language": "en"}, headers=seeded, environ_overrides=address).status_code == 409
    assert shop.post({**body, "action": "?"}, headers=seeded, environ_overrides=address).status_code == 422
    with transaction():
        sequencing.sequence(now=clock.now())
    everything = dump() + caplog.text.lower() + "".join(capsys.readouterr()).lower()
    assert body["id"].lower() in everything  # the dump sees what is there
    for marker in ("marker", "198.51.100", "c6336", body["visitor"].lower()):
        assert marker not in everything


def dump() -> str:
    """Every value of every table, bytes as text and in hexadecimal, in lower case."""
    found: list[str] = []
    with db.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        for name in names:
            for row in connection.execute(sa.text(f'SELECT * FROM "{name}"')):
                for value in row:
                    if isinstance(value, bytes | memoryview):
                        found += [bytes(value).decode("latin-1"), bytes(value).hex()]
                    else:
                        found.append(str(value))
    return "\n".join(found).lower()


def test_a_time_that_cannot_be_is_moved_to_one_that_can(shop: Shop) -> None:
    for sent_at in ("9999-12-31T23:59:59Z", "1970-01-01T00:00:00+02:00"):
        assert shop.post(sent(decided_at=sent_at)).status_code == 201
    early, late = sorted(row.record.split('"decided_at":"')[1][:10] for row in stored(shop))
    assert (early, late) == ("2026-01-02", f"{datetime.now(UTC):%Y-%m-%d}")  # noqa: TID251
