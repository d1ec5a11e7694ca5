"""Intervals of rates and changes: published examples, and what must hold for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.intervals import (
    Interval,
    wilson,
)

rates = st.integers(1, 5000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


def close(interval: Interval, low: float, high: float, within: float = 1e-9) -> bool:
    return abs(interval.low - low) <= within and abs(interval.high - high) <= within


def complement(rate: tuple[int, int]) -> tuple[int, int]:
    return rate[1] - rate[0], rate[1]


# --- one rate ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_rates_have_the_intervals_that_newcombe_published(
    successes: int, trials: int, low: float, high: float
) -> None:
    """Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3."""
    assert close(wilson(successes, trials), low, high, within=5e-5)


@given(rates)
def test_the_interval_of_a_rate_holds_the_rate_and_nothing_impossible(rate: tuple[int, int]) -> None:
    interval = wilson(*rate)
    assert 0 <= interval.low <= rate[0] / rate[1] <= interval.high <= 1
    assert interval.low < interval.high


@given(rates)
def test_the_rate_of_what_was_not_granted_has_the_mirrored_interval(rate: tuple[int, int]) -> None:
    interval = wilson(*rate)
    assert close(wilson(*complement(rate)), 1 - interval.high, 1 - interval.low)


@given(rates, st.integers(2, 50))
def test_the_same_rate_of_more_decisions_has_a_narrower_interval(rate: tuple[int, int], times: int) -> None:
    few, many = wilson(*rate), wilson(rate[0] * times, rate[1] * times)
    assert few.low <= many.low
    assert many.high <= few.high
    assert many.high - many.low < few.high - few.low


@given(rates)
def test_more_confidence_needs_a_wider_interval(rate: tuple[int, int]) -> None:
    assert (
        wilson(*rate, z=2.575829).high - wilson(*rate, z=2.575829).low
        > wilson(*rate).high - wilson(*rate).low
    )


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 2), (0, -1)])
def test_what_is_not_a_rate_has_no_interval(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        wilson(successes, trials)
