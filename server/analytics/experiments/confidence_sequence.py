"""By how much two variants of a banner differ, in intervals that hold on all days at once. Pure.

What is compared is the rate of those who agreed among those who decided, variant B less variant A, in points
of 0 … 1. An ordinary 95 % interval is right on the one day that was chosen beforehand; who looks every day
and stops at the first difference is wrong far more often. A *confidence sequence* is wrong on any day at all,
of as many as there may be, in at most a share `alpha` of all experiments.

*Formula.* An arm has y who agreed and n who did not, with noise, and the rate p = y/(y + n). The difference
d = p_B − p_A has the variance s²: of each arm p(1 − p)/(y + n) for the sample, and for the noise, to first
order, ((1 − p)²·Var(y) + p²·Var(n) − 2p(1 − p)·Cov(y, n))/(y + n)², where p is that of one more who agreed
and one more who did not, so that no arm has the variance 0 (Agresti and Caffo 2000). With t, the decisions of
both arms, the error of t·d is to first order a sum of independent terms, one for each decision and one for
the noise of each lump, with the variance v = t²·s². The true difference is in

    d ± sqrt((v + ρ)·(ln(1 + v/ρ) + 2·ln(1/α)))/t

*Proof.* For a sum S of independent normal terms with the variance v, exp(λS − λ²v/2) is a martingale for
every λ, and so is its mean over normal λ with the variance 1/ρ, sqrt(ρ/(v + ρ))·exp(S²/(2(v + ρ))). It begins
at 1, so it ever exceeds 1/α with probability at most α (Ville): Robbins, "Statistical Methods Related to the
Law of the Iterated Logarithm" (1970); Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, Nonparametric,
Nonasymptotic Confidence Sequences" (2021), two-sided normal mixture. Terms that are not normal, with a
variance that is estimated, come so near to normal ones that the same holds in the limit: Waudby-Smith,
Arbour, Sinha, Kennedy, Ramdas, "Time-uniform Central Limit Theory and Asymptotic Confidence Sequences"
(2024), also for terms of different distributions and rates that change from day to day. Noise of the discrete
Laplace distribution has all moments, and joins as further terms.

*It is asymptotic, not exact for few decisions.* So before each arm has `FEWEST` decisions, and `NOISE_RATIO`
standard deviations of their noise, the interval is everything from −1 to 1. From there on, at most 2.2 % of
10,000 experiments without a difference were called clear, in each of the five cases of
`python -m benchmarks.experiments`, a rate of 1 % among them. It takes for granted that the arms' shares of
the visitors do not change while the experiment runs.
"""

import math
from dataclasses import dataclass

from server.analytics.intervals import Interval
from server.analytics.privacy.margins import Variances, plus_minus

ALPHA = 0.05
"""Share of experiments in which an interval may be wrong on any day."""

FEWEST = 100
"""Decisions that each arm needs before an interval says anything."""

NOISE_RATIO = 5
"""Standard deviations of its noise that an arm's number of decisions must be: else its rate is noise."""

NOTHING_KNOWN = Interval(-1.0, 1.0)
"""Every difference there can be."""


@dataclass(frozen=True)
class Noise:
    """Variances of the noise in an arm's figures, of independent leaves and lumps added up.

    Raises `ValueError` if no figures can have them.
    """

    agreed: float
    others: float
    covariance: float

    def __post_init__(self) -> None:
        if not (self.agreed >= 0 and self.others >= 0):
            raise ValueError(f"variances must not be negative, but are {self.agreed} and {self.others}")
        if not abs(self.covariance) <= math.sqrt(self.agreed) * math.sqrt(self.others) * (1 + 1e-9):
            raise ValueError(f"covariance {self.covariance} is too large for these variances")

    def __add__(self, other: "Noise") -> "Noise":
        """Of the sum of figures with independent noise."""
        return Noise(
            self.agreed + other.agreed, self.others + other.others, self.covariance + other.covariance
        )

    def times(self, number: int) -> "Noise":
        """Of the sum of so many figures with independent noise like this."""
        return Noise(self.agreed * number, self.others * number, self.covariance * number)

    @property
    def decided(self) -> float:
        """Variance of the noise in all decisions of the arm."""
        return max(0.0, self.agreed + self.others + 2 * self.covariance)


def noise_of_granted(leaf: Variances, leaves: int) -> Noise:
    """Of those who granted one category, and of those who decided and did not, in so many leaves."""
    return Noise(leaf.granted, leaf.granted, leaf.covariance).times(leaves)


def noise_of_accepted(leaf: Variances, leaves: int) -> Noise:
    """Of those who accepted all, and of those who rejected all or saved a selection, in so many leaves."""
    return Noise(leaf.kind, leaf.kind + leaf.save, 0.0).times(leaves)


@dataclass(frozen=True)
class Arm:
    """What was released of one variant from the start until now, with noise that may make it negative."""

    agreed: float
    others: float
    """Those who decided otherwise."""
    noise: Noise

    def __add__(self, other: "Arm") -> "Arm":
        """With what another lump released."""
        return Arm(self.agreed + other.agreed, self.others + other.others, self.noise + other.noise)

    @property
    def decided(self) -> float:
        """All of them."""
        return self.agreed + self.others

    @property
    def margin(self) -> int:
        """Half the width of the 95 % interval of the number of decisions."""
        return plus_minus(self.noise.decided)

    @property
    def is_enough(self) -> bool:
        """Whether the rate of this arm may be trusted to be nearly normal."""
        return self.decided >= max(FEWEST, NOISE_RATIO * math.sqrt(self.noise.decided))

    @property
    def rate(self) -> float:
        """Share of those who agreed, from 0 to 1. Raises `ZeroDivisionError` where nobody decided."""
        return min(1.0, max(0.0, self.agreed / self.decided))

    @property
    def variance_of_rate(self) -> float:
        """Of the sample and of the noise together. Raises `ZeroDivisionError` where nobody decided."""
        agreed, others = max(0.0, self.agreed) + 1, max(0.0, self.others) + 1
        rate = agreed / (agreed + others)
        sample = rate * (1 - rate)
        noise = (1 - rate) ** 2 * self.noise.agreed + rate**2 * self.noise.others
        noise -= 2 * sample * self.noise.covariance
        return sample / self.decided + max(0.0, noise) / self.decided**2


def difference(a: Arm, b: Arm, *, tuned_for: float, alpha: float = ALPHA) -> Interval:
    """All differences, rate of B less rate of A, that may be the true one after today's figures.

    :param a: everything released of variant A since the start of the experiment
    :param b: the same of variant B, in the same lumps
    :param tuned_for: the variance v at which the interval is narrowest, chosen before the start
        (`power.Plan`); any choice is valid as long as it stays the same
    :param alpha: share of experiments in which the true difference may be outside on any day

    Raises `ValueError` unless `tuned_for` is positive and `alpha` between 0 and 1.
    """
    half = half_width(a, b, tuned_for=tuned_for, alpha=alpha)
    if not math.isfinite(half):
        return NOTHING_KNOWN
    estimate = b.rate - a.rate
    return Interval(max(-1.0, estimate - half), min(1.0, estimate + half))


def half_width(a: Arm, b: Arm, *, tuned_for: float, alpha: float = ALPHA) -> float:
    """Half the width of `difference` before it is cut off at −1 and 1; infinite while there is too little."""
    if not (a.is_enough and b.is_enough):
        return math.inf
    decided = a.decided + b.decided
    return boundary(variance_of_sum(a, b), tuned_for=tuned_for, alpha=alpha) / decided


def variance_of_sum(a: Arm, b: Arm) -> float:
    """v: the variance of the difference, times the squared number of all decisions.

    Without noise it is the number of decisions where both rates are 1/2, and grows with each of them.
    """
    return (a.variance_of_rate + b.variance_of_rate) * (a.decided + b.decided) ** 2


def boundary(variance: float, *, tuned_for: float, alpha: float = ALPHA) -> float:
    """What the absolute value of a sum of independent terms exceeds at any time with probability `alpha`.

    `variance` is that of the sum so far. ρ is that of Howard et al. for `tuned_for` (section 3.5). Raises
    `ValueError` unless the variance is not negative, `tuned_for` positive and `alpha` between 0 and 1.
    """
    if not (variance >= 0 and tuned_for > 0 and 0 < alpha < 1):
        raise ValueError(f"no boundary for variance {variance}, tuned for {tuned_for}, alpha {alpha}")
    level = 2 * math.log(1 / alpha)
    rho = tuned_for / (level + math.log(1 + level))
    return math.sqrt((variance + rho) * (math.log(1 + variance / rho) + level))
