"""What a closed lump releases: noise on every leaf, then whole numbers that add up. Pure.

*Proven here.* A decision is counted in one leaf of one lump. accept_all, reject_all and withdraw change one
counter by one: one draw of ε' = 4/5 ε. A save changes one counter of each category, yes or no: C draws of
ε'/C. So the noised counters of a lump are ε'-differentially private (Laplace mechanism on integers: Ghosh,
Roughgarden and Sundararajan 2012), and lumps hold different decisions (parallel composition). Everything else
in this module uses noised numbers only (post-processing): least squares, what is carried, rounding.

*Consistent.* The released numbers of a measure are not negative, a category is granted by no more than saved,
and over all lumps the released sums follow the noised sums to within one half: what rounding and the bound at
zero take away or add in one lump is carried to the next.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from server.analytics.privacy.margins import CLOSED
from server.analytics.privacy.noise import discrete_laplace

ACCEPT_ALL, REJECT_ALL, SAVE, WITHDRAW = "accept_all", "reject_all", "save", "withdraw"

KINDS = (ACCEPT_ALL, REJECT_ALL, SAVE, WITHDRAW)
"""The kinds of decision, each a measure of its own."""

GRANTED = "granted."
"""Before a category's key: the measure of those who saved a selection and granted it."""

UNIT = 1680
"""Noised numbers are stored as multiples of 1/1680, exactly: twice the least common multiple of 1 to 8, the
most optional categories there may be."""


class Leaf(NamedTuple):
    """One version in one language."""

    version: int
    language: str


class Saved(NamedTuple):
    """How many of those who saved a selection granted a category, and how many did not."""

    yes: int
    no: int


@dataclass(frozen=True)
class Counted:
    """What was truly counted in one leaf of a lump; never published."""

    accept_all: int = 0
    reject_all: int = 0
    withdraw: int = 0
    save: int = 0
    granted: Mapping[str, int] = field(default_factory=dict)
    """Optional category → how many of `save` granted it."""

    def __add__(self, other: "Counted") -> "Counted":
        """Both together."""
        return Counted(
            self.accept_all + other.accept_all,
            self.reject_all + other.reject_all,
            self.withdraw + other.withdraw,
            self.save + other.save,
            dict(Counter(self.granted) + Counter(other.granted)),
        )


class Cell(NamedTuple):
    """One measure of one leaf in a lump."""

    noisy: int
    """With noise, in units of 1/1680."""
    shown: int
    """What is published."""


Cells = Mapping[Leaf, Mapping[str, Cell]]
"""Leaf → measure → cell."""

Carried = Mapping[Leaf, Mapping[str, int]]
"""Leaf → measure → noised less published, summed over all earlier lumps, in units of 1/1680."""


def close(
    counted: Mapping[Leaf, Counted],
    categories: Mapping[int, tuple[str, ...]],
    carried: Carried,
    *,
    epsilon: Fraction,
    randbelow: Callable[[int], int],
) -> Cells:
    """Draw the noise of a lump, once, and compute what it publishes.

    :param counted: every leaf of the lump, whether or not anything was counted in it
    :param categories: version → its optional categories, at most eight
    :param carried: what earlier lumps left over, of all leaves that the site ever had
    :param epsilon: ε per decision, of which 4/5 are spent here
    :param randbelow: uniform whole numbers below its argument; in production `secrets.randbelow`
    """
    noisy = {
        leaf: _noised(counts, categories[leaf.version], epsilon * CLOSED, randbelow)
        for leaf, counts in counted.items()
    }
    shown: dict[Leaf, dict[str, int]] = {leaf: {} for leaf in counted}
    for kind in KINDS:
        due = {leaf: cells[kind] + _left(carried, leaf, kind) for leaf, cells in noisy.items()}
        others = sum(left.get(kind, 0) for leaf, left in carried.items() if leaf not in counted)
        whole = max(0, nearest(sum(due.values()) + others))
        for leaf, number in project(due, whole).items():
            shown[leaf][kind] = number
    for leaf, cells in noisy.items():
        for category in categories[leaf.version]:
            measure = GRANTED + category
            granted = nearest(cells[measure] + _left(carried, leaf, measure))
            shown[leaf][measure] = min(max(granted, 0), shown[leaf][SAVE])
    return {
        leaf: {measure: Cell(number, shown[leaf][measure]) for measure, number in cells.items()}
        for leaf, cells in noisy.items()
    }


_Key = TypeVar("_Key", bound=tuple[Any, ...])


def project(due: Mapping[_Key, int], whole: int) -> dict[_Key, int]:
    """The nearest non-negative whole numbers with this sum, of numbers in units of 1/1680.

    Euclidean projection on the simplex (Held, Wolfe and Crowder 1974), then the largest fractions are rounded
    up.
    """
    if not due:
        return {}
    level = _level(due.values(), whole * UNIT)
    exact = {key: max(Fraction(0), number - level) / UNIT for key, number in due.items()}
    rounded = {key: number.numerator // number.denominator for key, number in exact.items()}
    missing = whole - sum(rounded.values())
    by_fraction = sorted(exact, key=lambda key: (rounded[key] - exact[key], key))
    for key in by_fraction[:missing]:
        rounded[key] += 1
    return rounded


def _level(numbers: Iterable[int], whole: int) -> Fraction:
    """What must be taken from each number so that the rest, bounded at zero, has this sum."""
    total, level = 0, Fraction(0)
    for taken, number in enumerate(sorted(numbers, reverse=True), 1):
        total += number
        candidate = Fraction(total - whole, taken)
        if taken > 1 and candidate >= number:
            break
        level = candidate
    return level


def _noised(
    counts: Counted, categories: tuple[str, ...], epsilon: Fraction, randbelow: Callable[[int], int]
) -> dict[str, int]:
    """The measures of a leaf with noise, in units of 1/1680."""

    def noise(share: Fraction) -> int:
        return discrete_laplace(share.numerator, share.denominator, randbelow)

    single = {ACCEPT_ALL: counts.accept_all, REJECT_ALL: counts.reject_all, WITHDRAW: counts.withdraw}
    cells = {measure: UNIT * (number + noise(epsilon)) for measure, number in single.items()}
    if not categories:
        return {**cells, SAVE: UNIT * (counts.save + noise(epsilon))}
    number = len(categories)
    noised = {}
    for category in categories:
        granted = counts.granted.get(category, 0)
        yes = granted + noise(epsilon / number)
        noised[category] = Saved(yes, counts.save - granted + noise(epsilon / number))
    # Least squares of `save`, which each pair measures, and of those who granted each category.
    total = sum(yes + no for yes, no in noised.values())
    cells[SAVE] = UNIT // number * total
    for category, (yes, no) in noised.items():
        cells[GRANTED + category] = UNIT // (2 * number) * (total + number * (yes - no))
    return cells


def _left(carried: Carried, leaf: Leaf, measure: str) -> int:
    return carried.get(leaf, {}).get(measure, 0)


def nearest(units: int) -> int:
    """The nearest whole number; halves are rounded up."""
    return (2 * units + UNIT) // (2 * UNIT)
