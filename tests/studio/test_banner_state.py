"""Whether a banner asks its visitors: what staff did comes first, then the page, then what arrives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from server.scanner.values import Standing
from server.studio.publishing.banner_state import BannerState, Known, banner_state

PUBLISHED = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = PUBLISHED + timedelta(days=3)

LIVE = Known(PUBLISHED, None, found="asked", live_since=LATER, silent_since=None, received=True)

MOMENTS = st.none() | st.integers(0, 300).map(lambda days: PUBLISHED + timedelta(days=days))
FOUND = st.none() | st.sampled_from(get_args(Standing))
KNOWN = st.builds(Known, MOMENTS, MOMENTS, FOUND, MOMENTS, MOMENTS, st.booleans())


def test_a_banner_is_live_since_the_page_has_it() -> None:
    assert banner_state(LIVE) == BannerState("live", LATER)


def test_a_page_that_had_the_script_before_asks_since_something_is_published() -> None:
    early = replace(LIVE, live_since=PUBLISHED - timedelta(days=9))
    assert banner_state(early) == BannerState("live", PUBLISHED)


def test_decisions_show_that_a_page_has_it_which_nobody_has_checked() -> None:
    unchecked = replace(LIVE, found=None, live_since=None)
    assert banner_state(unchecked) == BannerState("live", PUBLISHED)
    assert banner_state(replace(unchecked, received=False)) == BannerState("unseen", None)


def test_a_check_that_finds_no_banner_is_believed_though_decisions_came_before() -> None:
    assert banner_state(replace(LIVE, found="unasked", live_since=None)).name == "off"


def test_a_service_that_does_not_wait_keeps_a_banner_from_being_called_live() -> None:
    assert banner_state(replace(LIVE, found="unblocked")) == BannerState("unblocked", LATER)


def test_a_check_of_an_earlier_version_says_nothing_of_this_one() -> None:
    for live_since in (LATER, None):
        assert banner_state(replace(LIVE, found="outdated", live_since=live_since)).name == "unchecked"


def test_silence_is_said_though_the_page_has_the_script() -> None:
    assert banner_state(replace(LIVE, silent_since=LATER)) == BannerState("silent", LATER)


@given(KNOWN)
def test_what_is_not_published_is_never_live_and_a_pause_is_always_said(known: Known) -> None:
    found = banner_state(known).name
    assert (found == "draft") == (known.first_published is None)
    assert (found == "paused") == (known.first_published is not None and known.paused_at is not None)


@given(KNOWN)
def test_nothing_is_called_live_that_nobody_has_seen(known: Known) -> None:
    if banner_state(known).name == "live":
        assert known.received or known.live_since is not None
        assert known.silent_since is None
        assert known.found in (None, "asked")
