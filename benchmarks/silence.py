"""How soon operators see that a site is silent, and how often wrongly: a year of simulated minutes.

Decisions come by chance, by the hours of a day, the days of a week and holidays. The rule is the product's.
"""

import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import accumulate
from statistics import median, quantiles

from benchmarks.simulated import poisson
from server.analytics.alarms import silence

SIZES = (100, 1_000, 10_000)
"""Decisions a day."""

SITES = 4
BREAKS = 100
"""Faults tried on each site."""

DAYS = 365
MINUTES = 24 * 60

_HOURS = (3, 2, 1, 1, 1, 2, 6, 14, 22, 26, 28, 29, 30, 29, 28, 27, 27, 28, 30, 32, 33, 29, 19, 9)
"""Weights of the hours."""

_WEEKDAYS = (1.08, 1.05, 1.03, 1.02, 0.98, 0.9, 0.94)

_HOLIDAYS = frozenset((0, 92, 93, 95, 96, 120, 136, 133, 144, 145, 357, 358, 359, 364))
"""Days of the year with three tenths of the usual decisions."""


def report(sites: int = SITES) -> None:
    """Print delays and wrong signals by size."""
    print("\n## Silence, as operators see it\n")
    print(f"{'':15}   faults while 30 in 15 min are usual     all faults")
    print(f"{'decisions a day':15}" + f"   {'in 15 min':>13}   {'median':>6} {'p95':>6}" * 2 + "   minutes")
    for a_day in SIZES:
        busy: list[int] = []
        every: list[int] = []
        wrong = 0
        for seed in range(sites):
            dice = random.Random(f"{a_day} {seed}")
            came = list(_year(a_day, dice))
            sums = [0, *accumulate(came)]
            wrong += sum(1 for _ in _signals(came, sums))
            for _ in range(BREAKS):
                begins = dice.randrange(silence.DAYS * MINUTES, len(came) - MINUTES)
                delay = _delay(came, sums, begins)
                every.append(delay)
                if _usual(sums, begins, begins + 15) >= silence.EXPECTED:
                    busy.append(delay)
        print(f"{a_day:15,}   {_delays(busy)}   {_delays(every)}   wrong {wrong / sites:.2f} a year")


def _delays(found: Sequence[int]) -> str:
    if len(found) < 2:
        return f"{'–':>13}   {'–':>6} {'–':>6}"
    # The check runs once a minute.
    soon = sum(delay <= 16 for delay in found) / len(found)
    return f"{soon:13.0%}   {median(found):6.0f} {quantiles(found, n=20)[-1]:6.0f}"


def _year(a_day: int, dice: random.Random) -> Iterator[int]:
    """Decisions by the minute."""
    hours = [weight / sum(_HOURS) for weight in _HOURS]
    for day in range(DAYS):
        of_day = a_day * _WEEKDAYS[day % 7] * (0.3 if day in _HOLIDAYS else 1.0) * dice.uniform(0.85, 1.15)
        for share in hours:
            for _ in range(60):
                yield poisson(dice, of_day * share / 60)


def _usual(sums: Sequence[int], since: int, until: int) -> float:
    return median(_earlier(sums, since, until))


def _earlier(sums: Sequence[int], since: int, until: int) -> list[int]:
    backs = [day * MINUTES for day in range(1, silence.DAYS + 1)]
    return [sums[until - back] - sums[since - back] for back in backs]


def _delay(came: Sequence[int], sums: Sequence[int], begins: int) -> int:
    """Minutes from a fault until the rule sees it; a day at most."""
    last = begins
    while last > 0 and not came[last - 1]:
        last -= 1
    for minute in range(begins, begins + MINUTES):
        if minute - last < MINUTES and _is_silent(sums, last, minute):
            return minute - begins
    return MINUTES


def _is_silent(sums: Sequence[int], since: int, now: int) -> bool:
    length = timedelta(minutes=now - since)
    return length >= silence.LEAST and silence.is_silent(length, _earlier(sums, since, now))


def _signals(came: Sequence[int], sums: Sequence[int]) -> Iterator[int]:
    """Beginnings of silences without a fault that the rule takes for one."""
    busy = [minute for minute, number in enumerate(came) if number]
    first = bisect_left(busy, silence.DAYS * MINUTES)
    for last, following in zip(busy[first:], busy[first + 1 :], strict=False):
        if following - last > 15 and any(
            _is_silent(sums, last + 1, minute) for minute in range(last + 16, following + 1)
        ):
            yield last


if __name__ == "__main__":
    report()
