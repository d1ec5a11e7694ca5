"""Figures as pages and tables show them. Pure. What is withheld is `:`, as statistical offices write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from re import compile as pattern

from server.analytics.values import (
    DIMENSIONS,
    INTERVALS,
    MAX_DAYS,
    Cells,
    Figures,
    Query,
)

WITHHELD = ":"

LABELS = {
    "shown": "Shown",
    "decided": "Decided",
    "accept_all": "Accepted all",
    "reject_all": "Refused all",
    "save": "Own choice",
    "withdraw": "Withdrawn",
}
"""Columns in their order; one that is not measured is left out."""

ANSWERS = ("accept_all", "reject_all", "save")
"""What the chart stacks: together they are all decisions."""

_DAY = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Rate:
    """The two rates of one category; each says what it divides by."""

    name: str
    granted: int | None
    consent: float | None
    """Granted of those who decided."""
    opt_in: float | None
    """Granted of those who were shown the banner."""


def query(asked: Mapping[str, str], *, today: date) -> tuple[Query, dict[str, str]]:
    """The question that a form asks, and what is wrong with it by field; a wrong field gets its default."""
    errors: dict[str, str] = {}
    end = _day(asked, "to", today, errors)
    start = _day(asked, "from", end - timedelta(days=27), errors)
    if start > end:
        errors["from"] = "is after the last day"
    elif (end - start).days >= MAX_DAYS:
        errors["from"] = f"is more than {MAX_DAYS} days before the last day"
    if "from" in errors:
        start = end - timedelta(days=27)
    interval, by = asked.get("interval", "day"), asked.get("by") or None
    return (
        Query(
            start,
            end,
            interval if interval in INTERVALS else "day",
            by if by in DIMENSIONS else None,
        ),
        errors,
    )


def _day(asked: Mapping[str, str], name: str, default: date, errors: dict[str, str]) -> date:
    text = asked.get(name, "")
    if not text:
        return default
    try:
        # `fromisoformat` alone would take week dates too.
        day = date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        errors[name] = "is not a day such as 2026-11-22"
        return default
    if not 2000 <= day.year <= 2200:
        errors[name] = "is not a day that anything was counted on"
        return default
    return day


def anything(figures: Figures) -> bool:
    """Whether there is a figure that is neither withheld nor nothing."""
    return any(
        any(cells.measures.values()) for cells in (figures.totals, *(row.cells for row in figures.rows))
    )


def columns(figures: Figures) -> tuple[str, ...]:
    """The measures that there are figures of."""
    return tuple(name for name in LABELS if name in figures.totals.measures)


def shown(figure: int | None) -> str:
    """A figure as text."""
    return WITHHELD if figure is None else f"{figure:,}".replace(",", "\u202f")


def rates(cells: Cells, names: Mapping[str, str]) -> tuple[Rate, ...]:
    """Both rates of every category; none where a figure is withheld, absent or nothing to divide by."""
    decided, seen = cells.measures.get("decided"), cells.measures.get("shown")
    return tuple(
        Rate(names.get(key, key), granted, _share(granted, decided), _share(granted, seen))
        for key, granted in cells.granted.items()
    )


def _share(part: int | None, whole: int | None) -> float | None:
    # Figures are rounded one by one, so that a part may come out a little above its whole.
    return None if part is None or not whole else min(1.0, part / whole)


def chart(figures: Figures) -> dict[str, object]:
    """What the chart draws: the figures of the table beside it, withheld ones as gaps."""
    return {
        "labels": [" · ".join(filter(None, (row.period, row.value))) for row in figures.rows],
        "series": [
            {"name": LABELS[name], "figures": [row.cells.measures.get(name) for row in figures.rows]}
            for name in ANSWERS
        ],
    }
