"""Analytics as shown on pages: queries from forms, columns, rates, chart data. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from server.analytics import vocabulary
from server.analytics.values import (
    DIMENSIONS,
    INTERVALS,
    THRESHOLD,
    Cells,
    Figures,
    Query,
    shown,
    window,
)
from server.core import parsing

LABELS = {
    name: vocabulary.label(name)
    for name in ("shown", "decided", "accept_all", "reject_all", "save", "withdraw")
}
"""Measure → column label, in order."""

ANSWERS = ("accept_all", "reject_all", "save")
"""The series that the chart stacks; their sum is all decisions."""


@dataclass(frozen=True)
class Rate:
    """The consent rate and the opt-in rate of one category."""

    name: str
    granted: int
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
    """Whether any figure is large enough to be shown."""
    return any(shown(figure) is not None for figure in figures.totals.measures.values())


def columns(figures: Figures) -> tuple[str, ...]:
    """The measures that are present."""
    return tuple(name for name in LABELS if name in figures.totals.measures)


def formatted(figure: int | None) -> str:
    """A figure as text."""
    if figure is None:
        return "–"
    return f"< {THRESHOLD}" if figure < THRESHOLD else f"{figure:,}".replace(",", "\u202f")


def rates(cells: Cells, names: Mapping[str, str]) -> tuple[Rate, ...]:
    """The rates of all categories; None where the denominator is absent or too small."""
    decided, seen = cells.measures.get("decided"), cells.measures.get("shown")
    return tuple(
        Rate(names.get(key, key), granted, _share(granted, decided), _share(granted, seen))
        for key, granted in cells.granted.items()
    )


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or whole is None or whole < THRESHOLD else min(1.0, part / whole)


def chart(figures: Figures) -> dict[str, object]:
    """The data of the chart: the figures of the table, those too small to be shown as gaps (None)."""
    return {
        "labels": [" · ".join(filter(None, (row.period, row.value))) for row in figures.rows],
        "series": [
            {"name": LABELS[name], "figures": [shown(row.cells.measures[name]) for row in figures.rows]}
            for name in ANSWERS
        ],
    }
