"""An event as a line of the spool, and as the counters that it adds to. Pure."""

import re
from collections.abc import Iterable, Iterator

from server.audience.countries import COUNTRIES
from server.audience.values import (
    BROWSERS,
    DELAYS,
    DEVICES,
    EVENTS,
    OTHER,
    SYSTEMS,
    UNDIVIDED,
    Cell,
    Client,
    Event,
)
from server.sites.values import LARGEST_VERSION

_FIELDS = 8
_EMPTY = "-"

_VERSION = re.compile(r"[0-9]{1,10}")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,20}")


def line(event: Event) -> bytes:
    """The event as one line: eight words, and no time."""
    words = (event.event, str(event.version), event.after, event.language, *event.client)
    return " ".join(word or _EMPTY for word in words).encode("ascii") + b"\n"


def events(lines: Iterable[bytes]) -> Iterator[Event]:
    """The events in some lines; a line that was torn off, or holds anything else, is none."""
    for each in lines:
        words = each.decode("ascii", "replace").removesuffix("\n").split(" ")
        if each.endswith(b"\n") and len(words) == _FIELDS and _VERSION.fullmatch(words[1]):
            name, version, *rest = ("" if word == _EMPTY else word for word in words)
            after, language, *client = rest
            event = Event(name, int(version), after, language, Client(*client))
            if _is_of_the_lists(event):
                yield event


def _is_of_the_lists(event: Event) -> bool:
    client = event.client
    return (
        event.event in EVENTS
        and event.version <= LARGEST_VERSION
        and event.after in ("", *DELAYS)
        and bool(_LANGUAGE.fullmatch(event.language))
        and client.device in (*DEVICES, OTHER)
        and client.browser in (*BROWSERS, OTHER)
        and client.os in (*SYSTEMS, OTHER)
        and client.country in ("", OTHER, *COUNTRIES)
    )


def cells(event: Event) -> Iterator[Cell]:
    """The counters that an event adds one to: the undivided one, and one in each dimension measured."""
    yield Cell(UNDIVIDED, "", event.version, event.event, event.after)
    client = event.client
    for dimension, value in (
        ("device", client.device),
        ("browser", client.browser),
        ("os", client.os),
        ("language", event.language),
        ("country", client.country),
    ):
        if value:
            yield Cell(dimension, value, 0, event.event, "")
