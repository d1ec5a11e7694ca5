"""Names of time zones in the IANA Time Zone Database (RFC 6557), as the package tzdata has them. Pure.

`zoneinfo.ZoneInfo` knows every one of them: the package is where it looks last.
"""

import functools
from collections.abc import Iterable, Mapping
from importlib import resources

AREAS = (
    "Europe",
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Indian",
    "Pacific",
)
"""The areas of names `Area/City`; others, such as `US/Eastern`, are kept for old programs alone."""

UTC = "UTC"


@functools.cache
def known() -> tuple[str, ...]:
    """UTC and all names `Area/City`, sorted; former ones are included, as browsers still give some."""
    names = _read("zones").split()
    return (UTC, *sorted(name for name in names if _area(name) in AREAS))


@functools.cache
def current() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each area with its names for people to choose from, without former ones: those of the file zone.tab."""
    rows = [line.split("\t") for line in _read("zoneinfo/zone.tab").splitlines() if not line.startswith("#")]
    names = sorted({row[2] for row in rows})
    return tuple((area, tuple(name for name in names if _area(name) == area)) for area in AREAS)


def of_hosts(hosts: Iterable[str]) -> str:
    """The zone of the European country in whose domain the first such host is; empty: none is in one.

    The domains of other countries say little: `.io` and `.tv` are used all over the world.
    """
    ends = (host.rpartition(".")[2].upper() for host in hosts)
    return next((zone for end in ends if (zone := _european().get(_ALIASES.get(end, end), ""))), "")


_ALIASES = {"UK": "GB"}
"""Domain of a country → its ISO 3166-1 code, where it is another one."""


@functools.cache
def _european() -> Mapping[str, str]:
    """Code of a European country → its zone; of several, that of most of it or of its mainland."""
    rows = [line.split("\t") for line in _read("zoneinfo/zone.tab").splitlines() if not line.startswith("#")]
    several = {row[0] for row in rows if sum(each[0] == row[0] for each in rows) > 1}
    found: dict[str, str] = {}
    for country, _place, name, *comment in rows:
        main = "".join(comment).startswith("most of") or "".join(comment).endswith("(mainland)")
        if (_area(name) == "Europe" or country == "IS") and (main or country not in several):
            found[country] = name
    return found


def _area(name: str) -> str:
    return name.partition("/")[0] if "/" in name else ""


def _read(path: str) -> str:
    return resources.files("tzdata").joinpath(path).read_text(encoding="utf-8")
