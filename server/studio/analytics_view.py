"""Analytics as shown on pages: queries from forms, columns, rates, chart data. Pure.

Withheld figures are shown as `:`, which Statistics Norway uses for figures that cannot be published.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from server.analytics.values import (
    DIMENSIONS,
    INTERVALS,
    Cells,
    Figures,
    Query,
    window,
)
from server.core import parsing

WITHHELD = ":"

LABELS = {
    "shown": "Shown",
    "decided": "Decided",
    "accept_all": "Accepted all",
    "reject_all": "Refused all",
    "save": "Own choice",
    "withdraw": "Withdrawn",
}
"""Measure → column label, in order."""

ANSWERS = ("accept_all", "reject_all", "save")
"""The series that the chart stacks; their sum is all decisions."""


@dataclass(frozen=True)
class Rate:
    """The consent rate and the opt-in rate of one category."""

    name: str
    granted: int | None
    consent: float | None
    """Granted / decided."""
    opt_in: float | None
    """Granted / shown."""


def parse_query(arguments: Mapping[str, str], *, today: date) -> tuple[Query, dict[str, str]]:
    """The query of a form, and errors by field; an invalid field gets its default."""
    errors: dict[str, str] = {}
    last, first = _day(arguments, "to", errors), _day(arguments, "from", errors)
    try:
        start, end = window(first, last, today=today)
    except ValueError as wrong:
        errors["from"] = str(wrong)
        start, end = window(None, last, today=today)
    interval, by = arguments.get("interval", "day"), arguments.get("by") or None
    return (
        Query(
            start,
            end,
            interval if interval in INTERVALS else "day",
            by if by in DIMENSIONS else None,
        ),
        errors,
    )


def _day(arguments: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    text = arguments.get(name, "")
    if not text:
        return None
    day = parsing.day(text)
    if day is None:
        errors[name] = "is not a day such as 2026-11-22"
    elif not 2000 <= day.year <= 2200:
        errors[name] = "is not a day that anything was counted on"
    return None if name in errors else day


def has_figures(figures: Figures) -> bool:
    """Whether any figure is neither withheld nor zero."""
    return any(
        any(cells.measures.values()) for cells in (figures.totals, *(row.cells for row in figures.rows))
    )


def columns(figures: Figures) -> tuple[str, ...]:
    """The measures that are present."""
    return tuple(name for name in LABELS if name in figures.totals.measures)


def formatted(figure: int | None) -> str:
    """A figure as text."""
    return WITHHELD if figure is None else f"{figure:,}".replace(",", "\u202f")


def rates(cells: Cells, names: Mapping[str, str]) -> tuple[Rate, ...]:
    """The rates of all categories; None where a figure is withheld or absent, or the denominator is 0."""
    decided, seen = cells.measures.get("decided"), cells.measures.get("shown")
    return tuple(
        Rate(names.get(key, key), granted, _share(granted, decided), _share(granted, seen))
        for key, granted in cells.granted.items()
    )


def _share(part: int | None, whole: int | None) -> float | None:
    # Figures are rounded one by one, so that a part may be slightly larger than its whole.
    return None if part is None or not whole else min(1.0, part / whole)


def chart(figures: Figures) -> dict[str, object]:
    """The data of the chart: the figures of the table, withheld ones as gaps (None)."""
    return {
        "labels": [" · ".join(filter(None, (row.period, row.value))) for row in figures.rows],
        "series": [
            {"name": LABELS[name], "figures": [row.cells.measures.get(name) for row in figures.rows]}
            for name in ANSWERS
        ],
    }
