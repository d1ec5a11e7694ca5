"""Noise of the discrete Laplace distribution, drawn exactly. Pure: chance comes in as an argument.

P(x) is proportional to exp(−|x|·ε) for every integer x, with ε a fraction. Added to a count of decisions, it
makes what is published ε-differentially private for one decision more or less (Dwork, McSherry, Nissim, Smith
2006). Only integers are compared: noise computed in floating point has gaps that reveal the count
(Mironov 2012).

Source: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy" (2020), Algorithms 1 and 2.
The running time depends on what is drawn: draw where nobody can time it, in the worker, not while answering.
"""

import math
from collections.abc import Callable
from fractions import Fraction

RandBelow = Callable[[int], int]
"""Gives an integer from 0 to its argument − 1, all equally likely. Production passes `secrets.randbelow`."""


def discrete_laplace(numerator: int, denominator: int, randbelow: RandBelow) -> int:
    """One draw from P(x) ∝ exp(−|x|·numerator/denominator).

    Raises `ValueError` unless numerator and denominator are positive integers.
    """
    _require_positive("numerator", numerator)
    _require_positive("denominator", denominator)
    while True:
        remainder = randbelow(denominator)
        if not bernoulli_exp(remainder, denominator, randbelow):
            continue
        quotient = 0
        while bernoulli_exp(1, 1, randbelow):
            quotient += 1
        magnitude = (remainder + denominator * quotient) // numerator
        negative = randbelow(2) == 1
        if negative and magnitude == 0:
            continue  # 0 has one sign only; kept twice, it would be twice as likely.
        return -magnitude if negative else magnitude


def bernoulli_exp(numerator: int, denominator: int, randbelow: RandBelow) -> bool:
    """True with probability exp(−numerator/denominator).

    Raises `ValueError` unless 0 ≤ numerator ≤ denominator and the denominator is a positive integer.
    """
    _require_positive("denominator", denominator)
    if not 0 <= numerator <= denominator:
        raise ValueError(f"numerator must be from 0 to the denominator {denominator}, not {numerator}")
    count = 1
    while randbelow(denominator * count) < numerator:
        count += 1
    return count % 2 == 1


def variance(epsilon: Fraction) -> float:
    """The variance of P(x) ∝ exp(−|x|·epsilon): 2q/(1 − q)² with q = exp(−epsilon).

    Raises `ValueError` unless epsilon is positive.
    """
    if epsilon <= 0:
        raise ValueError(f"epsilon must be positive, not {epsilon}")
    return 2 * math.exp(-epsilon) / math.expm1(-epsilon) ** 2


def _require_positive(name: str, number: int) -> None:
    # A float would be accepted by the arithmetic, and would give noise that is not exact.
    if not isinstance(number, int) or number < 1:
        raise ValueError(f"{name} must be a positive integer, not {number!r}")
