"""The probability that an experiment is ever clear, by numerical integration instead of by chance. Pure.

The sum that the confidence sequence looks at is a normal random walk, as far as it is asymptotic. Its density
among experiments that are not clear yet is carried from look to look by Simpson's rule: Armitage, McPherson
and Rowe, "Repeated Significance Tests on Accumulating Data" (1969). Exact but for the rule's error, and for
rates that are expected instead of estimated.
"""

from dataclasses import replace
from math import exp, inf, pi, sqrt

from server.analytics.experiments.confidence_sequence import half_width, variance_of_sum
from server.analytics.experiments.power import Plan

_POINTS = 121
"""Of Simpson's rule between the boundaries: an odd number."""


def probability_of_clear(plan: Plan, difference: float) -> float:
    """That an experiment as planned is clear at any of its looks, where this is the true difference.

    The plan must reach the number of decisions at which the intervals begin.
    """
    density: list[tuple[float, float]] = []
    """Points, and the share of experiments that each stands for."""
    mean, variance = 0.0, 0.0
    for lump in range(1, plan.lumps + 1):
        now = replace(plan, days=lump * plan.lump_days)
        a, b = now.arm(plan.base_rate), now.arm(plan.base_rate + difference)
        half = half_width(a, b, tuned_for=plan.tuned_for)
        if half == inf:
            continue
        # The sum is the estimated difference times the number of decisions.
        mean_now, variance_now = difference * now.decisions, variance_of_sum(a, b)
        points = _simpson(half * now.decisions)
        drift, spread = mean_now - mean, variance_now - variance
        before = density or [(0.0, 1.0)]
        density = [(x, weight * _carried(before, x - drift, spread)) for x, weight in points]
        mean, variance = mean_now, variance_now
    return 1 - sum(share for _, share in density)


def _carried(before: list[tuple[float, float]], x: float, variance: float) -> float:
    """Density at x after a normal step with this variance."""
    scale = -1 / (2 * variance)
    return sum(share * exp(scale * (x - y) ** 2) for y, share in before) / sqrt(2 * pi * variance)


def _simpson(bound: float) -> list[tuple[float, float]]:
    """Points from −bound to bound, with their weights."""
    step = 2 * bound / (_POINTS - 1)
    weights = [1, *([4, 2] * (_POINTS // 2))[:-1], 1]
    return [(-bound + place * step, weight * step / 3) for place, weight in enumerate(weights)]
