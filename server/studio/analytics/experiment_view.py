"""What the page of experiments shows: forecast, variants and outcome, in words. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, sqrt

from server.analytics.experiments import Arm, Forecast, Outcome, Progress
from server.analytics.intervals import Interval
from server.sites.values import Experiment, ExperimentOutcome
from server.studio.analytics.view import points
from server.studio.analytics.words import about, day
from server.studio.language import NARROW, gettext, lazy_gettext, ngettext, number

UNEVEN = 4.0
"""Standard deviations by which the variants' numbers of decisions differ once in 16,000 by chance alone."""

OUTCOMES: dict[ExperimentOutcome, str] = {
    "a_is_better": lazy_gettext("A is better"),
    "b_is_better": lazy_gettext("B is better"),
    "undecided": lazy_gettext("Not clear at its limit"),
    "stopped": lazy_gettext("Stopped"),
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


def sentences(result: Outcome, *, detectable: float | None = None) -> str:
    """The outcome in words.

    :param detectable: what this experiment finds in 80 of 100, for when it found nothing
    """
    if not result.days:
        if result.has_ended:
            return gettext("The experiment was stopped before its first figures.")
        return gettext("There are no figures yet.")
    found, days = result.difference, _days(result.days)
    match result.state:
        case "b_is_better":
            more = _span(found.low, found.high)
            return gettext(
                "Variant B is accepted by %(points)s more. This is clear after %(days)s.",
                points=more, days=days,
            )  # fmt: skip
        case "a_is_better":
            more = _span(-found.high, -found.low)
            return gettext(
                "Variant A is accepted by %(points)s more. This is clear after %(days)s.",
                points=more, days=days,
            )  # fmt: skip
        case "stopped":
            begins = gettext(
                "Stopped after %(days)s, before it was clear which variant is accepted more often.", days=days
            )
        case "undecided":
            begins = gettext(
                "Ended after %(days)s, its limit, and it is not clear which variant is accepted more often.",
                days=days,
            )
        case _:
            begins = gettext(
                "After %(days)s, it is not clear yet which variant is accepted more often.", days=days
            )
    parts = [begins, _unclear(found)]
    if result.state == "running":
        limit = _days(result.limit)
        parts.append(gettext("The experiment ends after %(days)s at the latest.", days=limit))
    elif result.state == "undecided" and detectable is not None:
        parts.append(
            gettext(
                "A difference of %(points)s would have been found in at least 80 of 100 experiments like this"
                " one.",
                points=_points(detectable, ceil),
            )
        )
    return " ".join(parts)


def _unclear(found: Interval) -> str:
    if found.low <= -1 and found.high >= 1:
        return gettext("There are too few decisions to compare them.")
    return gettext(
        "Variant B is accepted by between %(less)s less and %(more)s more than variant A.",
        less=_points(max(0.0, -found.low), ceil),
        more=_points(max(0.0, found.high), ceil),
    )


def _span(low: float, high: float) -> str:
    """`3 to 7 points`: the numbers rounded away from each other, so that they claim no more than is known."""
    smallest, largest = _rounded(low, floor), _points(high, ceil)
    if smallest == "0":
        return gettext("up to %(points)s", points=largest)
    return gettext("%(low)s to %(high)s", low=smallest, high=largest)


def _points(rate: float, towards: Callable[[float], int]) -> str:
    return points(_rounded(rate, towards))


def _rounded(rate: float, towards: Callable[[float], int]) -> str:
    """Points as a whole number; below one, with a decimal."""
    hundredths = round(100 * rate, 9)
    return number(towards(hundredths)) if hundredths >= 1 else _decimal(towards(hundredths * 10) / 10)


def interval(found: Outcome) -> str:
    """The interval of B less A, `−1.2 to +4.3 points`; empty while it says nothing."""
    low, high = found.difference.low, found.difference.high
    if low <= -1 and high >= 1:
        return ""
    least, most = _signed(floor(low * 1000) / 10), _signed(ceil(high * 1000) / 10)
    return gettext("%(low)s to %(high)s points", low=least, high=most)


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
    rate = f"{number(plan.base_rate * 100)}{NARROW}%"
    traffic = gettext(
        "In the last four weeks there were about %(decisions)s decisions a day, and %(rate)s accepted"
        " everything.",
        decisions=number(round(plan.decisions_a_day)),
        rate=rate,
    )
    length = {"days": _days(plan.days), "decisions": number(round(plan.decisions))}
    if found.detectable is None:
        finds = gettext(
            "In %(days)s, with about %(decisions)s decisions, an experiment would find no difference, however"
            " large: it has too few.",
            **length,
        )
    else:
        finds = gettext(
            "In %(days)s, with about %(decisions)s decisions, a difference of %(points)s or more is found in"
            " at least 80 of 100 experiments. Smaller ones are found less often, or not at all.",
            points=_detectable(found.detectable),
            **length,
        )
    return f"{traffic} {finds}"


def promise(experiment: Experiment) -> str:
    """What was said before the start about what it finds; empty if it finds nothing."""
    detectable = experiment.plan.detectable
    if detectable is None:
        return ""
    return gettext(
        "In %(days)s it finds a difference of %(points)s in at least 80 of 100 cases.",
        days=_days(experiment.plan.limit_days),
        points=_detectable(detectable),
    )


def last_day(found: Forecast) -> str:
    """The last day that would count."""
    return day(found.last_day)


def _variant(name: str, version: int, arm: Arm) -> Variant:
    if arm.noise.decided == 0:
        return Variant(name, version, gettext("none"), "")
    shown = about(max(0, round(arm.decided)), arm.margin)
    rate = f"{number(arm.rate * 100, 1)}{NARROW}%" if arm.is_enough else ""
    return Variant(name, version, shown, rate)


def _detectable(rate: float) -> str:
    return points(_decimal(ceil(rate * 1000) / 10))


def _signed(hundredths: float) -> str:
    return ("+" if hundredths > 0 else "") + _decimal(hundredths)


def _decimal(value: float) -> str:
    """With a decimal only if there is one."""
    return number(value, 0 if value == int(value) else 1)


def _days(count: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", count)
