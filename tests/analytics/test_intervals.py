"""Intervals of rates and changes: published examples, and what must hold for all."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.intervals import (
    Interval,
    count_difference,
    difference,
    noisy_difference,
    rate_half_width,
    wilson,
    with_noise,
)

rates = st.integers(1, 5000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))
half_widths = st.floats(0, 0.5)
variances = st.floats(0, 1000)


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


# --- one rate with noise ----------------------------------------------------------------------------------


@given(rates, half_widths, half_widths)
def test_more_noise_makes_the_interval_of_a_rate_wider(rate: tuple[int, int], h: float, more: float) -> None:
    p, plain = rate[0] / rate[1], wilson(*rate)
    noisy, noisier = with_noise(plain, p, h), with_noise(plain, p, h + more)
    assert 0 <= noisier.low <= noisy.low <= plain.low + 1e-12
    assert plain.high - 1e-12 <= noisy.high <= noisier.high <= 1


@given(rates)
def test_no_noise_leaves_the_interval_as_it_is(rate: tuple[int, int]) -> None:
    plain = wilson(*rate)
    assert close(with_noise(plain, rate[0] / rate[1], 0), plain.low, plain.high, within=1e-12)


def test_the_distances_of_sample_and_noise_are_joined_by_their_squares() -> None:
    assert close(with_noise(Interval(0.46, 0.53), 0.5, 0.03), 0.45, 0.5 + 0.03 * math.sqrt(2))


def test_noise_cannot_be_negative_and_a_rate_is_inside_its_interval() -> None:
    with pytest.raises(ValueError, match="half width"):
        with_noise(Interval(0.4, 0.6), 0.5, -0.1)
    with pytest.raises(ValueError, match=r"rate 0\.7 is not between 0\.4 and 0\.6"):
        with_noise(Interval(0.4, 0.6), 0.7, 0.1)


@pytest.mark.parametrize(
    ("rate", "covariance", "half_width"),
    [
        pytest.param(0, 0, 2 * 3 / 100, id="none granted: noise of granted only"),
        pytest.param(1, 0, 2 * 4 / 100, id="all granted: noise of the rest only"),
        pytest.param(0.5, 0, 2 * 2.5 / 100, id="half granted: half of each, independent"),
        pytest.param(0.5, -12, 2 * 3.5 / 100, id="opposite errors add up"),
        pytest.param(0.5, 12, 2 * 0.5 / 100, id="equal errors cancel out"),
        pytest.param(3 / 7, 12, 0, id="errors that keep the proportion leave the rate alone"),
    ],
)
def test_noise_moves_a_rate_by_what_it_moves_its_parts(
    rate: float, covariance: float, half_width: float
) -> None:
    found = rate_half_width(rate, 100, 9, covariance, variance_rest=16)
    assert found == pytest.approx(half_width, abs=1e-9)


@given(st.floats(0, 1), st.integers(1, 5000), variances, st.floats(-1, 1))
def test_the_rest_has_the_noise_of_granted_unless_another_is_given(
    rate: float, decided: int, variance: float, correlation: float
) -> None:
    of_granted = rate_half_width(rate, decided, variance, correlation * variance)
    assert of_granted >= 0
    given_ = rate_half_width(rate, decided, variance, correlation * variance, variance_rest=variance)
    of_rest = rate_half_width(1 - rate, decided, variance, correlation * variance)
    assert of_granted == given_ == pytest.approx(of_rest, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((1.1, 10, 1, 0), "is not a rate"),
        ((-0.1, 10, 1, 0), "is not a rate"),
        ((0.5, 0, 1, 0), "is not a rate"),
        ((0.5, 10, -1, 0), "negative"),
        ((0.5, 10, 4, 4.1), "covariance"),
        ((0.5, 10, 4, -4.1), "covariance"),
    ],
)
def test_impossible_noise_is_refused(arguments: tuple[float, int, float, float], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        rate_half_width(*arguments)


# --- two rates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1),
        ((10, 10), (0, 10), 0.6075, 1),
    ],
)
def test_differences_have_the_intervals_that_newcombe_published(
    a: tuple[int, int], b: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe, "Interval estimation for the difference between independent proportions" (1998), table II."""
    assert close(difference(a, b), low, high, within=5e-5)


@given(rates, half_widths, rates, half_widths)
def test_the_interval_of_a_difference_holds_it_and_nothing_impossible(
    a: tuple[int, int], h_a: float, b: tuple[int, int], h_b: float
) -> None:
    plain, noisy = difference(a, b), noisy_difference(a, h_a, b, h_b)
    assert -1 <= noisy.low <= plain.low <= a[0] / a[1] - b[0] / b[1] <= plain.high <= noisy.high <= 1


@given(rates, half_widths, rates, half_widths)
def test_a_difference_seen_from_the_other_side_has_the_mirrored_interval(
    a: tuple[int, int], h_a: float, b: tuple[int, int], h_b: float
) -> None:
    interval = noisy_difference(a, h_a, b, h_b)
    assert close(noisy_difference(b, h_b, a, h_a), -interval.high, -interval.low)
    assert close(noisy_difference(complement(a), h_a, complement(b), h_b), -interval.high, -interval.low)


@given(rates, rates, st.integers(2, 50))
def test_the_same_difference_of_more_decisions_has_a_narrower_interval(
    a: tuple[int, int], b: tuple[int, int], times: int
) -> None:
    few = difference(a, b)
    many = difference((a[0] * times, a[1] * times), (b[0] * times, b[1] * times))
    assert many.high - many.low < few.high - few.low


def test_a_rate_compared_with_one_that_is_certain_has_nearly_its_own_interval() -> None:
    own = with_noise(wilson(30, 100), 0.3, 0.05)
    assert close(noisy_difference((30, 100), 0.05, (0, 10**9), 0), own.low, own.high, within=1e-6)


@pytest.mark.parametrize(("a", "b"), [((1, 0), (1, 2)), ((1, 2), (3, 2))])
def test_what_is_not_a_rate_has_no_difference(a: tuple[int, int], b: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        difference(a, b)


# --- two counts -------------------------------------------------------------------------------------------

counts = st.integers(0, 10_000)


@given(counts, counts, variances, variances)
def test_the_interval_of_a_change_holds_it_and_no_count_below_zero(
    a: int, b: int, variance_a: float, variance_b: float
) -> None:
    interval = count_difference(a, b, variance_a, variance_b)
    if interval is not None:
        assert -1 <= interval.low <= b / a - 1 + 1e-9
        assert b / a - 1 - 1e-9 <= interval.high < math.inf


@given(counts, counts, variances, variances)
def test_a_change_at_a_bound_is_just_what_noise_explains(
    a: int, b: int, variance_a: float, variance_b: float
) -> None:
    interval = count_difference(a, b, variance_a, variance_b)
    if interval is not None:
        for bound in {interval.low, interval.high} - {-1.0}:
            explained = math.hypot(2 * variance_b**0.5 + 0.5, (1 + bound) * (2 * variance_a**0.5 + 0.5))
            assert abs(b - a * (1 + bound)) == pytest.approx(explained, rel=1e-6, abs=1e-6)


@given(counts, counts, variances, variances, variances)
def test_more_noise_makes_the_interval_of_a_change_wider(
    a: int, b: int, variance_a: float, variance_b: float, more: float
) -> None:
    interval = count_difference(a, b, variance_a, variance_b)
    wider = count_difference(a, b, variance_a + more, variance_b + more)
    if interval is None:
        assert wider is None
    elif wider is not None:
        assert wider.low <= interval.low + 1e-9
        assert interval.high <= wider.high + 1e-9


def test_a_count_that_may_be_all_noise_has_changed_by_nobody_knows_how_much() -> None:
    """Variance 2.96 of one leaf: margin 3.94."""
    assert count_difference(3, 50, 2.96, 2.96) is None
    assert count_difference(0, 50, 2.96, 2.96) is None
    assert count_difference(4, 50, 2.96, 2.96) is not None


def test_a_small_change_of_large_counts_is_told_from_none() -> None:
    """412 and 460 with ± 4 each, as in the API's example."""
    change = count_difference(412, 460, 2.96, 2.96)
    assert change is not None
    assert close(change, 0.102, 0.131, within=1e-3)


@pytest.mark.parametrize(
    ("a", "b", "variance_a", "variance_b"), [(-1, 1, 1, 1), (1, -1, 1, 1), (1, 1, -1, 1), (1, 1, 1, -1)]
)
def test_negative_counts_and_variances_are_refused(
    a: int, b: int, variance_a: float, variance_b: float
) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        count_difference(a, b, variance_a, variance_b)
