"""Days of a time zone: which day a moment belongs to, and when a day begins. Pure.

The days of a zone follow each other without gap or overlap: a moment belongs to the day `d` if and only if
`midnight(d) <= moment < midnight(d + 1)`. So figures by day add up, even if clocks are changed at midnight.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day of a zone that a moment belongs to.

    That is the date on clocks there, except where clocks went back over midnight: the minutes that show the
    old date once more belong to the new day, which had begun (last in Newfoundland, November 2010).

    :raises ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone belongs to no day")
    shown = moment.astimezone(zone).date()
    return shown + _DAY if midnight(shown + _DAY, zone) <= moment else shown


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day of a zone, in UTC.

    Where clocks skip midnight it is the moment at which they are put forward, also for a day that is skipped
    as a whole (Samoa, 30 December 2011), which is empty. Where they show midnight twice it is the first time.
    """
    local = datetime.combine(day, time.min, zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # A skipped time, read with the offset after the change, is before it; with the one before, at or after.
    return _change(local.replace(fold=1).astimezone(UTC), found, zone)


def span(first: date | None, last: date | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """When the first day begins and the last one is over, in UTC; None: no limit.

    `datetime` ends where `date` does, so the ends of its calendar are no moments in every zone, and no limit.
    """
    return (
        midnight(first, zone) if first and first > date.min else None,
        midnight(last + _DAY, zone) if last and last < date.max else None,
    )


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment in (before, after] from which a zone has the offset that it has at `after`."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
