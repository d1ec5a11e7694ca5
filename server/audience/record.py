"""An event as a line of the spool, and as the counters that it adds to. Pure."""

from collections.abc import Iterable, Iterator

from server.audience.values import UNDIVIDED, Cell, Client, Event

_FIELDS = 8
_EMPTY = "-"


def line(event: Event) -> bytes:
    """The event as one line: eight words, and no time."""
    words = (event.event, str(event.version), event.after, event.language, *event.client)
    return " ".join(word or _EMPTY for word in words).encode("ascii") + b"\n"


def events(lines: Iterable[bytes]) -> Iterator[Event]:
    """The events in some lines; a line that was torn off is none."""
    for each in lines:
        words = each.decode("ascii", "replace").removesuffix("\n").split(" ")
        if each.endswith(b"\n") and len(words) == _FIELDS and words[1].isdecimal():
            name, version, *rest = ("" if word == _EMPTY else word for word in words)
            after, language, *client = rest
            yield Event(name, int(version), after, language, Client(*client))


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
