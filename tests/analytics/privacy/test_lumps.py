"""Which lumps and blocks there are."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.privacy.lumps import (
    LUMP_KINDS,
    LumpKind,
    Observed,
    block_end,
    due_at,
    last_day,
    next_kind,
    previous_block_end,
)
from server.core.local_days import midnight

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = date(2026, 11, 2)
ZONES = st.sampled_from(("Europe/Oslo", "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
KINDS = st.sampled_from(LUMP_KINDS)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), KINDS)
def test_lumps_follow_each_other_and_end_with_their_day_week_or_month(start: date, kind: LumpKind) -> None:
    end = last_day(start, kind)
    following = end + timedelta(days=1)
    assert start <= end
    assert {"day": True, "week": following.weekday() == 0, "month": following.day == 1}[kind]
    assert (end - start).days < {"day": 1, "week": 7, "month": 31}[kind]


@given(MOMENTS, KINDS, ZONES)
def test_blocks_follow_each_other(now: datetime, kind: LumpKind, name: str) -> None:
    zone = ZoneInfo(name)
    before, after = previous_block_end(now, kind, zone), block_end(now, kind, zone)
    assert before <= now < after
    assert block_end(before, kind, zone) == after


@given(MOMENTS, KINDS, ZONES)
def test_a_running_lump_is_due_at_its_end_at_the_latest(now: datetime, kind: LumpKind, name: str) -> None:
    zone = ZoneInfo(name)
    start = now.astimezone(zone).date()
    due = due_at(now, start, kind, zone)
    assert due <= midnight(last_day(start, kind) + timedelta(days=1), zone)
    assert due > now or start > now.astimezone(zone).date()


@pytest.mark.parametrize(
    ("kind", "at", "ends"),
    [
        ("day", "2026-11-04T05:00", "2026-11-04T08:00"),
        ("day", "2026-11-04T08:00", "2026-11-04T10:00"),
        ("day", "2026-11-04T22:30", "2026-11-05T00:00"),
        ("week", "2026-11-04T13:00", "2026-11-05T00:00"),
        ("month", "2026-11-04T13:00", "2026-11-09T00:00"),
        ("day", "2026-03-29T01:00", "2026-03-29T08:00"),
    ],
)
def test_blocks_end_at_even_hours_at_midnight_or_after_sunday(kind: LumpKind, at: str, ends: str) -> None:
    def local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=OSLO)

    assert block_end(local(at).astimezone(UTC), kind, OSLO) == local(ends)


def _chosen(
    current: LumpKind,
    a_day: float,
    *,
    start: date = MONDAY,
    first: date = date(2026, 9, 1),
    epsilon: Fraction = Fraction(1),
) -> LumpKind:
    observed = Observed(28, round(28 * a_day))
    return next_kind(current, start, first=first, observed=observed, categories=[3] * 3, epsilon=epsilon)


def test_a_site_has_the_shortest_lumps_whose_margin_is_at_most_30_per_cent() -> None:
    # Three languages: ±18, so 60 decisions; a quarter more for a shorter lump, a fifth less to stay.
    longer, shorter = (1, 8, 20, 74, 76), (5, 8, 9, 47, 49)
    assert [_chosen("month", a_day) for a_day in longer] == ["month", "month", "week", "week", "day"]
    assert [_chosen("day", a_day) for a_day in shorter] == ["month", "month", "week", "week", "day"]


@pytest.mark.parametrize("a_day", range(6, 80))
def test_a_site_near_a_limit_does_not_waver(a_day: int) -> None:
    chosen: set[LumpKind] = set()
    for start in LUMP_KINDS:
        kind: LumpKind = start
        for drift in (1.0, 1.1, 0.92, 1.08, 0.95):
            kind = _chosen(kind, a_day)
            changed = _chosen(kind, a_day * drift)
            chosen.add(changed)
            assert _chosen(changed, a_day) in (changed, kind)
    assert len(chosen) <= 2


def test_length_changes_at_a_monday_or_the_first_of_a_month_and_not_in_the_first_week() -> None:
    assert _chosen("day", 1, start=date(2026, 11, 3)) == "day"
    assert _chosen("day", 1, start=date(2026, 12, 1)) == "month"
    assert _chosen("day", 1, first=date(2026, 10, 27)) == "day"
    assert _chosen("day", 1, first=date(2026, 10, 26)) == "month"


def test_smaller_epsilon_makes_longer_lumps() -> None:
    assert [_chosen("day", 70, epsilon=share) for share in (Fraction(1), Fraction(1, 4))] == ["day", "week"]
