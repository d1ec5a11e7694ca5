"""Intervals that hold a rate, or a change, with 95 % confidence. Pure.

Two things make a published rate uncertain. It describes those who came as a sample of those who might have
come: Wilson's interval for one rate, Newcombe's for the difference of two. And its counts carry noise, whose
variance is known (`noise`). The two are independent, so the distances of a bound from the rate are joined as
the square root of the sum of their squares.

Sources: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927); Newcombe,
"Interval Estimation for the Difference Between Independent Proportions" (1998), method 10; Fieller, "Some
Problems in Interval Estimation" (1954). Written here, as the libraries that have them (SciPy, statsmodels)
take hundreds of megabytes for a few lines.
"""

import math
from dataclasses import dataclass

Z = 1.959964
"""Standard deviations of a sample in half an interval: the 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`."""

    low: float
    high: float


def wilson(successes: int, trials: int, z: float = Z) -> Interval:
    """The score interval of the rate successes/trials, inside 0 … 1, with no account of noise.

    Raises `ValueError` unless there are trials, and as many successes as from none to all of them.
    """
    rate = _rate(successes, trials)
    spread = z * z / trials
    centre = (rate + spread / 2) / (1 + spread)
    half = z * math.sqrt((rate * (1 - rate) + spread / 4) / trials) / (1 + spread)
    # A rate of 0 or 1 is itself a bound, which rounding errors would miss.
    return Interval(max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half)))


def _rate(successes: int, trials: int) -> float:
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a rate")
    return successes / trials
