"""Values of this slice that others may use: the closed lists of everything that is counted."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

TABLES_OF_A_SITE = ("audience_count", "audience_batch")
"""Tables of this slice whose rows are deleted with their site."""

EVENTS = (
    "shown",
    "accept_all",
    "reject_all",
    "save",
    "closed",
    "settings_opened",
    "withdrawn",
    "placeholder",
    "signal",
    "failed",
)
"""What pages send."""

DELAYS = ("0-3s", "3-10s", "10-30s", "30s+")
"""Classes of time from the banner's display to an event."""

DELAYED_EVENTS = frozenset({"accept_all", "reject_all", "save", "closed"})
"""Events that have such a time."""

OTHER = "other"
"""The rest of every closed list."""

DEVICES = ("mobile", "tablet", "desktop")
"""Device classes."""

BROWSERS: Mapping[str, str] = MappingProxyType(
    {
        "chrome": "Chrome",
        "safari": "Safari",
        "firefox": "Firefox",
        "edge": "Edge",
        "samsung_internet": "Samsung Internet",
        "opera": "Opera",
    }
)
"""Browser family → its name. Browsers that call themselves Chrome are counted as Chrome."""

SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "windows": "Windows",
        "android": "Android",
        "ios": "iOS",
        "macos": "macOS",
        "linux": "Linux",
        "chrome_os": "ChromeOS",
    }
)
"""Family of operating systems → its name. An iPad that asks for desktop pages is counted as macOS."""

UNDIVIDED = ""
"""The dimension of the cells that all events are in."""

DIMENSIONS = ("device", "browser", "os", "language", "country")
"""By what events are divided, one at a time."""

OPEN = date.max
"""The lump of events that still waits for its end; the other lumps are named by their first day."""


class Client(NamedTuple):
    """Who sent a request, in closed lists."""

    device: str
    browser: str
    os: str
    country: str
    """ISO 3166-1 alpha-2 code or `other`; empty when countries are not measured."""


class Event(NamedTuple):
    """An event as it is counted: every field is of a closed list."""

    event: str
    version: int
    """A version that was live when it was received."""
    after: str
    """One of `DELAYS`; empty if it has no such time."""
    language: str
    client: Client


class Cell(NamedTuple):
    """What one counter counts. Dimensions are never crossed."""

    dimension: str
    """One of `DIMENSIONS`, or `UNDIVIDED`."""
    value: str
    """Empty if undivided."""
    version: int
    """Number of the banner version; 0 unless undivided."""
    event: str
    after: str
    """One of `DELAYS`; empty unless undivided, and for events without such a time."""
