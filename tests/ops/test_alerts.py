"""The alerting rules for Prometheus ask for metrics that there are."""

import re
from pathlib import Path

from flask.testing import FlaskClient

from server.audience.handler import EventHandler
from server.consents.intake.handler import DecisionHandler

RULES = (Path(__file__).parents[2] / "deploy/prometheus/alerts.yml").read_text("utf-8")
"""Not parsed: what is asked about is written plainly in it."""


def test_every_metric_of_a_rule_is_one_of_the_product(client: FlaskClient) -> None:
    named = set(re.findall(r"\bsamtykke_[a-z_]+", RULES))
    there = set(re.findall(r"^# HELP (\w+)", client.get("/metrics").text, re.MULTILINE))
    assert {"samtykke_silent_sites_total", "samtykke_requests_total", "samtykke_merge_alarm"} <= named
    assert named <= there


def test_every_route_of_a_rule_is_one_of_the_product() -> None:
    patterns = set(re.findall(r'route=~?"([^"]+)"', RULES))
    assert patterns
    for route in (DecisionHandler.route, EventHandler.route):
        assert any(re.fullmatch(pattern, route) for pattern in patterns)
    for pattern in patterns:
        assert re.fullmatch(pattern, DecisionHandler.route)


def test_no_rule_names_a_site() -> None:
    assert "site=" not in RULES
