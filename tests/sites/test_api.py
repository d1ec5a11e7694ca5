"""Sites, drafts and versions over HTTP."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from server.accounts.service import audit_log, tokens, users
from server.core import clock
from server.core.db import transaction
from server.sites import approvals, experiments, schedules
from server.sites import service as sites
from server.sites.values import Planned, Site
from tests.sites.documents import JSON_VALUES, damaged, publishable, service, with_services
from tests.sites.test_document import HOSTILE, put

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
API = "/api/v1/sites"
DRAFT = f"{API}/shop/banner/draft"

Call = Callable[..., TestResponse]


@pytest.fixture
def shop(app: Flask) -> Site:
    with transaction():
        return sites.create("shop", "Butikken", ["shop.no"], by="x", now=NOW)


@pytest.fixture
def token() -> Callable[..., str]:
    def make(*scopes: str, only: list[str] | None = None) -> str:
        with transaction():
            _, secret = tokens.create_token(
                name="a script", scopes=scopes, site_ids=only, by="kari@shop.no", now=clock.now()
            )
        return secret

    return make


@pytest.fixture
def call(client: FlaskClient, token: Callable[..., str]) -> Call:
    """A request with a token that may do everything."""
    secret = token("sites:read", "sites:write")

    def send(method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {secret}", **options.pop("headers", {})}
        return client.open(path, method=method, headers=headers, **options)

    return send


def refused(answer: TestResponse, status: int, reason: str) -> dict[str, Any]:
    """The fields that a refusal names."""
    assert answer.json is not None
    assert (answer.status_code, answer.json["reason"], answer.json["code"]) == (status, reason, status)
    return answer.json.get("errors", {})  # type: ignore[no-any-return]


# --- who may -----------------------------------------------------------------------------------------------

ROUTES = [
    ("GET", API),
    ("POST", API),
    ("GET", f"{API}/shop"),
    ("PUT", f"{API}/shop"),
    ("POST", f"{API}/shop/pause"),
    ("POST", f"{API}/shop/resume"),
    ("GET", DRAFT),
    ("PUT", DRAFT),
    ("GET", f"{API}/shop/banner/check"),
    ("POST", f"{API}/shop/banner/publish"),
    ("POST", f"{API}/shop/banner/rollback"),
    ("GET", f"{API}/shop/banner/waiting"),
    ("DELETE", f"{API}/shop/banner/waiting"),
    ("GET", f"{API}/shop/banner/versions"),
    ("GET", f"{API}/shop/banner/versions/1"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_strangers_learn_nothing(client: FlaskClient, shop: Site, method: str, path: str) -> None:
    for address in (path, path.replace("shop", "unknown")):
        for header in ("", "Bearer", "Bearer smt_" + "x" * 43, "Basic eDp5", "Bearer é\x01"):
            answer = client.open(address, method=method, headers={"Authorization": header}, data=b"{")
            assert answer.status_code == 401
        assert client.open(address, method=method, data=b"{").status_code == 401


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_token_needs_the_scope(
    client: FlaskClient, shop: Site, token: Callable[..., str], method: str, path: str
) -> None:
    scope = "analytics:read" if method == "GET" else "sites:read"
    headers = {"Authorization": f"Bearer {token(scope)}"}
    answer = client.open(path, method=method, headers=headers)
    refused(answer, 403, "scope_missing")
    needed = "sites:read" if method == "GET" else "sites:write"
    assert needed in answer.get_json()["message"]


@pytest.mark.parametrize(("method", "path"), ROUTES[2:])
def test_a_token_counts_for_its_sites_only(
    client: FlaskClient, shop: Site, token: Callable[..., str], method: str, path: str
) -> None:
    with transaction():
        other = sites.create("other", "Andre", ["andre.no"], by="x", now=NOW)
    headers = {"Authorization": f"Bearer {token('sites:read', 'sites:write', only=[other.id])}"}
    answer = client.open(path, method=method, headers=headers, json={"version": 1})
    refused(answer, 404, "site_unknown")
    absent = client.open(
        path.replace(shop.key, "absent"), method=method, headers=headers, json={"version": 1}
    )
    assert answer.get_json()["message"].replace(shop.key, "absent") == absent.get_json()["message"]


def test_who_may_write_may_read(client: FlaskClient, shop: Site, token: Callable[..., str]) -> None:
    headers = {"Authorization": f"Bearer {token('sites:write', only=[shop.id])}"}
    assert client.get(DRAFT, headers=headers).status_code == 200
    assert client.get(API, headers=headers).status_code == 200


# --- sites -------------------------------------------------------------------------------------------------


def test_a_site_is_made_and_listed(call: Call) -> None:
    made = call("POST", API, json={"key": "shop", "name": "Bø & Sønn", "domains": ["Blåbær.no", "*.bo.no"]})
    assert made.status_code == 201
    assert made.headers["Location"] == DRAFT
    assert made.json is not None
    assert made.json == {
        "key": "shop",
        "name": "Bø & Sønn",
        "domains": ["*.bo.no", "xn--blbr-roah.no"],
        "staging_domains": [],
        "created_at": made.json["created_at"],
        "paused_at": None,
    }
    assert call("GET", API).json == {"sites": [made.json], "next": None}


def test_a_token_for_one_site_may_make_another_and_then_sees_both(
    client: FlaskClient, shop: Site, token: Callable[..., str]
) -> None:
    with transaction():
        sites.create("hidden", "Andre", ["andre.no"], by="x", now=NOW)
    headers = {"Authorization": f"Bearer {token('sites:read', 'sites:write', only=[shop.id])}"}
    new = {"key": "extra", "name": "Ekstra", "domains": ["extra.no"]}
    assert client.post(API, json=new, headers=headers).status_code == 201
    listed = client.get(API, headers=headers).json
    assert listed is not None
    assert [site["key"] for site in listed["sites"]] == ["extra", "shop"]
    assert client.get(f"{API}/extra/banner/draft", headers=headers).status_code == 200


def test_sites_are_listed_page_by_page(call: Call) -> None:
    with transaction():
        for key in ("aa", "bb", "cc"):
            sites.create(key, key, ["x.no"], by="x", now=NOW)
    first = call("GET", API + "?limit=2").json
    assert first is not None
    assert ([site["key"] for site in first["sites"]], first["next"]) == (["aa", "bb"], "bb")
    second = call("GET", API + "?limit=2&after=bb").json
    assert second is not None
    assert ([site["key"] for site in second["sites"]], second["next"]) == (["cc"], None)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "limit=1e9", "after=%00", "after=", "after=" + "x" * 99]
)
def test_a_wrong_page_of_sites_is_refused_by_field(call: Call, query: str) -> None:
    assert list(refused(call("GET", f"{API}?{query}"), 422, "invalid")) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "key"),
        ([], "body"),
        ({"key": "a b"}, "key"),
        ({"key": 7}, "key"),
        ({"key": None}, "key"),
        ({"name": ""}, "name"),
        ({"name": "\x00"}, "name"),
        ({"domains": []}, "domains"),
        ({"domains": "shop.no"}, "domains"),
        ({"domains": ["https://shop.no"]}, "domains.0"),
        ({"domains": ["ok.no", "shop.no/path"]}, "domains.1"),
        ({"domains": ["shop.no:8080"]}, "domains.0"),
        ({"domains": [None]}, "domains.0"),
        ({"domains": ["*.no"]}, "domains.0"),
        ({"staging_domains": ["https://shop.no"]}, "staging_domains.0"),
        ({"staging_domains": ["shop.no"]}, "staging_domains"),
        ({"staging_domains": None}, "staging_domains"),
        ({"owner": "me"}, "owner"),
    ],
)
def test_a_wrong_site_is_refused_by_field(call: Call, body: Any, field: str) -> None:
    good = {"key": "shop", "name": "Butikken", "domains": ["shop.no"]}
    answer = call("POST", API, json={**good, **body} if body else body)
    assert field in refused(answer, 422, "invalid")
    assert tuple(sites.each_site()) == ()


def test_a_key_is_given_once(call: Call, shop: Site) -> None:
    answer = call("POST", API, json={"key": "shop", "name": "Andre", "domains": ["andre.no"]})
    assert refused(answer, 409, "key_taken") == {"key": "is taken"}


@pytest.mark.parametrize(("method", "path"), ROUTES[2:])
def test_an_unknown_site_is_not_found(call: Call, shop: Site, method: str, path: str) -> None:
    for key in ("unknown", "%00", "SHOP", "x" * 500, "%F0%9F%9B%92", "shop%27--"):
        answer = call(method, path.replace("shop", key), json={"version": 1})
        refused(answer, 404, "site_unknown")


def test_name_and_domains_of_a_site_are_replaced_and_put_on_record(call: Call, shop: Site) -> None:
    read = call("GET", f"{API}/shop").get_json()
    assert read == call("GET", API).get_json()["sites"][0]
    new = {"name": "Hjørnet", "domains": ["www.shop.no", "shop.no"]}
    answer = call("PUT", f"{API}/shop", json=new)
    changed = {**read, "name": "Hjørnet", "domains": ["shop.no", "www.shop.no"]}
    assert (answer.status_code, answer.json) == (200, changed)
    assert call("PUT", f"{API}/shop", json=new).json == answer.json
    recorded = audit_log.audit_events(only=[shop.id], before=None, limit=9)
    assert [(one.action, one.detail) for one in recorded] == [
        ("site_changed", "shop.no → shop.no, www.shop.no"),
        ("site_renamed", "Butikken → Hjørnet"),
    ]


def test_domains_for_testing_are_given_kept_replaced_and_put_on_record(call: Call) -> None:
    new = {"name": "Butikken", "domains": ["shop.no"]}
    tested = {"staging_domains": ["Staging.shop.no", "localhost"]}
    made = call("POST", API, json={"key": "shop", **new, **tested})
    assert made.json is not None
    assert made.json["staging_domains"] == ["localhost", "staging.shop.no"]
    assert call("GET", f"{API}/shop").json == made.json
    kept = call("PUT", f"{API}/shop", json=new).json
    assert kept == made.json
    none = call("PUT", f"{API}/shop", json={**new, "staging_domains": []}).json
    assert none == {**made.json, "staging_domains": []}
    recorded = audit_log.audit_events(only=[sites.find("shop").id], before=None, limit=9)
    assert [(one.action, one.detail) for one in recorded] == [
        ("site_changed", "shop.no (localhost, staging.shop.no) → shop.no"),
        ("site_created", ""),
    ]


@pytest.mark.parametrize(
    ("new", "field"),
    [
        ({"name": " ", "domains": ["shop.no"]}, "name"),
        ({"name": "Hjørnet", "domains": ["shop.no"], "staging_domains": ["shop.no"]}, "staging_domains"),
        ({"name": "Hjørnet", "domains": []}, "domains"),
        ({"name": "Hjørnet", "domains": ["http://shop.no"]}, "domains.0"),
        ({"domains": ["shop.no"]}, "name"),
        ({"name": "Hjørnet", "domains": ["shop.no"], "key": "other"}, "key"),
    ],
)
def test_site_is_not_changed_in_part(call: Call, shop: Site, new: dict[str, object], field: str) -> None:
    errors = refused(call("PUT", f"{API}/shop", json=new), 422, "invalid")
    assert field in errors
    assert sites.find("shop") == shop


def test_site_is_paused_and_resumed(call: Call, shop: Site) -> None:
    assert call("GET", f"{API}/shop").get_json()["paused_at"] is None
    refused(call("POST", f"{API}/shop/resume"), 409, "not_paused")
    errors = refused(call("POST", f"{API}/shop/pause", json={"note": "x" * 501}), 422, "invalid")
    assert "note" in errors
    paused = call("POST", f"{API}/shop/pause", json={"note": "The checkout is down"})
    assert (paused.status_code, paused.get_json()["paused_at"] is not None) == (200, True)
    refused(call("POST", f"{API}/shop/pause"), 409, "already_paused")
    assert call("POST", f"{API}/shop/resume").get_json()["paused_at"] is None
    recorded = audit_log.audit_events(only=[shop.id], before=None, limit=9)
    assert [(one.action, one.detail) for one in recorded] == [
        ("site_resumed", ""),
        ("site_paused", "The checkout is down"),
    ]


# --- drafts ------------------------------------------------------------------------------------------------


def test_a_draft_is_read_changed_and_saved(call: Call, shop: Site) -> None:
    read = call("GET", DRAFT)
    assert (read.status_code, read.headers["ETag"]) == (200, '"1"')
    assert "no-store" in read.headers["Cache-Control"] or "no-cache" in read.headers["Cache-Control"]
    document = put(read.json, "texts.nb.title", HOSTILE)
    saved = call("PUT", DRAFT, json=document, headers={"If-Match": '"1"'})
    assert (saved.status_code, saved.json, saved.headers["ETag"]) == (200, document, '"2"')
    assert call("GET", DRAFT).json == document
    assert call("GET", DRAFT, headers={"If-None-Match": '"2"'}).status_code == 304


@pytest.mark.parametrize("tag", ['"1"', '"x"', "x", '"1", "3"', 'W/"1"', '"-1"'])
def test_a_draft_that_somebody_else_saved_is_not_overwritten(call: Call, shop: Site, tag: str) -> None:
    call("PUT", DRAFT, json=publishable("nb"))
    for method, path in (("PUT", DRAFT), ("POST", f"{API}/shop/banner/publish")):
        body: object = publishable("en") if method == "PUT" else {}
        answer = call(method, path, json=body, headers={"If-Match": tag})
        refused(answer, 412, "changed_meanwhile")
    assert sites.draft(shop.id).document == publishable("nb")
    assert sites.newest(shop.id) is None


@pytest.mark.parametrize("tag", ["*", '"1"', 'W/"1"', '"7", "1"'])
def test_a_draft_that_nobody_else_saved_is_replaced(call: Call, shop: Site, tag: str) -> None:
    assert call("PUT", DRAFT, json=publishable(), headers={"If-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("categories.+", publishable()["categories"][2], "categories.4.key"),
        ("services.1.privacy_link", "javascript:alert(1)", "services.1.privacy_link"),
        ("services.1.hosts.0", "https://counter.example/x", "services.1.hosts.0"),
        ("appearance.colours.light.accent", "blue", "appearance.colours.light.accent"),
        ("behaviour.validity_days", 400, "behaviour.validity_days"),
        ("behaviour.refusal_days", 30.5, "behaviour.refusal_days"),
        ("texts.nb.title", "a\x00b", "texts.nb.title"),
        ("texts.nb.unknown", "x", "texts.nb.unknown"),
        ("categories.1.names.__proto__", {}, "categories.1.names.__proto__"),
    ],
)
def test_a_bad_document_is_refused_by_field_and_changes_nothing(
    call: Call, shop: Site, path: str, value: object, field: str
) -> None:
    document = put(with_services(service()), path, value)
    assert field in refused(call("PUT", DRAFT, json=document), 422, "invalid")
    assert sites.draft(shop.id).revision == 1


DEEP = b'{"texts":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a":1,"a":2}',
        b'{"categories":[{"key":"a","key":"b"}]}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\\ud800"}',
        b'{"\\ud800":1}',
        DEEP,
    ],
)
def test_what_is_not_plain_json_is_refused(call: Call, shop: Site, body: bytes) -> None:
    refused(call("PUT", DRAFT, data=body, content_type="application/json"), 400, "malformed")
    assert sites.draft(shop.id).revision == 1


@pytest.mark.parametrize("number", [b"1e999", b"18446744073709551616"])
def test_a_number_that_is_too_large_is_named(call: Call, shop: Site, number: bytes) -> None:
    answer = call("PUT", DRAFT, data=b'{"a":' + number + b"}", content_type="application/json")
    refused(answer, 422, "invalid")
    assert list(answer.get_json()["errors"]) == ["a"]
    assert sites.draft(shop.id).revision == 1


def test_a_body_of_ten_megabytes_is_refused(call: Call, shop: Site) -> None:
    for method, path in (("PUT", DRAFT), ("POST", API), ("POST", f"{API}/shop/banner/publish")):
        refused(call(method, path, data=b" " * 10_000_000), 413, "too_large")


@given(document=damaged() | JSON_VALUES)
def test_no_document_breaks_the_server(call: Call, shop: Site, document: object) -> None:
    before = sites.draft(shop.id).revision
    answer = call("PUT", DRAFT, json=document)
    assert answer.status_code in (200, 400, 422)
    if answer.status_code != 200:
        assert answer.status_code == 400 or refused(answer, 422, "invalid")
        assert sites.draft(shop.id).revision == before
        return
    check = call("GET", f"{API}/shop/banner/check")
    published = call("POST", f"{API}/shop/banner/publish")
    assert check.json is not None
    assert published.status_code == (201 if check.json["publishable"] else 422)


@given(body=st.binary(max_size=200))
def test_no_bytes_break_the_server(call: Call, shop: Site, body: bytes) -> None:
    for method, path in (("PUT", DRAFT), ("POST", API), ("POST", f"{API}/shop/banner/rollback")):
        assert call(method, path, data=body).status_code in (400, 404, 422)


# --- versions ----------------------------------------------------------------------------------------------


def test_a_draft_is_checked_published_and_gone_back_to(call: Call, shop: Site) -> None:
    call("PUT", DRAFT, json=with_services(service()))
    checked = call("GET", f"{API}/shop/banner/check").json
    assert checked is not None
    assert checked["publishable"]
    assert {finding["rule"] for finding in checked["findings"]} == {"category_unused"}
    first = call("POST", f"{API}/shop/banner/publish", json={"note": "Første"})
    assert (first.status_code, first.headers["Location"]) == (201, f"{API}/shop/banner/versions/1")
    assert first.json is not None
    assert first.json["document"] == with_services(service())
    assert (first.json["number"], first.json["change"], first.json["note"]) == (1, "scope", "Første")
    assert first.json["slots"] == {"functional": 0, "statistics": 1, "advertising": 2}
    call("PUT", DRAFT, json=publishable())
    assert call("POST", f"{API}/shop/banner/publish").status_code == 201
    third = call("POST", f"{API}/shop/banner/rollback", json={"version": 1})
    assert third.json is not None
    assert (third.status_code, third.json["number"]) == (201, 3)
    assert third.json["content_hash"] == first.json["content_hash"]
    assert third.json["scope_changes"] == [
        {"category": "statistics", "added_services": ["Counter"], "reason": "service_added"}
    ]
    assert call("GET", f"{API}/shop/banner/versions/3").json == third.json


def test_versions_are_listed_newest_first_page_by_page(call: Call, shop: Site) -> None:
    call("PUT", DRAFT, json=publishable())
    for note in ("a", "b", "c"):
        call("POST", f"{API}/shop/banner/publish", json={"note": note})
    first = call("GET", f"{API}/shop/banner/versions?limit=2").json
    assert first is not None
    assert ([v["note"] for v in first["versions"]], first["next"]) == (["c", "b"], 2)
    assert "document" not in first["versions"][0]
    second = call("GET", f"{API}/shop/banner/versions?limit=2&after=2").json
    assert second is not None
    assert ([v["note"] for v in second["versions"]], second["next"]) == (["a"], None)


def test_announcement_is_published_and_listed(call: Call, shop: Site) -> None:
    call("PUT", DRAFT, json=publishable())
    publish, texts = f"{API}/shop/banner/publish", {"nb": "Ny\r\nlinje", "nn": "Ny", "en": "New"}
    assert refused(call("POST", publish, json={"announcement": {"nb": "Ny"}}), 422, "invalid").keys() == {
        "announcement.en",
        "announcement.nn",
    }
    wrongs: list[object] = ["x", [], {"nb": 7, "nn": "Ny", "en": "New"}, {**texts, "nb": "x" * 501}]
    for wrong in wrongs:
        errors = refused(call("POST", publish, json={"announcement": wrong}), 422, "invalid")
        assert all(name.startswith("announcement") for name in errors)
    assert sites.newest(shop.id) is None
    call("POST", publish, json={"announcement": None})
    made = call("POST", publish, json={"announcement": texts}).get_json()
    assert made["announcement"] == {**texts, "nb": "Ny\nlinje"}
    versions = call("GET", f"{API}/shop/banner/versions").get_json()["versions"]
    assert [one["announcement"] for one in versions] == [made["announcement"], {}]


def test_nothing_is_published_by_scripts_while_two_variants_are_compared(call: Call, shop: Site) -> None:
    call("PUT", DRAFT, json=publishable())
    call("POST", f"{API}/shop/banner/publish")
    other = publishable()
    other["texts"]["nb"]["title"] = "Er det greit?"
    with transaction():
        sites.save_draft(shop.id, other, by="x", now=NOW)
        experiments.start(shop.id, Planned(28, 1.0, None), by="x", now=NOW)
    refused(call("POST", f"{API}/shop/banner/publish"), 409, "experiment_running")
    refused(call("POST", f"{API}/shop/banner/rollback", json={"version": 1}), 409, "experiment_running")
    versions = call("GET", f"{API}/shop/banner/versions").get_json()["versions"]
    assert [one["variant_of"] for one in versions] == [1, None]


def test_scripts_publish_nothing_beside_what_waits_or_without_the_second_person(
    call: Call, shop: Site
) -> None:
    call("PUT", DRAFT, json=publishable())
    call("POST", f"{API}/shop/banner/publish")
    with transaction():
        for email in ("kari@shop.no", "ola@shop.no"):
            users.create_user(email, "editor", password=None, site_ids=None, now=NOW)
        schedules.schedule(shop.id, NOW + timedelta(days=1), note="", by="kari@shop.no", now=NOW)
    refused(call("POST", f"{API}/shop/banner/publish"), 409, "publication_waiting")
    with transaction():
        approvals.require(shop.id, required=True, now=NOW)
    refused(call("POST", f"{API}/shop/banner/publish"), 409, "approval_required")
    refused(call("POST", f"{API}/shop/banner/rollback", json={"version": 1}), 409, "approval_required")
    assert len(sites.versions(shop.id)) == 1


def test_an_unfinished_draft_is_not_published(call: Call, shop: Site) -> None:
    checked = call("GET", f"{API}/shop/banner/check").json
    assert checked is not None
    assert not checked["publishable"]
    errors = refused(call("POST", f"{API}/shop/banner/publish"), 422, "not_publishable")
    assert set(errors) == {"controller.name", "controller.contacts"}
    assert sites.newest(shop.id) is None


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b'{"note": 7}', 422, "invalid"),
        (b'{"note": null}', 422, "invalid"),
        (b'{"note": "\\u0000"}', 422, "invalid"),
        (json.dumps({"note": "x" * 1001}).encode(), 422, "invalid"),
        (b'{"nota": "x"}', 422, "invalid"),
        (b'{"replace": 1}', 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'"x"', 422, "invalid"),
        (b'{"note": "a", "note": "b"}', 400, "malformed"),
    ],
)
def test_a_wrong_note_is_refused(call: Call, shop: Site, body: bytes, status: int, reason: str) -> None:
    call("PUT", DRAFT, json=publishable())
    refused(call("POST", f"{API}/shop/banner/publish", data=body), status, reason)
    assert sites.newest(shop.id) is None


@pytest.mark.parametrize("version", [None, "1", 1.5, True, 0, -1, 2**31, 2**53 - 1, [], {}])
def test_a_wrong_version_to_go_back_to_is_refused_by_field(call: Call, shop: Site, version: object) -> None:
    answer = call("POST", f"{API}/shop/banner/rollback", json={"version": version})
    assert list(refused(answer, 422, "invalid")) == ["version"]


def test_a_version_of_another_site_is_not_found(call: Call, shop: Site) -> None:
    call("PUT", DRAFT, json=publishable())
    call("POST", f"{API}/shop/banner/publish")
    call("POST", API, json={"key": "other", "name": "Andre", "domains": ["andre.no"]})
    refused(call("GET", f"{API}/other/banner/versions/1"), 404, "version_unknown")
    refused(call("POST", f"{API}/other/banner/rollback", json={"version": 1}), 404, "version_unknown")
    assert call("GET", f"{API}/other/banner/versions").json == {"versions": [], "next": None}


@pytest.mark.parametrize("number", ["0", "2", str(2**31), str(2**64), "9" * 400, "-1", "x", "1.0"])
def test_an_unknown_version_is_not_found(call: Call, shop: Site, number: str) -> None:
    assert call("GET", f"{API}/shop/banner/versions/{number}").status_code == 404


@pytest.mark.parametrize("query", ["after=0", "after=x", "limit=101", f"after={2**64}"])
def test_a_wrong_page_of_versions_is_refused_by_field(call: Call, shop: Site, query: str) -> None:
    answer = call("GET", f"{API}/shop/banner/versions?{query}")
    assert list(refused(answer, 422, "invalid")) == [query.partition("=")[0]]


def test_the_api_describes_the_document(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").json
    assert described is not None
    paths = described["paths"]
    saving = paths["/api/v1/sites/{site}/banner/draft"]["put"]
    schema = saving["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/BannerDocument"}
    assert {"400", "401", "403", "404", "412", "413", "422"} <= saving["responses"].keys()
    assert described["components"]["schemas"]["BannerDocument"]["additionalProperties"] is False
    ours = [path for path in paths if path == API or "/banner/" in path]
    assert len(ours) == 8
    assert all(
        operation["summary"] for path in ours for m, operation in paths[path].items() if m != "parameters"
    )


def test_a_token_that_is_bound_to_sites_takes_no_sites_name_of_this_server(
    client: FlaskClient, shop: Site, token: Callable[..., str], call: Call
) -> None:
    bound = {"Authorization": "Bearer " + token("sites:write", only=[shop.id])}
    new = {"key": "mine", "name": "Min", "domains": ["min.no", "127.0.0.1"]}

    answer = client.post(API, json=new, headers=bound)

    assert "this server's own host" in refused(answer, 422, "invalid")["domains"]
    assert client.post(API, json={**new, "domains": ["min.no"]}, headers=bound).status_code == 201
    assert call("POST", API, json={**new, "key": "ours"}).status_code == 201


class Body(io.BytesIO):
    """A body that may not be read while others wait for the database."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on."""
        assert not Locked.now
        return super().read(size)


class Locked:
    """Whether a transaction of the API is open."""

    now = False


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/banner/draft"), ("POST", "/banner/publish"), ("POST", "/banner/rollback"), ("POST", "")],
)
def test_no_body_is_read_while_others_wait_for_the_database(
    call: Call, shop: Site, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    opened = []

    @contextmanager
    def noted() -> Iterator[None]:
        opened.append(path)
        monkeypatch.setattr(Locked, "now", True)
        with transaction():
            yield
        monkeypatch.setattr(Locked, "now", False)

    for module in ("api", "publication_api"):
        monkeypatch.setattr(f"server.sites.{module}.transaction", noted)
    value: object = publishable() if method == "PUT" else {"version": 1} if "rollback" in path else {}
    body = json.dumps(value).encode()
    headers = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    answer = call(method, f"{API}/shop{path}" if path else API, input_stream=Body(body), headers=headers)
    assert answer.status_code in (200, 404, 422)
    assert bool(opened) == bool(path)
