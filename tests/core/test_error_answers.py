"""What a fault is answered with."""

from flask import Flask
from flask.testing import FlaskClient

from server.core.errors import flatten


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


def test_an_unforeseen_fault_is_answered_without_its_traceback(app: Flask) -> None:
    with app.test_request_context("/api/v1/x"):
        answer = app.make_response(app.handle_user_exception(LookupError("secret detail")))
    assert answer.status_code == 500
    assert b"secret detail" not in answer.data
