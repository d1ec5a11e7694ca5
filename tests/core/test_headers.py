"""Security headers on every answer."""

import re

from flask import Flask
from flask.testing import FlaskClient


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/nowhere", "/api/v1/nowhere", "/static/error.css"):
        with client.get(path) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path


def test_the_permissions_policy_is_sent_with_pages_alone(client: FlaskClient) -> None:
    with client.get("/nowhere", headers={"Accept": "text/html"}) as page, client.get("/healthz") as answer:
        assert page.mimetype == "text/html"
        assert "camera=()" in page.headers["Permissions-Policy"]
        assert "Permissions-Policy" not in answer.headers


def test_a_page_has_a_referrer_policy_and_a_script_need_not(client: FlaskClient) -> None:
    with client.get("/nowhere", headers={"Accept": "text/html"}) as page, client.get("/healthz") as answer:
        assert page.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert "Referrer-Policy" not in answer.headers


SOME = {"number": 1, "product": "lue", "section": "texts", "step": "answer", "stage": "who", "form": "csv"}
"""Values for addresses; most lead to nothing, which has an answer too."""


def test_every_answer_of_text_names_its_encoding_and_none_repeats_the_request(app: Flask) -> None:
    client, seen = app.test_client(), set()
    for rule in app.url_map.iter_rules():
        name = {"name": "praten" if rule.endpoint.startswith("demo") else "draft"}
        values = {"platform": "wordpress", **SOME, **name}
        built = rule.build({each: values.get(each, "demo") for each in rule.arguments})
        if built is None or "GET" not in (rule.methods or ()):
            continue
        with client.get(built[1]) as answer:
            kind = answer.headers.get("Content-Type", "")
            assert kind or not answer.data, rule
            assert "charset=utf-8" in kind or not kind.startswith("text/"), (rule, kind)
            seen.add(kind)
        assert client.open(built[1], method="TRACE").status_code == 405, rule
    assert {"text/html; charset=utf-8", "application/json"} <= seen


def test_no_other_website_frames_a_page(client: FlaskClient) -> None:
    for path in ("/studio/login", "/nowhere", "/log/verify", "/api/v1/docs"):
        with client.get(path, follow_redirects=True) as page:
            assert page.mimetype == "text/html", path
            policy = page.headers["Content-Security-Policy"]
            assert re.search(r"frame-ancestors '(?:self|none)'", policy), path
