"""Names of time zones in the IANA Time Zone Database (RFC 6557), as the package tzdata has them. Pure.

`zoneinfo.ZoneInfo` knows every one of them: the package is where it looks last.
"""

import functools
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


def _area(name: str) -> str:
    return name.partition("/")[0] if "/" in name else ""


def _read(path: str) -> str:
    return resources.files("tzdata").joinpath(path).read_text(encoding="utf-8")
