"""Experiments with known rates, their figures released with the product's noise. Pure, with fixed seeds."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from server.analytics.experiments.confidence_sequence import Arm, Noise, difference, noise_of_granted
from server.analytics.experiments.outcome import Look, Outcome, outcome
from server.analytics.experiments.power import Plan
from server.analytics.privacy.margins import CLOSED, variances

EPSILON = Fraction(1)
_CLOSED = float(CLOSED * EPSILON)
_BITS = 16
"""Rates are rounded to multiples of 2^−16."""


@dataclass(frozen=True)
class World:
    """Who comes, and how what they decide is released."""

    a_day: float
    """Mean number of decisions on a day, of both arms."""
    rate: float
    """Share of those who grant the category, in arm A."""
    days: int = 60
    lump_days: int = 1
    languages: int = 1
    categories: int = 3
    difference: float = 0.0
    """Rate of arm B less that of arm A."""
    swing: float = 0.0
    """Both rates are higher by this in every other lump, and lower by it in the others."""

    def plan(self) -> Plan:
        """What one would have planned who knows the traffic and the rate of arm A."""
        noise = noise_of_granted(variances(self.categories, EPSILON), self.languages)
        return Plan(self.a_day, self.rate, self.days, self.lump_days, noise)


def experiment(world: World, dice: random.Random) -> Outcome:
    """One experiment, looked at after each lump until it ends."""
    plan = world.plan()
    return outcome(looks(world, dice), limit=plan.lumps * plan.lump_days)


def looks(world: World, dice: random.Random) -> Iterator[Look]:
    """What is seen after each lump of the planned days."""
    plan = world.plan()
    tuned_for = plan.tuned_for
    a = b = Arm(0, 0, Noise(0, 0, 0))
    for lump in range(1, plan.lumps + 1):
        shift = world.swing * (-1) ** lump
        lump_a, lump_b = _lump(world, world.rate + shift, plan.noise, dice)
        a, b = a + lump_a, b + lump_b
        yield Look(lump * plan.lump_days, difference(a, b, tuned_for=tuned_for))


def holds(world: World, dice: random.Random) -> bool:
    """Whether the true difference is in the intervals of all days of one experiment."""
    return all(look.difference.low <= world.difference <= look.difference.high for look in looks(world, dice))


def _lump(world: World, rate: float, noise: Noise, dice: random.Random) -> tuple[Arm, Arm]:
    mean = world.a_day * world.lump_days
    decided = max(0, round(dice.gauss(mean, math.sqrt(mean))))
    of_a = dice.getrandbits(decided).bit_count()
    arms = []
    for number, share in ((of_a, rate), (decided - of_a, rate + world.difference)):
        agreed = binomial(number, share, dice)
        of_agreed, of_others = _noise(world, dice)
        arms.append(Arm(agreed + of_agreed, number - agreed + of_others, noise))
    return arms[0], arms[1]


def _noise(world: World, dice: random.Random) -> tuple[float, float]:
    """Of those who granted the first category and of those who did not, as `privacy.release` makes it.

    Accepted and rejected have a draw each; of those who saved a selection each category has two, of which the
    number who saved is estimated by least squares.
    """
    agreed = others = 0.0
    number = world.categories
    share = _CLOSED / number
    for _ in range(world.languages):
        pairs = [(laplace(share, dice), laplace(share, dice)) for _ in range(number)]
        total = sum(yes + no for yes, no in pairs)
        lean = number * (pairs[0][0] - pairs[0][1])
        agreed += laplace(_CLOSED, dice) + (total + lean) / (2 * number)
        others += laplace(_CLOSED, dice) + (total - lean) / (2 * number)
    return agreed, others


def laplace(epsilon: float, dice: random.Random) -> int:
    """The discrete Laplace distribution, as the difference of two geometric ones: fast, not exact."""
    return int(math.log(1 - dice.random()) / -epsilon) - int(math.log(1 - dice.random()) / -epsilon)


def binomial(trials: int, rate: float, dice: random.Random) -> int:
    """Successes of so many trials, all at once: one bit each, compared with the digits of the rate."""
    if not trials:
        return 0
    digits, successes = round(rate * 2**_BITS), 0
    if digits == 2**_BITS:
        return trials
    for place in range(_BITS):
        bits = dice.getrandbits(trials)
        successes = successes | bits if digits >> place & 1 else successes & bits
    return successes.bit_count()
