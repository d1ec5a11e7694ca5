"""Operators see how long commitments wait for their place, and get a warning when it is too long."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.core import clock
from server.core.db import transaction
from server.ledger import jobs
from server.ledger.service import outbox, reading


def figures(client: FlaskClient) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def append(*, seconds_ago: int) -> None:
    with transaction():
        moment = clock.now() - timedelta(seconds=seconds_ago)
        outbox.append(1, "s" * 22, "subject", bytes(32), now=moment)


@pytest.mark.parametrize(("seconds", "alarm"), [(5, 0.0), (40, 1.0)])
def test_the_alarm_is_raised_after_half_a_minute(
    client: FlaskClient, app: Flask, seconds: int, alarm: float
) -> None:
    append(seconds_ago=seconds)
    assert figures(client)["samtykke_merge_alarm"] == alarm
    assert client.get("/readyz").status_code == 200
    jobs.sequence()
    assert figures(client)["samtykke_merge_alarm"] == 0.0


def test_the_longest_wait_is_measured(client: FlaskClient, app: Flask) -> None:
    name = f'samtykke_merge_seconds_sum{{log="{reading.current_log(clock.now())}"}}'
    before = figures(client).get(name, 0.0)
    append(seconds_ago=7)
    append(seconds_ago=3)
    jobs.sequence()
    assert 7 <= figures(client)[name] - before < 67
