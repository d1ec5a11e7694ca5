"""Which figures an address of the analytics page asks for."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.privacy.lumps import LumpKind
from server.analytics.values import DIMENSIONS, MAX_DAYS, Privacy, Query
from server.studio.analytics.query import RANGES, Known, newest, parse, period_before

TODAY = date(2026, 11, 22)
LAST = date(2026, 11, 21)


def known(lump: LumpKind = "day", published: date | None = date(2026, 11, 3)) -> Known:
    return Known(TODAY, Privacy(Fraction(1), lump, date(2026, 1, 1), LAST, TODAY), published)


@pytest.mark.parametrize(
    ("name", "start", "interval"),
    [
        ("7d", date(2026, 11, 15), "day"),
        ("30d", date(2026, 10, 23), "day"),
        ("12m", date(2025, 12, 1), "week"),
        ("version", date(2026, 11, 3), "day"),
    ],
)
def test_a_range_ends_with_the_last_closed_day_and_chooses_its_interval(
    name: str, start: date, interval: str
) -> None:
    asked = parse({"range": name}, known())
    assert (asked.query.start, asked.query.end, asked.query.interval) == (start, LAST, interval)
    assert asked.own_interval is None


def test_no_period_is_shorter_than_what_is_released_together() -> None:
    assert parse({"range": "30d"}, known("week")).query.interval == "week"
    assert parse({"range": "12m"}, known("month")).query.interval == "month"
    assert parse({"range": "30d", "interval": "day"}, known("week")).query.interval == "day"


def test_a_long_time_is_divided_by_the_month() -> None:
    assert parse({"from": "2025-01-01", "to": "2026-11-01"}, known()).query.interval == "month"


def test_what_is_wrong_in_an_address_falls_back_to_the_usual_range() -> None:
    for arguments in ({}, {"range": "year", "interval": "year", "by": "continent"}):
        asked = parse(arguments, known())
        assert (asked.range, asked.query) == ("30d", Query(LAST - timedelta(29), LAST))
    assert parse({"range": "version"}, known(published=None)).range == "30d"


@pytest.mark.parametrize(
    "days", [{"from": "2026-11-23"}, {"from": "2010-01-01"}, {"to": "9999-12-31"}, {"from": "0001-01-01"}]
)
def test_days_that_cannot_be_are_reported(days: dict[str, str]) -> None:
    assert len(parse(days, known()).errors) == 1


@given(
    st.sampled_from(RANGES),
    st.sampled_from(["", "day", "week", "month"]),
    st.sampled_from(["", *DIMENSIONS]),
    st.dates(TODAY - timedelta(MAX_DAYS), TODAY),
)
def test_the_address_of_a_question_asks_the_same_question(
    name: str, interval: str, by: str, start: date
) -> None:
    arguments = {"range": name, "interval": interval, "by": by, "from": f"{start}", "to": f"{TODAY}"}
    asked = parse(arguments, known())
    if not asked.errors:
        assert parse(asked.address(), known()) == asked


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_the_period_before_ends_the_day_before_and_is_as_long_or_as_many_months(
    start: date, length: int
) -> None:
    end = start + timedelta(length)
    first, last = period_before(start, end)
    assert last == start - timedelta(1)
    assert last - first == end - start or first.day == start.day == 1


def test_months_are_compared_with_months() -> None:
    assert period_before(date(2026, 3, 1), date(2026, 3, 31)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert period_before(date(2026, 1, 1), date(2026, 2, 28)) == (date(2025, 11, 1), date(2025, 12, 31))
    assert period_before(date(2026, 3, 1), date(2026, 3, 7)) == (date(2026, 2, 22), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("lump", "glance", "longer"),
    [
        ("day", Query(date(2026, 11, 15), LAST), Query(date(2026, 11, 15), LAST)),
        ("week", Query(date(2026, 11, 15), LAST, "week"), Query(date(2026, 9, 27), LAST, "week")),
        ("month", Query(date(2026, 11, 1), LAST, "month"), Query(date(2025, 11, 26), LAST, "month")),
    ],
)
def test_the_newest_figures_are_those_of_the_last_lumps(lump: LumpKind, glance: Query, longer: Query) -> None:
    assert newest(known(lump).privacy, LAST) == (glance, longer)
