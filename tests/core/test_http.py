"""What HTTP promises whichever slice answers."""

import io
import json
from contextlib import suppress

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Malformed, TooLarge, flatten
from server.core.http import MAX_DEPTH, read_body, strict_json
from tests.core.test_canonical import VALUES


@given(VALUES)
def test_json_that_every_reader_understands_alike_is_read(value: object) -> None:
    assert strict_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{"a":1,"a":2}', "appears twice"),
        (b"NaN", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"18446744073709551616", "larger than"),
        (b"1e999", "too large"),
        (b"9" * 5000, "larger than"),
        (rb'"\ud800"', "surrogate"),
        (rb'{"\udfff":1}', "surrogate"),
        (b"[" * 100_000, "nests deeper"),
        (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "nests deeper"),
        (b"\xff\xfe", "UTF-8"),
        (b"{", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_json_that_readers_would_understand_differently_is_refused(raw: bytes, told: str) -> None:
    with pytest.raises(Malformed, match=told):
        strict_json(raw)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_the_reader_fall(raw: bytes) -> None:
    with suppress(Malformed):
        strict_json(raw)


def test_nested_messages_are_told_by_path() -> None:
    messages = {"categories": {2: {"key": ["is taken."]}}, "_schema": ["is odd."]}
    assert flatten(messages) == {"categories.2.key": "is taken.", "body": "is odd."}


def test_an_unknown_address_is_json_for_programs_and_a_page_for_people(client: FlaskClient) -> None:
    for_programs = client.get("/api/v1/nowhere")
    assert (for_programs.status_code, for_programs.get_json()["reason"]) == (404, "not_found")
    for_people = client.get("/nowhere")
    assert (for_people.status_code, for_people.mimetype) == (404, "text/html")
    assert "unsafe" not in for_people.headers["Content-Security-Policy"]


def test_a_host_that_is_not_ours_is_refused(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert b"evil.example" not in answer.data


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    answer = client.delete("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/nowhere", "/api/v1/nowhere", "/static/error.css"):
        with client.get(path) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert answer.headers["Referrer-Policy"], path


@pytest.mark.parametrize(
    "name", ["package.json", "build.mjs", "node_modules/x.js", "studio/studio.js", "dist/../build.mjs"]
)
def test_the_sources_of_the_build_are_not_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_an_unforeseen_fault_is_answered_without_its_traceback(app: Flask) -> None:
    with app.test_request_context("/api/v1/x"):
        answer = app.make_response(app.handle_user_exception(LookupError("secret detail")))
    assert answer.status_code == 500
    assert b"secret detail" not in answer.data


@pytest.mark.parametrize("told", [{"CONTENT_LENGTH": "100"}, {}], ids=["told", "untold"])
def test_a_body_over_the_limit_is_refused_whether_or_not_it_tells_its_length(
    app: Flask, told: dict[str, str]
) -> None:
    def sent() -> dict[str, object]:
        return {"wsgi.input": io.BytesIO(b"x" * 100), "wsgi.input_terminated": True, **told}

    with app.test_request_context("/", method="POST", environ_overrides=sent()), pytest.raises(TooLarge):
        read_body(99)
    with app.test_request_context("/", method="POST", environ_overrides=sent()):
        assert read_body(100) == b"x" * 100
