"""How often experiments are wrong, what they find, and how long they take.

Visitors and noise are simulated with fixed seeds, so that everybody who runs this gets the same figures;
every experiment is looked at after each of its lumps. `python -m benchmarks.experiments [RUNS]`.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from benchmarks.crossing import probability_of_clear
from benchmarks.simulated_experiments import EPSILON, World, experiment, holds
from server.analytics.experiments.confidence_sequence import (
    ALPHA,
    Noise,
    noise_of_accepted,
    noise_of_granted,
)
from server.analytics.experiments.power import Plan, detectable_difference, power
from server.analytics.intervals import wilson
from server.analytics.privacy.margins import Variances, variances

RUNS = 10_000
"""Experiments without a difference, of each kind; a fifth as many with one."""

TOLERANCE = 0.03
"""How far the simulated power may be from the integrated one; three standard errors of 2,000 are 0.034."""

_WORLDS = {
    "200 a day, 55 %": World(200, 0.55),
    "200 a day, 1 %": World(200, 0.01),
    "100 a day, 55 %, 3 languages": World(100, 0.55, languages=3),
    "1,000 a day, 40 % and 70 % by turns": World(1_000, 0.55, languages=3, swing=0.15),
    "20 a day in weeks, 55 %, 3 languages": World(20, 0.55, days=364, lump_days=7, languages=3),
}

_FOUND = ("200 a day, 55 %", "100 a day, 55 %, 3 languages", "20 a day in weeks, 55 %, 3 languages")


@dataclass(frozen=True)
class _Found:
    """What so many experiments of one kind came to."""

    states: Counter[str]
    days: float
    """Mean, until they were clear or at their limit."""

    @property
    def clear(self) -> int:
        """How many found a difference, whichever."""
        return self.states["a_is_better"] + self.states["b_is_better"]


def report(runs: int = RUNS) -> None:
    """Print the tables."""
    print(f"\n## Experiments without a difference, looked at after each lump: clear in % of {runs:,}\n")
    print(f"{'':40}{'days':>6}{'simulated (95 % interval)':>30}{'integrated':>12}   at most {100 * ALPHA:g}")
    for name, world in _WORLDS.items():
        _print_alike(name, world, runs)
    print(f"\n## Experiments with a difference, in % of {runs // 5:,}; the least power is what is promised\n")
    columns = ("points", "least power", "integrated", "simulated", "wrong side", "mean days")
    print(f"{'':40}" + "".join(f"{name:>13}" for name in columns))
    for name in _FOUND:
        _print_different(name, _WORLDS[name], runs // 5)
    print(f"\n## True difference outside of the interval on any day, in % of {runs // 5:,}\n")
    for name in _FOUND:
        _print_missed(name, _WORLDS[name], runs // 5)
    print("\n## Smallest difference that 80 of 100 experiments find in 28 days, in points around 50 %\n")
    _print_detectable()


def _print_alike(name: str, world: World, runs: int) -> None:
    found = _experiments(world, runs)
    interval = wilson(found.clear, runs)
    integrated = probability_of_clear(world.plan(), 0)
    share = f"{100 * found.clear / runs:.2f} ({100 * interval.low:.2f}–{100 * interval.high:.2f})"
    verdict = "ok" if interval.high <= ALPHA else "MISSED"
    print(f"{name:40}{world.days:>6}{share:>30}{100 * integrated:>12.2f}   {verdict}", flush=True)


def _print_different(name: str, world: World, runs: int) -> None:
    plan = world.plan()
    detectable = detectable_difference(plan) or 0.0
    for times in (0.5, 1.0, 1.5):
        difference = times * detectable
        found = _experiments(replace(world, difference=difference), runs)
        integrated, simulated = probability_of_clear(plan, difference), found.clear / runs
        wrong = found.states["a_is_better"] / runs
        shares = (difference, power(plan, difference), integrated, simulated, wrong)
        verdict = "ok" if abs(simulated - integrated) <= TOLERANCE else "MISSED"
        cells = "".join(f"{100 * share:>13.1f}" for share in shares)
        print(f"{name:40}{cells}{found.days:>13.1f}   {verdict}", flush=True)


def _print_missed(name: str, world: World, runs: int) -> None:
    world = replace(world, difference=detectable_difference(world.plan()) or 0.0)
    dice = random.Random(15)
    missed = runs - sum(holds(world, dice) for _ in range(runs))
    verdict = "ok" if missed <= ALPHA * runs else "MISSED"
    print(f"{name:40}{100 * missed / runs:>13.1f}   {verdict}", flush=True)


def _print_detectable() -> None:
    sizes = (100, 300, 1_000, 10_000)
    print(f"{'decisions a day (3 categories, ε = 1)':40}" + "".join(f"{size:>9,}" for size in sizes))
    kinds: dict[str, Callable[[Variances, int], Noise]] = {
        "accepted all": noise_of_accepted,
        "granted a category": noise_of_granted,
    }
    noises = {"without noise": Noise(0, 0, 0)}
    for what, kind in kinds.items():
        for languages in (1, 3):
            noises[f"{what}, languages: {languages}"] = kind(variances(3, EPSILON), languages)
    for name, noise in noises.items():
        found = [detectable_difference(Plan(size, 0.5, 28, 1, noise)) for size in sizes]
        print(f"{name:40}" + "".join(f"{100 * each:>9.1f}" if each else f"{'–':>9}" for each in found))


def _experiments(world: World, runs: int) -> _Found:
    dice = random.Random(14)
    outcomes = [experiment(world, dice) for _ in range(runs)]
    return _Found(Counter(each.state for each in outcomes), fmean(each.days for each in outcomes))


def main(arguments: Sequence[str]) -> None:
    """Print the tables, with so many experiments of each kind."""
    report(int(arguments[0]) if arguments else RUNS)


if __name__ == "__main__":
    main(sys.argv[1:])
