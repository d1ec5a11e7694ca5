"""The Open Cookie Database, to be asked by name and host. Pure.

Its table is in `server/scanner/data/`, made by `docs/open_cookie_database.py`.
"""

import functools
import importlib.resources
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from server.scanner.classify.suggestion import Certainty

FILE = importlib.resources.files("server.scanner") / "data" / "open_cookie_database.json"

LEAST_PREFIX = 4
"""Characters that the name of a row which stands for all that begins with it must have: shorter beginnings
are those of many names."""

LEAST_NAME = 4
"""Characters of a name by which a row without a domain is believed."""

DISTINCT = 5
"""Characters of a name that is probably nobody else's."""


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A name in the database."""

    name: str
    """With `*` behind it if it stands for all names that begin so."""
    platform: str
    category: str
    """One of this product's: `functional`, `statistics`, `advertising`."""
    retention: str
    """In the words of the database."""
    domains: tuple[str, ...]
    """Where it is stored; none: on the website's own, or not said."""


class Table(msgspec.Struct, frozen=True):
    """The file."""

    source: str
    commit: str
    date: str
    licence: str
    changes: str
    cookies: tuple[Row, ...]


@dataclass(frozen=True)
class Found:
    """A row that a name is of."""

    row: Row
    certainty: Certainty


class CookieDatabase:
    """Rows, to be asked by name and host."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._exact: dict[str, list[Row]] = {}
        self._beginnings: dict[str, list[Row]] = {}
        for each in rows:
            beginning = each.name.removesuffix("*")
            if beginning == each.name:
                self._exact.setdefault(each.name, []).append(each)
            elif len(beginning) >= LEAST_PREFIX:
                self._beginnings.setdefault(beginning, []).append(each)

    def find(self, name: str, host: str, *, third_party: bool) -> Found | None:
        """What a name is of; None: the database does not have it for such a host.

        Rows for a domain are for that one alone, others for names that say enough.
        """
        for rows, given in self._candidates(name):
            fitting = [each for each in rows if any(_covers(domain, host) for domain in each.domains)]
            of_domain = bool(fitting)
            if not of_domain and not third_party and given >= LEAST_NAME:
                fitting = [each for each in rows if not each.domains]
            if fitting:
                return Found(fitting[0], _certainty(fitting, given, of_domain=of_domain))
        return None

    def _candidates(self, name: str) -> Iterable[tuple[list[Row], int]]:
        """Rows of the name itself, then of its beginnings, the longest first, with characters given."""
        if name in self._exact:
            yield self._exact[name], len(name)
        for end in range(len(name), LEAST_PREFIX - 1, -1):
            if name[:end] in self._beginnings:
                yield self._beginnings[name[:end]], end


def _covers(domain: str, host: str) -> bool:
    own = host.lstrip(".").lower()
    return own == domain or own.endswith(f".{domain}")


def _certainty(rows: list[Row], given: int, *, of_domain: bool) -> Certainty:
    if len({each.category for each in rows}) > 1:
        return "possible"
    if of_domain:
        return "likely"
    alone = len({each.platform for each in rows}) == 1
    return "likely" if alone and given >= DISTINCT else "possible"


@functools.cache
def table() -> Table:
    """The table that is part of the release.

    :raises ValueError: it is not as it should be; a test reads it, so that no release has such a one.
    """
    return msgspec.json.decode(FILE.read_bytes(), type=Table)


@functools.cache
def shipped() -> CookieDatabase:
    """The database that is part of the release."""
    return CookieDatabase(table().cookies)
