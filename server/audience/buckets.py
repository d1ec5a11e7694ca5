"""From a request's headers to closed lists, at once: of the headers nothing is kept. Pure.

The rules for devices and bots are those of user-agents. It is given what ua-parser's compiled engine finds:
its own parser takes fifty times as long, and has a cache of user agents. Here none is in memory longer than
its request.
"""

from functools import cache
from typing import Any

from ua_parser import BestAvailableResolver, Parser, load_lazy_builtins

from server.audience.countries import COUNTRIES
from server.audience.values import OTHER, Client

MAX_USER_AGENT = 500
"""Characters of a user agent that are looked at; a longer one takes longer to parse."""

_BROWSERS = {
    "Chrome": "chrome",
    "Chrome Mobile": "chrome",
    "Chrome Mobile iOS": "chrome",
    "Chrome Mobile WebView": "chrome",
    "Chromium": "chrome",
    "Safari": "safari",
    "Mobile Safari": "safari",
    "Mobile Safari UI/WKWebView": "safari",
    "Firefox": "firefox",
    "Firefox Mobile": "firefox",
    "Firefox iOS": "firefox",
    "Edge": "edge",
    "Edge Mobile": "edge",
    "Samsung Internet": "samsung_internet",
    "Opera": "opera",
    "Opera Mobile": "opera",
    "Opera Mini": "opera",
    "Opera Touch": "opera",
}
"""Names of ua-parser → those of `values.BROWSERS`."""

_SYSTEMS = {
    "Windows": "windows",
    "Android": "android",
    "iOS": "ios",
    "Mac OS X": "macos",
    "Chrome OS": "chrome_os",
    **dict.fromkeys(("Linux", "Ubuntu", "Debian", "Fedora", "Red Hat", "Linux Mint", "SUSE"), "linux"),
}
"""Names of ua-parser → those of `values.SYSTEMS`."""

_AUTOMATED = frozenset({"HeadlessChrome", "PhantomJS"})
"""Browsers that nobody looks at, which user-agents does not call bots."""


def client(user_agent: str, country: str | None) -> Client | None:
    """Who sent a request, in closed lists; None for bots and other programs, and requests
    without a user agent.

    `country` is what the CDN's header names; None where countries are not measured.
    """
    agent = _recognised(user_agent[:MAX_USER_AGENT]) if user_agent.strip() else None
    if agent is None or agent.is_bot or agent.browser.family in _AUTOMATED:
        return None
    found = (
        _device(agent),
        _BROWSERS.get(agent.browser.family, OTHER),
        _SYSTEMS.get(agent.os.family, OTHER),
    )
    # A program such as curl says its own name alone; who shows a banner says at least its system.
    return None if set(found) == {OTHER} else Client(*found, _country(country))


def _country(named: str | None) -> str:
    if named is None:
        return ""
    return named if named in COUNTRIES else OTHER


def _device(agent: Any) -> str:
    # An iPad with Chrome is both a tablet and mobile to user-agents.
    if agent.is_tablet:
        return "tablet"
    if agent.is_mobile:
        return "mobile"
    return "desktop" if agent.is_pc else OTHER


@cache
def _parser() -> Parser:
    """The compiled engine, without the cache of ua-parser's own default parser."""
    return Parser(BestAvailableResolver(load_lazy_builtins()))


def _recognised(text: str) -> Any:
    # Compiles a thousand patterns when imported: only sites that count have use for them.
    from user_agents import parsers  # noqa: PLC0415

    found = _parser().parse(text)
    # Not by its constructor, which would parse once more.
    agent = parsers.UserAgent.__new__(parsers.UserAgent)
    agent.ua_string = text
    agent.browser = parsers.Browser(found.user_agent.family if found.user_agent else OTHER, (), "")
    system, version = (found.os.family, found.os.major or "") if found.os else (OTHER, "")
    agent.os = parsers.OperatingSystem(system, (), version)
    agent.device = parsers.Device(found.device.family if found.device else OTHER, None, None)
    return agent
