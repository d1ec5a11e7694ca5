"""What is promised before an experiment starts: computed, integrated and tried out, the three agree."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.crossing import probability_of_clear
from benchmarks.simulated_experiments import World, binomial, experiment, holds, laplace
from server.analytics.experiments.confidence_sequence import Noise
from server.analytics.experiments.power import (
    POWER,
    Plan,
    detectable_difference,
    power,
)
from server.analytics.privacy.noise import variance

NO_NOISE = Noise(0, 0, 0)
SHOP = World(a_day=200, rate=0.55, days=30)
WEEKLY = World(a_day=20, rate=0.3, days=182, lump_days=7, languages=3)
RUNS = 200

plans = st.builds(
    Plan,
    decisions_a_day=st.floats(1, 20_000),
    base_rate=st.floats(0, 1),
    days=st.integers(1, 365),
    lump_days=st.sampled_from((1, 7, 30)),
    noise=st.floats(0, 300).map(lambda number: Noise(number, number, 0)),
)


def clear(world: World, seed: int) -> float:
    """Share of simulated experiments that end with a clear result, whichever."""
    dice = random.Random(seed)
    return sum(experiment(world, dice).state != "undecided" for _ in range(RUNS)) / RUNS


# --- without a difference ---------------------------------------------------------------------------------


@pytest.mark.parametrize("world", [SHOP, WEEKLY, replace(SHOP, rate=0.02, swing=0.01)], ids=str)
def test_variants_alike_are_called_different_in_less_than_one_experiment_of_twenty(world: World) -> None:
    """10,000 experiments of each kind are in `python -m benchmarks.experiments`."""
    assert clear(world, seed=1) <= 0.05


@pytest.mark.parametrize("world", [SHOP, WEEKLY])
def test_integration_finds_less_than_one_of_twenty_too(world: World) -> None:
    assert 0.01 < probability_of_clear(world.plan(), 0) < 0.05


# --- with a difference ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("world", "times"), [(SHOP, 0.6), (SHOP, 1), (WEEKLY, 1)])
def test_differences_are_found_as_often_as_theory_says(world: World, times: float) -> None:
    """The tolerance is three standard errors of the simulation."""
    plan = world.plan()
    detectable = detectable_difference(plan)
    assert detectable
    expected = probability_of_clear(plan, times * detectable)
    found = clear(replace(world, difference=times * detectable), seed=2)
    assert found == pytest.approx(expected, abs=3 * math.sqrt(expected * (1 - expected) / RUNS))
    assert power(plan, times * detectable) < expected < power(plan, times * detectable) + 0.11


def test_the_true_difference_is_in_the_intervals_of_all_days() -> None:
    dice = random.Random(5)
    world = replace(SHOP, rate=0.1, difference=0.1)
    assert sum(holds(world, dice) for _ in range(RUNS)) >= 0.95 * RUNS


def test_noise_covers_small_differences() -> None:
    plan = SHOP.plan()
    exact = replace(plan, noise=NO_NOISE)
    assert power(exact, 0.06) > power(plan, 0.06)
    fine, coarse = detectable_difference(exact), detectable_difference(plan)
    assert fine is not None
    assert coarse is not None
    assert fine < coarse


def test_a_detectable_difference_computed_by_hand() -> None:
    """Without noise, v is (nearly) the number of decisions where the rates are near one half.

    6,000 decisions, tuned for a quarter of that: the half width is 3.127 standard deviations, which are
    1/sqrt(6,000), and power 0.8 asks for 0.842 more: together 0.0512.
    """
    plan = Plan(200, 0.5, 30, 1, NO_NOISE)
    found = detectable_difference(plan)
    assert found == pytest.approx((3.127 + NormalDist().inv_cdf(POWER)) / math.sqrt(6000), rel=0.005)


@given(plans)
def test_the_detectable_difference_is_found_with_the_power_that_was_asked_for(plan: Plan) -> None:
    found = detectable_difference(plan)
    assume(found is not None)
    assert found is not None
    for step in (found, -found):
        if 0 <= plan.base_rate + step <= 1:
            assert power(plan, step) >= POWER


@given(plans, st.integers(2, 10))
def test_more_days_find_smaller_differences(plan: Plan, times: int) -> None:
    few, many = detectable_difference(plan), detectable_difference(replace(plan, days=plan.days * times))
    if few is not None:
        assert many is not None
        assert many <= few + 1e-9


def test_who_has_no_visitors_is_told_that_nothing_can_be_found() -> None:
    nobody = Plan(0, 0.5, 30, 1, Noise(5, 5, 0))
    assert detectable_difference(nobody) is None
    assert power(nobody, 0.1) == 0


@pytest.mark.parametrize(
    ("impossible", "what"),
    [
        (lambda: replace(SHOP.plan(), decisions_a_day=-1), "decisions_a_day"),
        (lambda: replace(SHOP.plan(), decisions_a_day=math.inf), "decisions_a_day"),
        (lambda: replace(SHOP.plan(), base_rate=1.2), "base_rate"),
        (lambda: replace(SHOP.plan(), days=0), "days"),
        (lambda: replace(SHOP.plan(), lump_days=0), "lump_days"),
    ],
)
def test_an_impossible_plan_is_refused_by_the_name_of_what_is_wrong(
    impossible: Callable[[], Plan], what: str
) -> None:
    with pytest.raises(ValueError, match=f"^{what} must be"):
        impossible()


@pytest.mark.parametrize("difference", [0.6, -0.6])
def test_rates_beyond_none_and_all_have_no_power(difference: float) -> None:
    with pytest.raises(ValueError, match="no rate is"):
        power(SHOP.plan(), difference)


# --- the simulation itself --------------------------------------------------------------------------------


def test_simulated_noise_has_the_variance_of_the_real_one() -> None:
    dice = random.Random(3)
    drawn = [laplace(0.8, dice) for _ in range(10_000)]
    assert sum(drawn) / len(drawn) == pytest.approx(0, abs=0.06)
    assert sum(x * x for x in drawn) / len(drawn) == pytest.approx(variance(Fraction(4, 5)), rel=0.05)


@pytest.mark.parametrize("rate", [0, 0.02, 0.5, 0.55, 1])
def test_simulated_decisions_have_the_rate_that_was_asked_for(rate: float) -> None:
    successes = binomial(200_000, rate, random.Random(4))
    assert successes / 200_000 == pytest.approx(rate, abs=0.004)
    assert binomial(0, rate, random.Random(4)) == 0
