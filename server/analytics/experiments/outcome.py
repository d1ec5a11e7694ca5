"""Where an experiment stands, decided by its intervals and its limit alone, and how that is put in words.
Pure.

The intervals are those of `confidence_sequence`, one for each released lump. The first one that lies on one
side of zero ends the experiment; so does the first one on the day of the limit or after it. What is released
later changes nothing.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from server.analytics.experiments.confidence_sequence import NOTHING_KNOWN
from server.analytics.intervals import Interval

State = Literal["running", "a_is_better", "b_is_better", "undecided", "stopped"]


@dataclass(frozen=True)
class Look:
    """What is known after one more lump."""

    days: int
    """From the start to the end of the lump."""
    difference: Interval
    """Rate of B less rate of A."""


@dataclass(frozen=True)
class Outcome:
    """Where an experiment stands."""

    state: State
    days: int
    """After so many days: those of the figures so far, or those at which it ended."""
    difference: Interval
    limit: int
    """The most days it may take."""

    @property
    def has_ended(self) -> bool:
        """Whether no further figures are looked at."""
        return self.state != "running"


def outcome(looks: Iterable[Look], *, limit: int, stopped: bool = False) -> Outcome:
    """Where the experiment stands after these looks, the first one first.

    :param limit: the most days it may take, 1 or more
    :param stopped: whether staff ended it; then the looks are those until then

    Raises `ValueError` if the limit is not positive, or a look is not later than the one before it.
    """
    if limit < 1:
        raise ValueError(f"limit must be 1 or more days, not {limit}")
    last = Look(0, NOTHING_KNOWN)
    for look in looks:
        if look.days <= last.days:
            raise ValueError(f"a look after {look.days} days follows one after {last.days}")
        last = look
        if state := _ended(look, limit):
            return Outcome(state, look.days, look.difference, limit)
    return Outcome("stopped" if stopped else "running", last.days, last.difference, limit)


def _ended(look: Look, limit: int) -> State | None:
    if look.difference.low > 0:
        return "b_is_better"
    if look.difference.high < 0:
        return "a_is_better"
    return "undecided" if look.days >= limit else None


def sentences(result: Outcome, *, detectable: float | None = None) -> str:
    """The outcome in English, as the audit log has it; pages have the same in the language of their reader.

    :param detectable: what this experiment finds in 80 of 100 (`power`), for when it found nothing
    """
    if not result.days:
        before = "The experiment was stopped before its first figures."
        return before if result.has_ended else "There are no figures yet."
    days, found = _days(result.days), result.difference
    if result.state == "b_is_better":
        return f"Variant B is accepted by {_span(found.low, found.high)} more. This is clear after {days}."
    if result.state == "a_is_better":
        return f"Variant A is accepted by {_span(-found.high, -found.low)} more. This is clear after {days}."
    begins = {
        "running": f"After {days}, it is not clear yet",
        "stopped": f"Stopped after {days}, before it was clear",
        "undecided": f"Ended after {days}, its limit, and it is not clear",
    }[result.state]
    parts = [f"{begins} which variant is accepted more often.", _unclear(found)]
    if result.state == "running":
        parts.append(f"The experiment ends after {_days(result.limit)} at the latest.")
    elif result.state == "undecided" and detectable is not None:
        parts.append(
            f"A difference of {_points(detectable, math.ceil)} would have been found"
            " in at least 80 of 100 experiments like this one."
        )
    return " ".join(parts)


def _unclear(found: Interval) -> str:
    if found == NOTHING_KNOWN:
        return "There are too few decisions to compare them."
    less, more = _points(max(0.0, -found.low), math.ceil), _points(max(0.0, found.high), math.ceil)
    return f"Variant B is accepted by between {less} less and {more} more than variant A."


def _span(low: float, high: float) -> str:
    """`3 to 7 points`: the numbers rounded away from each other, so that they claim no more than is known."""
    smallest, largest = _rounded(low, math.floor), _points(high, math.ceil)
    return f"{smallest} to {largest}" if smallest != "0" else f"up to {largest}"


def _points(rate: float, towards: Callable[[float], int]) -> str:
    number = _rounded(rate, towards)
    return f"{number} point" if number == "1" else f"{number} points"


def _rounded(rate: float, towards: Callable[[float], int]) -> str:
    """Points as a whole number; below one, with a decimal."""
    points = round(100 * rate, 9)
    return f"{towards(points)}" if points >= 1 else f"{towards(points * 10) / 10:g}"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
