"""What is usual."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.alarms.baseline import LEAST, Observation, Usual, usual
from tests.analytics.alarms.figures import MONDAY, usual_days

COUNTS = st.lists(st.integers(1, 10_000), min_size=7 * LEAST, max_size=63)


def observations(values: list[int], noise: float = 0.0) -> list[Observation]:
    days = [MONDAY + timedelta(days=number) for number in range(len(values))]
    return [
        Observation(day, day, value, noise, None, (day.weekday(),))
        for day, value in zip(days, values, strict=True)
    ]


def expected(values: list[int], noise: float = 0.0) -> Usual:
    *history, newest = observations(values, noise)
    found = usual(history, newest)
    assert found is not None
    return found


def test_a_day_is_compared_with_the_same_weekday() -> None:
    monday, saturday = (expected(usual_days(number + 1)) for number in (56, 61))
    assert monday.centre == pytest.approx(420, abs=10)
    assert saturday.centre == pytest.approx(250, abs=10)


def test_less_than_four_weeks_of_days_say_nothing() -> None:
    *history, newest = observations(usual_days(7 * LEAST))
    assert usual(history, newest) is None


def test_a_campaign_and_a_holiday_do_not_move_what_is_usual() -> None:
    values = usual_days(57)
    odd = [value * 3 if 7 <= number < 21 else value for number, value in enumerate(values)]
    odd[35] = 30
    assert expected(odd).centre == pytest.approx(expected(values).centre, rel=0.05)


def test_figures_that_are_alike_do_not_promise_the_next_one() -> None:
    alike = expected([400] * 57)
    assert alike.low < 360
    assert alike.high > 440


@given(COUNTS)
def test_the_usual_range_holds_the_median_and_is_never_below_zero(values: list[int]) -> None:
    found = expected([*values, 1])
    assert 0 <= found.low <= found.centre <= found.high


@given(COUNTS, st.floats(0, 400), st.floats(1, 400))
def test_more_noise_never_makes_a_bound_tighter(values: list[int], noise: float, more: float) -> None:
    less, larger = (expected([*values, 1], variance) for variance in (noise, noise + more))
    assert larger.below(4) <= less.below(4)


@given(COUNTS, st.integers(2, 9))
def test_a_site_that_is_so_many_times_as_large_scatters_alike(values: list[int], times: int) -> None:
    one, larger = expected([*values, 1]), expected([value * times for value in [*values, 1]])
    assert larger.centre == pytest.approx(times * one.centre)
    assert larger.scatter == pytest.approx(one.scatter)


def test_a_share_of_few_is_less_certain_than_one_of_many() -> None:
    day = date(2026, 9, 1)
    history = [Observation(day, day, 0.5, 0.0001, 1000)] * 8
    few, many = (usual(history, replace(history[0], trials=number)) for number in (50, 5000))
    assert few is not None
    assert many is not None
    assert few.low < many.low
