"""Headers become closed lists, and nothing of them is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from user_agents.parsers import parse

from server.audience import buckets
from server.audience.countries import COUNTRIES
from server.audience.values import BROWSERS, DEVICES, OTHER, SYSTEMS

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
IOS = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/141.0.0.0 Safari/537.36"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/141.0.0.0"

KNOWN = [
    (WINDOWS, "desktop", "chrome", "windows"),
    (WINDOWS + " Edg/141.0.0.0", "desktop", "edge", "windows"),
    (WINDOWS + " OPR/120.0.0.0", "desktop", "opera", "windows"),
    (ANDROID + " Mobile Safari/537.36", "mobile", "chrome", "android"),
    (ANDROID + " Mobile Safari/537.36 EdgA/141.0.0.0", "mobile", "edge", "android"),
    (ANDROID + " Safari/537.36", "tablet", "chrome", "android"),
    (
        f"Mozilla/5.0 (Linux; Android 14; SM-S918B) {WEBKIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile"
        " Safari/537.36",
        "mobile",
        "samsung_internet",
        "android",
    ),
    (
        "Mozilla/5.0 (Android 14; Mobile; rv:141.0) Gecko/141.0 Firefox/141.0",
        "mobile",
        "firefox",
        "android",
    ),
    (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {IOS} Version/18.6 Mobile/15E1 Safari/604.1",
        "mobile",
        "safari",
        "ios",
    ),
    (
        f"Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) {IOS} CriOS/141.0 Mobile/15E148 Safari/604.1",
        "tablet",
        "chrome",
        "ios",
    ),
    (
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {IOS} Version/18.6 Safari/605.1.15",
        "desktop",
        "safari",
        "macos",
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
        "desktop",
        "firefox",
        "linux",
    ),
    (
        f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/141.0.0.0 Safari/537.36",
        "desktop",
        "chrome",
        "chrome_os",
    ),
]

BOTS = [
    "",
    " ",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/141.0.0.0 Safari/537.36",
]

PROGRAMS = ["something/1.0", "curl/8.5.0", "python-requests/2.31.0", "okhttp/4.12.0"]


@pytest.mark.parametrize(("text", "device", "browser", "system"), KNOWN)
def test_the_usual_browsers_are_told_apart(text: str, device: str, browser: str, system: str) -> None:
    assert buckets.client(text, None) == (device, browser, system, "")


@pytest.mark.parametrize("text", [*BOTS, *PROGRAMS])
def test_bots_and_who_has_no_user_agent_are_told_from_visitors(text: str) -> None:
    assert buckets.client(text, "NO") is None


@pytest.mark.parametrize("text", [text for text, *_ in KNOWN] + BOTS[2:])
def test_devices_and_bots_are_those_of_user_agents(text: str) -> None:
    """The two engines of ua-parser find the same."""
    slow, fast = parse(text), buckets._recognised(text)
    for rule in ("is_bot", "is_tablet", "is_mobile", "is_pc"):
        assert getattr(slow, rule) == getattr(fast, rule)


@pytest.mark.parametrize(
    ("named", "country"),
    [("NO", "NO"), ("no", OTHER), ("XX", OTHER), ("T1", OTHER), ("", OTHER), (None, ""), ("NOR", OTHER)],
)
def test_a_country_is_a_code_of_iso_3166_or_other_or_not_measured(named: str | None, country: str) -> None:
    found = buckets.client(WINDOWS, named)
    assert found is not None
    assert found.country == country


def test_all_countries_are_known() -> None:
    assert len(COUNTRIES) == 249
    assert {len(code) for code in COUNTRIES} == {2}


@given(st.text(max_size=700), st.none() | st.text(max_size=3))
def test_whatever_the_headers_say_the_lists_are_closed(user_agent: str, country: str | None) -> None:
    found = buckets.client(user_agent, country)
    if found is not None:
        assert found.device in (*DEVICES, OTHER)
        assert found.browser in (*BROWSERS, OTHER)
        assert found.os in (*SYSTEMS, OTHER)
        assert found.country in ({""} if country is None else {*COUNTRIES, OTHER})


def test_no_user_agent_stays_in_memory() -> None:
    from ua_parser import user_agent_parser  # noqa: PLC0415

    before = dict(user_agent_parser._PARSE_CACHE)
    buckets.client(WINDOWS + " unique/4711", None)
    after = dict(user_agent_parser._PARSE_CACHE)
    assert after == before
    assert not hasattr(buckets._parser().resolver, "cache")
