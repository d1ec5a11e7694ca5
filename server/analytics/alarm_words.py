"""Figures of an alarm as people read them, on pages and in e-mails: what is usual, and what came. Pure."""

from server.analytics.alarms.rule import Alarm, Kind
from server.analytics.values import THRESHOLD

__all__ = ["THIN", "Alarm", "Kind", "came", "hours", "usual_range"]

THIN = "\u202f"
"""Narrow no-break space, between thousands."""


def usual_range(alarm: Alarm) -> str:
    """`300–420`, `52–58 %`."""
    low, high = _figure(alarm, alarm.low), _figure(alarm, alarm.high)
    if alarm.kind == "opt_in_fell":
        return f"{low.removesuffix(f'{THIN}%')}–{high}"
    return high if low == high else f"{low}–{high}"


def came(alarm: Alarm) -> str:
    """`12`, `fewer than 10`, `35 %`."""
    few = alarm.measure != "accepted" and alarm.came < THRESHOLD
    return f"fewer than {THRESHOLD}" if few else _figure(alarm, alarm.came)


def _figure(alarm: Alarm, value: float) -> str:
    if alarm.kind == "opt_in_fell":
        return f"{round(100 * value)}{THIN}%"
    return f"{round(value):,}".replace(",", THIN)


def hours(alarm: Alarm) -> tuple[int, int]:
    """The local hours at which a part of a day began and ended; the first one begins at midnight."""
    ends = alarm.hour or 24
    return (0 if ends <= 8 else ends - 2), ends
