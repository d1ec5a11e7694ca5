"""Public holidays of Norway, and where a time limit ends that would end on a day off. Pure.

Holidays by helligdagsloven § 2 and lov om 1. og 17. mai som høgtidsdagar. Not by the package holidays, which
has two hundred countries for the four rules that are needed here.
"""

from datetime import date, timedelta
from functools import lru_cache

_FIXED = frozenset({(1, 1), (5, 1), (5, 17), (12, 25), (12, 26)})
_AFTER_EASTER = frozenset({-3, -2, 0, 1, 39, 49, 50})
"""Days after Easter Sunday: Maundy Thursday, Good Friday, Easter, Ascension Day, Whitsun."""

_SATURDAY = 5


def is_public_holiday(day: date) -> bool:
    """Whether it is a public holiday in Norway that need not be a Sunday."""
    return (day.month, day.day) in _FIXED or (day - easter(day.year)).days in _AFTER_EASTER


def is_working_day(day: date) -> bool:
    """Whether it is neither Saturday, Sunday nor public holiday (Regulation (EEC) 1182/71, article 2)."""
    return day.weekday() < _SATURDAY and not is_public_holiday(day)


def working_day_from(day: date) -> date:
    """The day, or the first working day after it: a time limit ends no earlier (1182/71, article 3(4))."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def months_after(day: date, months: int) -> date:
    """The same date so many months later, or the last of that month where it has no such date.

    By Regulation (EEC) 1182/71, article 3(2)(c); the day itself does not count (article 3(1)).
    """
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = _first_of_next(first) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def _first_of_next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


@lru_cache(maxsize=16)
def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, "Astronomical Algorithms", chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)
