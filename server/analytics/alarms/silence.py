"""When a site is silent: exact numbers of minutes, for those alone who run the server. Pure.

Owners read released figures, which come at the earliest every two hours. Those who may read the database see
every decision as it is stored, and can be warned at once. That a site usually has decisions at this time of
the day is known from the same minutes of the days before. If thirty usually come, and a holiday leaves a
quarter of them, nothing comes by chance once in 1,800 times (e^−7.5).
"""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

LEAST = timedelta(minutes=15)
"""Shorter silence says nothing."""

LONGEST = timedelta(days=1)
"""Of a longer silence, the last day is looked at."""

EXPECTED = 30
"""So many decisions must be usual in the time in which none came."""

DAYS = 7
"""Days before, whose same minutes are looked at."""


def is_silent(silence: timedelta, earlier: Sequence[int]) -> bool:
    """Whether a site without decisions for so long usually has many at this time.

    :param earlier: decisions in the same minutes of each of the last `DAYS` days
    """
    return silence >= LEAST and len(earlier) == DAYS and median(earlier) >= EXPECTED
