"""Webhooks are signed as Standard Webhooks has it: its own libraries accept them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from server.core import clock
from server.notifications import signing
from server.notifications.payload import payload
from server.notifications.values import Endpoint

KEY = "tests-only-" + "k" * 32
MADE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ENDPOINT = Endpoint(
    "site",
    "endpoint",
    "https://example.no/hook",
    ("banner.published",),
    False,
    1,
    None,
    MADE,
    "kari",
    None,
    "",
)
BODY = payload("banner.published", {"site": "blåbær", "version": 3}, created_at=MADE)


def test_the_body_names_type_time_and_data() -> None:
    assert BODY.decode() == (
        '{"data":{"site":"blåbær","version":3},"timestamp":"2026-11-20T12:00:00.000Z","type":"banner.published"}'
    )


def test_the_published_library_verifies_what_is_sent() -> None:
    now = clock.now()
    (secret,) = signing.secrets(ENDPOINT, secret_key=KEY, now=now)
    headers = signing.headers("msg_1", BODY, with_secrets=(secret,), now=now)
    assert Webhook(secret).verify(BODY, headers)["data"] == {"site": "blåbær", "version": 3}
    for wrong in (BODY + b" ", BODY.replace(b"3", b"4")):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(wrong, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, {**headers, "webhook-id": "msg_2"})


def test_a_secret_has_256_bits_and_is_one_endpoints_own() -> None:
    secrets = {
        signing.secret(name, number, secret_key=key)
        for name in ("a", "b", "a1")
        for number in (1, 2, 11)
        for key in (KEY, KEY + "x")
    }
    assert len(secrets) == 18
    assert all(len(each) == len("whsec_") + 44 for each in secrets)


def test_for_a_day_after_a_rotation_both_secrets_verify() -> None:
    now = clock.now()
    old = signing.secrets(ENDPOINT, secret_key=KEY, now=now)[0]
    rotated = replace(ENDPOINT, secret_number=2, rotated_at=now - timedelta(hours=23, minutes=59))
    both = signing.secrets(rotated, secret_key=KEY, now=now)
    headers = signing.headers("msg_1", BODY, with_secrets=both, now=now)
    assert len(both) == 2
    assert both[1] == old
    for secret in both:
        assert Webhook(secret).verify(BODY, headers)
    later = signing.secrets(rotated, secret_key=KEY, now=now + timedelta(minutes=1))
    assert later == both[:1]
