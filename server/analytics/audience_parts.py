"""Which cells of the audience are released: closed lists, from what was published and never counted. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from server.analytics.privacy.audience import MarginCell, Part
from server.audience.values import (
    BROWSERS,
    DELAYED_EVENTS,
    DELAYS,
    DEVICES,
    EVENTS,
    OTHER,
    SYSTEMS,
    UNDIVIDED,
    Cell,
)

COUNTRIES = (
    *("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE"),
    *("IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "UA", "US"),
)
"""Countries with a value of their own: the EEA, and those most visitors to sites in it come from besides.
Each costs a draw of noise in every lump, whether or not anybody came from there; all others are `other`."""


@dataclass(frozen=True)
class AudienceLists:
    """The closed lists of a lump."""

    versions: tuple[int, ...]
    languages: tuple[str, ...]
    countries: bool
    """Whether countries are measured."""

    def dimensions(self) -> Mapping[str, tuple[str, ...]]:
        """Dimension → its values; `other` is the last."""
        return {
            "device": (*DEVICES, OTHER),
            "browser": (*BROWSERS, OTHER),
            "os": (*SYSTEMS, OTHER),
            "language": (*self.languages, OTHER),
            **({"country": (*COUNTRIES, OTHER)} if self.countries else {}),
        }

    def parts(self) -> Sequence[Part]:
        """The undivided cells, and those of each dimension."""
        undivided = {
            event: [
                MarginCell(UNDIVIDED, "", version, event, after)
                for version in self.versions
                for after in delays_of(event)
            ]
            for event in EVENTS
        }
        divided = [
            {event: [MarginCell(name, value, 0, event, "") for value in values] for event in EVENTS}
            for name, values in self.dimensions().items()
        ]
        return [Part(cells) for cells in (undivided, *divided)]

    def draws(self, event: str) -> list[int]:
        """How many cells each part has for an event."""
        undivided = len(self.versions) * sum(1 for _ in delays_of(event))
        return [undivided, *map(len, self.dimensions().values())]

    def counted(self, counts: Mapping[Cell, int]) -> dict[MarginCell, int]:
        """The counters, by the cells that are released."""
        found: dict[MarginCell, int] = {}
        for cell, number in counts.items():
            released = self._released(cell)
            found[released] = found.get(released, 0) + number
        return found

    def _released(self, cell: Cell) -> MarginCell:
        if cell.dimension == UNDIVIDED:
            version = cell.version if cell.version in self.versions else self.versions[-1]
            return MarginCell(UNDIVIDED, "", version, cell.event, cell.after)
        values = self.dimensions().get(cell.dimension, ())
        return MarginCell(cell.dimension, cell.value if cell.value in values else OTHER, 0, cell.event, "")

    def text(self) -> str:
        """As it is stored."""
        stored = {"versions": self.versions, "languages": self.languages, "countries": self.countries}
        return json.dumps(stored, separators=(",", ":"))


@lru_cache(maxsize=256)
def lists_of(text: str) -> AudienceLists:
    """The stored lists."""
    stored = json.loads(text)
    return AudienceLists(tuple(stored["versions"]), tuple(stored["languages"]), stored["countries"])


def delays_of(event: str) -> Iterator[str]:
    """The classes of time from display of an event; the first stands for none."""
    yield ""
    if event in DELAYED_EVENTS:
        yield from DELAYS
