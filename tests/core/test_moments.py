"""Times that programs send."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.moments import moment

ZONES = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


FIRST, LAST = datetime(2, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001 - hypothesis wants them so


@given(st.datetimes(FIRST, LAST, timezones=ZONES))
def test_every_moment_is_read_as_it_was_written(written: datetime) -> None:
    read = moment(written.isoformat())
    assert read == written
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-12-24",
        "2026-12-24T09:00:00",
        "2026-12-24 09:00:00Z",
        "2026-12-24T09:00Z",
        "2026-12-24T09:00:00+1:00",
        "２026-12-24T09:00:00Z",
        "2026-12-24T09:00:00Z\n",
        20261224,
        None,
        True,
        ["2026-12-24T09:00:00Z"],
    ],
)
def test_what_names_no_zone_or_is_no_text_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is not a time such as"):
        moment(text)


@pytest.mark.parametrize(
    "text", ["2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+01:00"]
)
def test_a_date_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment in time"):
        moment(text)


def test_the_distance_to_utc_is_heeded() -> None:
    assert moment("2026-12-24T09:00:00+01:00") == datetime(2026, 12, 24, 8, tzinfo=UTC)
