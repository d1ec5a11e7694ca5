"""Sample decisions for demonstrations: a year of a small shop, the same each time it is made. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta

from server.analytics.leaves import Leaves
from server.analytics.privacy.release import Counted, Leaf

DAYS = 365
"""How many days a sample has."""

_PER_DAY = 190
"""Decisions on an average day of the first month."""

_GROWTH = 0.6
"""By how much of that the year's last days have more."""

_WEEKDAYS = (1.08, 1.0, 0.97, 1.02, 1.1, 0.94, 0.89)
"""Monday to Sunday; their mean is 1."""

_MONTHS = {7: 0.72, 8: 0.88, 11: 1.15, 12: 1.3}
"""Months that differ from 1: holidays, and what is bought before Christmas."""

_VARIATION = 7
"""From day to day up to so many per cent more or less than the rhythm says."""

_LANGUAGES = {"nb": 62, "en": 29, "nn": 9}
_OTHER_LANGUAGE = 5
"""Weights of the languages."""

_ACCEPT, _REJECT, _SAVE, _WITHDRAW = 0.52, 0.38, 0.07, 0.03
"""Shares of the kinds of decision."""

_MORE_BY_VERSION = 0.03
"""Each version is accepted by so much more than the one before, up to `_VERSIONS` times; fewer refuse it."""

_VERSIONS = 4

_GRANTED = (0.8, 0.55, 0.2)
"""Share of those who save a selection that grants the first, second and each further category."""


def decisions(day: date, leaves: Leaves, *, begins: date) -> Mapping[Leaf, Counted]:
    """What is decided on a day of the sample, on the newest version that is live.

    :param begins: first day of the sample
    """
    version = max(leaves.languages)
    languages = leaves.languages[version]
    weights = [_LANGUAGES.get(code, _OTHER_LANGUAGE) for code in languages]
    number = _number(day, begins)
    return {
        Leaf(version, code): _counted(number * weight / sum(weights), version, leaves.categories[version])
        for code, weight in zip(languages, weights, strict=True)
    }


def _number(day: date, begins: date) -> float:
    age = (day - begins) / timedelta(days=DAYS)
    variation = day.toordinal() * 7919 % (2 * _VARIATION + 1) - _VARIATION
    rhythm = _WEEKDAYS[day.weekday()] * _MONTHS.get(day.month, 1.0) * (1 + variation / 100)
    return _PER_DAY * (1 + _GROWTH * age) * rhythm


def _counted(number: float, version: int, categories: tuple[str, ...]) -> Counted:
    more = _MORE_BY_VERSION * min(version - 1, _VERSIONS)
    save = round(number * _SAVE)
    granted = {
        category: round(save * _GRANTED[min(place, len(_GRANTED) - 1)])
        for place, category in enumerate(categories)
    }
    return Counted(
        round(number * (_ACCEPT + more)),
        round(number * (_REJECT - more)),
        round(number * _WITHDRAW),
        save,
        granted,
    )
