"""Released figures of made-up sites, without noise unless a variance is given."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from server.analytics.alarms.observations import LumpFigures
from server.analytics.alarms.review import Known
from server.analytics.values import Cells

MONDAY = date(2026, 8, 31)
"""After it there is no holiday for three months."""

NOBODY_PUBLISHED = Known(published=())
NOISE = 74.0
"""Variance of the decisions of a day in three languages."""


def cells(decided: int, *, accepted: float = 0.5, shown: int | None = None, noise: float = NOISE) -> Cells:
    """The figures of so many decisions, of which this share accepted all."""
    measures = {"decided": decided, "accept_all": round(decided * accepted)}
    variances = {"decided": noise, "accept_all": noise / 8, "shown": noise}
    return Cells(measures if shown is None else {**measures, "shown": shown}, {}, variances, {})


def day(
    number: int, decided: int, *, languages: Mapping[str, int] | None = None, **others: float
) -> LumpFigures:
    """The lump of a day, by its number since `MONDAY`."""
    begins = MONDAY + timedelta(days=number)
    by_language = {code: cells(count, noise=NOISE / 3) for code, count in (languages or {}).items()}
    return LumpFigures(begins, begins, "day", cells(decided, **others), by_language)  # type: ignore[arg-type]


def days(decided: Iterable[int]) -> list[LumpFigures]:
    """Days one after the other."""
    return [day(number, count) for number, count in enumerate(decided)]


WEEK = (420, 400, 390, 410, 430, 250, 230)
"""Decisions of a usual week, from Monday on."""


def usual_days(number: int = 56) -> list[int]:
    """So many days like `WEEK`, none quite like another."""
    return [WEEK[each % 7] + each * 7919 % 21 - 10 for each in range(number)]


def week(number: int, decided: int, **others: float) -> LumpFigures:
    """The lump of a week, by its number since `MONDAY`."""
    begins = MONDAY + timedelta(days=7 * number)
    return LumpFigures(begins, begins + timedelta(days=6), "week", cells(decided, **others), {})  # type: ignore[arg-type]
