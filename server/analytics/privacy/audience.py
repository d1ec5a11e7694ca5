"""What a closed lump releases of the audience: noise on every margin, then whole numbers that agree. Pure.

*Proven here.* An event is counted in one undivided cell and in one cell of each of five dimensions, so a draw
of ε/6 on each makes the noised cells of a lump ε-differentially private per event. What follows uses noised
numbers only (post-processing).

*Consistent.* Every part (the undivided cells; each dimension) says how often an event happened; their sums
are joined by least squares into one number, weighted by how many draws each sum has, and each part is then
the nearest to its noised cells with that sum. What rounding leaves over is carried to the next lump.

Cells may be negative, and are then not shown. Were they bounded at zero, as those of `release` are, the
noise of many empty cells (countries) would be taken from the few full ones, in every lump: a country
with 460 of 500 events a day was outside of its 95 % margin in 24 of 100 windows of 28 days.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from server.analytics.privacy.noise import discrete_laplace, variance
from server.analytics.privacy.release import UNIT, Cell, nearest

PARTS = 6
"""Parts that ε is shared by: the undivided cells and five dimensions, whether or not all are measured."""


class MarginCell(NamedTuple):
    """One counter of the audience. Dimensions are never crossed."""

    dimension: str
    """Empty: undivided. Only undivided cells have a version and a delay."""
    value: str
    version: int
    event: str
    after: str


TOTAL = "total"
"""Stands for a dimension: the cell that says how often an event happened in all."""


@dataclass(frozen=True)
class Part:
    """Cells that every event falls into exactly one of."""

    cells: Mapping[str, Sequence[MarginCell]]
    """Event → its cells, in order; which ones there are does not depend on what was counted."""


Margins = Mapping[MarginCell, Cell]
"""What is released, the totals included."""


def total_cell(event: str) -> MarginCell:
    """The cell of how often an event happened in all."""
    return MarginCell(TOTAL, "", 0, event, "")


def close(
    counted: Mapping[MarginCell, int],
    parts: Sequence[Part],
    carried: Mapping[MarginCell, int],
    *,
    epsilon: Fraction,
    randbelow: Callable[[int], int],
) -> Margins:
    """Draw the noise of a lump, once, and compute what it publishes.

    :param counted: what was counted; cells that are in no part are ignored
    :param carried: noised less published, summed over all earlier lumps, in units of 1/1680
    :param epsilon: ε per event
    """
    share = epsilon / PARTS
    released: dict[MarginCell, Cell] = {}
    noisy = {
        cell: counted.get(cell, 0) + discrete_laplace(share.numerator, share.denominator, randbelow)
        for part in parts
        for cells in part.cells.values()
        for cell in cells
    }
    for event in parts[0].cells:
        of_event = [part.cells[event] for part in parts]
        total = total_cell(event)
        estimate = _joined([(sum(noisy[cell] for cell in cells), len(cells)) for cells in of_event])
        units = round(UNIT * estimate)
        whole = max(0, nearest(units + carried.get(total, 0)))
        released[total] = Cell(units, whole)
        for cells in of_event:
            due = {cell: UNIT * noisy[cell] + carried.get(cell, 0) for cell in cells}
            shown = shifted(due, whole)
            released.update((cell, Cell(UNIT * noisy[cell], shown[cell])) for cell in cells)
    return released


def shifted(due: Mapping[MarginCell, int], whole: int) -> dict[MarginCell, int]:
    """The nearest whole numbers with this sum, of numbers in units of 1/1680: all moved by the same.

    Projection on a hyperplane, then the largest fractions are rounded up.
    """
    level = Fraction(whole * UNIT - sum(due.values()), len(due))
    exact = {cell: (number + level) / UNIT for cell, number in due.items()}
    rounded = {cell: number.numerator // number.denominator for cell, number in exact.items()}
    by_fraction = sorted(exact, key=lambda cell: (rounded[cell] - exact[cell], cell))
    for cell in by_fraction[: whole - sum(rounded.values())]:
        rounded[cell] += 1
    return rounded


def _joined(sums: Sequence[tuple[int, int]]) -> Fraction:
    """The least-squares estimate of a number from sums that measure it, each with so many draws of noise."""
    weight = sum(Fraction(1, draws) for _, draws in sums)
    return sum((Fraction(noised, draws) for noised, draws in sums), Fraction(0)) / weight


def total_variance(draws: Sequence[int], epsilon: Fraction) -> float:
    """Variance of how often an event happened in all, of parts with so many cells each."""
    return variance(epsilon / PARTS) / sum(1 / number for number in draws)


def cell_variance(epsilon: Fraction) -> float:
    """Variance of one cell; what is released is no further off, as it also knows the other parts."""
    return variance(epsilon / PARTS)
