"""Data of the charts, as the studio's script reads them. What is too small to be shown is a gap, not a zero.

Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from server.analytics.values import Figures, Interval, Row, shown
from server.studio.analytics import measure_words
from server.studio.analytics.view import consent_rate
from server.studio.analytics.words import days
from server.studio.language import current
from server.studio.local_times import in_words

OUTCOMES = ("accept_all", "reject_all", "save")
"""The parts of `decided`, from the bottom up."""


_FEWEST = 2
"""Fewest points of a chart."""


def drawable(figures: Figures) -> bool:
    """Whether at least two periods have a figure that is large enough to be shown."""
    return sum(shown(row.cells.measures["decided"]) is not None for row in figures.rows) >= _FEWEST


def outcomes(figures: Figures, published: Mapping[int, date]) -> dict[str, object]:
    """Stacked outcomes by period.

    :param published: day on which each version was published, of those to be marked
    """
    return {
        **_periods(figures.rows, figures.query.interval),
        "series": [
            {
                "name": measure_words.label(name),
                "figures": [shown(row.cells.measures[name]) for row in figures.rows],
            }
            for name in OUTCOMES
        ],
        "marks": _marks(figures.rows, published),
    }


def consent_rates(figures: Figures, keys: Iterable[str]) -> dict[str, dict[str, object]]:
    """The consent rate of each category by period with its interval, in percent.

    Categories with a rate in fewer than two periods are left out.
    """
    periods = _periods(figures.rows, figures.query.interval)
    found: dict[str, dict[str, object]] = {}
    for key in keys:
        rates = [consent_rate(row.cells, key) for row in figures.rows]
        if sum(rate is not None for rate in rates) < _FEWEST:
            continue
        found[key] = {
            **periods,
            "rates": [rate and _hundredths(rate.share) for rate in rates],
            "low": [rate and _hundredths(rate.interval.low) for rate in rates],
            "high": [rate and _hundredths(rate.interval.high) for rate in rates],
        }
    return found


def _hundredths(share: float) -> float:
    return round(share * 100, 1)


def _periods(rows: Sequence[Row], interval: Interval) -> dict[str, object]:
    return {
        "labels": [_short(row, interval) for row in rows],
        "titles": [days(row.start, row.end) for row in rows],
    }


def _short(row: Row, interval: Interval) -> str:
    """What stands below a period; of a week its first day."""
    return in_words(row.start, "short month" if interval == "month" else "short day of year", current())


def _marks(rows: Sequence[Row], published: Mapping[int, date]) -> list[dict[str, object]]:
    """Where on the axis versions were published: 2.5 is in the middle between the third and fourth period."""
    at: dict[float, list[int]] = {}
    for version, day in sorted(published.items()):
        for index, row in enumerate(rows):
            if row.start <= day <= row.end:
                part = (day - row.start).days / ((row.end - row.start).days + 1)
                at.setdefault(round(index - 0.5 + part, 3), []).append(version)
    return [{"at": place, "label": _versions(numbers)} for place, numbers in at.items()]


def _versions(numbers: Sequence[int]) -> str:
    return f"v{numbers[0]}" if len(numbers) == 1 else f"v{numbers[0]}–v{numbers[-1]}"
