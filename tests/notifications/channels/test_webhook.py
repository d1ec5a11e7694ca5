"""What an answer to a webhook means, and that nothing is sent without a signature."""

from datetime import UTC, datetime, timedelta

import pytest

from server.core.addresses import Refused
from server.core.guarded_fetch import Answer, Failed
from server.notifications.channels import webhook
from server.notifications.values import Claim, Endpoint

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL = "https://example.no/hook"
ENDPOINT = Endpoint("s", "e", URL, ("banner.published",), False, 1, None, NOW, "kari", None, "")
CLAIM = Claim("s", "d", "msg_1", "banner.published", {"site": "a"}, NOW, "webhook", "e", "", 0, NOW, ENDPOINT)


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=body, complete=True)


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (299, "delivered"),
        (301, "failed"),
        (304, "failed"),
        (308, "failed"),
        (400, "failed"),
        (404, "failed"),
        (410, "gone"),
        (429, "failed"),
        (500, "failed"),
        (503, "failed"),
    ],
)
def test_2xx_is_success_410_the_end_and_everything_else_is_tried_again(status: int, result: str) -> None:
    found = webhook.outcome(answer(status), now=NOW)
    assert (found.result, found.status) == (result, status)
    assert str(status) in found.answer


def test_a_redirect_is_named_as_such() -> None:
    found = webhook.outcome(answer(302, location="https://other.no/"), now=NOW)
    assert "Redirects are not followed" in found.answer


@pytest.mark.parametrize(("status", "asked"), [(429, True), (503, True), (500, False), (404, False)])
def test_retry_after_is_respected_where_it_has_a_meaning(status: int, asked: bool) -> None:
    found = webhook.outcome(answer(status, retry_after="90"), now=NOW)
    assert found.retry_after == (timedelta(seconds=90) if asked else None)


def test_what_the_receiver_says_is_in_the_log() -> None:
    assert webhook.outcome(answer(400, b"unknown \xff type"), now=NOW).answer == (
        "The receiver answered 400. unknown \ufffd type"
    )


@pytest.mark.parametrize(
    "fault", [Refused("private_address", "it is private"), Failed("timeout", "it took too long")]
)
def test_a_request_that_did_not_succeed_is_tried_again(fault: Exception) -> None:
    def post(*_: object) -> Answer:
        raise fault

    found = webhook.send(CLAIM, post=post, secret_key="k" * 32, now=NOW)
    assert (found.result, found.status) == ("failed", None)
    assert str(fault) in found.answer


def test_every_request_is_signed_and_says_what_it_is() -> None:
    sent: list[tuple[str, bytes, dict[str, str]]] = []

    def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
        sent.append((url, body, headers))
        return answer(204)

    assert webhook.send(CLAIM, post=post, secret_key="k" * 32, now=NOW).result == "delivered"
    ((url, body, headers),) = sent
    assert url == URL
    assert b'"type":"banner.published"' in body
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["webhook-signature"].startswith("v1,")
    assert headers["Content-Type"] == "application/json"
