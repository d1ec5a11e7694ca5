"""Figures of events: released with the lump of the decisions, and joined to them where they cover it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from pyarrow.parquet import read_table

from server.analytics.last_releases import LastRelease
from server.analytics.privacy import audience as rule
from server.analytics.representations import as_csv
from server.analytics.service import audience_figures, closing, counting, figures, parquet
from server.analytics.values import Query
from server.audience import service as audience
from server.audience.values import Client, Event
from server.core.db import db, transaction
from server.core.ids import new_id
from server.sites import service as sites
from tests.analytics.visitors import MONDAY, Visited, at, close, open_site, without_noise
from tests.sites.documents import publishable

pytestmark = pytest.mark.usefixtures("app")
TUESDAY = MONDAY + timedelta(1)
PHONE = Client("mobile", "safari", "ios", "NO")
DESK = Client("desktop", "firefox", "linux", "SE")


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    """No noise is drawn."""
    with without_noise(), patch.object(rule, "discrete_laplace", lambda *_: 0):
        yield


def _publish(visited: Visited, day: date, *, impressions: bool = True) -> None:
    document = publishable()
    document["behaviour"] = {**document["behaviour"], "impressions": impressions}
    with transaction():
        sites.save_draft(visited.site.id, document, by="test", now=at(day))
        sites.publish(visited.site.id, note="", by="test", now=at(day))


def _counting_site(day: date = MONDAY) -> Visited:
    visited = open_site(day=day - timedelta(days=3))
    close(day - timedelta(days=1))
    _publish(visited, day)
    return visited


def _send(visited: Visited, number: int, name: str, client: Client = PHONE, after: str = "") -> None:
    with transaction():
        event = Event(name, 2, after, "nb", client)
        audience.count(visited.site.id, new_id(), [event] * number)


def test_shown_and_ignored_stand_beside_the_decisions() -> None:
    visited = _counting_site()
    _send(visited, 120, "shown")
    _send(visited, 20, "accept_all", after="3-10s")
    visited.decide("accept_all", 20, version=2)
    close()
    cells = visited.read().totals
    assert (cells.measures["shown"], cells.measures["decided"], cells.measures["ignored"]) == (120, 20, 100)
    assert cells.delays == {"0-3s": 0, "3-10s": 20, "10-30s": 0, "30s+": 0}
    assert cells.measures["accept_all"] == 20
    assert cells.margins["ignored"] > cells.margins["shown"] > 0
    assert "time_to_decision.3-10s" in as_csv(visited.read()).splitlines()[0].replace("_3-10s", ".3-10s")


def test_a_parquet_file_has_the_columns_of_the_table(tmp_path: Path) -> None:
    visited = _counting_site()
    _send(visited, 40, "shown")
    _send(visited, 20, "accept_all", after="3-10s")
    close()
    found = visited.read()
    parquet.write(found, tmp_path / "figures.parquet")
    table = read_table(tmp_path / "figures.parquet")
    assert table.column_names == as_csv(found).splitlines()[0].split(",")
    assert table.to_pylist()[0]["shown"] == 40


def test_events_of_a_lump_that_was_released_before_are_skipped_with_it() -> None:
    visited = _counting_site()
    _send(visited, 40, "shown")
    with transaction():
        night = at(TUESDAY)
        closing.advance(visited.site.id, now=night, randbelow=lambda n: n - 1, before=LastRelease(MONDAY))
    assert visited.read().rows == ()
    assert audience.counts(visited.site.id, MONDAY)
    _send(visited, 30, "shown")
    close(TUESDAY)
    assert visited.read(Query(MONDAY, TUESDAY)).totals.measures["shown"] == 30


def test_devices_browsers_systems_and_countries_are_told_apart() -> None:
    visited = _counting_site()
    _send(visited, 60, "shown", PHONE)
    _send(visited, 30, "shown", DESK)
    _send(visited, 15, "reject_all", DESK)
    close(countries=True)
    for by, found in {
        "device": {"mobile": 60, "desktop": 30},
        "browser": {"safari": 60, "firefox": 30},
        "os": {"ios": 60, "linux": 30},
        "country": {"NO": 60, "SE": 30},
    }.items():
        rows = visited.read(Query(MONDAY, MONDAY, "day", by)).rows  # type: ignore[arg-type]
        shown = {row.value: row.cells.measures["shown"] for row in rows if row.cells.measures["shown"]}
        assert shown == found
        assert sum(row.cells.measures["decided"] for row in rows) == 15
        assert rows[-1].value == "other"


def test_versions_and_languages_have_what_was_shown_in_them() -> None:
    visited = _counting_site()
    _send(visited, 60, "shown")
    close()
    by_version = visited.read(Query(MONDAY, MONDAY, "day", "version")).rows
    assert [(row.value, row.cells.measures.get("shown")) for row in by_version] == [("1", None), ("2", 60)]
    by_language = visited.read(Query(MONDAY, MONDAY, "day", "language")).rows
    assert {row.value: row.cells.measures.get("shown") for row in by_language} == {"nb": 60, "nn": 0, "en": 0}


def test_a_site_that_does_not_count_has_no_figures_of_events() -> None:
    visited = open_site()
    visited.decide("accept_all", 20)
    close()
    totals = visited.read().totals
    assert "shown" not in totals.measures
    assert totals.delays == {}
    assert visited.read(Query(MONDAY, MONDAY, "day", "device")).rows == ()


def test_what_was_measured_on_some_days_only_is_absent_from_their_sum() -> None:
    visited = open_site()
    close(MONDAY)
    _publish(visited, TUESDAY)
    _send(visited, 60, "shown")
    close(TUESDAY)
    days = visited.read(Query(MONDAY, TUESDAY)).rows
    assert [row.cells.measures.get("shown") for row in days] == [None, 60]
    assert "shown" not in visited.read(Query(MONDAY, TUESDAY)).totals.measures
    assert visited.read(Query(TUESDAY, TUESDAY)).totals.measures["shown"] == 60


def test_events_are_released_once_and_their_counters_deleted_a_week_later() -> None:
    visited = _counting_site()
    _send(visited, 60, "shown")
    close()
    _send(visited, 25, "shown")
    assert visited.read().totals.measures["shown"] == 60
    with transaction():
        counting.purge(now=at(MONDAY) + timedelta(days=8))
    left = db.session.execute(sa.text("SELECT sum(count) FROM audience_count WHERE dimension = ''")).scalar()
    assert left == 25
    close(TUESDAY)
    rows = visited.read(Query(MONDAY, TUESDAY)).rows
    assert [row.cells.measures["shown"] for row in rows] == [60, 25]


def test_what_is_carried_comes_back_in_the_next_lump() -> None:
    visited = _counting_site()
    with patch.object(rule, "discrete_laplace", lambda *_: -20):
        _send(visited, 10, "shown")
        close()
    assert visited.read().totals.measures["shown"] == 0
    with patch.object(rule, "discrete_laplace", lambda *_: 20):
        close(TUESDAY)
    total = visited.read(Query(MONDAY, TUESDAY)).totals.measures["shown"]
    assert total == 10


def test_noise_of_single_days_is_not_added_up_to_visitors_of_a_country() -> None:
    visited = _counting_site()
    for day in range(6):
        noise = cycle((300, -300) if day % 2 else (-300, 300))
        with patch.object(rule, "discrete_laplace", lambda *_, noise=noise: next(noise)):
            close(MONDAY + timedelta(day), countries=True)
    days = Query(MONDAY, MONDAY + timedelta(6), "day", "country")
    assert sum(row.cells.measures["shown"] for row in visited.read(days).rows) > 30_000
    parts = figures.parts(days, site=visited.site)
    assert max(cells.measures["shown"] for cells in parts.values()) < 30
    (month,) = {row.period for row in visited.read(replace(days, interval="month")).rows}
    whole = {row.value: row.cells for row in visited.read(replace(days, interval="month")).rows}
    assert (month, parts) == ("2026-11", whole)


def test_counters_of_a_site_that_stopped_counting_are_deleted_a_week_later() -> None:
    visited = _counting_site()
    _publish(visited, MONDAY + timedelta(2), impressions=False)
    close(MONDAY + timedelta(3))
    _send(visited, 30, "shown")  # pages with the old script, so late that nothing live counts
    friday = MONDAY + timedelta(4)
    close(friday)
    assert "shown" not in visited.read(Query(friday, friday)).totals.measures
    with transaction():
        counting.purge(now=at(MONDAY) + timedelta(days=13))
    assert db.session.execute(sa.text("SELECT count(*) FROM audience_count")).scalar() == 0


def test_noise_of_an_empty_value_is_not_added_up_to_decisions() -> None:
    noised = {"accept_all": 18, "reject_all": -12, "save": -9, "shown": -4}
    found = audience_figures._named(noised)
    assert [found[name] for name in ("decided", "accept_all", "reject_all", "shown")] == [0, 0, 0, 0]
    assert audience_figures._named({"accept_all": 60, "reject_all": -5})["decided"] == 55
