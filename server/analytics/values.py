"""Values of this slice that others may use: queries and figures."""

import csv
import io
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from server.core.spreadsheets import harmless

Interval = Literal["day", "week", "month"]
INTERVALS: tuple[Interval, ...] = ("day", "week", "month")
"""Length of a period; weeks begin on Monday (ISO 8601)."""

Dimension = Literal["version", "language"]
DIMENSIONS: tuple[Dimension, ...] = ("version", "language")
"""Dimensions."""

UNMEASURED = ("device", "browser", "os", "country")
"""Dimensions of the contract that are not measured yet."""

MAX_DAYS = 1_100
"""Most days of a window: three years and a little."""

DEFAULT_DAYS = 28
"""Days of the default window, its last day included: four whole weeks."""

DEFINITIONS: Mapping[str, str] = {
    "opt_in_rate": "granted / shown",
    "consent_rate": "granted / decided",
}
"""Formulas of rates. A rate whose denominator is absent or withheld is undefined."""

MEASURES = ("decided", "accept_all", "reject_all", "save", "withdraw")
"""The measures of every row, besides grants per category. `decided` is the sum of the next three."""


@dataclass(frozen=True)
class Query:
    """A query: window (both days inclusive), periods, dimension."""

    start: date
    end: date
    interval: Interval = "day"
    by: Dimension | None = None


def window(first: date | None, last: date | None, *, today: date) -> tuple[date, date]:
    """First and last day of a window, by default the `DEFAULT_DAYS` until today.

    :raises ValueError: it ends before it begins, or is too long; says what is wrong with the first day.
    """
    last = today if last is None else last
    if first is None:
        first = date.fromordinal(max(last.toordinal() - DEFAULT_DAYS + 1, 1))
    if first > last:
        raise ValueError(f"is after the last day, {last}")
    if (last - first).days >= MAX_DAYS:
        raise ValueError(f"is too early: a window has at most {MAX_DAYS} days")
    return first, last


@dataclass(frozen=True)
class Period:
    """An interval of days with a name: `2026-11-22`, `2026-W47` or `2026-11`."""

    name: str
    start: date
    end: date
    """Inclusive. A week or month at the window's edge keeps its name but has fewer days."""


@dataclass(frozen=True)
class Cells:
    """The figures of one row. None is withheld: too small, or needed to hide what is too small."""

    measures: Mapping[str, int | None]
    granted: Mapping[str, int | None]
    """Optional category → number of `decided` that granted it."""

    @property
    def suppressed(self) -> tuple[str, ...]:
        """Names of the withheld figures; a category's is `granted.` and its key."""
        return (
            *(name for name, figure in self.measures.items() if figure is None),
            *(f"granted.{key}" for key, figure in self.granted.items() if figure is None),
        )


@dataclass(frozen=True)
class Row:
    """The figures of one period and, if there is a dimension, of one of its values."""

    period: str
    value: str | None
    cells: Cells


@dataclass(frozen=True)
class Figures:
    """The answer to a query."""

    site: str
    """The site's public key."""
    query: Query
    threshold: int
    rows: tuple[Row, ...]
    """Every period of the window with every value that could occur in it, whether or not it did."""
    totals: Cells
    """The undivided figures of the whole window."""


@dataclass(frozen=True)
class Recount:
    """Comparison of the counters with the log."""

    decisions: int
    """Number of decisions in the log that can still be read."""
    erased: int
    """Number of erased decisions in the log; they remain in the counters."""
    differing: tuple[str, ...]
    """Counters that differ, in words; empty if all are equal."""


def periods(query: Query) -> Iterator[Period]:
    """The periods of a window in order."""
    start, last = query.start.toordinal(), query.end.toordinal()
    while start <= last:
        first = date.fromordinal(start)
        name, length = _period_from(first, query.interval)
        end = min(start + length - 1, last)
        yield Period(name, first, date.fromordinal(end))
        start = end + 1


def _period_from(day: date, interval: Interval) -> tuple[str, int]:
    """The name of the period that `day` is in, and how many of its days are left, `day` included."""
    if interval == "day":
        return day.isoformat(), 1
    if interval == "week":
        year, week, weekday = day.isocalendar()
        return f"{year:04}-W{week:02}", 8 - weekday
    return day.isoformat()[:7], monthrange(day.year, day.month)[1] - day.day + 1


def as_tree(figures: Figures) -> dict[str, object]:
    """The answer as in the contract."""
    query = figures.query
    return {
        "site": figures.site,
        "from": query.start.isoformat(),
        "to": query.end.isoformat(),
        "interval": query.interval,
        "by": query.by,
        "threshold": figures.threshold,
        "definitions": dict(DEFINITIONS),
        "rows": [
            {"period": row.period}
            | ({} if row.value is None else {"value": row.value})
            | _figures_of(row.cells)
            for row in figures.rows
        ],
        "totals": _figures_of(figures.totals),
    }


def _figures_of(cells: Cells) -> dict[str, object]:
    return {**cells.measures, "granted": dict(cells.granted), "suppressed": list(cells.suppressed)}


def as_csv(figures: Figures) -> str:
    """The rows as a table with one heading (RFC 4180).

    A withheld figure is empty, and named in the last column; one that is empty and not named was not asked
    about. The columns depend on the categories of the window, and on nothing that was counted.
    """
    categories = tuple(figures.totals.granted)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["period", "value", *MEASURES, *(f"granted_{key}" for key in categories), "suppressed"])
    writer.writerows(_lines(figures, categories))
    return out.getvalue()


def _lines(figures: Figures, categories: tuple[str, ...]) -> Iterator[list[object]]:
    for row in figures.rows:
        cells = row.cells
        yield [
            row.period,
            harmless(row.value or ""),
            *(cells.measures[measure] for measure in MEASURES),
            *(cells.granted.get(key) for key in categories),
            " ".join(cells.suppressed),
        ]
