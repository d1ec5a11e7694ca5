"""How often intervals hold the truth: at least 95 %, on average over what the truth may be.

Single truths they hold more or less often, as counts are whole numbers. Rates without noise and changes of
counts are summed up exactly; rates with noise are tried out with a seeded generator.
"""

import math
from statistics import fmean

import pytest

from server.analytics.intervals import (
    wilson,
)


def binomial(trials: int, rate: float) -> list[float]:
    """How likely each number of successes is."""
    return [math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(trials + 1)]


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
