"""The handler of decisions answers every outcome by itself, and no request of it reaches Flask."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from server.app import create_app
from server.consents.intake.schemas import DecisionSchema, read_decision
from server.consents.models import Consent
from server.consents.values import Decision
from server.core.db import db, transaction
from server.core.errors import Invalid, flatten
from server.core.limits import counters
from server.sites import service as sites
from tests.conftest import PUBLIC_URL, settings_for
from tests.consents.shops import ORIGIN, Shop, open_shop, publish, sent
from tests.consents.test_outages import listening

HERE = {"REMOTE_ADDR": "127.0.0.1"}
OUTSIDE = {"REMOTE_ADDR": "203.0.113.7"}


@dataclass
class Dispatched:
    """How many requests reached Flask."""

    times: int = 0


@pytest.fixture
def dispatched(app: Flask) -> Iterator[Dispatched]:
    seen = Dispatched()

    def note(*_arguments: object, **_named: object) -> None:
        seen.times += 1

    with flask.request_started.connected_to(note, app):
        yield seen


def decided(shop: Shop) -> Shop:
    """The shop, after a decision: its site and rules are cached."""
    assert shop.post(sent()).status_code == 201
    return shop


# --- reading -----------------------------------------------------------------------------------

ATOMS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2**31), st.floats(allow_nan=False), st.text(max_size=24)
)
ANYTHING = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
)
FLAGS = st.dictionaries(
    st.sampled_from(["functional", "statistics", "advertising", "chat", "gpc", "dnt", "Ø"]), st.booleans()
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": st.sampled_from(["A" * 22, "A" * 21 + "B", "A" * 21, "A" * 23, "A" * 21 + "é", "A" * 22 + "\n"]),
    "visitor": st.sampled_from(["_-" * 10 + "9w", "ab"]),
    "version": st.sampled_from([1, 2, 0, -1, True, 1.0, "1", 2**31 - 1, 2**31]),
    "language": st.sampled_from(["nb", "pt-BR", "n", "nb\n", "x" * 21, "nb-", "en-Latn-US-x-y"]),
    "action": st.sampled_from(["accept_all", "reject_all", "save", "withdraw", "Save", ""]),
    "surface": st.sampled_from(["banner", "settings", "placeholder", "api", "signal", "page"]),
    "choices": FLAGS,
    "services": FLAGS,
    "signals": FLAGS,
    "decided_at": st.sampled_from(
        ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.123456789+01:00", "2026-13-01T00:00:00Z", "today", 1]
    ),
}


@given(
    st.fixed_dictionaries(
        {name: values | ANYTHING for name, values in FIELDS.items() if name not in ("services", "signals")},
        optional={**{name: FIELDS[name] for name in ("services", "signals")}, "more": ANYTHING},
    ),
    st.sets(st.sampled_from(sorted(FIELDS)), max_size=2),
)
@settings(max_examples=250)
def test_a_decision_is_read_as_the_schema_says(value: dict[str, Any], left_out: set[str]) -> None:
    sent_value = {name: inner for name, inner in value.items() if name not in left_out}
    assert_read_alike(sent_value)


@given(st.fixed_dictionaries(FIELDS))
@settings(max_examples=250)
def test_what_is_nearly_right_is_read_as_the_schema_says(value: dict[str, Any]) -> None:
    assert_read_alike(value)


@given(ANYTHING)
@example([])
@example({})
def test_what_is_no_decision_at_all_is_refused_with_the_same_errors(value: object) -> None:
    assert_read_alike(value)


def assert_read_alike(value: Any) -> None:
    """marshmallow's `load` is what the handler's quicker reading is measured by."""
    expected: Decision | dict[str, object]
    read: Decision | dict[str, object]
    try:
        expected = DecisionSchema().load(value)
    except ValidationError as fault:
        expected = flatten(fault.messages)
    try:
        read = read_decision(value)
    except Invalid as fault:
        read = dict(fault.errors)
    assert read == expected


# --- outcomes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({}, 201, None),
        ({"language": "!"}, 422, "invalid"),
        ({"version": 9}, 409, "version_unknown"),
        ({"choices": {}}, 422, "invalid"),
        ({"action": "withdraw"}, 422, "invalid"),
        ({"more": 1}, 422, "invalid"),
    ],
)
def test_each_outcome_is_the_same_whatever_is_cached(
    shop: Shop, dispatched: Dispatched, change: dict[str, Any], status: int, reason: str | None, cached: bool
) -> None:
    if cached:
        decided(shop)
    answer = shop.post(sent(**change))
    assert (answer.status_code, answer.get_json().get("reason")) == (status, reason)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("no-store", "Origin")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert dispatched.times == 0


def test_a_repeat_is_recognised_and_a_contradiction_refused(shop: Shop, dispatched: Dispatched) -> None:
    body = sent()
    assert [shop.post(each).status_code for each in (body, body, {**body, "language": "en"})] == [
        201,
        200,
        409,
    ]
    assert dispatched.times == 0


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/plain", 201),
        ("TEXT/PLAIN", 201),
        ("text/plain; charset=utf-16", 201),
        ('text/plain; boundary="', 201),
        ("application/json; charset=utf-8", 201),
        ("text/html", 415),
        ("application/ld+json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data", 415),
    ],
)
def test_the_media_type_is_json_or_plain_text(shop: Shop, content_type: str, status: int) -> None:
    assert shop.post(sent(), content_type=content_type).status_code == status


@pytest.mark.parametrize(
    "origin", [None, "", "null", "https://evil.example", "http://butikk.example.no.evil.example"]
)
def test_a_page_of_another_site_learns_nothing(shop: Shop, origin: str | None) -> None:
    for _ in range(2):
        answer = shop.post(sent(), origin=origin)
        assert (answer.status_code, answer.get_json()["reason"]) == (403, "origin_not_allowed")
        assert "Access-Control-Allow-Origin" not in answer.headers
        decided(shop)


@pytest.mark.parametrize(
    ("host", "status"), [("127.0.0.1:8000", 201), ("localhost", 201), ("evil.example", 400)]
)
def test_the_host_must_be_known(shop: Shop, host: str, status: int) -> None:
    answer = shop.post(sent(), headers={"Host": host})
    assert answer.status_code == status
    if status == 400:
        assert answer.get_json()["reason"] == "host_unknown"


def test_a_preflight_is_allowed_to_pages_of_the_site_alone(shop: Shop, dispatched: Dispatched) -> None:
    path = f"/api/v1/sites/{shop.site.key}/decisions"
    ours = shop.client.options(path, headers={"Origin": ORIGIN})
    assert (ours.status_code, ours.data, ours.headers["Allow"]) == (200, b"", "OPTIONS, POST")
    assert ours.headers["Access-Control-Allow-Methods"] == "POST"
    assert ours.headers["Access-Control-Allow-Headers"] == "Content-Type"
    theirs = shop.client.options(path, headers={"Origin": "https://evil.example"})
    assert [name for name in theirs.headers.keys() if name.startswith("Access-Control")] == []  # noqa: SIM118
    assert dispatched.times == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_any_other_method_is_named_wrong(shop: Shop, method: str) -> None:
    answer = shop.client.open(f"/api/v1/sites/{shop.site.key}/decisions", method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
    if method != "HEAD":
        assert answer.get_json()["reason"] == "method_not_allowed"


def test_a_fault_that_nobody_foresaw_is_answered_to_the_page(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("a fault")

    decided(shop)
    monkeypatch.setattr("server.consents.intake.handler.strict_json", break_down)
    answer = shop.post(sent())
    assert (answer.status_code, answer.get_json()["reason"]) == (500, "internal_error")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "a fault" not in answer.text
    assert "unexpected_error" in caplog.text


# --- bodies ----------------------------------------------------------------------------------------------


def built(shop: Shop, raw: bytes, **headers: str) -> dict[str, Any]:
    """The WSGI environment of a decision's request, whose body a test may spoil."""
    return EnvironBuilder(
        path=f"/api/v1/sites/{shop.site.key}/decisions",
        base_url=PUBLIC_URL,
        method="POST",
        environ_base=HERE,
        headers=Headers({"Origin": ORIGIN, **headers}),
        input_stream=io.BytesIO(raw),
    ).get_environ()


def test_a_body_in_chunks_needs_no_length(shop: Shop, app: Flask) -> None:
    environ = built(shop, json.dumps(sent()).encode(), **{"Transfer-Encoding": "chunked"})
    environ.pop("CONTENT_LENGTH", None)
    environ["wsgi.input_terminated"] = True
    assert run_wsgi_app(app, environ)[1] == "201 CREATED"


@pytest.mark.parametrize("cached", [False, True])
def test_a_body_that_breaks_off_is_no_decision(shop: Shop, app: Flask, cached: bool) -> None:
    if cached:
        decided(shop)
    raw = json.dumps(sent()).encode()
    environ = built(shop, raw)
    environ["CONTENT_LENGTH"] = str(len(raw) + 1)
    assert run_wsgi_app(app, environ)[1] == "400 BAD REQUEST"


# --- caches ----------------------------------------------------------------------------------------------


def test_a_site_that_moves_is_believed_at_once(shop: Shop) -> None:
    decided(shop)
    with transaction():
        sites.set_domains(shop.site.id, ["ny.example.no"])
    answer = shop.post(sent())
    assert (answer.status_code, answer.get_json()["reason"]) == (403, "origin_not_allowed")
    assert shop.post(sent(), origin="https://ny.example.no").status_code == 201


STAGING = "https://test.butikk.example.no"


def recorded(shop: Shop) -> int:
    """How many decisions of the site are stored."""
    mine = sa.select(sa.func.count()).select_from(Consent).where(Consent.site_id == shop.site.id)
    return db.session.scalar(mine) or 0


def test_a_decision_on_a_website_for_testing_is_checked_and_answered_and_not_recorded(shop: Shop) -> None:
    domains = ["butikk.example.no", "*.butikk.example.no"]
    with transaction():
        sites.set_domains(shop.site.id, domains, staging=["test.butikk.example.no"])
    body = sent()
    answer = shop.post(body, origin=STAGING)
    assert (answer.status_code, answer.get_json()) == (202, {"id": body["id"], "recorded": False})
    assert answer.headers["Access-Control-Allow-Origin"] == STAGING
    assert shop.post(sent(version=99), origin=STAGING).status_code == 409
    assert shop.post(sent(choices={}), origin=STAGING).status_code == 422
    assert recorded(shop) == 0
    assert shop.post(sent(), origin="https://www.butikk.example.no").status_code == 201
    assert recorded(shop) == 1


def test_a_domain_that_becomes_one_for_testing_or_is_none_any_more_is_believed_at_once(shop: Shop) -> None:
    assert shop.post(sent()).status_code == 201
    host = ORIGIN.removeprefix("https://")
    for staging, status in (([host], 202), ([], 201)):
        with transaction():
            sites.set_domains(shop.site.id, ["www.example.no", *({host} - {*staging})], staging=staging)
        assert shop.post(sent()).status_code == status
    assert recorded(shop) == 2


def test_a_version_that_was_published_since_is_accepted_and_so_is_the_older_one(shop: Shop) -> None:
    decided(shop)
    publish(shop.site)
    assert [shop.post(sent(version=number)).status_code for number in (2, 2, 1)] == [201, 201, 201]


# --- limits, metrics and faults of the database ----------------------------------------------------------


def test_good_and_bad_decisions_count_towards_one_limit(app: Flask, shop: Shop, stopped_clock: None) -> None:
    counters(app).forget()
    for number in range(120):
        answer = shop.post(sent() if number % 2 else "{}", environ_overrides=OUTSIDE)
        assert answer.status_code == (201 if number % 2 else 422)
    answer = shop.post(sent(), environ_overrides=OUTSIDE)
    assert (answer.status_code, answer.get_json()["reason"]) == (429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    counters(app).forget()


def test_who_sends_too_much_costs_no_query_whatever_the_origin(
    app: Flask, shop: Shop, stopped_clock: None
) -> None:
    counters(app).forget()
    decided(shop)
    for _ in range(120):
        shop.post("{}", environ_overrides=OUTSIDE)
    statements: list[object] = []
    with listening("before_cursor_execute", lambda *arguments: statements.append(arguments[2])):
        for origin in (ORIGIN, "https://evil.example"):
            answer = shop.post(sent(), origin=origin, environ_overrides=OUTSIDE)
            assert answer.status_code == 429
            assert ("Access-Control-Allow-Origin" in answer.headers) == (origin == ORIGIN)
    assert statements == []
    counters(app).forget()


@pytest.mark.parametrize(("body", "status"), [(None, 201), ("{}", 422)])
def test_every_answer_is_in_the_metrics(
    shop: Shop, client: FlaskClient, body: str | None, status: int
) -> None:
    def counted() -> float:
        line = (
            'samtykke_requests_total{method="POST",'
            f'route="/api/v1/sites/<site>/decisions",status="{status}"}}'
        )
        text = client.get("/metrics").get_data(as_text=True)
        return sum(float(found.split()[-1]) for found in text.splitlines() if found.startswith(line))

    before = counted()
    for _ in range(3):
        assert shop.post(body or sent()).status_code == status
    assert counted() == before + 3


def test_what_could_not_be_stored_is_not_tried_twice(
    shop: Shop, dispatched: Dispatched, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def fail(_connection: Any) -> None:
        tries.append(1)
        raise OperationalError("COMMIT", {}, Exception("the disk is full"))

    decided(shop)
    with listening("commit", fail):
        answer = shop.post(sent())
    assert (answer.status_code, answer.get_json()["reason"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert (len(tries), dispatched.times) == (1, 0)
    assert "answered" in caplog.text


def test_behind_a_proxy_each_network_has_its_own_limit(tmp_path: Any, stopped_clock: None) -> None:
    app = create_app(settings_for(tmp_path, trusted_proxies=1))
    app.testing = True
    with app.app_context():
        db.create_all()
        shop = decided(open_shop(app.test_client()))
        for number, address in enumerate(["203.0.113.7"] * 120 + ["203.0.114.7", "203.0.113.7"]):
            answer = shop.post(sent(), headers={"X-Forwarded-For": address})
            assert answer.status_code == (201 if number < 121 else 429)
        db.session.remove()
        db.engine.dispose()
