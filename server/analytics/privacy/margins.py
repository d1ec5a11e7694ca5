"""Variances of released figures, and the margins that are printed beside them. Pure.

A leaf is one version in one language in one lump. Its noise is that of `release`: with ε' = 4/5 ε for the
closed figures and C optional categories,

- accept_all, reject_all, withdraw: one draw of ε', variance v(ε');
- save: the mean of C sums of two draws of ε'/C, variance 2·v(ε'/C)/C (one draw of ε' where C = 0);
- decided: their sum, 2·v(ε') + Var(save);
- granted, and not granted, of a category: accept_all + (save ± (yes − no))/2.

What is carried from lump to lump and the rounding to whole numbers are not in the formulas; the factor 2 and
the ½ of `plus_minus` cover them (95 % and more in every simulation, `tests/analytics`).
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, sqrt

from server.analytics.privacy.noise import variance

CLOSED = Fraction(4, 5)
"""Share of ε that is spent on the figures of a closed lump."""

LIVE = Fraction(1, 5)
"""Share of ε that is spent on the coarse figures of the running lump."""


@dataclass(frozen=True)
class Variances:
    """Variances of the noise in the figures of one leaf, or of independent leaves added up."""

    kind: float
    """accept_all, reject_all and withdraw, each."""
    save: float
    decided: float
    granted: float
    """Of one category; also of those who decided and did not grant it."""
    covariance: float
    """Of granted and not granted."""


@lru_cache(maxsize=64)
def variances(categories: int, epsilon: Fraction) -> Variances:
    """Variances of one leaf of a version with so many optional categories."""
    kind = variance(CLOSED * epsilon)
    if categories == 0:
        return Variances(kind, kind, 3 * kind, 0.0, 0.0)
    one = variance(CLOSED * epsilon / categories)
    save = 2 * one / categories
    return Variances(kind, save, 2 * kind + save, kind + (save + 2 * one) / 4, (save - 2 * one) / 4)


def live_variance(epsilon: Fraction) -> float:
    """Variance of one block of the running lump."""
    return variance(LIVE * epsilon)


def plus_minus(total: float) -> int:
    """Half the width of the 95 % interval of a figure whose noise has this variance."""
    return ceil(2 * sqrt(total) + 0.5)
