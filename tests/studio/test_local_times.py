"""Moments on pages: in the time zone of their site, and exact for programs."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.core import time_zones
from server.studio.local_times import FORMS, element, zone_groups

OSLO = ZoneInfo("Europe/Oslo")

CHANGES = [
    ("2026-03-29T00:59:59", "29 March 2026, 01:59:59 (UTC+01:00)"),
    ("2026-03-29T01:00:00", "29 March 2026, 03:00:00 (UTC+02:00)"),
    ("2026-03-29T22:00:00", "30 March 2026, 00:00:00 (UTC+02:00)"),
    ("2026-10-25T00:30:00", "25 October 2026, 02:30:00 (UTC+02:00)"),
    ("2026-10-25T01:30:00", "25 October 2026, 02:30:00 (UTC+01:00)"),
    ("2026-10-25T23:00:00", "26 October 2026, 00:00:00 (UTC+01:00)"),
]


@pytest.mark.parametrize(("moment", "shown"), CHANGES)
def test_times_follow_the_clocks_of_the_zone_when_they_are_changed(moment: str, shown: str) -> None:
    made = element(datetime.fromisoformat(f"{moment}+00:00"), OSLO, "second")
    assert made.striptags() == shown
    assert f'datetime="{moment}Z"' in made


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(time_zones.known()).map(ZoneInfo),
)
def test_a_moment_is_told_to_programs_in_utc_and_to_people_to_the_second(
    moment: datetime, zone: ZoneInfo
) -> None:
    moment = moment.replace(microsecond=0)
    made = element(moment, zone, "clock", "<entry 5>")
    found = re.fullmatch(
        r'<time datetime="(.*)" title="(.*), (\d\d:\d\d):\d\d \((.*)\), (.*)">(.*)</time>', made
    )
    assert found
    machine, day, clock, place, note, shown = found.groups()
    assert datetime.fromisoformat(machine) == moment
    assert note == "&lt;entry 5&gt;"
    assert shown == clock
    offset = place.rpartition("UTC")[2] or "+00:00"
    local = datetime.strptime(f"{day}, {clock}:{moment:%S} {offset}", "%d %B %Y, %H:%M:%S %z")
    assert local == moment


def test_a_moment_takes_the_form_that_a_page_asks_for() -> None:
    moment = datetime(2026, 11, 3, 22, 59, 30, tzinfo=UTC)
    assert [element(moment, OSLO, form).striptags() for form in FORMS["en"]] == [
        "3 November 2026",
        "Tuesday 3 November 2026",
        "3 Nov 2026",
        "3 November 2026, 23:59",
        "3 Nov 2026, 23:59",
        "3 November 2026, 23:59:30 (UTC+01:00)",
        "23:59",
        "3",
        "3 November",
        "3 Nov",
        "Tuesday 3 November",
        "November 2026",
        "Nov 2026",
    ]
    assert 'title="3 November 2026, 22:59:30 (UTC)"' in element(moment, ZoneInfo("UTC"))
    with pytest.raises(ValueError, match="without time zone"):
        element(moment.replace(tzinfo=None), OSLO)


@pytest.mark.parametrize(
    ("language", "shown"),
    [("nb", "3. februar 2026 kl.\u00a023.59"), ("nn", "3. februar 2026 kl.\u00a023.59")],
)
def test_a_moment_is_written_as_the_language_of_the_reader_does(language: str, shown: str) -> None:
    moment = datetime(2026, 2, 3, 22, 59, tzinfo=UTC)
    assert f">{shown}</time>" in element(moment, OSLO, language=language)


def test_zones_are_chosen_by_city_with_europe_first() -> None:
    groups = zone_groups("Europe/Oslo")
    assert groups[0][0] == "Europe"
    assert ("Europe/Oslo", "Oslo") in groups[0][1]
    assert ("America/Argentina/Buenos_Aires", "Buenos Aires (Argentina)") in dict(groups)["America"]
    assert groups[-1] == ("Other", [("UTC", "UTC")])
    for _area, cities in groups:
        assert [label for _name, label in cities] == sorted(label for _name, label in cities)


@pytest.mark.parametrize("chosen", ["UTC", "Europe/Oslo", "Asia/Calcutta"])
def test_the_zone_that_a_site_has_is_offered_once(chosen: str) -> None:
    values = [name for _area, cities in zone_groups(chosen) for name, _label in cities]
    assert values.count(chosen) == 1
    assert len(values) == len(set(values))


def test_cities_have_the_name_that_the_language_of_the_reader_has_for_them(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "nb"}):
        europe = dict(zone_groups("Europe/Oslo"))["Europa"]
    assert {("Europe/Copenhagen", "København"), ("Europe/Rome", "Roma")} <= set(europe)
