"""The time zones that a site may have are those of the IANA Time Zone Database."""

from zoneinfo import ZoneInfo, available_timezones

import pytest

from server.core import time_zones


def test_every_known_name_is_one_that_python_can_load() -> None:
    assert len(time_zones.known()) > 400
    assert len(set(time_zones.known())) == len(time_zones.known())
    for name in time_zones.known():
        assert ZoneInfo(name).key == name


def test_known_names_are_utc_and_all_that_have_an_area_and_a_city() -> None:
    known = set(time_zones.known())
    assert {"UTC", "Europe/Oslo", "America/Argentina/Buenos_Aires", "Asia/Calcutta"} <= known
    assert not {"", "CET", "Etc/GMT+1", "GMT", "US/Eastern", "posixrules", "europe/oslo"} & known
    assert known <= available_timezones()


def test_names_to_choose_from_are_by_area_and_have_no_former_ones() -> None:
    areas = dict(time_zones.current())
    assert list(areas) == list(time_zones.AREAS)
    assert all(name.startswith(f"{area}/") for area, names in areas.items() for name in names)
    names = {name for names in areas.values() for name in names}
    assert names < set(time_zones.known())
    assert {"Europe/Oslo", "Arctic/Longyearbyen", "Asia/Kolkata", "Europe/Kyiv"} <= names
    assert not {"Asia/Calcutta", "Europe/Kiev"} & names


@pytest.mark.parametrize(
    ("hosts", "zone"),
    [
        (["www.fjellkaffe.no"], "Europe/Oslo"),
        (["*.example.co.uk"], "Europe/London"),
        (["kaffe.de"], "Europe/Berlin"),
        (["cafe.pt"], "Europe/Lisbon"),
        (["kaffi.is"], "Atlantic/Reykjavik"),
        (["kaffe.com", "kaffe.se", "kaffe.no"], "Europe/Stockholm"),
        # Used by people everywhere, and by several zones.
        (["kaffe.io"], ""),
        (["kofe.ru"], ""),
        (["kaffe.com", "localhost"], ""),
        ([], ""),
    ],
)
def test_the_domain_of_a_european_country_tells_its_zone(hosts: list[str], zone: str) -> None:
    assert time_zones.of_hosts(hosts) == zone
    assert zone == "" or zone in time_zones.known()
