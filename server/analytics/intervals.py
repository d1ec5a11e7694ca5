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

NOISE_Z = 2
"""Standard deviations of noise in half an interval. The discrete Laplace distribution has longer tails."""


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


def with_noise(interval: Interval, rate: float, half_width: float) -> Interval:
    """The interval of a rate of noisy counts, inside 0 … 1.

    `interval` is what the rate would have without noise (`wilson`), `half_width` what noise alone would give
    it (`rate_half_width`). Raises `ValueError` if the rate is outside of the interval, or the half width
    negative.
    """
    below, above = _distances(interval, rate, half_width)
    return Interval(max(0.0, rate - below), min(1.0, rate + above))


def rate_half_width(
    rate: float,
    decided: int,
    variance_granted: float,
    covariance: float,
    *,
    variance_rest: float | None = None,
) -> float:
    """Half the width that noise gives to the interval of a rate = granted/decided, in parts of 1.

    The noise of `granted` has the variance `variance_granted`, that of the rest (decided − granted) has
    `variance_rest` (the same, if not given), and the two have the `covariance`: each summed over the leaves
    that the counts are sums of. Errors g in granted and o in the rest move the rate, to first order, by
    ((1 − rate)·g − rate·o)/decided. Where noise is not small beside `decided`, that is not exact.

    Raises `ValueError` unless the rate is from 0 to 1, someone decided, and the variances and covariance are
    possible ones.
    """
    if variance_rest is None:
        variance_rest = variance_granted
    if not 0 <= rate <= 1 or decided < 1:
        raise ValueError(f"{rate} of {decided} is not a rate")
    if min(variance_granted, variance_rest) < 0:
        raise ValueError("variances must not be negative")
    if abs(covariance) > math.sqrt(variance_granted) * math.sqrt(variance_rest) * (1 + 1e-9):
        raise ValueError(f"covariance {covariance} is too large for these variances")
    of_granted = (1 - rate) ** 2 * variance_granted
    of_rest = rate**2 * variance_rest
    # Rounding errors may leave less than nothing where the errors of both cancel each other out.
    total = max(0.0, of_granted + of_rest - 2 * rate * (1 - rate) * covariance)
    return NOISE_Z * math.sqrt(total) / decided


def difference(a: tuple[int, int], b: tuple[int, int]) -> Interval:
    """The interval of rate a − rate b, inside −1 … 1, with no account of noise.

    Each rate is of (successes, trials), and the two are independent. Raises `ValueError` like `wilson`.
    """
    return noisy_difference(a, 0, b, 0)


def noisy_difference(
    a: tuple[int, int], half_width_a: float, b: tuple[int, int], half_width_b: float
) -> Interval:
    """The interval of rate a − rate b, inside −1 … 1, where the counts of both carry noise.

    Each rate is of (successes, trials), with the half width that noise gives it (`rate_half_width`); the two
    are independent, such as those of two periods without a common lump. Raises `ValueError` like `wilson`
    and `with_noise`.
    """
    rate_a, rate_b = _rate(*a), _rate(*b)
    # The distances of both may go beyond 0 and 1: with those of `with_noise`, the intervals of differences
    # between rates near 0 or 1 hold as rarely as 91 % of the time.
    below_a, above_a = _distances(wilson(*a), rate_a, half_width_a)
    below_b, above_b = _distances(wilson(*b), rate_b, half_width_b)
    change = rate_a - rate_b
    return Interval(
        max(-1.0, change - math.hypot(below_a, above_b)), min(1.0, change + math.hypot(above_a, below_b))
    )


def count_difference(a: int, b: int, variance_a: float, variance_b: float) -> Interval | None:
    """The interval of the relative change b/a − 1, not below −1, from one noisy count to another.

    Answers: by what share did the number that was counted change? Only noise makes that uncertain, because
    everybody who decided was counted. It does not answer whether visitors would behave otherwise from now
    on: counts of the same behaviour vary from week to week by more than noise.

    A count's noise has the variance that is given with it; the noise of both is independent. The interval
    holds every change at which b − a·(1 + change) is within what noise explains (Fieller 1954). `None` if a
    itself may be nothing but noise: then every change is possible. Raises `ValueError` if a count or
    variance is negative.
    """
    if min(a, b) < 0 or min(variance_a, variance_b) < 0:
        raise ValueError("counts and variances must not be negative")
    margin_a, margin_b = _margin(variance_a), _margin(variance_b)
    if a <= margin_a:
        return None
    # The ratios x with (b − a·x)² ≤ margin_b² + x²·margin_a².
    leading = a**2 - margin_a**2
    root = math.sqrt((a * margin_b) ** 2 + (b * margin_a) ** 2 - (margin_a * margin_b) ** 2)
    low, high = (a * b - root) / leading, (a * b + root) / leading
    return Interval(max(0.0, low) - 1, high - 1)


def _rate(successes: int, trials: int) -> float:
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a rate")
    return successes / trials


def _distances(interval: Interval, rate: float, half_width: float) -> tuple[float, float]:
    """How far the bounds are below and above the rate, noise included."""
    if not interval.low <= rate <= interval.high:
        raise ValueError(f"rate {rate} is not between {interval.low} and {interval.high}")
    if half_width < 0:
        raise ValueError(f"half width must not be negative, but is {half_width}")
    return math.hypot(rate - interval.low, half_width), math.hypot(interval.high - rate, half_width)


def _margin(variance: float) -> float:
    """How far noise may move a whole number: as `plus_minus` of a figure, before it is rounded up."""
    return NOISE_Z * math.sqrt(variance) + 0.5
