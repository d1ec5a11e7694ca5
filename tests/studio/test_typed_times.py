"""Moments that people type: every one that clocks show once is understood, the others are explained."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.studio.publishing import typed_times

OSLO = ZoneInfo("Europe/Oslo")
ZONES = st.sampled_from(["Europe/Oslo", "UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
MINUTES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001 - zones follow
    lambda each: each.replace(second=0, microsecond=0, tzinfo=UTC)
)


@given(MINUTES, ZONES)
def test_what_a_clock_shows_once_is_that_moment(at: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    try:
        found = typed_times.moment(*typed_times.typed(at, zone), zone)
    except Invalid as fault:
        # Only where clocks show it a second time, an hour or half an hour away.
        assert "comes twice" in str(fault.errors[typed_times.TIME])  # noqa: PT017 - a property of some examples
        local = at.astimezone(zone)
        assert local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    else:
        assert found == at


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.times(), ZONES)
def test_a_moment_that_is_found_is_shown_as_it_was_typed(day: date, time: object, name: str) -> None:
    zone, clock_time = ZoneInfo(name), f"{time:%H:%M}"
    try:
        found = typed_times.moment(day.isoformat(), clock_time, zone)
    except Invalid as fault:
        assert list(fault.errors) == [typed_times.TIME]  # noqa: PT017 - a property of some examples
    else:
        assert typed_times.typed(found, zone) == (day.isoformat(), clock_time)


@pytest.mark.parametrize(
    ("day", "time", "fault"),
    [
        ("2027-03-28", "02:30", {"publish_time": "does not exist on that day"}),
        ("2026-10-25", "02:00", {"publish_time": "comes twice on that day"}),
        ("2026-10-25", "02:59", {"publish_time": "comes twice on that day"}),
        ("", "", {"publish_on": "is empty", "publish_time": "is empty"}),
        ("2026-02-30", "24:00", {"publish_on": "is not a date", "publish_time": "is not a time"}),
        ("fredag", "9", {"publish_on": "is not a date", "publish_time": "is not a time"}),
    ],
)
def test_what_cannot_be_is_explained_at_its_field(day: str, time: str, fault: dict[str, str]) -> None:
    with pytest.raises(Invalid) as raised:
        typed_times.moment(day, time, OSLO)
    assert raised.value.errors.keys() == fault.keys()
    for name, begins in fault.items():
        assert str(raised.value.errors[name]).startswith(begins)


@pytest.mark.parametrize(
    ("day", "time"), [("2026-12-24", "09:00"), ("24.12.2026", "9.00"), (" 24. 12. 2026", "9:00 ")]
)
def test_dates_and_times_are_read_as_browsers_send_and_norwegians_write_them(day: str, time: str) -> None:
    assert typed_times.moment(day, time, OSLO) == datetime(2026, 12, 24, 8, tzinfo=UTC)


def test_a_moment_of_today_is_at_fault_by_its_time_and_another_by_its_date() -> None:
    now = datetime(2026, 12, 24, 23, 30, tzinfo=UTC)  # the 25th in Oslo
    assert typed_times.field_of(now - timedelta(minutes=5), now, OSLO) == "publish_time"
    assert typed_times.field_of(now - timedelta(hours=1), now, OSLO) == "publish_on"
    assert typed_times.field_of(now + timedelta(days=500), now, OSLO) == "publish_on"


@pytest.mark.parametrize("day", [date.min.isoformat(), date.max.isoformat()])
@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York"])
def test_the_ends_of_the_calendar_are_no_dates(day: str, zone: str) -> None:
    for clock_time in ("00:00", "23:59"):
        with pytest.raises(Invalid) as raised:
            typed_times.moment(day, clock_time, ZoneInfo(zone))
        assert raised.value.errors == {typed_times.DAY: "is not a date such as 2026-12-24"}
