"""What is usual: the median of earlier figures at the same position, and two scales around it. Pure.

The median and the median absolute deviation (Hampel 1974) are not moved by the odd campaign, holiday or
fault among the earlier figures, as long as those are fewer than half. What moves a website's figures
multiplies them, so deviations are those of logarithms: however restless a site is, nothing at all is never
usual. Those of all positions are taken together, since eight Tuesdays alone say little about how much figures
vary. The other scale is what chance alone explains of the newest figure, however alike earlier ones were: its
noise, whose variance is known, and who happened to come. A bound keeps both.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log, sqrt
from statistics import median

MOST = 8
"""So many earlier figures of a position are looked at, the newest ones."""

LEAST = 4
"""Fewer do not say what is usual."""

LEAST_IN_ALL = 6
"""Nor do fewer of all positions together, which say how much figures vary."""

ORDINARY = 0.06
"""The scatter is at least this: eight figures that are alike do not promise a ninth."""

_LEAST_RATIO = 0.02
"""Figures smaller than this part of the median count as this much; zero has no logarithm."""

_NORMAL = 1.4826
"""Standard deviation of a normal distribution whose median absolute deviation is 1."""


@dataclass(frozen=True)
class Observation:
    """One released figure: a count, or a share of a count."""

    start: date
    end: date
    """Inclusive."""
    value: float
    noise: float
    """Variance of the noise in the value."""
    trials: int | None = None
    """What a share is a share of; None for a count."""
    position: tuple[int, ...] = ()
    """What it is compared with: earlier ones of the same position, such as the weekday."""


@dataclass(frozen=True)
class Usual:
    """What is usual at the position of a figure."""

    centre: float
    scatter: float
    """Standard deviation of the logarithms of earlier figures."""
    chance: float
    """Standard deviation that noise and who happened to come give the newest figure, in its unit."""

    @property
    def low(self) -> float:
        """Lower end of the range that holds about 95 in 100 figures."""
        return max(0.0, self.below(2))

    @property
    def high(self) -> float:
        """Its upper end."""
        return max(self.centre * exp(2 * self.scatter), self.centre + 2 * self.chance)

    def below(self, deviations: float) -> float:
        """The figure that is so many standard deviations below the median, of either scale; may be < 0."""
        return min(self.centre * exp(-deviations * self.scatter), self.centre - deviations * self.chance)


def usual(history: Sequence[Observation], newest: Observation) -> Usual | None:
    """What was usual before an observation; None if there were too few figures to say.

    :param history: earlier observations, oldest first, of all positions
    """
    by_position: defaultdict[tuple[int, ...], list[float]] = defaultdict(list)
    for observation in reversed(history):
        if len(by_position[observation.position]) < MOST:
            by_position[observation.position].append(observation.value)
    known = {position: values for position, values in by_position.items() if len(values) >= LEAST}
    if newest.position not in known or sum(map(len, known.values())) < LEAST_IN_ALL:
        return None
    centres = {position: median(values) for position, values in known.items()}
    centre = centres[newest.position]
    if centre <= 0:
        return None
    deviations = [
        abs(log(max(value / centres[position], _LEAST_RATIO)))
        for position, values in known.items()
        for value in values
        if centres[position] > 0
    ]
    return Usual(centre, max(_NORMAL * median(deviations), ORDINARY), sqrt(_chance(newest, centre)))


def _chance(newest: Observation, centre: float) -> float:
    """Variance of an observation of this size around an expected value: noise, and who happened to come."""
    if newest.trials is None:
        return newest.noise + centre
    rate = min(centre, 1.0)
    return newest.noise + rate * (1 - rate) / max(newest.trials, 1)
