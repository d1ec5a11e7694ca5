"""Which versions are live in a lump, by what was published alone."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.leaves import live_versions
from server.sites.values import Version
from tests.sites.documents import publishable

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = date(2026, 11, 2)


def _version(number: int, day: date, variant_of: int | None = None) -> Version:
    document = publishable()
    at, digest = datetime.combine(day, time(12), OSLO), "sha256:" + "0" * 64
    none: dict[str, int] = {}
    numbering = (none, none, none, none)
    return Version(
        "site", number, document, document, digest, "text", (), *numbering, "", at, "kari", variant_of
    )


def _day(number: int) -> date:
    return MONDAY + timedelta(days=number)


EXPERIMENT = (_version(1, _day(-40)), _version(2, _day(-20)), _version(3, _day(0), 2), _version(4, _day(10)))
"""Version 2 is compared with version 3 on ten days, and then published again as version 4."""


@pytest.mark.parametrize(
    ("day", "live"),
    [(-1, [2]), (0, [2, 3]), (1, [2, 3]), (9, [2, 3]), (10, [2, 3, 4]), (11, [2, 3, 4]), (12, [4])],
)
def test_both_variants_are_live_until_the_day_after_the_experiment(day: int, live: list[int]) -> None:
    found = live_versions(EXPERIMENT, _day(day), _day(day), OSLO)
    assert [version.number for version in found] == live


def test_a_running_experiment_has_no_last_day() -> None:
    found = live_versions(EXPERIMENT[:3], _day(300), _day(300), OSLO)
    assert [version.number for version in found] == [2, 3]


@given(st.integers(-45, 30), st.integers(0, 31))
def test_an_experiment_makes_its_first_variant_live_for_longer_and_no_other_version(
    start: int, length: int
) -> None:
    plain = [replace(version, variant_of=None) for version in EXPERIMENT]
    found = live_versions(plain, _day(start), _day(start + length), OSLO)
    compared = live_versions(EXPERIMENT, _day(start), _day(start + length), OSLO)
    numbers = [{version.number for version in versions} for versions in (found, compared)]
    assert numbers[0] <= numbers[1] <= numbers[0] | {2}
