"""Moments that people type as a date and a time of their own clock. Pure."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from server.core import parsing
from server.core.errors import Invalid

DAY, TIME = "publish_on", "publish_time"
"""Names of the two fields."""

_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")
_LOCAL_DAY = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})")


def moment(day: str, clock_time: str, zone: ZoneInfo) -> datetime:
    """The moment that clocks of a zone show so, in UTC.

    :raises Invalid: one of the two is empty or cannot be read; or clocks never show that time on that day, as
        they are put forward over it, or show it twice, as they are put back. `errors` names the field.
    """
    on, at = _day(day.strip()), _time(clock_time.strip())
    errors: dict[str, object] = {}
    if on is None:
        errors[DAY] = "is not a date such as 2026-12-24" if day.strip() else "is empty"
    if at is None:
        errors[TIME] = "is not a time such as 09:00" if clock_time.strip() else "is empty"
    if on is None or at is None:
        raise Invalid("the time cannot be read", errors=errors)
    if not date.min < on < date.max:
        # On the first and the last day that there is, other zones are beyond it.
        raise Invalid("the time cannot be read", errors={DAY: "is not a date such as 2026-12-24"})
    shown = datetime.combine(on, at)
    first, second = (shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != shown:
        fault = "does not exist on that day, as clocks are put forward over it: choose an hour later"
        raise Invalid(f"the time {fault}", errors={TIME: fault})
    if first.utcoffset() != second.utcoffset():
        fault = "comes twice on that day, as clocks are put back: choose an hour earlier or later"
        raise Invalid(f"the time {fault}", errors={TIME: fault})
    return first.astimezone(UTC)


def field_of(publish_at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Which of the two fields a moment that cannot be scheduled is the fault of."""
    return TIME if publish_at.astimezone(zone).date() == now.astimezone(zone).date() else DAY


def typed(publish_at: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """A moment as the two fields hold it."""
    local = publish_at.astimezone(zone)
    return local.date().isoformat(), f"{local:%H:%M}"


def _day(text: str) -> date | None:
    """A date as browsers send it, or as it is written in Norway where a browser has no picker."""
    if found := _LOCAL_DAY.fullmatch(text):
        text = f"{found[3]}-{found[2]:>02}-{found[1]:>02}"
    return parsing.day(text)


def _time(text: str) -> time | None:
    found = _TIME.fullmatch(text)
    return time(int(found[1]), int(found[2])) if found else None
