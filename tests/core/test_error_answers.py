"""What a fault is answered with."""

from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.app import create_app
from server.core.errors import Invalid, Malformed, error_body, flatten


def test_nested_messages_are_reported_by_path() -> None:
    messages = {"categories": {2: {"key": ["is taken."]}}, "_schema": ["is odd."]}
    assert flatten(messages) == {"categories.2.key": "is taken.", "body": "is odd."}


def test_a_fault_is_answered_with_its_status_its_reason_and_the_fields_if_any() -> None:
    fault = {"code": 400, "status": "Bad Request", "message": "it is cut off", "reason": "malformed"}
    assert error_body(Malformed("it is cut off")) == fault
    assert error_body(Invalid("it is wrong", errors={"key": "is taken"}))["errors"] == {"key": "is taken"}


def test_an_unknown_address_is_json_for_programs_and_a_page_for_people(client: FlaskClient) -> None:
    for_programs = client.get("/api/v1/nowhere")
    assert (for_programs.status_code, for_programs.get_json()["reason"]) == (404, "not_found")
    for_people = client.get("/nowhere")
    assert (for_people.status_code, for_people.mimetype) == (404, "text/html")
    assert "unsafe" not in for_people.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/studio", "/log//checkpoint", "/studio//login"])
def test_a_redirect_names_no_host(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "127.0.0.1:666"})
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("/")
    assert not answer.headers["Location"].startswith("//")
    assert "666" not in answer.headers["Location"]


HOSTS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "evil.example:8000",
    "[::1",
    "a b",
    "127.0.0.1@evil.example",
    "æ",
]
"""Host headers that are not the product's, several of them not even host names."""

PATHS = [
    "/",
    "/studio/",
    "/studio/login",
    "/demo/",
    "/nowhere",
    "/static/error.css",
    "/healthz",
    "/api/v1/docs",
]


def test_a_host_that_is_not_ours_is_refused(client: FlaskClient) -> None:
    for method, path, host in product(("GET", "POST"), PATHS, HOSTS):
        answer = client.open(path, method=method, headers={"Host": host})
        assert (answer.status_code, method, path, host) == (400, method, path, host)
        assert host.encode() not in answer.data
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.2", "HTTP/1.9"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/w/demo.js", "/api/v1/sites/demo/decisions"])
def test_http_1_1_and_later_without_a_host_is_refused(client: FlaskClient, path: str, version: str) -> None:
    missing = {"SERVER_PROTOCOL": version, "HTTP_HOST": ""}
    answer = client.get(path, environ_overrides=missing)
    assert (answer.status_code, answer.get_json()["reason"]) == (400, "host_missing")


def test_an_unknown_host_costs_one_log_line_without_the_name(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/studio/login", headers={"Host": "evil.example"})
    (record,) = caplog.records
    assert "host_unknown" in record.getMessage()
    assert "evil" not in record.getMessage()
    assert record.exc_info is None


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    answer = client.delete("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_no_variable_turns_on_what_shows_faults_to_strangers(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert not create_app(app.extensions["samtykke"]).debug


def test_an_unforeseen_fault_is_answered_without_its_traceback(app: Flask) -> None:
    with app.test_request_context("/api/v1/x"):
        answer = app.make_response(app.handle_user_exception(LookupError("secret detail")))
    assert answer.status_code == 500
    assert b"secret detail" not in answer.data
