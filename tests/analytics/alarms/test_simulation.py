"""The rule over a year of simulated sites, one of each size; `benchmarks/alarms.py` has fifty."""

from functools import lru_cache

import pytest

from benchmarks import alarms
from benchmarks.alarms import SIZES, Tally


@lru_cache(maxsize=1)
def tallies() -> dict[int, Tally]:
    return {size: alarms.tally(size, [7], moments=1) for size in SIZES}


@pytest.mark.parametrize("size", SIZES)
def test_a_broken_banner_is_told_by_the_next_figure_of_a_whole_day_or_week(size: int) -> None:
    found = tallies()[size]
    assert found.tried["broken"] == 1
    assert found.detected("broken", 1) == 100


@pytest.mark.parametrize("size", SIZES)
def test_a_silent_language_is_told_within_seven_figures(size: int) -> None:
    assert tallies()[size].detected("language", 7) == 100


def test_a_site_has_less_than_one_false_alarm_a_year() -> None:
    found = tallies().values()
    assert sum(one.false.total() for one in found) < sum(one.sites for one in found)
