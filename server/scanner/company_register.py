"""Looking an organisation up in the Norwegian register of legal entities, where the operator allows it.

The open API of Brønnøysundregistrene needs no key and tells nothing but what everybody may know
(https://data.brreg.no/enhetsregisteret/api/dokumentasjon/no/index.html, licence NLOD 2.0). It learns which
number was asked for, and the address of this server.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from server.core import guarded_fetch
from server.core.addresses import FetchFault
from server.core.errors import Invalid
from server.core.guarded_fetch import Answer
from server.core.organisation_numbers import norwegian
from server.core.plain_text import unseen
from server.scanner.fetching import outside_of_transactions

ADDRESS = "https://data.brreg.no/enhetsregisteret/api/enheter/"
"""What the number is appended to."""

TIMEOUT = 8.0
"""Seconds for which the register is waited for."""

LARGEST = 100_000
"""Bytes of an answer."""

_LONGEST = {"name": 200, "address": 500, "email": 254}

Ask = Callable[[str], Answer]
"""Gets a URL by the one guard."""


@dataclass(frozen=True)
class Company:
    """What the register says of an organisation; what it does not say is empty."""

    number: str
    """Nine digits."""
    name: str
    address: str
    """Postal address, in lines."""
    country: str
    """ISO 3166-1 code of the address."""
    email: str


def ask() -> Ask:
    """What asks the register."""
    return outside_of_transactions(
        partial(
            guarded_fetch.get,
            headers={"Accept": "application/json"},
            timeout=TIMEOUT,
            allow_private=False,
            limit=LARGEST,
        )
    )


def look_up(typed: str, get: Ask) -> Company:
    """The organisation with a number.

    :raises Invalid: `organisation_number`: it is no such number, the register does not know it, or did not
        answer.
    """
    number = norwegian(typed)
    if not number:
        raise _refused("is not a Norwegian organisation number of nine digits")
    try:
        answer = get(ADDRESS + number)
    except FetchFault as fault:
        raise _refused("could not be looked up: the register did not answer") from fault
    if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise _refused("is not in the register")
    if answer.status != HTTPStatus.OK or not answer.complete:
        raise _refused("could not be looked up: the register did not answer")
    return _company(number, answer.body)


def _company(number: str, body: bytes) -> Company:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("organisasjonsnummer") != number or not found.get("navn"):
        raise _refused("could not be looked up: the register did not answer")
    # Where post goes, which need not be where the business is.
    known = (found.get(key) for key in ("postadresse", "forretningsadresse"))
    place: Mapping[str, Any] = next((each for each in known if isinstance(each, dict)), {})
    lines = place.get("adresse")
    street = [_text(line) for line in lines] if isinstance(lines, list) else []
    town = " ".join(filter(None, (_text(place.get("postnummer")), _text(place.get("poststed")))))
    country = _text(place.get("landkode"))
    return Company(
        number=number,
        name=_text(found.get("navn"))[: _LONGEST["name"]],
        address="\n".join(line for line in (*street, town) if line)[: _LONGEST["address"]],
        country=country if len(country) == 2 and country.isascii() and country.isupper() else "",
        email=_text(found.get("epostadresse"))[: _LONGEST["email"]],
    )


def _text(value: object) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return "" if unseen(text) else text


def _refused(fault: str) -> Invalid:
    return Invalid(f"the number {fault}", errors={"organisation_number": fault})
