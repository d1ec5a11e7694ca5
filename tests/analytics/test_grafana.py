"""The Grafana dashboard asks questions that the API answers, for fields that the answers have."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.analytics.visitors import Visited, close, open_site, token, without_noise

DASHBOARD = json.loads((Path(__file__).parents[2] / "deploy/grafana/dashboard.json").read_text("utf-8"))
VARIABLES = {
    "${site}": "butikk",
    "${interval}": "day",
    "${__from:date:YYYY-MM-DD}": "2026-11-01",
    "${__to:date:YYYY-MM-DD}": "2026-11-30",
}
TARGETS = {panel["title"]: target for panel in DASHBOARD["panels"] for target in panel["targets"]}


@pytest.fixture
def visited(client: FlaskClient) -> Visited:
    """A site with a day of decisions, none of them too few to be shown but those withdrawn."""
    made = open_site()
    made.decide("accept_all", 30)
    made.decide("reject_all", 20)
    made.decide("save", 15, granted=["functional", "statistics", "advertising"])
    with without_noise():
        close()
    return made


def _address(target: dict[str, Any]) -> str:
    address: str = target["url"]
    for name, value in VARIABLES.items():
        address = address.replace(name, value)
    assert "${" not in address
    return address


def _field(row: Any, selector: str) -> Any:
    """What a selector such as `plus_minus.decided` finds; a KeyError where there is nothing."""
    for name in selector.split("."):
        row = row[name]
    return row


@pytest.mark.parametrize("title", TARGETS)
def test_every_panel_finds_its_figures_in_the_answer(
    client: FlaskClient, visited: Visited, title: str
) -> None:
    target = TARGETS[title]
    # What the data source sends.
    headers = {**token(visited), "Accept": "application/json;q=0.9,text/plain"}
    answer = client.get(_address(target), headers=headers)
    assert answer.status_code == 200, answer.json
    found = answer.get_json()[target["root_selector"]]
    rows = found if isinstance(found, list) else [found]
    assert rows
    for column in target["columns"]:
        figure = _field(rows[0], column["selector"])
        expected = int if column["type"] == "number" else str
        assert isinstance(figure, expected) or column["selector"] == "withdraw", column


def test_every_variable_of_a_question_is_one_of_the_dashboard_or_of_grafana() -> None:
    names = {f"${{{variable['name']}}}" for variable in DASHBOARD["templating"]["list"]}
    assert set(VARIABLES) <= names | {name for name in VARIABLES if name.startswith("${__")}
    assert {target["datasource"]["uid"] for target in TARGETS.values()} == {"${source}"} <= names
