"""What the description of the API says is what is answered."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from server.accounts.service import sessions, tokens, users
from server.accounts.values import SCOPES
from server.core import clock
from server.core.db import transaction
from server.core.ids import new_id
from server.embed import service as embed
from server.ledger import jobs
from server.sites import hosts
from server.sites import service as sites
from server.sites.fields import DOMAIN
from tests.consents.shops import ORIGIN, open_shop, sent

VISITOR = new_id()
BROWSER = {"Origin": ORIGIN, "Authorization": f"Bearer {VISITOR}"}
STRANGER = {"Origin": "https://elsewhere.example", "Authorization": f"Bearer {VISITOR}"}
TOKEN = {"Authorization": "{token}"}
FILE = {"name": "Butikken på nett", "domains": ["butikk.example", "nett.example"], "tags": ["klær"]}
API, SHOP = "/api/v1", "/api/v1/sites/{site}"
NOTICE = "/s/{site}/notice"
DIGEST = "0" * 32

GROUPS = API + "/groups"
A_GROUP, A_MEMBER = GROUPS + "/{key}", GROUPS + "/{key}/sites/{site}"
GROUP = {"key": "kjeden", "name": "Kjeden", "site": "butikk", "shares": ["behaviour"]}
REGROUPED = {"name": "Kjeden", "document": {"behaviour": {"floating_button": True}}}

LATER = "{tomorrow}"
RENAMED = {"name": "Butikken", "domains": ["butikk.example.no"]}

ANSWERS: list[tuple[str, str, str, dict[str, Any], int]] = [
    # method, path as it is described, what is asked for, how, and the status of the answer
    ("get", "/w/{site}.js", "/w/butikk.js", {}, 200),
    ("get", "/w/{site}.js", "/w/nowhere.js", {}, 404),
    ("get", "/w/{site}/{digest}.js", f"/w/butikk/{DIGEST}.js", {}, 404),
    ("get", "/w/{site}/{digest}.js", "/w/butikk/short.js", {}, 404),
    ("get", "/w/{site}/{digest}/{name}", f"/w/butikk/{DIGEST}/settings-nb.js", {}, 404),
    ("get", "/w/{site}/{digest}/{name}", f"/w/butikk/{DIGEST}/no.name.at.all", {}, 404),
    ("post", "/w/{site}.js", "/w/butikk.js", {}, 405),
    ("get", "/w/{site}/draft", "/w/butikk/draft", {"headers": {"Authorization": "{draft}"}}, 200),
    ("get", "/w/{site}/draft", "/w/butikk/draft", {}, 401),
    ("get", "/w/{site}/draft", "/w/butikk/draft", {"headers": {"Authorization": "Bearer x"}}, 403),
    ("get", "/w/{site}/draft", "/w/nowhere/draft", {"headers": {"Authorization": "{draft}"}}, 404),
    ("post", SHOP + "/decisions", "decide", {"json": sent(visitor=VISITOR)}, 201),
    ("post", SHOP + "/decisions", "decide", {"json": sent(), "headers": {}}, 403),
    ("post", SHOP + "/decisions", f"{API}/sites/nowhere/decisions", {"json": sent()}, 404),
    ("post", SHOP + "/decisions", "decide", {"data": "{", "content_type": "text/plain"}, 400),
    ("post", SHOP + "/decisions", "decide", {"json": sent(version=7)}, 409),
    ("post", SHOP + "/decisions", "decide", {"json": sent(language="fr")}, 422),
    ("post", SHOP + "/decisions", "decide", {"data": b" " * 9000, "content_type": "text/plain"}, 413),
    ("post", SHOP + "/decisions", "decide", {"data": "<a>", "content_type": "text/xml"}, 415),
    ("post", SHOP + "/events", "events", {"json": {"event": "shown"}}, 204),
    ("post", SHOP + "/events", "events", {"data": "{", "content_type": "text/xml"}, 204),
    ("post", SHOP + "/events", "events", {"json": {"event": "shown"}, "headers": {}}, 403),
    ("post", SHOP + "/events", f"{API}/sites/nowhere/events", {"json": {"event": "shown"}}, 404),
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
    ("get", API + "/catalog", API + "/catalog", {}, 200),
    ("get", API + "/catalog", API + "/catalog?q=_ga_8XYZ&category=statistics", {}, 200),
    ("get", API + "/catalog", API + "/catalog?fields=name,hosts", {}, 200),
    ("get", API + "/catalog", API + "/catalog?category=none", {}, 422),
    ("get", API + "/catalog", API + "/catalog?fields=colour", {}, 422),
    ("get", API + "/catalog/{key}", API + "/catalog/matomo", {}, 200),
    ("get", API + "/catalog/{key}", API + "/catalog/nothing", {}, 404),
    ("get", API + "/sites", API + "/sites", {"headers": TOKEN}, 200),
    ("get", API + "/sites", API + "/sites", {}, 401),
    ("post", API + "/sites", API + "/sites", {"headers": TOKEN, "json": {}}, 422),
    ("post", API + "/sites", API + "/sites", {"headers": TOKEN, "data": "{"}, 400),
    ("get", SHOP, f"{API}/sites/butikk", {"headers": TOKEN}, 200),
    ("get", SHOP, f"{API}/sites/nowhere", {"headers": TOKEN}, 404),
    ("put", SHOP, f"{API}/sites/butikk", {"headers": TOKEN, "json": RENAMED}, 200),
    ("put", SHOP, f"{API}/sites/butikk", {"headers": TOKEN, "json": {"name": ""}}, 422),
    ("post", SHOP + "/resume", f"{API}/sites/butikk/resume", {"headers": TOKEN}, 409),
    ("post", SHOP + "/pause", f"{API}/sites/butikk/pause", {"headers": TOKEN, "json": {"note": "Feil"}}, 200),
    ("post", SHOP + "/pause", f"{API}/sites/butikk/pause", {"headers": TOKEN}, 409),
    ("post", SHOP + "/resume", f"{API}/sites/butikk/resume", {"headers": TOKEN}, 200),
    ("get", SHOP + "/banner/draft", "banner/draft", {"headers": TOKEN}, 200),
    ("get", SHOP + "/banner/draft", f"{API}/sites/nowhere/banner/draft", {"headers": TOKEN}, 404),
    ("put", SHOP + "/banner/draft", "banner/draft", {"headers": TOKEN, "json": {}}, 422),
    ("put", SHOP + "/banner/draft", "banner/draft", {"headers": TOKEN, "data": "{"}, 400),
    ("get", SHOP + "/banner/check", "banner/check", {"headers": TOKEN}, 200),
    ("post", SHOP + "/banner/publish", "banner/publish", {"headers": TOKEN, "json": {}}, 201),
    ("post", SHOP + "/banner/publish", "banner/publish", {"headers": TOKEN, "json": {"x": 1}}, 422),
    ("get", SHOP + "/banner/waiting", "banner/waiting", {"headers": TOKEN}, 200),
    ("delete", SHOP + "/banner/waiting", "banner/waiting", {"headers": TOKEN}, 404),
    ("post", SHOP + "/banner/publish", "banner/publish", {"headers": TOKEN, "json": {"at": LATER}}, 202),
    ("post", SHOP + "/banner/publish", "banner/publish", {"headers": TOKEN, "json": {"at": "9.00"}}, 422),
    ("post", SHOP + "/banner/publish", "banner/publish", {"headers": TOKEN, "json": {}}, 409),
    ("get", SHOP + "/banner/waiting", "banner/waiting", {"headers": TOKEN}, 200),
    ("delete", SHOP + "/banner/waiting", "banner/waiting", {"headers": TOKEN}, 200),
    ("post", SHOP + "/banner/rollback", "banner/rollback", {"headers": TOKEN, "json": {"version": 1}}, 201),
    ("post", SHOP + "/banner/rollback", "banner/rollback", {"headers": TOKEN, "json": {"version": 99}}, 404),
    ("get", SHOP + "/banner/versions", "banner/versions", {"headers": TOKEN}, 200),
    ("get", SHOP + "/file", "file", {"headers": TOKEN}, 200),
    ("get", SHOP + "/file", "/api/v1/sites/nowhere/file", {"headers": TOKEN}, 404),
    ("post", SHOP + "/file/plan", "file/plan", {"headers": TOKEN, "json": {"file": FILE}}, 200),
    ("post", SHOP + "/file/plan", "file/plan", {"headers": TOKEN, "json": {"file": {"name": ""}}}, 422),
    (
        "post",
        SHOP + "/file/plan",
        f"{API}/sites/ny/file/plan",
        {"headers": TOKEN, "json": {"file": FILE}},
        200,
    ),
    ("post", SHOP + "/file/apply", "file/apply", {"headers": TOKEN, "json": {"file": FILE}}, 409),
    (
        "post",
        SHOP + "/file/apply",
        f"{API}/sites/ny/file/apply",
        {"headers": TOKEN, "json": {"file": FILE}},
        200,
    ),
    ("post", SHOP + "/file/apply", "file/apply", {"headers": TOKEN, "json": {"file": {"key": "x"}}}, 422),
    ("post", SHOP + "/file/apply", "file/apply", {"json": {"file": FILE}}, 401),
    ("get", SHOP + "/banner/versions/{number}", "banner/versions/1", {"headers": TOKEN}, 200),
    ("get", SHOP + "/banner/versions/{number}", "banner/versions/99", {"headers": TOKEN}, 404),
    ("post", GROUPS, GROUPS, {"headers": TOKEN, "json": {"key": "K"}}, 422),
    ("post", GROUPS, GROUPS, {"headers": TOKEN, "data": "{"}, 400),
    ("post", GROUPS, GROUPS, {"headers": TOKEN, "json": {**GROUP, "site": "nowhere"}}, 404),
    ("post", GROUPS, GROUPS, {"headers": TOKEN, "json": GROUP}, 201),
    ("post", GROUPS, GROUPS, {"headers": TOKEN, "json": GROUP}, 409),
    ("get", GROUPS, GROUPS, {"headers": TOKEN}, 200),
    ("get", GROUPS, GROUPS, {}, 401),
    ("get", GROUPS, GROUPS + "?after=%00", {"headers": TOKEN}, 422),
    ("get", A_GROUP, GROUPS + "/kjeden", {"headers": TOKEN}, 200),
    ("get", A_GROUP, GROUPS + "/nowhere", {"headers": TOKEN}, 404),
    ("put", A_GROUP, GROUPS + "/kjeden", {"headers": TOKEN, "json": {"name": "", "document": {}}}, 422),
    ("put", A_GROUP, GROUPS + "/kjeden", {"headers": TOKEN, "json": {"name": "K", "document": {}}}, 422),
    ("put", A_GROUP, GROUPS + "/kjeden", {"headers": TOKEN, "json": REGROUPED}, 200),
    ("put", A_GROUP, GROUPS + "/kjeden", {"headers": {**TOKEN, "If-Match": '"x"'}, "json": REGROUPED}, 412),
    ("put", A_MEMBER, GROUPS + "/kjeden/sites/butikk", {"headers": TOKEN}, 200),
    ("put", A_MEMBER, GROUPS + "/kjeden/sites/nowhere", {"headers": TOKEN}, 404),
    ("put", A_MEMBER, GROUPS + "/kjeden/sites/butikk", {"headers": TOKEN, "json": {"take": 1}}, 422),
    ("delete", A_MEMBER, GROUPS + "/kjeden/sites/butikk", {"headers": TOKEN}, 204),
    ("delete", A_MEMBER, GROUPS + "/kjeden/sites/butikk", {"headers": TOKEN}, 404),
    ("delete", A_GROUP, GROUPS + "/kjeden", {"headers": {**TOKEN, "If-Match": '"x"'}}, 412),
    ("delete", A_GROUP, GROUPS + "/kjeden", {"headers": TOKEN}, 204),
    ("delete", A_GROUP, GROUPS + "/kjeden", {"headers": TOKEN}, 404),
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
    ("get", "/log/verify", "/log/verify?lang=nn", {}, 200),
    ("get", "/s/{site}/my-choice", "/s/{site}/my-choice", {}, 200),
    ("get", "/s/{site}/my-choice", "/s/nobody/my-choice", {}, 404),
    (
        "get",
        "/s/{site}/my-choice/versions/{number}.json",
        "/s/{site}/my-choice/versions/1.json",
        {},
        200,
    ),
    (
        "get",
        "/s/{site}/my-choice/versions/{number}.json",
        "/s/{site}/my-choice/versions/99.json",
        {},
        404,
    ),
    ("get", "/s/{site}/style/{number}.css", "/s/{site}/style/1.css", {}, 200),
    ("get", "/s/{site}/style/{number}.css", "/s/{site}/style/99.css", {}, 404),
    ("get", "/s/{site}/logo/{name}", f"/s/butikk/logo/{DIGEST}.png", {}, 404),
    ("get", "/s/{site}/notice", "/s/{site}/notice", {}, 200),
    ("get", "/s/{site}/notice", "/s/nowhere/notice", {}, 404),
    ("get", "/s/{site}/notice/versions/{number}", "/s/{site}/notice/versions/1", {}, 200),
    ("get", "/s/{site}/notice/versions/{number}", "/s/{site}/notice/versions/99", {}, 404),
    ("get", "/s/{site}/notice/versions", "/s/{site}/notice/versions", {}, 200),
    ("get", "/s/{site}/notice/versions", "/s/{site}/notice/versions?before=x", {}, 422),
    ("get", "/s/{site}/notice/versions", "/s/nowhere/notice/versions", {}, 404),
    *(
        (
            "get",
            "/s/{site}/notice/versions/{number}/changes",
            f"/s/{{site}}/notice/versions/1/changes{asked}",
            {},
            status,
        )
        for asked, status in (("", 200), ("?from=1", 200), ("?from=99", 404), ("?from=x", 422))
    ),
    ("get", "/s/{site}/notice.atom", "/s/{site}/notice.atom", {}, 200),
    ("get", "/s/{site}/notice.atom", "/s/nowhere/notice.atom", {}, 404),
    ("get", "/s/{site}/notice.json", "/s/{site}/notice.json", {}, 200),
    ("get", "/s/{site}/notice.json", "/s/nowhere/notice.json", {}, 404),
    ("get", "/s/{site}/notice.pdf", "/s/{site}/notice.pdf", {}, 200),
    ("get", "/s/{site}/notice.pdf", "/s/nowhere/notice.pdf", {}, 404),
    ("get", "/s/{site}/cookies", "/s/{site}/cookies", {}, 200),
    ("get", "/s/{site}/cookies", "/s/{site}/cookies?embed=1", {}, 200),
    ("get", "/s/{site}/cookies", "/s/{site}/cookies?embed=1&level=9", {}, 422),
    ("get", "/s/{site}/cookies", "/s/nowhere/cookies", {}, 404),
    ("get", "/s/{site}/cookies.json", "/s/{site}/cookies.json", {}, 200),
    ("get", "/s/{site}/cookies.json", "/s/nowhere/cookies.json", {}, 404),
    ("get", NOTICE + "/subscribe", NOTICE + "/subscribe", {}, 200),
    ("get", NOTICE + "/subscribe", "/s/nowhere/notice/subscribe", {}, 404),
    ("post", NOTICE + "/subscribe", NOTICE + "/subscribe", {"data": {"address": "kari@example.no"}}, 409),
    ("post", NOTICE + "/subscribe", NOTICE + "/subscribe", {"data": {"address": "k" * 5000}}, 413),
    *(
        (method, f"{NOTICE}/{what}/{{token}}", f"{NOTICE}/{what}/{'A' * 44}", {}, 404)
        for method in ("get", "post")
        for what in ("subscribe", "unsubscribe")
    ),
    *(
        (method, path, asked, how, status)
        for path in ("/s/{site}/request", "/s/{site}/request/status")
        for method, asked, how, status in (
            ("get", path, {}, 200),
            ("get", path.replace("{site}", "nowhere"), {}, 404),
            ("post", path.replace("{site}", "nowhere"), {}, 404),
            ("post", path, {"data": {"code": "x" * 70_000}}, 413),
        )
    ),
    ("post", "/s/{site}/request", "/s/{site}/request", {"data": {"kind": "access"}}, 422),
    ("post", "/s/{site}/request/status", "/s/{site}/request/status", {"data": {"code": "x"}}, 404),
    ("get", "/healthz", "/healthz", {}, 200),
    ("get", "/readyz", "/readyz", {"headers": {"Host": "evil.example"}}, 400),
    ("get", "/readyz", "/readyz", {}, 200),
    ("get", "/metrics", "/metrics", {}, 200),
    ("get", "/metrics", "/metrics", {"environ_overrides": {"REMOTE_ADDR": "203.0.113.7"}}, 401),
    ("get", "/favicon.ico", "/favicon.ico", {}, 302),
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
        _, secret = tokens.create_token(name="", scopes=SCOPES, site_ids=None, by="test", now=clock.now())
    stored = client.post(
        f"{API}/sites/butikk/decisions", json=sent(visitor=VISITOR), headers={"Origin": ORIGIN}
    ).get_json()
    jobs.sequence()
    signed = client.get("/log/checkpoint").text.splitlines()
    with transaction():
        ada, _ = users.create_user(
            "ada@example.no", "owner", password="tre hester på vidda", site_ids=None, now=clock.now()
        )
        session = sessions.open_session(ada, now=clock.now())
    key = client.application.extensions["samtykke"].secret_key
    draft, _ = embed.draft_token(sites.find("butikk"), session, "nb", secret_key=key, now=clock.now())
    return {
        "draft": f"Bearer {draft}",
        "site": "butikk",
        "token": f"Bearer {secret}",
        "number": stored["consent_id"],
        "log": signed[0].rpartition("/")[2],
        "size": signed[1],
        "tomorrow": (clock.now() + timedelta(days=1)).isoformat(),
    }


def ask(
    client: FlaskClient, method: str, asked: str, how: Mapping[str, Any], named: Mapping[str, str]
) -> TestResponse:
    """Ask for it, with what only this shop knows filled in."""
    asked = {"decide": "decisions"}.get(asked, asked)
    url = (asked if asked.startswith("/") else f"{SHOP}/{asked}").format(**named)
    headers = {name: value.format(**named) for name, value in how.get("headers", {"Origin": ORIGIN}).items()}
    how = {**how, "headers": headers}
    if how.get("json") == {"at": LATER}:
        how["json"] = {"at": LATER.format(**named)}
    return client.open(url, method=method.upper(), **how)


ANY_OPERATION = {400, 405}
"""What every operation may be answered with, and none describes: another Host, another method."""


def assert_is_described(spec: Mapping[str, Any], operation: Mapping[str, Any], answer: TestResponse) -> None:
    described = operation["responses"]
    if answer.status_code not in ANY_OPERATION:
        assert str(answer.status_code) in described, (answer.request.path, answer.status_code)
    described_answer = described.get(
        str(answer.status_code), {"$ref": "#/components/responses/DEFAULT_ERROR"}
    )
    if "$ref" in described_answer:
        described_answer = spec["components"]["responses"][described_answer["$ref"].rpartition("/")[2]]
    if answer.status_code == 204:
        assert (answer.data, described_answer.keys()) == (b"", {"description"})
        return
    assert answer.mimetype in described_answer["content"], (
        answer.request.path,
        answer.status_code,
        answer.mimetype,
    )
    if answer.is_json:
        assert_fits(spec, described_answer["content"][answer.mimetype]["schema"], answer)
    if answer.status_code == 422 and answer.is_json:
        assert answer.json is not None
        assert answer.json["errors"], answer.request.path
    if answer.status_code >= 400 and answer.is_json:
        fault = spec["components"]["schemas"]["Fault"]["properties"]
        assert {"code", "status", "message", "reason"} <= set(answer.get_json()) <= set(fault)


def assert_fits(spec: Mapping[str, Any], schema: Mapping[str, Any], answer: TestResponse) -> None:
    """The answer is what its schema says: types, patterns, formats, bounds, and nothing is missing."""
    whole = {**schema, "components": spec["components"]}
    checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    faults = [f"{one.json_path}: {one.message[:200]}" for one in checker.iter_errors(answer.get_json())]
    assert faults == [], answer.request.path


def schemas_of(value: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every schema that says a type, and where it stands."""
    if isinstance(value, Mapping):
        if "type" in value and isinstance(value["type"], str | list):
            yield path, value
        for key, inner in value.items():
            yield from schemas_of(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from schemas_of(inner, f"{path}/{index}")


def sent_schemas(spec: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What can be sent: parameters, and bodies with all that they refer to."""
    waiting: list[tuple[str, Any]] = []
    for path, item in spec["paths"].items():
        waiting.append((path, item.get("parameters", [])))
        for method, operation in item.items():
            if method != "parameters":
                stable = {name: operation.get(name) for name in ("parameters", "requestBody")}
                waiting.append((f"{method} {path}", stable))
    known: set[str] = set()
    while waiting:
        path, value = waiting.pop()
        for inner, schema in schemas_of(value, path):
            if "/schema" in inner or inner.startswith("#"):
                yield inner, schema
        for reference in re.findall(r"#/components/schemas/\w+", json.dumps(value)):
            if reference not in known:
                known.add(reference)
                waiting.append((reference, spec["components"]["schemas"][reference.rpartition("/")[2]]))


def test_every_text_that_is_sent_has_a_form_and_every_number_bounds(client: FlaskClient) -> None:
    spec = client.get("/api/v1/openapi.json").get_json()
    loose = []
    for path, schema in sent_schemas(spec):
        kinds = set(schema["type"]) if isinstance(schema["type"], list) else {schema["type"]}
        if "string" in kinds and not {"pattern", "enum", "format", "maxLength"} & set(schema):
            loose.append(path)
        if "integer" in kinds and not {"minimum", "maximum"} <= set(schema):
            loose.append(path)
    # A revision is whatever an ETag said; one that is not is answered 412.
    assert [
        path for path in loose if not path.endswith("/parameters/0/schema") or "banner/" not in path
    ] == []
    assert len(loose) <= 2


def test_every_number_that_is_answered_has_a_least_and_no_default_breaks_its_own_schema(
    client: FlaskClient,
) -> None:
    spec = client.get("/api/v1/openapi.json").get_json()
    for path, schema in schemas_of(spec):
        kinds = set(schema["type"]) if isinstance(schema["type"], list) else {schema["type"]}
        assert "integer" not in kinds or "minimum" in schema, path
        if "default" in schema and "$ref" not in json.dumps(schema):
            Draft202012Validator(schema).validate(schema["default"])
        if "pattern" in schema:
            re.compile(schema["pattern"])
            assert "(?P" not in schema["pattern"], path


def test_keys_of_texts_are_described_as_languages(client: FlaskClient) -> None:
    spec = client.get("/api/v1/openapi.json").get_json()
    names = spec["components"]["schemas"]["Category"]["properties"]["names"]["propertyNames"]
    assert [bool(re.search(names["pattern"], key)) for key in ("nb", "en-GB", "", "norsk")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_every_parameter_of_a_path_has_a_form(client: FlaskClient) -> None:
    spec = client.get("/api/v1/openapi.json").get_json()
    for path, item in spec["paths"].items():
        described = {one["name"]: one["schema"] for one in item.get("parameters", []) if one["in"] == "path"}
        assert set(described) == set(re.findall(r"\{(\w+)\}", path)), path
        for schema in described.values():
            assert "pattern" in schema or "minimum" in schema, path


@pytest.mark.parametrize(
    ("host", "is_one"),
    [("example.no", True), ("*.example.no", True), ("Blåbær.no", True), ("127.0.0.1", True),
     ("localhost", True), ("*.localhost", True), ("a.0x1", False), ("300.1.1.1", False),
     ("*.no", False), ("*.1", False), ("", False),
     ("-a.no", False), ("a..no", False), ("a.no.", False), ("a b.no", False), ("a.no:80", False),
     ("https://a.no", False), ("a\n.no", False)],
)  # fmt: skip
def test_form_of_a_host_name_is_what_is_accepted(host: str, is_one: bool) -> None:
    assert bool(re.search(DOMAIN, host)) is is_one
    try:
        hosts.domain(host)
    except ValueError:
        assert not is_one
    else:
        assert is_one


@given(name=st.from_regex(DOMAIN, fullmatch=True).filter(lambda text: len(text) <= 253))
def test_host_names_of_that_form_are_accepted(name: str) -> None:
    assert hosts.domain(name.removesuffix("\n"))


def test_whole_number_may_be_written_with_a_point(client: FlaskClient) -> None:
    named = prepared(client)
    headers = {"Authorization": named["token"], "Content-Type": "application/json"}
    answer = client.post(f"{API}/sites/butikk/banner/rollback", data='{"version": 1.0}', headers=headers)
    assert (answer.status_code, answer.get_json()["number"]) == (201, 2)
    part = client.post(f"{API}/sites/butikk/banner/rollback", data='{"version": 1.5}', headers=headers)
    assert (part.status_code, set(part.get_json()["errors"])) == (422, {"version"})
    decision = sent()
    text = json.dumps(decision).replace('"version": 1,', '"version": 1.0,')
    assert "1.0" in text
    for _ in range(2):
        stored = client.post(f"{API}/sites/butikk/decisions", data=text, headers={"Origin": ORIGIN})
        assert stored.status_code in (200, 201)
        assert stored.get_json()["version"] == 1
        text = json.dumps(decision)
