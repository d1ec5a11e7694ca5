"""Days on which a website may have far fewer visitors than usual, without any fault. Pure.

Norway's public holidays (helligdagsloven § 2, lov om 1. og 17. mai som høgtidsdagar) with the days that most
people take off around them, and July. Much of Europe has the same; a day that only one country has is not
known here, and neither are the holidays of a trade.
"""

from datetime import date, timedelta

from server.core.working_days import easter

FEAST = 0.25
"""Share of the usual number that may be left on a public holiday."""

BRIDGE = 0.5
"""The same on days between holidays, and in the week before Easter."""

SUMMER = 0.65
"""The same in July."""

_FEASTS = frozenset({(1, 1), (5, 1), (5, 17), (12, 24), (12, 25), (12, 26), (12, 31)})
_AROUND_EASTER: dict[int, float] = {
    -6: BRIDGE, -5: BRIDGE, -4: BRIDGE, -3: FEAST, -2: FEAST, -1: FEAST, 0: FEAST, 1: FEAST,
    39: FEAST, 40: BRIDGE, 49: FEAST, 50: FEAST,
}  # fmt: skip
"""Days after Easter Sunday: Holy Week to Easter Monday, Ascension Day and the day after, Whitsun."""


def least_share(first: date, last: date) -> float:
    """Share of the usual number, from 0 to 1, that holidays may leave of these days (both inclusive)."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return sum(map(_share, days)) / len(days)


def _share(day: date) -> float:
    if (day.month, day.day) in _FEASTS:
        return FEAST
    after_easter = _AROUND_EASTER.get((day - easter(day.year)).days)
    if after_easter is not None:
        return after_easter
    if day >= date(day.year, 12, 20) or day <= date(day.year, 1, 5):
        return BRIDGE
    return SUMMER if day.month == 7 else 1.0
