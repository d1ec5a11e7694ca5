"""What the released figures of sites of four sizes are worth, and what attacks on them tell.

The rule is the product's (`server/analytics/privacy`), the decisions are simulated with fixed seeds, so that
everybody who runs this gets the same figures. Targets are beside them.
"""

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import exp
from statistics import fmean

from benchmarks import polling, simulated
from server.analytics.privacy import margins
from server.analytics.privacy.margins import CLOSED, LIVE
from server.analytics.privacy.noise import discrete_laplace
from server.analytics.values import THRESHOLD

SIZES = (20, 100, 1_000, 10_000)
SEEDS = 10
ROUNDS = 40_000
"""Tries of each likelihood attack."""

_MEASURES = ("decided", "accept_all", "reject_all", "save", "withdraw")

TARGETS: dict[str, tuple[float | None, ...]] = {
    "visible, by language": (97, 98, 99.5, 99.9),
    "visible, by version": (97, 98, 99.5, 99.9),
    "visible and right, by language": (80, 93, 99, 99.9),
    "save visible, by language": (None, 75, 98, 99.5),
    "margins hold the truth": (95, 95, 95, 95),
}
"""At least so many per cent, by size, of decided, accept_all and reject_all each; of granted if visible."""

AT_MOST: dict[str, tuple[float | None, ...]] = {
    "error of decided, undivided": (6, 4, 0.5, 0.1),
    "rates off by > 5 points, undivided": (12, 1, 0.1, 0),
    "rates above 100 %": (0, 0, 0, 0),
}
"""At most so many per cent, by size."""


@dataclass
class _Tally:
    """What was found at one size."""

    total: Counter[str] = field(default_factory=Counter)
    """`by measure` → true decisions; the same in visible cells, and in visible cells that are right."""
    visible: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    held: list[bool] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    off: list[bool] = field(default_factory=list)
    above: list[bool] = field(default_factory=list)

    def share(self, found: Counter[str], name: str) -> float:
        """Per cent of the true decisions."""
        return 100 * found[name] / self.total[name]


def report(seeds: int = SEEDS) -> None:
    """Print both tables."""
    print(f"\n## Released figures in windows of 7 days: {simulated.DAYS} days, {seeds} seeds, % (target)\n")
    print(f"{'decisions a day':36}" + "".join(f"{size:>22,}" for size in SIZES))
    found = [_figures(_tally(size, seeds)) for size in SIZES]
    for name in found[0]:
        goals, at_most = TARGETS.get(name), AT_MOST.get(name)
        cells = []
        for place, figures in enumerate(found):
            goal = (goals or at_most or (None,) * len(SIZES))[place]
            cells.append(_cell(figures[name], goal, at_most=at_most is not None))
        print(f"{name:36}" + "".join(f"{cell:>22}" for cell in cells))
    print("\n## Attacks: who knows everything but one decision, at best\n")
    for line in _attacks():
        print(line)


def _cell(figure: float, goal: float | None, *, at_most: bool) -> str:
    if goal is None:
        return f"{figure:.1f}"
    met = figure <= goal if at_most else figure >= goal
    return f"{figure:.2f} ({'≤' if at_most else '≥'} {goal:g}) {'ok' if met else 'MISSED'}"


def _tally(size: int, seeds: int) -> _Tally:
    tally = _Tally()
    for seed in range(seeds):
        for window in simulated.windows(simulated.site(size, seed)):
            for by in ("language", "version", "all"):
                for shown, true, leaves in simulated.divided(window, by).values():
                    _add(tally, by, shown, true, leaves)
    return tally


def _add(tally: _Tally, by: str, shown: Counter[str], true: Counter[str], leaves: int) -> None:
    for measure in (*_MEASURES, *simulated.CATEGORIES):
        name, error = f"{by} {measure}", abs(shown[measure] - true[measure])
        seen = shown[measure] >= THRESHOLD
        tally.total[name] += true[measure]
        tally.visible[name] += true[measure] * seen
        tally.right[name] += true[measure] * (seen and error <= max(5, true[measure] / 10))
        tally.held.append(error <= _margin(measure, leaves))
    if by == "all":
        tally.errors.append(abs(shown["decided"] - true["decided"]) / max(1, true["decided"]))
        for key in simulated.CATEGORIES:
            rate = shown[key] / max(1, shown["decided"])
            tally.off.append(abs(rate - true[key] / max(1, true["decided"])) > 0.05)
            tally.above.append(rate > 1)


def _margin(measure: str, leaves: int) -> int:
    one = margins.variances(len(simulated.CATEGORIES), simulated.EPSILON)
    variance = {"decided": one.decided, "save": one.save, **dict.fromkeys(simulated.CATEGORIES, one.granted)}
    return margins.plus_minus(leaves * variance.get(measure, one.kind))


def _figures(tally: _Tally) -> dict[str, float]:
    main = _MEASURES[:3]
    granted = (*main, *simulated.CATEGORIES)
    return {
        "visible, by language": min(tally.share(tally.visible, f"language {name}") for name in granted),
        "visible, by version": min(tally.share(tally.visible, f"version {name}") for name in granted),
        "visible and right, by language": min(tally.share(tally.right, f"language {name}") for name in main),
        "save visible, by language": tally.share(tally.visible, "language save"),
        "withdraw visible, by language": tally.share(tally.visible, "language withdraw"),
        "margins hold the truth": 100 * fmean(tally.held),
        "error of decided, undivided": 100 * fmean(tally.errors),
        "rates off by > 5 points, undivided": 100 * fmean(tally.off),
        "rates above 100 %": 100 * fmean(tally.above),
    }


# --- attacks ----------------------------------------------------------------------------------------------


def _attacks() -> Iterator[str]:
    dice = random.Random(3)
    for what, share in (("closed figure", CLOSED), ("figure of the running lump", LIVE)):
        right = 0
        for number in range(ROUNDS):
            truth = number % 2
            seen = truth + discrete_laplace(share.numerator, share.denominator, dice.randrange)
            right += (seen >= 1) == (truth == 1)
        bound = exp(share) / (1 + exp(share))
        yield _line(f"did it decide, by a {what}", right, ROUNDS, bound)
    found = polling.attack()
    bound = exp(2 * CLOSED) / (1 + exp(2 * CLOSED))
    yield _line("what did it choose, polling, own decisions added", found.right, found.victims, bound)
    yield f"  different answers to {found.polls} questions inside one block: {found.answers}"
    yield from _small_cells()


def _line(what: str, right: int, rounds: int, bound: float) -> str:
    chance = 3 * (bound * (1 - bound) / rounds) ** 0.5
    verdict = "ok" if right / rounds <= bound + chance else "MISSED"
    return f"{what:52} {100 * right / rounds:6.1f} % of {rounds:,}   bound {100 * bound:.1f} %  {verdict}"


def _small_cells() -> Iterator[str]:
    """Every released leaf, those under 10 too, which is more than any solver of the served sums can find."""
    right: Counter[int] = Counter()
    truths: defaultdict[tuple[int, str, str], list[int]] = defaultdict(list)
    for size in SIZES[:3]:
        for lump in simulated.site(size, seed=1_000):
            for leaf, measures in lump.cells.items():
                shown, true = simulated.published(measures), simulated.truth(lump.true[leaf])
                for name in (*_MEASURES[1:], *simulated.CATEGORIES):
                    if 1 <= true[name] <= 9:
                        right[size] += shown[name] == true[name]
                        truths[size, leaf.language, name].append(true[name])
    for size in SIZES[:3]:
        cells = {key: found for key, found in truths.items() if key[0] == size}
        number = sum(map(len, cells.values()))
        usual = sum(Counter(found).most_common(1)[0][1] for found in cells.values())
        guessed = 100 * usual / number
        what = f"true leaves of 1–9 found, {size:,} a day"
        found = f"{what:52} {100 * right[size] / number:6.1f} % of {number:,}"
        verdict = "ok" if right[size] / number <= _BAYES else "MISSED"
        yield f"{found}   at most {100 * _BAYES:.0f} %; guessing the usual value {guessed:.1f} %  {verdict}"


_BAYES = 0.41
"""What Bayes's rule tells of one noisy leaf of mean 3 to who knows that mean."""


def main(arguments: Sequence[str]) -> None:
    """Print both tables, with so many seeds."""
    report(int(arguments[0]) if arguments else SEEDS)


if __name__ == "__main__":
    main(sys.argv[1:])
