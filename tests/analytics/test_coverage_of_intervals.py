"""How often intervals hold the truth: at least 95 %, on average over what the truth may be.

Single truths they hold more or less often, as counts are whole numbers. Rates without noise and changes of
counts are summed up exactly; rates with noise are tried out with a seeded generator.
"""

import math
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, product
from statistics import fmean, pstdev

import pytest

from server.analytics.intervals import (
    Interval,
    count_difference,
    difference,
    noisy_difference,
    rate_half_width,
    wilson,
    with_noise,
)
from server.analytics.privacy.noise import discrete_laplace, variance
from tests.analytics.privacy.test_noise import probability

RATES = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98]
FOUR_FIFTHS = Fraction(4, 5)
SAMPLES = 1000
"""Leaves with noise that are drawn; what is summed up over several takes some of them at random."""


def binomial(trials: int, rate: float) -> list[float]:
    """How likely each number of successes is."""
    return [math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(trials + 1)]


def holds(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


# --- without noise ----------------------------------------------------------------------------------------


def at_least(successes: int, trials: int, rate: float) -> float:
    """How likely there are that many successes or more."""
    return math.fsum(binomial(trials, rate)[successes:])


@pytest.mark.parametrize("trials", [1, 5, 10, 30, 100])
def test_the_interval_of_a_rate_holds_it(trials: int) -> None:
    """The mean over all rates from 0 to 1.

    The integral of C(n, k) p^k (1 − p)^(n−k) from 0 to x is P(at least k + 1 of n + 1 at rate x) / (n + 1).
    """
    coverage = [
        at_least(successes + 1, trials + 1, interval.high) - at_least(successes + 1, trials + 1, interval.low)
        for successes in range(trials + 1)
        for interval in [wilson(successes, trials)]
    ]
    assert 0.95 <= fmean(coverage) < 0.97


@pytest.mark.parametrize(("trials_a", "trials_b"), [(10, 10), (15, 30)])
def test_the_interval_of_a_difference_holds_it(trials_a: int, trials_b: int) -> None:
    outcomes = [*product(range(trials_a + 1), range(trials_b + 1))]
    intervals = [difference((a, trials_a), (b, trials_b)) for a, b in outcomes]
    coverage = []
    for p, q in product(RATES, repeat=2):
        in_a, in_b = binomial(trials_a, p), binomial(trials_b, q)
        found = zip(outcomes, intervals, strict=True)
        coverage.append(math.fsum(in_a[a] * in_b[b] for (a, b), i in found if holds(i, p - q)))
    assert fmean(coverage) >= 0.95
    assert min(coverage) >= 0.90


# --- with noise -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Noise:
    """Noise of `granted` and of the rest for one of `categories`, as the release rule draws it for a leaf.

    `accept_all` and `reject_all` have ε = 4/5. Each category counts the saves that grant it and those that do
    not, with an equal share of 4/5; the number of saves is the mean of what the categories give.
    """

    categories: int
    leaves: int

    @property
    def variance(self) -> float:
        """Of `granted`, and of the rest."""
        w, s = self._of_a_save()
        return self.leaves * (variance(FOUR_FIFTHS) + (s + 2 * w) / 4)

    @property
    def covariance(self) -> float:
        w, s = self._of_a_save()
        return self.leaves * (s - 2 * w) / 4

    def _of_a_save(self) -> tuple[float, float]:
        w = variance(FOUR_FIFTHS / self.categories)
        return w, 2 * w / self.categories

    def half_width(self, granted: int, decided: int) -> float:
        return rate_half_width(granted / decided, decided, self.variance, self.covariance)

    def draws(self, chance: random.Random) -> list[tuple[float, float]]:
        """Errors of `granted` and of the rest, `SAMPLES` times."""
        leaves = [self._leaf(chance) for _ in range(SAMPLES)]
        taken = [chance.sample(leaves, self.leaves) for _ in range(SAMPLES)]
        return [(sum(g for g, _ in some), sum(rest for _, rest in some)) for some in taken]

    def _leaf(self, chance: random.Random) -> tuple[float, float]:
        def draws(divisor: int, number: int) -> list[int]:
            return [discrete_laplace(4, 5 * divisor, chance.randrange) for _ in range(number)]

        accept, reject = draws(1, 2)
        yes, no = draws(self.categories, self.categories), draws(self.categories, self.categories)
        saves = (sum(yes) + sum(no)) / self.categories
        return accept + (saves + yes[0] - no[0]) / 2, reject + (saves - yes[0] + no[0]) / 2


def share(held: Iterable[bool]) -> float:
    return fmean(map(float, held))


class Site:
    """Decisions, some of which grant, as they are published."""

    def __init__(self, noise: Noise, decided: int, chance: random.Random) -> None:
        self.noise, self.decided, self.chance = noise, decided, chance
        self._errors = noise.draws(chance)
        self._likely = {rate: [*accumulate(binomial(decided, rate))] for rate in RATES}

    def publish(self, rate: float) -> tuple[tuple[int, int], float]:
        """Granted and decided with noise, and the half width that it gives their rate."""
        granted = self.chance.choices(range(self.decided + 1), cum_weights=self._likely[rate])[0]
        of_granted, of_rest = self.chance.choice(self._errors)
        shown = max(0, round(granted + of_granted))
        decided = max(1, shown + max(0, round(self.decided - granted + of_rest)))
        return (shown, decided), self.noise.half_width(shown, decided)


SITES = pytest.mark.parametrize(
    ("categories", "leaves", "decided"), [(1, 1, 60), (1, 3, 100), (3, 1, 60), (3, 3, 150), (6, 3, 300)]
)


@SITES
def test_the_interval_of_a_noisy_rate_holds_it_and_without_noise_would_not(
    categories: int, leaves: int, decided: int
) -> None:
    site = Site(Noise(categories, leaves), decided, random.Random(1))
    held, held_without = [], []
    for rate in RATES * 200:
        (shown, of), half_width = site.publish(rate)
        held.append(holds(with_noise(wilson(shown, of), shown / of, half_width), rate))
        held_without.append(holds(wilson(shown, of), rate))
    assert share(held) >= 0.95
    assert share(held_without) < 0.90


@SITES
def test_the_interval_of_a_difference_between_noisy_rates_holds_it(
    categories: int, leaves: int, decided: int
) -> None:
    site = Site(Noise(categories, leaves), decided, random.Random(1))
    held = []
    for p, q in [*product(RATES, repeat=2)] * 20:
        (a, half_width_a), (b, half_width_b) = site.publish(p), site.publish(q)
        held.append(holds(noisy_difference(a, half_width_a, b, half_width_b), p - q))
    assert share(held) >= 0.95


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("categories", [1, 3])
def test_half_the_width_of_noise_is_two_standard_deviations_of_what_it_does_to_a_rate(
    categories: int, rate: float
) -> None:
    noise, decided = Noise(categories, 2), 10_000
    errors = noise.draws(random.Random(2))
    rates = [(rate * decided + g) / (decided + g + rest) for g, rest in errors]
    assert noise.half_width(round(rate * decided), decided) == pytest.approx(2 * pstdev(rates), rel=0.1)


# --- counts -----------------------------------------------------------------------------------------------


def errors_of(leaves: int) -> dict[int, float]:
    """How likely the noise of so many leaves with ε = 4/5 adds up to each number."""
    of_one = {x: probability(x, 0.8) for x in range(-20, 21)}
    of_all = {0: 1.0}
    for _ in range(leaves):
        summed: defaultdict[int, float] = defaultdict(float)
        for (x, p), (y, q) in product(of_all.items(), of_one.items()):
            summed[x + y] += p * q
        of_all = {x: mass for x, mass in summed.items() if mass > 1e-6}
    return of_all


@pytest.mark.parametrize("leaves", [1, 3])
@pytest.mark.parametrize(("a", "b"), [(20, 20), (20, 40), (60, 50), (300, 90), (1000, 1010)])
def test_the_interval_of_a_change_between_noisy_counts_holds_it(a: int, b: int, leaves: int) -> None:
    errors, of_each = errors_of(leaves), leaves * variance(FOUR_FIFTHS)
    held = unknown = 0.0
    for (x, p), (y, q) in product(errors.items(), repeat=2):
        interval = count_difference(max(0, a + x), max(0, b + y), of_each, of_each)
        if interval is None:
            unknown += p * q
        elif holds(interval, b / a - 1):
            held += p * q
    assert unknown < 0.001
    assert held >= 0.95
