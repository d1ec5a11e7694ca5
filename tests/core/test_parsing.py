"""Numbers and days are read in one form only."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core import parsing


@given(st.integers(0, 10**9 - 1))
def test_whole_numbers_are_read(number: int) -> None:
    assert parsing.number(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "+1", "-1", "1.0", "1e3", "1_0", "²", "٣", "0x1", "1" * 10, "1\n"]
)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert parsing.number(text) is None


@given(st.dates())
def test_days_are_read(day: date) -> None:
    assert parsing.day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261122",
        "2026-W47-7",
        "2026-11-31",
        "2026-1-2",
        "2026-11-22\n",
        "2026-11-22T00:00",
        "٢٠٢٦-11-22",
    ],
)
def test_other_forms_of_a_day_are_none(text: str) -> None:
    assert parsing.day(text) is None
