"""Figures over HTTP."""

import csv
import io
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from server.analytics.service import closing
from server.analytics.values import MEASURES
from server.analytics.vocabulary import TERMS
from server.core import clock
from server.core.db import transaction
from tests.analytics.visitors import MONDAY, Visited, at, close, count, open_site, token, without_noise
from tests.consents.shops import open_shop, sent

PATH = "/api/v1/sites/butikk/analytics"
DAY = "?from=2026-11-02&to=2026-11-02"


@pytest.fixture
def opened(client: FlaskClient) -> Visited:
    """A site that nobody has visited: for answers that are the same without figures."""
    return open_site()


@pytest.fixture
def visited(opened: Visited) -> Visited:
    """A site with one day's decisions, and no noise in its figures."""
    made = opened
    made.decide("accept_all", 33)
    made.decide("reject_all", 22)
    made.decide("save", 13, granted=["functional"])
    with without_noise():
        close()
    return made


def test_answer_has_the_contract_s_shape(client: FlaskClient, visited: Visited) -> None:
    answer = client.get(PATH + DAY + "&by=version", headers=token(visited))
    cells = {
        "decided": 68,
        "accept_all": 33,
        "reject_all": 22,
        "save": 13,
        "withdraw": None,
        "granted": {"functional": 46, "statistics": 33, "advertising": 33},
        "plus_minus": {
            "decided": 18,
            "accept_all": 7,
            "reject_all": 7,
            "save": 16,
            "withdraw": 7,
            **dict.fromkeys(("granted.functional", "granted.statistics", "granted.advertising"), 17),
        },
        "suppressed": ["withdraw"],
    }
    day = "2026-11-02"
    assert answer.status_code == 200
    assert answer.json == {
        "site": "butikk",
        "from": day,
        "to": day,
        "interval": "day",
        "by": "version",
        "time_zone": "Europe/Oslo",
        "privacy": {
            "unit": "decision",
            "epsilon": {"closed": 0.8, "live": 0.2},
            "threshold": 10,
            "confidence": 0.95,
            "lump": "day",
            "released_since": day,
            "released_until": day,
        },
        "definitions": {
            "opt_in_rate": "granted / shown",
            "consent_rate": "granted / decided",
            **{name: TERMS[name].definition for name in (*MEASURES, "granted")},
        },
        "rows": [{"period": day, "from": day, "to": day, "value": "1", **cells}],
        "totals": cells,
    }


def test_undivided_rows_have_no_value(client: FlaskClient, visited: Visited) -> None:
    answer = client.get(PATH + DAY, headers=token(visited)).get_json()
    assert answer["by"] is None
    assert "value" not in answer["rows"][0]


def test_answer_is_never_stored_and_the_same_each_time(client: FlaskClient, visited: Visited) -> None:
    headers = token(visited)
    first, *others = [client.get(PATH + DAY + "&by=language", headers=headers) for _ in range(20)]
    assert first.headers["Cache-Control"] == "private, no-store"
    assert all(other.data == first.data for other in others)


def test_window_is_the_last_four_weeks_by_default(client: FlaskClient, opened: Visited) -> None:
    answer = client.get(PATH, headers=token(opened)).get_json()
    last = date.fromisoformat(answer["to"])
    assert abs(last - clock.now().date()) <= timedelta(days=1)
    assert date.fromisoformat(answer["from"]) == last - timedelta(days=27)


def test_days_before_the_site_and_days_that_run_have_no_row(client: FlaskClient, visited: Visited) -> None:
    answer = client.get(f"{PATH}?from=2026-10-20&to=2026-11-20", headers=token(visited)).get_json()
    assert [row["period"] for row in answer["rows"]] == ["2026-11-02"]


def test_table_has_one_heading_and_empty_cells(client: FlaskClient, visited: Visited) -> None:
    headers = {**token(visited), "Accept": "text/csv"}
    answer = client.get(PATH + DAY + "&by=version", headers=headers)
    assert answer.mimetype == "text/csv"
    heading, row = csv.reader(io.StringIO(answer.text))
    assert heading[:8] == [
        *("period", "from", "to", "value", "decided", "decided_plus_minus"),
        *("accept_all", "accept_all_plus_minus"),
    ]
    found = dict(zip(heading, row, strict=True))
    assert (found["decided"], found["decided_plus_minus"]) == ("68", "18")
    assert (found["withdraw"], found["suppressed"]) == ("", "withdraw")
    assert found["granted_functional"] == "46"


def test_a_running_day_is_live_and_outside_the_rows(client: FlaskClient, visited: Visited) -> None:
    assert "live" not in client.get(PATH, headers=token(visited)).get_json()
    visited.decide("accept_all", 60, day=MONDAY + timedelta(1))
    count(MONDAY + timedelta(1))
    with without_noise(), transaction():
        closing.advance(visited.site.id, now=at(MONDAY + timedelta(1)), randbelow=lambda n: n - 1)
    answer = client.get(PATH + "?from=2026-11-02&to=2026-11-03", headers=token(visited)).get_json()
    assert answer["live"] == {
        "from": "2026-11-03",
        "as_of": "2026-11-03T12:00",
        "decided": 60,
        "plus_minus": 15,
    }
    assert len(answer["rows"]) == 1


def test_table_and_json_say_the_same(client: FlaskClient, visited: Visited) -> None:
    headers = token(visited)
    asked = PATH + "?from=2026-10-30&to=2026-11-04&by=language"
    tree = client.get(asked, headers=headers).get_json()["rows"]
    table = client.get(asked, headers={**headers, "Accept": "text/csv"}).text
    for row, line in zip(tree, csv.DictReader(io.StringIO(table)), strict=True):
        assert line["decided"] == str(row["decided"] or "")
        assert line["suppressed"].split() == row["suppressed"]


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("from=2026-11-31", "from"),
        ("from=20261102", "from"),
        ("from=2026-W45-1", "from"),
        ("from=2026-11-02T00:00", "from"),
        ("to=today", "to"),
        ("to=", "to"),
        ("from=2026-11-03&to=2026-11-02", "from"),
        ("from=2020-01-01&to=2026-11-02", "from"),
        ("interval=hour", "interval"),
        ("by=colour", "by"),
        ("form=2026-11-02", "form"),
        ("by=version&by=language", "by"),
    ],
)
def test_wrong_parameter_is_named(client: FlaskClient, opened: Visited, question: str, field: str) -> None:
    answer = client.get(f"{PATH}?{question}", headers=token(opened))
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


@pytest.mark.parametrize("dimension", ["device", "browser", "os", "country"])
def test_dimensions_of_events_have_no_rows_where_none_are_counted(
    client: FlaskClient, visited: Visited, dimension: str
) -> None:
    answer = client.get(f"{PATH}{DAY}&by={dimension}", headers=token(visited))
    assert (answer.status_code, answer.get_json()["rows"]) == (200, [])


def test_window_may_have_1100_days_and_no_more(client: FlaskClient, opened: Visited) -> None:
    headers = token(opened)
    first = MONDAY - timedelta(1099)
    inside = client.get(f"{PATH}?from={first}&to={MONDAY}&interval=month", headers=headers)
    outside = client.get(f"{PATH}?from={first - timedelta(1)}&to={MONDAY}", headers=headers)
    assert (inside.status_code, outside.status_code) == (200, 422)


def test_first_and_last_day_of_the_calendar_are_days(client: FlaskClient, visited: Visited) -> None:
    headers = token(visited)
    for interval in ("day", "week", "month"):
        for window in ("from=0001-01-01&to=0001-01-02", "to=0001-01-02", "from=9999-12-30&to=9999-12-31"):
            answer = client.get(f"{PATH}?{window}&interval={interval}", headers=headers)
            assert answer.status_code == 200


def test_stranger_does_not_learn_which_sites_there_are(client: FlaskClient, opened: Visited) -> None:
    known, unknown = client.get(PATH), client.get("/api/v1/sites/ukjent/analytics")
    assert (known.status_code, unknown.status_code) == (401, 401)


def test_unknown_site_is_reported_to_anyone_who_has_a_token(client: FlaskClient, opened: Visited) -> None:
    answer = client.get("/api/v1/sites/ukjent/analytics", headers=token(opened))
    assert (answer.status_code, answer.get_json()["reason"]) == (404, "site_unknown")


def test_token_without_the_scope_is_refused(client: FlaskClient, opened: Visited) -> None:
    answer = client.get(PATH, headers=token(opened, "sites:read"))
    assert (answer.status_code, answer.get_json()["reason"]) == (403, "scope_missing")


def test_token_of_another_site_is_refused(client: FlaskClient, opened: Visited) -> None:
    answer = client.get(PATH, headers=token(open_site("annen")))
    assert (answer.status_code, answer.get_json()["reason"]) == (404, "site_unknown")


def test_api_describes_the_question_and_the_answer(client: FlaskClient) -> None:
    tree = client.get("/api/v1/openapi.json").get_json()
    operation = tree["paths"]["/api/v1/sites/{site}/analytics"]["get"]
    assert {each["name"] for each in operation["parameters"]} >= {"from", "to", "interval", "by"}
    assert {"200", "401", "403", "404", "422"} <= set(operation["responses"])


def test_decisions_sent_by_browsers_become_figures(client: FlaskClient) -> None:
    shop = open_shop(client)
    for _ in range(12):
        assert shop.post(sent()).status_code == 201
    today = clock.now().date()
    with without_noise():
        close(today)
    answer = client.get(f"{PATH}?to={today}", headers=token(Visited(shop.site)))
    totals = answer.get_json()["totals"]
    assert (totals["decided"], totals["save"], totals["accept_all"]) == (12, 12, None)
    assert totals["granted"] == {"functional": 12, "statistics": None, "advertising": None}
