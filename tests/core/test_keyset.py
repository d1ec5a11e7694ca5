"""A place in a list is read as it was written; whatever else stands in an address is the first page."""

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.ids import new_id
from server.core.keyset import place, place_after

ID = "a" * 22
ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=st.just(UTC)), st.builds(new_id))
def test_a_place_is_read_as_it_was_written(moment: object, row_id: str) -> None:
    assert place(place_after(moment, row_id)) == (moment, row_id)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "x",
        f"2026-11-29~{ID}",
        f"2026-11-29T12:00:00~{ID}",
        "2026-11-29T12:00:00+00:00~",
        f"2026-11-29T12:00:00+00:00~{ID}\n",
        f"0001-01-01T00:00:00+23:59~{ID}",
        f"9999-12-31T23:59:59-23:59~{ID}",
    ],
)
def test_what_is_none_is_the_first_page(text: str) -> None:
    assert place(text) is None


@given(st.one_of(st.text(), st.builds("{}~{}".format, st.datetimes(timezones=ZONES), st.just(ID))))
def test_every_place_is_a_moment_in_utc_or_none(text: str) -> None:
    found = place(text)
    assert found is None or found[0].utcoffset() == timedelta(0)
