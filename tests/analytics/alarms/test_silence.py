"""Sites that are silent while decisions are usual: for operators alone."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from server.analytics import jobs
from server.analytics.alarms.silence import DAYS, EXPECTED, LEAST, is_silent
from server.analytics.service import silence
from server.core import clock
from server.core.db import transaction
from server.sites import pausing
from tests.analytics.visitors import MONDAY, Visited, at, open_site

EARLIER = st.lists(st.integers(0, 200), min_size=DAYS, max_size=DAYS)


@given(st.integers(0, 3_000), EARLIER)
def test_silence_is_told_after_a_quarter_of_an_hour_where_most_days_had_thirty(
    minutes: int, earlier: list[int]
) -> None:
    most = sum(number >= EXPECTED for number in earlier) > DAYS // 2
    silent = timedelta(minutes=minutes)
    assert is_silent(silent, earlier) == (silent >= LEAST and most)


@given(st.lists(st.integers(30, 200), max_size=DAYS - 1))
def test_a_site_of_less_than_a_week_is_not_told_of(earlier: list[int]) -> None:
    assert not is_silent(timedelta(hours=1), earlier)


@pytest.fixture
def busy(app: Flask) -> Visited:
    """A site with 31 decisions at noon of each day of a week."""
    visited = open_site()
    for number in range(DAYS):
        visited.decide("accept_all", EXPECTED + 1, day=MONDAY + timedelta(days=number))
    return visited


NEXT = MONDAY + timedelta(days=DAYS)


def test_a_site_that_usually_has_decisions_at_this_time_and_has_none_is_named(busy: Visited) -> None:
    assert silence.silent_sites(now=at(NEXT) - timedelta(hours=1)) == ()
    (found,) = silence.silent_sites(now=at(NEXT) + timedelta(minutes=15))
    assert (found.key, found.usually) == (busy.site.key, EXPECTED + 1)
    busy.decide("accept_all", 1, day=NEXT)
    assert silence.silent_sites(now=at(NEXT) + timedelta(minutes=14)) == ()


def test_a_paused_site_is_not_named(busy: Visited) -> None:
    with transaction():
        pausing.pause(busy.site.id, note="", by="kari", now=at(NEXT))
    assert silence.silent_sites(now=at(NEXT) + timedelta(minutes=15)) == ()


def test_the_worker_counts_silent_sites_and_names_none(
    busy: Visited, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(NEXT) + timedelta(minutes=15))
    assert jobs.watch_for_silence() == 1
    text = client.get("/metrics").text
    assert 'samtykke_silent_sites_total{what="decisions"}' in text
    assert busy.site.key not in text
