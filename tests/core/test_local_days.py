"""The days of a time zone follow each other without gap or overlap, and begin at midnight there."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.local_days import day_of, midnight

ZONES = sorted(available_timezones() - {"localtime"})
START = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(1850, 1, 1), date(2100, 12, 31))
moments = st.integers(-120 * 365, 130 * 365).flatmap(
    lambda day: st.integers(0, 86_399).map(lambda second: START + day * DAY + second * SECOND)
)

CHANGES = [
    # Zone, day, its first moment in UTC, hours until the next day begins
    ("Europe/Oslo", "2026-03-28", "2026-03-27T23:00:00", 24),
    ("Europe/Oslo", "2026-03-29", "2026-03-28T23:00:00", 23),
    ("Europe/Oslo", "2026-03-30", "2026-03-29T22:00:00", 24),
    ("Europe/Oslo", "2026-10-25", "2026-10-24T22:00:00", 25),
    ("Europe/Oslo", "2026-10-26", "2026-10-25T23:00:00", 24),
    ("UTC", "2026-10-25", "2026-10-25T00:00:00", 24),
    # Clocks go from midnight to one o'clock.
    ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00", 23),
    # They go from one o'clock back to midnight.
    ("America/Havana", "2026-11-01", "2026-11-01T04:00:00", 25),
    # They go from half past eleven to half past twelve.
    ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00", 23.5),
    # They go from one minute past midnight to one minute past eleven.
    ("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00", 25),
    # The day is skipped, and the next one begins at once.
    ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00", 0),
    ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00", 24),
]


@pytest.mark.parametrize(("zone", "day", "first", "hours"), CHANGES)
def test_a_day_begins_at_midnight_there(zone: str, day: str, first: str, hours: float) -> None:
    begins = midnight(date.fromisoformat(day), ZoneInfo(zone))
    ends = midnight(date.fromisoformat(day) + DAY, ZoneInfo(zone))
    assert begins.isoformat() == f"{first}+00:00"
    assert ends - begins == timedelta(hours=hours)


@given(moments, zones)
def test_a_moment_belongs_to_the_day_that_has_begun_and_not_ended(moment: datetime, zone: ZoneInfo) -> None:
    day = day_of(moment, zone)
    assert midnight(day, zone) <= moment < midnight(day + DAY, zone)


@given(days, zones)
def test_no_moment_before_its_first_shows_the_date_of_a_day(day: date, zone: ZoneInfo) -> None:
    begins = midnight(day, zone)
    assert begins.tzinfo is UTC
    assert begins.astimezone(zone).date() >= day
    assert (begins - SECOND).astimezone(zone).date() < day


@given(days, zones)
def test_a_day_is_never_longer_than_two(day: date, zone: ZoneInfo) -> None:
    assert timedelta(0) <= midnight(day + DAY, zone) - midnight(day, zone) <= 2 * DAY


CHANGED_AT_MIDNIGHT = [
    "Africa/Cairo",
    "America/Asuncion",
    "America/Havana",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Pacific/Apia",
]


@pytest.mark.parametrize("zone", ["Europe/Oslo", *CHANGED_AT_MIDNIGHT])
def test_every_day_in_which_clocks_are_changed_holds_its_moments(zone: str) -> None:
    place = ZoneInfo(zone)
    moment = datetime(1990, 1, 1, tzinfo=UTC)
    offset = moment.astimezone(place).utcoffset()
    while moment.year < 2030:
        moment += DAY
        if (new := moment.astimezone(place).utcoffset()) != offset:
            offset = new
            for hours in range(-36, 12):
                near = moment + timedelta(hours=hours, seconds=1)
                day = day_of(near, place)
                assert midnight(day, place) <= near < midnight(day + DAY, place)


def test_a_moment_without_time_zone_belongs_to_no_day() -> None:
    with pytest.raises(ValueError, match="without time zone"):
        day_of(datetime(2026, 3, 29), ZoneInfo("Europe/Oslo"))  # noqa: DTZ001
