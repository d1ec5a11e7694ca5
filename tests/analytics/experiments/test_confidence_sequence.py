"""Intervals of the difference between two variants: published values, and what must hold for all."""

import math
import random
from dataclasses import replace
from fractions import Fraction
from statistics import covariance, variance

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.analytics.experiments.confidence_sequence import (
    FEWEST,
    NOTHING_KNOWN,
    Arm,
    Noise,
    boundary,
    difference,
    half_width,
    noise_of_accepted,
    noise_of_granted,
)
from server.analytics.intervals import Interval
from server.analytics.privacy.margins import variances
from server.analytics.privacy.release import GRANTED, UNIT, Counted, Leaf, close

NO_NOISE = Noise(0, 0, 0)
TUNED_FOR = 1000.0

noises = st.builds(
    lambda agreed, others, correlation: Noise(
        agreed, others, correlation * math.sqrt(agreed) * math.sqrt(others)
    ),
    st.floats(0, 500),
    st.floats(0, 500),
    st.floats(-1, 1),
)
numbers = st.floats(-30, 5000)
arms = st.builds(Arm, numbers, numbers, noises)
enough = arms.filter(lambda arm: arm.is_enough)


def near(interval: Interval, low: float, high: float) -> bool:
    return interval.low == pytest.approx(low, abs=1e-12) and interval.high == pytest.approx(high, abs=1e-12)


# --- the boundary -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "tuned_for", "alpha", "bound"),
    [
        (100, 1000, 0.05, 38.55054633530311),
        (250, 1000, 0.05, 51.613010029811775),
        (1000, 1000, 0.05, 95.98173584209047),
        (50_000, 1000, 0.05, 774.8424943587434),
        (100, 100, 0.01, 35.7162997087045),
        (1, 1, 0.5, 1.9247220114785657),
        (1_000_000, 250_000, 0.1, 2861.190982970155),
    ],
)
def test_the_boundary_is_that_of_howard_and_others(
    at: float, tuned_for: float, alpha: float, bound: float
) -> None:
    """Values of the authors' package, confseq 0.0.11 (`confseq_oracle`)."""
    assert boundary(at, tuned_for=tuned_for, alpha=alpha) == pytest.approx(bound, rel=1e-12)


@given(st.floats(0.01, 100), st.floats(0.001, 0.5))
def test_the_boundary_is_lowest_in_standard_deviations_where_it_is_tuned(times: float, alpha: float) -> None:
    """ρ is an approximation of the best one (Howard et al. 2021, section 3.5), hence 1 %."""
    best = boundary(TUNED_FOR, tuned_for=TUNED_FOR, alpha=alpha) / math.sqrt(TUNED_FOR)
    elsewhere = boundary(TUNED_FOR * times, tuned_for=TUNED_FOR, alpha=alpha) / math.sqrt(TUNED_FOR * times)
    assert elsewhere >= best * 0.99


@pytest.mark.parametrize(("at", "tuned_for", "alpha"), [(-1, 1, 0.05), (1, 0, 0.05), (1, 1, 0), (1, 1, 1)])
def test_an_impossible_boundary_is_refused(at: float, tuned_for: float, alpha: float) -> None:
    with pytest.raises(ValueError, match="no boundary"):
        boundary(at, tuned_for=tuned_for, alpha=alpha)


# --- the difference ---------------------------------------------------------------------------------------


def test_a_difference_computed_by_hand() -> None:
    """100 of 200 and 120 of 200 agreed, with noise of variance 9 in each number.

    In the variance the rates are 101/202 and 121/202, so that v is
    400²·((1/4)/200 + (1/2·9)/200² + (121·81/202²)/200 + ((81² + 121²)/202²·9)/200²).
    """
    noise = Noise(9, 9, 0)
    v = 400**2 * (
        0.25 / 200 + 4.5 / 200**2 + 121 * 81 / 202**2 / 200 + (81**2 + 121**2) / 202**2 * 9 / 200**2
    )
    half = boundary(v, tuned_for=TUNED_FOR) / 400
    found = difference(Arm(100, 100, noise), Arm(120, 80, noise), tuned_for=TUNED_FOR)
    assert near(found, 0.1 - half, 0.1 + half)
    assert half == pytest.approx(0.161, abs=5e-5)


@given(arms, arms)
def test_the_interval_holds_the_observed_difference_and_nothing_impossible(a: Arm, b: Arm) -> None:
    found = difference(a, b, tuned_for=TUNED_FOR)
    assert -1 <= found.low < found.high <= 1
    if a.is_enough and b.is_enough:
        assert found.low <= b.rate - a.rate <= found.high


@given(arms, arms)
def test_exchanged_variants_have_the_mirrored_interval(a: Arm, b: Arm) -> None:
    there, back = difference(a, b, tuned_for=TUNED_FOR), difference(b, a, tuned_for=TUNED_FOR)
    assert near(back, -there.high, -there.low)


@given(enough, enough)
def test_those_who_did_not_agree_have_the_mirrored_interval(a: Arm, b: Arm) -> None:
    agreed, others = (
        difference(*pair, tuned_for=TUNED_FOR) for pair in ((a, b), (_exchanged(a), _exchanged(b)))
    )
    assert near(others, -agreed.high, -agreed.low)


def _exchanged(arm: Arm) -> Arm:
    return Arm(arm.others, arm.agreed, Noise(arm.noise.others, arm.noise.agreed, arm.noise.covariance))


@given(enough, enough, st.integers(2, 50))
def test_more_lumps_like_the_first_make_the_interval_narrower(a: Arm, b: Arm, times: int) -> None:
    more = [Arm(arm.agreed * times, arm.others * times, arm.noise.times(times)) for arm in (a, b)]
    assert half_width(*more, tuned_for=TUNED_FOR) < half_width(a, b, tuned_for=TUNED_FOR)


@given(enough, enough, noises)
def test_more_noise_makes_the_interval_wider(a: Arm, b: Arm, noise: Noise) -> None:
    noisier = replace(a, noise=a.noise + noise)
    assert half_width(noisier, b, tuned_for=TUNED_FOR) >= half_width(a, b, tuned_for=TUNED_FOR)


@given(enough, enough)
def test_more_certainty_needs_a_wider_interval(a: Arm, b: Arm) -> None:
    assert half_width(a, b, tuned_for=TUNED_FOR, alpha=0.01) > half_width(a, b, tuned_for=TUNED_FOR)


@given(enough)
def test_the_interval_is_wider_than_one_that_is_looked_at_once(arm: Arm) -> None:
    assume(arm.agreed > 0 and arm.others > 0)
    once = 1.96 * math.sqrt(2 * arm.variance_of_rate)
    assert half_width(arm, arm, tuned_for=TUNED_FOR) > 1.5 * once


@pytest.mark.parametrize(
    "arm",
    [
        pytest.param(Arm(0, 0, NO_NOISE), id="nobody decided"),
        pytest.param(Arm(-3, 2, NO_NOISE), id="noise alone"),
        pytest.param(Arm(60, FEWEST - 60 - 1, NO_NOISE), id="too few"),
        pytest.param(Arm(100, 100, Noise(900, 900, 0)), id="200 ± 42, less than five times"),
    ],
)
def test_too_few_decisions_say_nothing(arm: Arm) -> None:
    plenty = Arm(5000, 5000, NO_NOISE)
    assert difference(arm, plenty, tuned_for=TUNED_FOR) == NOTHING_KNOWN
    assert difference(plenty, arm, tuned_for=TUNED_FOR) == NOTHING_KNOWN


# --- noise ------------------------------------------------------------------------------------------------


def test_the_variances_are_those_of_what_is_released() -> None:
    """One lump of 1,500 leaves in which nobody decided: what is released is noise alone."""
    categories, leaves = ("functional", "statistics", "advertising"), 1500
    cells = close(
        {Leaf(1, str(number)): Counted() for number in range(leaves)},
        {1: categories},
        {},
        epsilon=Fraction(1),
        randbelow=random.Random(7).randrange,
    )
    noisy = [{name: cell.noisy / UNIT for name, cell in measures.items()} for measures in cells.values()]
    accepted = [each["accept_all"] for each in noisy]
    refused = [each["reject_all"] + each["save"] for each in noisy]
    granted = [each["accept_all"] + each[GRANTED + "statistics"] for each in noisy]
    denied = [yes + no - each for yes, no, each in zip(accepted, refused, granted, strict=True)]
    one = variances(len(categories), Fraction(1))
    for noise, agreed, others in (
        (noise_of_accepted(one, 2), accepted, refused),
        (noise_of_granted(one, 2), granted, denied),
    ):
        assert noise.agreed == pytest.approx(2 * variance(agreed), rel=0.15)
        assert noise.others == pytest.approx(2 * variance(others), rel=0.15)
        assert noise.covariance == pytest.approx(2 * covariance(agreed, others), abs=3)


@given(noises, noises, st.integers(0, 400))
def test_noise_of_lumps_adds_up(one: Noise, other: Noise, number: int) -> None:
    assert (one + other).decided == pytest.approx(one.decided + other.decided, abs=1e-6)
    assert one.times(number).decided == pytest.approx(number * one.decided, abs=1e-6)


@given(arms, arms)
def test_figures_of_lumps_add_up(one: Arm, other: Arm) -> None:
    both = one + other
    assert both.decided == pytest.approx(one.decided + other.decided, abs=1e-6)
    assert both.noise == one.noise + other.noise


@pytest.mark.parametrize(
    ("parts", "what"),
    [((-1, 1, 0), "negative"), ((1, math.nan, 0), "negative"), ((4, 4, 4.1), "covariance")],
)
def test_impossible_noise_is_refused(parts: tuple[float, float, float], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Noise(*parts)
