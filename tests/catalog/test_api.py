"""The catalog over HTTP: for everybody, cached, and without a cookie."""

import json

import brotli
import pytest
from flask.testing import FlaskClient

from server.catalog import service


def test_everybody_can_read_all_services_and_caches_keep_them(client: FlaskClient) -> None:
    answer = client.get("/api/v1/catalog", headers={"Origin": "https://elsewhere.example"})

    assert [each["key"] for each in answer.get_json()["services"]] == [
        each.key for each in service.services()
    ]
    assert answer.headers["Cache-Control"].startswith("public, ")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    again = client.get("/api/v1/catalog", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_question_and_a_category_narrow_the_answer(client: FlaskClient) -> None:
    found = client.get("/api/v1/catalog?q=_ga_8XYZ&category=statistics").get_json()["services"]
    none = client.get("/api/v1/catalog?q=_ga_8XYZ&category=advertising").get_json()["services"]

    assert ([each["key"] for each in found], none) == (["google_analytics"], [])


def test_what_cannot_be_asked_names_the_field(client: FlaskClient) -> None:
    for asked, field in (
        ("category=none", "category"),
        (f"q={'x' * 201}", "q"),
        ("fields=name,colour", "fields"),
    ):
        answer = client.get(f"/api/v1/catalog?{asked}")
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


def test_one_service_is_what_its_file_says(client: FlaskClient) -> None:
    assert client.get("/api/v1/catalog/matomo").get_json() == service.as_json(service.find("matomo"))
    assert client.get("/api/v1/catalog/nothing").status_code == 404


def test_only_the_fields_that_are_asked_for_are_answered(client: FlaskClient) -> None:
    listed = client.get("/api/v1/catalog?fields=name,hosts").get_json()["services"]

    assert [each["key"] for each in listed] == [each.key for each in service.services()]
    assert set().union(*listed) == {"key", "name", "hosts"}
    assert all("name" in each for each in listed)
    found = client.get("/api/v1/catalog?q=matomo&fields=key").get_json()["services"]
    assert found[0] == {"key": "matomo"}
    assert all(set(each) == {"key"} for each in found)
    assert client.get("/api/v1/catalog?fields=").data == client.get("/api/v1/catalog").data


def test_a_browser_gets_it_compressed_and_keeps_it_under_a_tag_of_its_own(client: FlaskClient) -> None:
    plain = client.get("/api/v1/catalog")
    packed = client.get("/api/v1/catalog", headers={"Accept-Encoding": "gzip, deflate, br"})

    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (None, "br")
    assert json.loads(brotli.decompress(packed.data)) == plain.get_json()
    assert len(packed.data) * 5 < len(plain.data)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    again = {"Accept-Encoding": "br", "If-None-Match": packed.headers["ETag"]}
    assert client.get("/api/v1/catalog", headers=again).status_code == 304


def test_a_list_for_choosing_is_small(client: FlaskClient) -> None:
    whole = client.get("/api/v1/catalog").data
    short = client.get("/api/v1/catalog?fields=name,use,category").data

    assert len(short) * 10 < len(whole)


@pytest.mark.parametrize("asked", ["", "?q=matomo", "/matomo"])
def test_a_tag_that_is_not_the_answers_is_refused_without_the_answer(client: FlaskClient, asked: str) -> None:
    now = client.get(f"/api/v1/catalog{asked}")
    refused = client.get(f"/api/v1/catalog{asked}", headers={"If-Match": '"x"'})

    assert (refused.status_code, refused.get_json()["reason"]) == (412, "changed_meanwhile")
    assert refused.headers["Cache-Control"] == "no-store"
    assert "services" not in refused.get_json()
    kept = client.get(f"/api/v1/catalog{asked}", headers={"If-Match": now.headers["ETag"]})
    assert kept.data == now.data


@pytest.mark.parametrize(
    ("method", "asked", "status"),
    [
        ("GET", "?category=none", 422),
        ("GET", "/nothing", 404),
        ("GET", "/nothing/at/all", 404),
        ("POST", "", 405),
        ("POST", "/matomo", 405),
    ],
)
def test_scripts_of_every_website_may_read_what_was_wrong(
    client: FlaskClient, method: str, asked: str, status: int
) -> None:
    answer = client.open(f"/api/v1/catalog{asked}", method=method, headers={"Origin": "https://else.example"})

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")


def test_what_is_answered_in_parts_is_what_the_files_say(client: FlaskClient) -> None:
    for asked in ("q=google", "q=a", "category=advertising"):
        listed = client.get(f"/api/v1/catalog?{asked}").get_json()["services"]
        assert listed == [service.as_json(service.find(each["key"])) for each in listed]


def test_a_question_costs_no_encoding_that_was_done_before(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get("/api/v1/catalog?q=a").data
    encoded: list[str] = []
    monkeypatch.setattr(service, "as_json", lambda each: encoded.append(each.key))

    assert client.get("/api/v1/catalog?q=%20a").data == first
    assert encoded == []
