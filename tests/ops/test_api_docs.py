"""What the description of the API says is what is answered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.accounts import service as accounts
from server.accounts.values import SCOPES
from server.core.db import transaction
from server.core.ids import new_id
from server.ops import worker
from tests.consents.shops import ORIGIN, open_shop, sent

VISITOR = new_id()
BROWSER = {"Origin": ORIGIN, "Authorization": f"Bearer {VISITOR}"}
STRANGER = {"Origin": "https://elsewhere.example", "Authorization": f"Bearer {VISITOR}"}
TOKEN = {"Authorization": "{token}"}
API, SHOP = "/api/v1", "/api/v1/sites/{site}"
DIGEST = "0" * 32

ANSWERS: list[tuple[str, str, str, dict[str, Any], int]] = [
    # method, path as it is described, what is asked for, how, and the status of the answer
    ("get", "/w/{site}.js", "/w/butikk.js", {}, 200),
    ("get", "/w/{site}.js", "/w/nowhere.js", {}, 404),
    ("get", "/w/{site}/{digest}.js", f"/w/butikk/{DIGEST}.js", {}, 404),
    ("get", "/w/{site}/{digest}.js", "/w/butikk/short.js", {}, 404),
    ("get", "/w/{site}/{digest}/{name}", f"/w/butikk/{DIGEST}/settings-nb.js", {}, 404),
    ("get", "/w/{site}/{digest}/{name}", f"/w/butikk/{DIGEST}/no.name.at.all", {}, 404),
    ("post", "/w/{site}.js", "/w/butikk.js", {}, 405),
    ("post", SHOP + "/decisions", "decide", {"json": sent(visitor=VISITOR)}, 201),
    ("post", SHOP + "/decisions", "decide", {"json": sent(), "headers": {}}, 403),
    ("post", SHOP + "/decisions", f"{API}/sites/nowhere/decisions", {"json": sent()}, 404),
    ("post", SHOP + "/decisions", "decide", {"data": "{", "content_type": "text/plain"}, 400),
    ("post", SHOP + "/decisions", "decide", {"json": sent(version=7)}, 409),
    ("post", SHOP + "/decisions", "decide", {"json": sent(language="fr")}, 422),
    ("post", SHOP + "/decisions", "decide", {"data": b" " * 9000, "content_type": "text/plain"}, 413),
    ("post", SHOP + "/decisions", "decide", {"data": "<a>", "content_type": "text/xml"}, 415),
    ("get", SHOP + "/me", "me", {"headers": BROWSER}, 200),
    ("get", SHOP + "/me", "me?before=x", {"headers": BROWSER}, 422),
    ("get", SHOP + "/me", "me", {"headers": {"Origin": ORIGIN}}, 401),
    ("get", SHOP + "/me", "me", {"headers": STRANGER}, 403),
    ("get", SHOP + "/me", f"{API}/sites/nowhere/me", {"headers": BROWSER}, 404),
    ("get", SHOP + "/me/receipts/{name}", "me/receipts/{number}", {"headers": BROWSER}, 200),
    (
        "get",
        SHOP + "/me/receipts/{name}",
        "me/receipts/{number}?profile=iso27560",
        {"headers": BROWSER},
        200,
    ),
    (
        "get",
        SHOP + "/me/receipts/{name}",
        "me/receipts/{number}?profile=kantara",
        {"headers": BROWSER},
        409,
    ),
    ("get", SHOP + "/me/receipts/{name}", "me/receipts/{number}?profile=x", {"headers": BROWSER}, 422),
    ("get", SHOP + "/me/receipts/{name}", "me/receipts/none", {"headers": BROWSER}, 404),
    ("get", SHOP + "/me/receipts/{name}", "me/receipts/{number}", {"headers": STRANGER}, 403),
    ("get", SHOP + "/me/receipts/{name}", "me/receipts/{number}", {"headers": {"Origin": ORIGIN}}, 401),
    ("delete", SHOP + "/me", "me", {"headers": STRANGER}, 403),
    ("delete", SHOP + "/me", "me", {"headers": BROWSER}, 200),
    ("get", API + "/sites", API + "/sites", {"headers": TOKEN}, 200),
    ("get", API + "/sites", API + "/sites", {}, 401),
    ("post", API + "/sites", API + "/sites", {"headers": TOKEN, "json": {}}, 422),
    ("post", API + "/sites", API + "/sites", {"headers": TOKEN, "data": "{"}, 400),
    ("get", SHOP + "/banner/draft", "banner/draft", {"headers": TOKEN}, 200),
    ("get", SHOP + "/banner/draft", f"{API}/sites/nowhere/banner/draft", {"headers": TOKEN}, 404),
    ("put", SHOP + "/banner/draft", "banner/draft", {"headers": TOKEN, "json": {}}, 422),
    ("put", SHOP + "/banner/draft", "banner/draft", {"headers": TOKEN, "data": "{"}, 400),
    ("get", SHOP + "/banner/check", "banner/check", {"headers": TOKEN}, 200),
    ("post", SHOP + "/banner/publish", "banner/publish", {"headers": TOKEN, "json": {}}, 201),
    ("post", SHOP + "/banner/publish", "banner/publish", {"headers": TOKEN, "json": {"x": 1}}, 422),
    ("post", SHOP + "/banner/rollback", "banner/rollback", {"headers": TOKEN, "json": {"version": 1}}, 201),
    ("post", SHOP + "/banner/rollback", "banner/rollback", {"headers": TOKEN, "json": {"version": 99}}, 404),
    ("get", SHOP + "/banner/versions", "banner/versions", {"headers": TOKEN}, 200),
    ("get", SHOP + "/banner/versions/{number}", "banner/versions/1", {"headers": TOKEN}, 200),
    ("get", SHOP + "/banner/versions/{number}", "banner/versions/99", {"headers": TOKEN}, 404),
    ("get", SHOP + "/analytics", "analytics", {"headers": TOKEN}, 200),
    ("get", SHOP + "/analytics", "analytics", {"headers": {**TOKEN, "Accept": "text/csv"}}, 200),
    ("get", SHOP + "/analytics", "analytics?by=nothing", {"headers": TOKEN}, 422),
    ("get", SHOP + "/analytics", "analytics", {}, 401),
    *(
        (method, f"/log/{name}{path}", f"/log/{log}{asked}", {}, status)
        for name, log in (("", ""), ("{name}/", "{log}/"))
        for method, path, asked, status in (
            ("get", "checkpoint", "checkpoint", 200),
            ("get", "key", "key", 200),
            ("get", "tile/{tile}", "tile/entries/000.p/{size}", 200),
            ("get", "tile/{tile}", "tile/9/999", 404),
            ("get", "tile/{tile}", "tile/nonsense", 404),
            ("get", "proof/inclusion", "proof/inclusion?index=0&size=1", 200),
            ("get", "proof/inclusion", "proof/inclusion?index=0&size=99999", 404),
            ("get", "proof/inclusion", "proof/inclusion?index=x", 422),
            ("get", "proof/consistency", "proof/consistency?from=1&to=1", 200),
            ("get", "proof/consistency", "proof/consistency?from=0&to=99999", 404),
            ("get", "proof/consistency", "proof/consistency?from=99999&to=99999", 404),
            ("get", "proof/consistency", "proof/consistency", 422),
        )
    ),
    ("get", "/log/{name}/checkpoint", "/log/1999h1/checkpoint", {}, 404),
    ("get", "/log/{name}/key", "/log/1999h1/key", {}, 404),
    ("get", "/log/{name}/key", "/log/nonsense/key", {}, 404),
    ("get", "/healthz", "/healthz", {}, 200),
    ("get", "/readyz", "/readyz", {"headers": {"Host": "evil.example"}}, 400),
    ("get", "/readyz", "/readyz", {}, 200),
    ("get", "/metrics", "/metrics", {}, 200),
    ("get", "/metrics", "/metrics", {"environ_overrides": {"REMOTE_ADDR": "203.0.113.7"}}, 401),
    ("get", "/.well-known/gpc.json", "/.well-known/gpc.json", {}, 200),
    ("get", "/.well-known/security.txt", "/.well-known/security.txt", {}, 404),
]


def test_what_is_described_is_what_is_answered(app: Flask, client: FlaskClient) -> None:
    spec = client.get("/api/v1/openapi.json").get_json()
    described = {
        (method, path)
        for path, item in spec["paths"].items()
        for method in item
        if method in ("get", "put", "post", "delete")
    }
    tried = {(method, path) for method, path, *_ in ANSWERS if path in spec["paths"]}
    assert tried - {("post", "/w/{site}.js")} == described
    named = prepared(client)
    for method, path, asked, how, status in ANSWERS:
        answer = ask(client, method, asked, how, named)
        assert answer.status_code == status, (method, asked, answer.text)
        operation = spec["paths"][path].get(method)
        assert_is_described(spec, operation or {"responses": {}}, answer)


def prepared(client: FlaskClient) -> Mapping[str, str]:
    """A shop with a decision in a signed log, and a token for everything."""
    open_shop(client)
    with transaction():
        _, secret = accounts.create_token(
            name="", scopes=SCOPES, site_ids=None, by="test", now=datetime(2026, 1, 1, tzinfo=UTC)
        )
    stored = client.post(
        f"{API}/sites/butikk/decisions", json=sent(visitor=VISITOR), headers={"Origin": ORIGIN}
    ).get_json()
    worker.sequence()
    signed = client.get("/log/checkpoint").text.splitlines()
    return {
        "site": "butikk",
        "token": f"Bearer {secret}",
        "number": stored["consent_id"],
        "log": signed[0].rpartition("/")[2],
        "size": signed[1],
    }


def ask(
    client: FlaskClient, method: str, asked: str, how: Mapping[str, Any], named: Mapping[str, str]
) -> TestResponse:
    """Ask for it, with what only this shop knows filled in."""
    asked = {"decide": "decisions"}.get(asked, asked)
    url = (asked if asked.startswith("/") else f"{SHOP}/{asked}").format(**named)
    headers = {name: value.format(**named) for name, value in how.get("headers", {"Origin": ORIGIN}).items()}
    return client.open(url, method=method.upper(), **{**how, "headers": headers})


def assert_is_described(spec: Mapping[str, Any], operation: Mapping[str, Any], answer: TestResponse) -> None:
    told = operation["responses"].get(
        str(answer.status_code), {"$ref": "#/components/responses/DEFAULT_ERROR"}
    )
    if "$ref" in told:
        told = spec["components"]["responses"][told["$ref"].rpartition("/")[2]]
    assert answer.mimetype in told["content"], (answer.request.path, answer.status_code, answer.mimetype)
    if answer.status_code >= 400 and answer.is_json:
        fault = spec["components"]["schemas"]["Fault"]["properties"]
        assert {"code", "status", "message", "reason"} <= set(answer.json) <= set(fault)
