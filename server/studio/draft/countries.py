"""Countries to choose from, by what a transfer of personal data there needs, as the reader calls them."""

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping

from babel import Locale

from server.sites.transfers import ADEQUATE, outside_eea
from server.studio import language
from server.studio.language import gettext
from server.studio.refusals import sentence

_ISO_3166 = re.compile(r"[A-Z]{2}")
_CODE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?", re.IGNORECASE | re.ASCII)
"""A country (ISO 3166-1), perhaps with one of its regions (ISO 3166-2)."""
_NO_COUNTRIES = frozenset(("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"))
"""Codes of CLDR that are no country: unions, the rest of Oceania, made-up and unknown ones."""

_LAST = {"æ": "{", "ø": "|", "å": "}"}
"""Letters that Norwegian has after z, in its order."""

_REFUSALS: Mapping[str, str] = {
    "is not a region such as NO or US-CA": sentence(
        "is not a country such as Norway, or a region such as US-CA"
    ),
}
"""What the schema says to scripts → what the form says to people."""

Group = tuple[str, list[tuple[str, str]]]
"""A label, and code and name of the countries below it."""


def groups(current: str) -> list[Group]:
    """The countries by group, sorted by name, each with its code; that of a document is always among them."""
    named = _by_name(language.current())
    known: list[Group] = [
        ("", [("", gettext("Not stated"))]),
        (gettext("In the EEA"), [one for one in named if not outside_eea(one[0])]),
        (
            gettext("Outside the EEA, with an adequacy decision"),
            [one for one in named if one[0] in ADEQUATE],
        ),
        (
            gettext("Outside the EEA"),
            [one for one in named if outside_eea(one[0]) and one[0] not in ADEQUATE],
        ),
    ]
    if current and current not in dict(named):
        known.append((gettext("Unknown code"), [(current, current)]))
    return known


def by_name(current: str) -> list[tuple[str, str]]:
    """All countries, sorted by name, each with its code; that of a document is always among them."""
    found = [("", gettext("Not stated")), *_by_name(language.current())]
    return found if current in dict(found) else [*found, (current, current)]


def code_of(text: str) -> str:
    """The code of a country by its name in any language of the studio, or by the code in small letters.

    Anything else is returned unchanged, but for a region: `us-ca` is `US-CA`.
    """
    plain = " ".join(text.split())
    if _CODE.fullmatch(plain):
        return plain.upper()
    return _codes().get(plain.casefold(), plain)


def refused(fault: str) -> str:
    """The end of a sentence that says what is wrong with a field, for somebody who typed a name."""
    return _REFUSALS.get(fault, fault)


def sorted_by_name(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Names of these countries in alphabetical order, each with its code."""
    named = ((language.country_name(code), code) for code in codes)
    return sorted(named, key=lambda one: _order(one[0]))


@functools.cache
def _codes() -> dict[str, str]:
    """Name in small letters → code, in all languages of the studio; a name of two countries means neither."""
    found: dict[str, str] = {}
    for reader in language.LANGUAGES:
        for code, name in _by_name(reader):
            known = found.setdefault(name.casefold(), code)
            if known != code:
                found[name.casefold()] = name
    return found


@functools.cache
def _by_name(reader: str) -> tuple[tuple[str, str], ...]:
    territories = Locale.parse(reader).territories
    found = [
        (code, name)
        for code, name in territories.items()
        if _ISO_3166.fullmatch(code) and code not in _NO_COUNTRIES
    ]
    return tuple(sorted(found, key=lambda one: _order(one[1])))


def _order(name: str) -> str:
    """A name as it is sorted: without accents, and with the Norwegian letters last."""
    plain = "".join(_LAST.get(letter, letter) for letter in name.casefold())
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
