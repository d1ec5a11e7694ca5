"""Countries to choose from, by what a transfer of personal data there needs. Pure."""

import functools
import re

from babel import Locale

from server.sites.transfers import ADEQUATE, outside_eea

_ISO_3166 = re.compile(r"[A-Z]{2}")
_NO_COUNTRIES = frozenset(("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"))
"""Codes of CLDR that are no country: unions, the rest of Oceania, made-up and unknown ones."""

Group = tuple[str, list[tuple[str, str]]]
"""A label, and code and name of the countries below it."""


def groups(current: str) -> list[Group]:
    """The countries by group, sorted by name, each with its code; that of a document is always among them."""
    named = _by_name()
    known: list[Group] = [
        ("", [("", "Not stated")]),
        ("In the EEA", [one for one in named if not outside_eea(one[0])]),
        ("Outside the EEA, with an adequacy decision", [one for one in named if one[0] in ADEQUATE]),
        (
            "Outside the EEA",
            [one for one in named if outside_eea(one[0]) and one[0] not in ADEQUATE],
        ),
    ]
    if current and current not in dict(named):
        known.append(("Unknown code", [(current, current)]))
    return known


def by_name(current: str) -> list[tuple[str, str]]:
    """All countries, sorted by name, each with its code; that of a document is always among them."""
    found = [("", "Not stated"), *_by_name()]
    return found if current in dict(found) else [*found, (current, current)]


@functools.cache
def _by_name() -> tuple[tuple[str, str], ...]:
    territories = Locale("en").territories
    found = [
        (code, name)
        for code, name in territories.items()
        if _ISO_3166.fullmatch(code) and code not in _NO_COUNTRIES
    ]
    return tuple(sorted(found, key=lambda one: one[1].casefold()))
