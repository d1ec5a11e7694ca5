"""What an experiment can find, computed before it starts. Pure.

A difference D is found by the last day at the latest if the interval of that day lies on one side of zero.
With the half width h of the confidence sequence and the standard deviation s of the difference on that day,
both expected, that happens with probability Φ((|D| − h)/s). Experiments that were clear before and would be
unclear on the last day are found too and not counted here, so the true power is larger: 0.86 to 0.87 where it
is 0.8 here, and nowhere by more than 0.11, by integration over all days (`benchmarks.crossing`).
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from server.analytics.experiments.confidence_sequence import Arm, Noise, half_width, variance_of_sum

POWER = 0.8
"""Share of experiments in which a detectable difference is found (Cohen 1988)."""

TUNED_AT = 0.25
"""Share of the planned variance at which the intervals are narrowest: at the end they are 3 % wider than they
could be, and at a tenth of it 19 % narrower than if they were narrowest at the end."""

_STEPS = 40


@dataclass(frozen=True)
class Plan:
    """What is known of an experiment before its start. Raises `ValueError` that names what is impossible."""

    decisions_a_day: float
    """Of both variants together."""
    base_rate: float
    """Share of those who decide who agree today, from 0 to 1."""
    days: int
    """At most so many; the days of a lump that does not end within them are not used."""
    lump_days: int
    """1, 7 or 30: how long figures are collected before they are released."""
    noise: Noise
    """Of the figures of one variant in one lump."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.decisions_a_day) and self.decisions_a_day >= 0):
            raise ValueError(f"decisions_a_day must be a number from 0 on, not {self.decisions_a_day}")
        if not 0 <= self.base_rate <= 1:
            raise ValueError(f"base_rate must be from 0 to 1, not {self.base_rate}")
        for name, number in (("days", self.days), ("lump_days", self.lump_days)):
            if number < 1:
                raise ValueError(f"{name} must be 1 or more, not {number}")

    @property
    def lumps(self) -> int:
        """How many end within the days."""
        return self.days // self.lump_days

    @property
    def decisions(self) -> float:
        """Expected in these lumps, of both variants together."""
        return self.decisions_a_day * self.lump_days * self.lumps

    @property
    def tuned_for(self) -> float:
        """What the confidence sequence of this experiment is tuned for, or 1 where nobody is expected."""
        if not self.decisions:
            return 1.0
        return TUNED_AT * variance_of_sum(self.arm(self.base_rate), self.arm(self.base_rate))

    def arm(self, rate: float) -> Arm:
        """What is expected of one variant at the end."""
        half = self.decisions / 2
        return Arm(half * rate, half * (1 - rate), self.noise.times(self.lumps))


def power(plan: Plan, difference: float) -> float:
    """Probability that this difference, rate of B less rate of A, is found; at least so much.

    Raises `ValueError` if no rate differs so much from the base rate.
    """
    if not 0 <= plan.base_rate + difference <= 1:
        raise ValueError(f"no rate is {difference} from {plan.base_rate}")
    a, b = plan.arm(plan.base_rate), plan.arm(plan.base_rate + difference)
    if not (half := half_width(a, b, tuned_for=plan.tuned_for)) < math.inf:
        return 0.0
    deviation = math.sqrt(a.variance_of_rate + b.variance_of_rate)
    return NormalDist().cdf((abs(difference) - half) / deviation)


def detectable_difference(plan: Plan, wanted: float = POWER) -> float | None:
    """The smallest difference that is found with the wanted probability, whichever variant is better.

    Between 0 and 1; `None` if no difference is. Where only one direction is possible, as from a rate near 0
    or 1, that one counts.
    """
    if not (possible := _largest(plan.base_rate)) or not _is_found(plan, possible, wanted):
        return None
    low, high = 0.0, possible
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if _is_found(plan, middle, wanted) else (middle, high)
    return high


def _largest(base_rate: float) -> float:
    return max(base_rate, 1 - base_rate)


def _is_found(plan: Plan, difference: float, wanted: float) -> bool:
    directions = (step for step in (difference, -difference) if 0 <= plan.base_rate + step <= 1)
    return all(power(plan, step) >= wanted for step in directions)
