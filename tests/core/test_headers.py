"""Security headers on every answer."""

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
