"""Sample figures look like a shop's, come before the first real ones, and are marked."""

import secrets
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics import sample_year
from server.analytics.leaves import Leaves
from server.analytics.privacy.release import Leaf
from server.analytics.representations import as_tree
from server.analytics.service import samples
from server.analytics.values import Query
from server.core.db import transaction
from server.core.errors import Conflict
from tests.analytics.visitors import MONDAY, Visited, at, close, counters, open_site

LEAVES = Leaves({1: ("nb", "nn", "en"), 2: ("nb", "en")}, {1: ("statistics",), 2: ("statistics", "ads")})
SUNDAY = MONDAY - timedelta(1)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year of two weeks, as every lump takes time to release."""
    monkeypatch.setattr(sample_year, "DAYS", 14)


def _release(visited: Visited) -> date:
    with transaction():
        return samples.release_year(visited.site.id, now=at(MONDAY), randbelow=secrets.randbelow)


def _number(day: date) -> int:
    found = sample_year.decisions(day, LEAVES, begins=date(2025, 11, 2))
    return sum(each.accept_all + each.reject_all + each.save for each in found.values())


@given(st.dates(date(2025, 1, 1), date(2030, 1, 1)), st.integers(0, sample_year.DAYS - 1))
def test_a_sample_is_possible_and_the_same_each_time(begins: date, age: int) -> None:
    day = begins + timedelta(age)
    found = sample_year.decisions(day, LEAVES, begins=begins)
    assert found == sample_year.decisions(day, LEAVES, begins=begins)
    assert set(found) == {Leaf(2, "nb"), Leaf(2, "en")}
    for counted in found.values():
        assert min(counted.accept_all, counted.reject_all, counted.withdraw) > 0
        assert set(counted.granted) == {"statistics", "ads"}
        assert all(0 <= number <= counted.save for number in counted.granted.values())


def test_a_sample_grows_rests_at_weekends_and_in_july() -> None:
    first, last = (sum(_number(begins + timedelta(day)) for day in range(28)) for begins in (
        date(2026, 1, 5), date(2026, 9, 28),
    ))  # fmt: skip
    assert last > 1.2 * first
    weeks = [date(2026, 3, 2) + timedelta(7 * week) for week in range(8)]
    assert sum(_number(day) for day in weeks) > 1.1 * sum(_number(day + timedelta(6)) for day in weeks)
    assert sum(_number(date(2026, 7, day)) for day in range(1, 29)) < first * 1.1


@pytest.mark.usefixtures("app", "short")
def test_a_site_without_figures_gets_a_year_until_the_running_lump() -> None:
    visited = open_site()
    before = counters()
    assert _release(visited) == SUNDAY
    found = visited.read(Query(MONDAY - timedelta(30), MONDAY, by="language"))
    assert len(found.rows) == 14 * 3
    assert (found.privacy.since, found.privacy.released_until) == (MONDAY - timedelta(14), SUNDAY)
    assert all(row.cells.measures["decided"] > 0 for row in found.rows if row.value == "nb")
    assert counters() == before


@pytest.mark.usefixtures("app", "short")
def test_sample_figures_are_marked_and_real_ones_are_not() -> None:
    visited = open_site()
    assert "sample_until" not in str(as_tree(visited.read()))
    _release(visited)
    close()
    privacy = as_tree(visited.read())["privacy"]
    assert isinstance(privacy, dict)
    assert (privacy["sample_until"], privacy["released_until"]) == ("2026-11-01", "2026-11-02")


@pytest.mark.usefixtures("app", "short")
def test_a_site_with_figures_gets_no_sample() -> None:
    visited = open_site()
    _release(visited)
    with pytest.raises(Conflict, match="has figures already"):
        _release(visited)
    other = open_site("annen")
    close()
    with pytest.raises(Conflict, match="has figures already"):
        _release(other)
