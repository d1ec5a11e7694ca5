"""The noise has the distribution that it claims, which is computed by enumerating what can be drawn.

Beside OpenDP 0.16.0, another implementation, the largest deviation of a value was 2.5 standard errors, among
98 values of three ε with a million draws each (`python -m tests.analytics.privacy.opendp_oracle`).
"""

import math
import random
import secrets
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.privacy import noise
from server.analytics.privacy.noise import bernoulli_exp, discrete_laplace, variance
from tests.analytics.enumeration import Choices, enumerated

EPSILONS = [(4, 5), (4, 15), (4, 30), (1, 5), (1, 6), (7, 3), (1, 1)]
"""Numerators and denominators: those of the release rule, one above 1, and 1."""


def probability(x: int, epsilon: float) -> float:
    """The discrete Laplace distribution in closed form."""
    q = math.exp(-epsilon)
    return (1 - q) / (1 + q) * q ** abs(x)


class SecondAttempt(Exception):
    """A draw was rejected, and the next begins."""


def first_attempt(choices: Choices, numerator: int, denominator: int) -> int | None:
    """What `discrete_laplace` draws unless it rejects that, if `bernoulli_exp` is as likely as it says."""

    def randbelow(bound: int) -> int:
        if bound == denominator and choices.sizes:
            raise SecondAttempt
        return choices.randbelow(bound)

    def bernoulli(n: int, d: int, _: object) -> bool:
        true = math.exp(-n / d)
        return choices.choose(true, 1 - true) == 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noise, "bernoulli_exp", bernoulli)
        try:
            return discrete_laplace(numerator, denominator, randbelow)
        except SecondAttempt:
            return None


def distribution(numerator: int, denominator: int) -> dict[int, float]:
    """How likely `discrete_laplace` draws each value.

    All attempts are alike, so it is what the first attempt gives where it is not rejected.
    """
    results, unfinished = enumerated(
        lambda choices: first_attempt(choices, numerator, denominator), least=1e-14
    )
    assert unfinished < 1e-11
    accepted = sum(mass for x, mass in results.items() if x is not None)
    return {x: mass / accepted for x, mass in results.items() if x is not None}


@pytest.mark.parametrize(("numerator", "denominator"), EPSILONS)
def test_every_value_is_drawn_as_often_as_the_discrete_laplace_distribution_says(
    numerator: int, denominator: int
) -> None:
    drawn = distribution(numerator, denominator)
    assert len(drawn) > 20
    for x, mass in drawn.items():
        assert mass == pytest.approx(probability(x, numerator / denominator), abs=1e-11)
        assert mass == pytest.approx(drawn[-x], rel=1e-9)


@pytest.mark.parametrize(("numerator", "denominator"), EPSILONS)
def test_one_decision_more_changes_the_probability_of_a_figure_by_a_factor_of_at_most_e_to_epsilon(
    numerator: int, denominator: int
) -> None:
    drawn = distribution(numerator, denominator)
    likely = [x for x, mass in drawn.items() if mass > 1e-7 and x + 1 in drawn]
    assert len(likely) > 10
    ratios = [abs(math.log(drawn[x] / drawn[x + 1])) for x in likely]
    assert max(ratios) == pytest.approx(numerator / denominator, abs=1e-4)


@pytest.mark.parametrize(
    ("n", "d"), [(0, 1), (0, 5), (1, 1), (1, 5), (1, 30), (2, 5), (2, 2), (3, 5), (4, 5)]
)
def test_an_event_of_probability_exp_minus_a_fraction_has_exactly_that(n: int, d: int) -> None:
    results, unfinished = enumerated(lambda choices: bernoulli_exp(n, d, choices.randbelow), least=1e-5)
    assert unfinished < 3e-3
    assert results[True] - 1e-12 <= math.exp(-n / d) <= results[True] + unfinished + 1e-12


@pytest.mark.parametrize(("numerator", "denominator"), [(4, 5), (1, 5)])
def test_draws_of_a_seeded_generator_fit_by_the_chi_squared_test(numerator: int, denominator: int) -> None:
    draws, epsilon = 10_000, numerator / denominator
    randbelow = random.Random(2020).randrange
    cells = Counter(
        max(-6, min(6, discrete_laplace(numerator, denominator, randbelow))) for _ in range(draws)
    )
    expected = {x: draws * probability(x, epsilon) for x in range(-5, 6)}
    expected[-6] = expected[6] = (draws - sum(expected.values())) / 2
    chi_squared = sum((cells[x] - mean) ** 2 / mean for x, mean in expected.items())
    assert chi_squared < 32.91, "beyond the 99.9 % quantile for 12 degrees of freedom"


def test_noise_of_any_size_is_exact_to_the_last_digit() -> None:
    """Floating point has 53 bits: beyond them every draw would be even."""
    randbelow = random.Random(1).randrange
    odd = sum(discrete_laplace(1, 10**30, randbelow) % 2 for _ in range(200))
    assert 70 < odd < 130


def test_the_operating_systems_randomness_can_be_passed() -> None:
    assert isinstance(discrete_laplace(4, 5, secrets.randbelow), int)


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 5), (-4, 5), (4, 0), (4, -5), (0.8, 1), (4, 5.0)])
def test_an_epsilon_that_is_not_a_positive_fraction_of_integers_is_refused(
    numerator: int, denominator: int
) -> None:
    with pytest.raises(ValueError, match="must be a positive integer"):
        discrete_laplace(numerator, denominator, secrets.randbelow)


@pytest.mark.parametrize(("n", "d"), [(-1, 5), (6, 5), (0, 0), (1, -1)])
def test_an_exponent_outside_of_zero_to_one_is_refused(n: int, d: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        bernoulli_exp(n, d, secrets.randbelow)


@given(st.fractions(Fraction(1, 10), 5))
def test_the_variance_is_that_of_the_distribution(epsilon: Fraction) -> None:
    reach = int(40 / epsilon)
    summed = math.fsum(x * x * probability(x, float(epsilon)) for x in range(-reach, reach + 1))
    assert variance(epsilon) == pytest.approx(summed, rel=1e-9)


@pytest.mark.parametrize(
    ("epsilon", "value"), [(Fraction(4, 5), 2.9635), (Fraction(1, 5), 49.83), (Fraction(1, 10**9), 2e18)]
)
def test_the_variance_is_known(epsilon: Fraction, value: float) -> None:
    assert variance(epsilon) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("epsilon", [Fraction(0), Fraction(-1, 5)])
def test_no_epsilon_has_no_variance(epsilon: Fraction) -> None:
    with pytest.raises(ValueError, match="epsilon must be positive"):
        variance(epsilon)
