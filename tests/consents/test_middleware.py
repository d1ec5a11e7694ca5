"""What is answered before the framework wakes up is what the framework would have answered."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import flask
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder, TestResponse, run_wsgi_app

from server.app import create_app
from server.consents.middleware import DecisionMiddleware
from server.consents.schemas import DecisionSchema, ordinary
from server.consents.service import decisions
from server.core.db import db, transaction
from server.core.ids import new_id
from server.core.limits import counters
from server.sites import service as sites
from tests.conftest import PUBLIC_URL, settings_for
from tests.consents.shops import ORIGIN, Shop, open_shop, publish, sent
from tests.consents.test_outages import listening

HERE = {"REMOTE_ADDR": "127.0.0.1"}
OUTSIDE = {"REMOTE_ADDR": "203.0.113.7"}


def middleware_of(app: Flask) -> DecisionMiddleware:
    found: Any = app.wsgi_app
    while not isinstance(found, DecisionMiddleware):
        found = found._inner if hasattr(found, "_inner") else found.app
    return found


@dataclass
class Woken:
    """How often the framework had to look at a request."""

    times: int = 0


@pytest.fixture
def woken(app: Flask) -> Iterator[Woken]:
    seen = Woken()

    def note(*_arguments: object, **_named: object) -> None:
        seen.times += 1

    with flask.request_started.connected_to(note, app):
        yield seen


def warmed(shop: Shop) -> Shop:
    """The shop, once this process has seen a decision about its first version."""
    assert shop.post(sent()).status_code == 201
    return shop


# --- the reading of it -----------------------------------------------------------------------------------

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
def test_what_is_ordinary_is_what_the_schema_lets_through(value: dict[str, Any], left_out: set[str]) -> None:
    sent_value = {name: inner for name, inner in value.items() if name not in left_out}
    assert_read_alike(sent_value)


@given(st.fixed_dictionaries(FIELDS))
@settings(max_examples=250)
def test_what_is_nearly_right_is_judged_alike(value: dict[str, Any]) -> None:
    assert_read_alike(value)


@given(ANYTHING)
@example([])
@example({})
def test_what_is_no_decision_at_all_is_not_ordinary(value: object) -> None:
    assert_read_alike(value)


def assert_read_alike(value: Any) -> None:
    try:
        read = DecisionSchema().load(value)
    except ValidationError:
        read = None
    assert ordinary(value) == read


# --- the whole of it -------------------------------------------------------------------------------------

CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "version": st.sampled_from([1, 2, 7, "1"]),
    "language": st.sampled_from(["nb", "en", "fr", "!"]),
    "action": st.sampled_from(["save", "accept_all", "withdraw", "?"]),
    "choices": st.sampled_from(
        [
            {"functional": True, "statistics": True, "advertising": True},
            {"functional": True},
            {"functional": True, "statistics": True, "advertising": True, "other": False},
        ]
    ),
    "services": st.sampled_from([None, {}, {"chat": True}, {"unknown": True}, []]),
    "signals": st.sampled_from([None, {}, {"gpc": True, "dnt": False}, {"x": True}]),
    "decided_at": st.sampled_from([None, "2019-01-01T00:00:00Z", "2099-01-01T00:00:00+02:00", "?"]),
    "id": st.sampled_from(["short", 1]),
    "more": st.just(1),
}
TEXTS = st.sampled_from(
    [
        lambda text: text,
        lambda text: text,
        lambda text: "  " + text + "\n",
        lambda text: text[:-1],
        lambda text: text[:-1] + ', "version": 1}',
        lambda text: text[:-1] + ', "signals": {"gpc": NaN}}',
        lambda text: text.replace('"nb"', '"\\ud800"'),
        lambda text: text.replace('"nb"', '"\\u006eb"'),
        lambda text: text.replace('"version": 1', '"version": 1e0'),
        *(
            lambda text, number=number: text.replace('"version": 1', f'"version": {number}')
            for number in ("18446744073709551616", "9007199254740992", "1e400", "-0", "Infinity", "9" * 4000)
        ),
        lambda text: text.replace('"version"', '"\\ud800": 1, "\\ud800": 2, "version"'),
        lambda text: text.replace('"nb"', '"nb\\u0000"'),
        lambda text: text.replace('"nb"', '"nb\0"'),
        lambda text: "[" * 100_000,
        lambda text: text + " " * 8192,
        lambda text: "[" * 9000,
        lambda text: "",
        lambda text: "\ufeff" + text,
        lambda text: text.encode("utf-16"),
    ]
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(
            [
                "text/plain",
                "application/json; charset=utf-8",
                "TEXT/PLAIN",
                "text/html",
                "application/ld+json",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "text/plain; charset=utf-16",
                'text/plain; boundary="',
                ";",
            ]
        ),
        "Origin": st.sampled_from(
            [ORIGIN + ":8443", "http://butikk.example.no", "https://evil.example", "null", ""]
        ),
        "Host": st.sampled_from(["127.0.0.1:8000", "localhost", "evil.example", "127.0.0.1:80"]),
        "Content-Encoding": st.just("gzip"),
    },
)


@given(
    st.dictionaries(st.sampled_from(sorted(CHANGES)), st.none(), max_size=2).flatmap(
        lambda some: st.fixed_dictionaries({name: CHANGES[name] for name in some})
    ),
    TEXTS,
    HEADERS,
    st.sampled_from(["", "", "x=1", "cookie=", "cookie=example.no"]),
)
@settings(max_examples=100)
def test_middleware_and_route_answer_and_store_alike(
    app: Flask, shop: Shop, change: dict[str, Any], write: Any, headers: dict[str, str], query: str
) -> None:
    middleware = middleware_of(app)
    if not middleware._admission._rules:
        warmed(shop)
    body = sent(**change)
    answers = []
    for server in (middleware, middleware._inner):
        if "id" not in change:
            body["id"] = new_id()
        text = write(json.dumps(body))
        answers.append(
            Client(server, TestResponse).post(
                f"/api/v1/sites/{shop.site.key}/decisions",
                base_url=PUBLIC_URL,
                query_string=query,
                data=text if isinstance(text, bytes) else text.encode(),
                environ_base=HERE,
                headers={"Origin": ORIGIN, "Content-Type": "text/plain;charset=UTF-8", **headers},
            )
        )
    ours, routes = answers
    assert ours.status == routes.status
    assert sorted(ours.headers) == sorted(routes.headers)
    assert settled(ours) == settled(routes)


def settled(answer: TestResponse) -> dict[str, Any]:
    """An answer, and what it says is stored, without what is new each time."""
    told = dict(json.loads(answer.data))
    if answer.status_code != 201:
        return told
    db.session.rollback()
    row = decisions.find(sites_id(answer), told["consent_id"])
    record = json.loads(row.record)
    assert record.pop("idem") == told.pop("id")
    assert record.pop("cid") == told.pop("consent_id")
    lasts = datetime.fromisoformat(told["expires_at"]) - datetime.fromisoformat(told["recorded_at"])
    assert (record.pop("recorded_at"), record.pop("expires_at")) == (
        told.pop("recorded_at"),
        told.pop("expires_at"),
    )
    decided_at = record.pop("decided_at")
    return {**told, **record, "lasts": lasts, "years": decided_at[:4]}


def sites_id(answer: TestResponse) -> str:
    table = db.metadata.tables["site"]
    key = answer.request.path.split("/")[4]
    return str(db.session.scalar(table.select().with_only_columns(table.c.id).where(table.c.key == key)))


# --- who answers -----------------------------------------------------------------------------------------


def test_the_second_decision_does_not_wake_the_framework(shop: Shop, woken: Woken) -> None:
    body = sent()
    assert [shop.post(sent()).status_code, woken.times] == [201, 1]
    assert [shop.post(body).status_code, woken.times] == [201, 1]
    assert [shop.post(body).status_code, woken.times] == [200, 1]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"language": "!"}, 422), ({"version": 9}, 409), ({"choices": {}}, 422), ({"action": "withdraw"}, 422)],
)
def test_whatever_is_wrong_is_the_frameworks_to_tell(
    shop: Shop, woken: Woken, change: dict[str, Any], status: int
) -> None:
    warmed(shop)
    assert [shop.post(sent(**change)).status_code, woken.times] == [status, 2]


def test_a_contradiction_is_the_frameworks_to_tell(shop: Shop, woken: Woken) -> None:
    body = sent()
    warmed(shop).post(body)
    assert [shop.post({**body, "language": "en"}).status_code, woken.times] == [409, 2]


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


def test_a_body_without_a_length_is_read_by_the_framework(shop: Shop, app: Flask, woken: Woken) -> None:
    warmed(shop)
    environ = built(shop, json.dumps(sent()).encode(), **{"Transfer-Encoding": "chunked"})
    environ.pop("CONTENT_LENGTH", None)
    environ["wsgi.input_terminated"] = True
    assert run_wsgi_app(app, environ)[1] == "201 CREATED"
    assert woken.times == 2


def test_a_body_that_breaks_off_is_no_decision(shop: Shop, app: Flask) -> None:
    raw = json.dumps(sent()).encode()
    warmed(shop)
    environ = built(shop, raw)
    environ["CONTENT_LENGTH"] = str(len(raw) + 1)
    assert run_wsgi_app(app, environ)[1] == "400 BAD REQUEST"


def test_a_site_that_moves_is_believed_at_once(shop: Shop) -> None:
    warmed(shop)
    with transaction():
        sites.set_domains(shop.site.id, ["ny.example.no"])
    answer = shop.post(sent())
    assert (answer.status_code, answer.get_json()["reason"]) == (403, "origin_not_allowed")
    assert shop.post(sent(), origin="https://ny.example.no").status_code == 201


def test_a_version_that_was_published_since_is_taken_in(shop: Shop, woken: Woken) -> None:
    warmed(shop)
    publish(shop.site)
    assert [shop.post(sent(version=2)).status_code, woken.times] == [201, 2]
    assert [shop.post(sent(version=2)).status_code, woken.times] == [201, 2]
    assert [shop.post(sent(version=1)).status_code, woken.times] == [201, 2]


# --- what must not be lost on the way --------------------------------------------------------------------


def test_both_count_towards_one_allowance(app: Flask, shop: Shop, stopped_clock: None) -> None:
    counters(app).forget()
    warmed(shop)
    for number in range(120):
        answer = shop.post(sent() if number % 2 else "{}", environ_overrides=OUTSIDE)
        assert answer.status_code == (201 if number % 2 else 422)
    answer = shop.post(sent(), environ_overrides=OUTSIDE)
    assert (answer.status_code, answer.get_json()["reason"]) == (429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    counters(app).forget()


def test_both_count_in_the_metrics(shop: Shop, client: FlaskClient) -> None:
    def counted(status: int) -> float:
        line = (
            'samtykke_requests_total{method="POST",'
            f'route="/api/v1/sites/<site>/decisions",status="{status}"}}'
        )
        text = client.get("/metrics").get_data(as_text=True)
        return sum(float(found.split()[-1]) for found in text.splitlines() if found.startswith(line))

    before = counted(201)
    for _ in range(3):
        warmed(shop)
    assert counted(201) == before + 3


def test_what_could_not_be_stored_is_not_tried_twice(app: Flask, shop: Shop, woken: Woken) -> None:
    tries = []

    def fail(_connection: Any) -> None:
        tries.append(1)
        raise OperationalError("COMMIT", {}, Exception("the disk is full"))

    warmed(shop)
    with listening("commit", fail):
        answer = shop.post(sent())
    assert (answer.status_code, answer.get_json()["reason"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert (len(tries), woken.times) == (1, 2)


def test_behind_a_proxy_networks_are_told_apart(tmp_path: Any, stopped_clock: None) -> None:
    app = create_app(settings_for(tmp_path, trusted_proxies=1))
    app.testing = True
    with app.app_context():
        db.create_all()
        shop = warmed(open_shop(app.test_client()))
        for number, address in enumerate(["203.0.113.7"] * 120 + ["203.0.114.7", "203.0.113.7"]):
            answer = shop.post(sent(), headers={"X-Forwarded-For": address})
            assert answer.status_code == (201 if number < 121 else 429)
        db.session.remove()
        db.engine.dispose()
