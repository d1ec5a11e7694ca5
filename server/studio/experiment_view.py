"""What the page of experiments shows: forecast, variants and outcome, in words. Pure."""

from dataclasses import dataclass
from math import ceil, floor, sqrt

from server.analytics.experiments import Arm, Forecast, Outcome, Progress, sentences
from server.sites.values import Experiment, ExperimentOutcome
from server.studio.analytics_words import day, number

UNEVEN = 4.0
"""Standard deviations by which the variants' numbers of decisions differ once in 16,000 by chance alone."""

OUTCOMES: dict[ExperimentOutcome, str] = {
    "a_is_better": "A is better",
    "b_is_better": "B is better",
    "undecided": "Not clear at its limit",
    "stopped": "Stopped",
}
"""Outcome → label."""


@dataclass(frozen=True)
class Variant:
    """A row of the table of variants."""

    name: str
    """`A` or `B`."""
    version: int
    decided: str
    """`about 1 204 ± 31`, or `none`."""
    rate: str
    """Share of those who accepted everything, e.g. `61.2 %`; empty while there are few decisions."""


def variants(experiment: Experiment, found: Progress) -> tuple[Variant, Variant]:
    """Both variants, with what was released of them."""
    return (
        _variant("A", experiment.version_a, found.a),
        _variant("B", experiment.version_b, found.b),
    )


def words(experiment: Experiment, found: Progress) -> str:
    """Where the experiment stands, in sentences."""
    return sentences(found.outcome, detectable=experiment.plan.detectable)


def interval(found: Outcome) -> str:
    """The interval of B less A, `−1.2 to +4.3 points`; empty while it says nothing."""
    low, high = found.difference.low, found.difference.high
    if low <= -1 and high >= 1:
        return ""
    return f"{_signed(floor(low * 1000) / 10)} to {_signed(ceil(high * 1000) / 10)} points"


def is_uneven(found: Progress) -> bool:
    """Whether one variant has so many more decisions that chance does not explain it.

    Both are shown equally often, so one of them then makes more visitors leave without an answer.
    """
    a, b = found.a, found.b
    noise = a.noise.decided + b.noise.decided
    expected = sqrt(max(0.0, a.decided) + max(0.0, b.decided) + noise)
    return abs(a.decided - b.decided) > UNEVEN * expected > 0


def forecast_words(found: Forecast) -> str:
    """What an experiment of this length will find, in decisions and days."""
    plan = found.plan
    traffic = (
        f"In the last four weeks there were about {number(round(plan.decisions_a_day))} decisions a day,"
        f" and {plan.base_rate * 100:.0f} % accepted everything."
    )
    length = f"In {_days(plan.days)}, with about {number(round(plan.decisions))} decisions,"
    if found.detectable is None:
        return f"{traffic} {length} an experiment would find no difference, however large: it has too few."
    points = f"{ceil(found.detectable * 1000) / 10:g}"
    return (
        f"{traffic} {length} a difference of {points} points or more is found in at least 80 of 100"
        f" experiments. Smaller ones are found less often, or not at all."
    )


def promise(experiment: Experiment) -> str:
    """What was said before the start about what it finds; empty if it finds nothing."""
    detectable = experiment.plan.detectable
    if detectable is None:
        return ""
    points = f"{ceil(detectable * 1000) / 10:g}"
    length = _days(experiment.plan.limit_days)
    return f"In {length} it finds a difference of {points} points in at least 80 of 100 cases."


def last_day(found: Forecast) -> str:
    """The last day that would count."""
    return day(found.last_day)


def _variant(name: str, version: int, arm: Arm) -> Variant:
    if arm.noise.decided == 0:
        return Variant(name, version, "none", "")
    decided = max(0, round(arm.decided))
    shown = f"about {number(decided)} ± {number(arm.margin)}"
    return Variant(name, version, shown, f"{arm.rate * 100:.1f} %" if arm.is_enough else "")


def _signed(points: float) -> str:
    return f"{points:+g}".replace("-", "−") if points else "0"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
