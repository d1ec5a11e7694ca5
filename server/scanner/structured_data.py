"""What a page says of the organisation behind it as JSON-LD (https://schema.org/Organization). Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 200_000
"""Characters of a block that is read."""

MOST_NODES = 2_000
"""Objects and lists that are looked into."""

_KINDS = frozenset(
    {
        "CafeOrCoffeeShop",
        "Corporation",
        "EducationalOrganization",
        "GovernmentOrganization",
        "Hotel",
        "LocalBusiness",
        "NGO",
        "NewsMediaOrganization",
        "OnlineStore",
        "Organization",
        "ProfessionalService",
        "Restaurant",
        "SportsOrganization",
        "Store",
    }
)
"""Types that an organisation may have."""


@dataclass(frozen=True)
class Organisation:
    """What is said of it; empty: nothing."""

    name: str = ""
    legal_name: str = ""
    email: str = ""
    logo: str = ""
    """As written; perhaps a relative address."""
    number: str = ""
    """Under which it is registered, as written."""
    address: str = ""
    """Postal address, in lines."""
    country: str = ""
    """As written: a code or a name."""


def organisation(blocks: Iterable[str]) -> Organisation:
    """The organisation that a page is of: the first that is described, whatever else is.

    :param blocks: contents of `script` elements of type `application/ld+json`, however broken
    """
    found = [node for block in blocks for node in _nodes(block)]
    for node in found:
        if _is_organisation(node):
            return _read(node)
    site = next((node for node in found if "WebSite" in _types(node)), {})
    publisher = site.get("publisher")
    if isinstance(publisher, dict) and publisher.get("name"):
        return _read(publisher)
    return Organisation(name=_text(site.get("name")))


def _nodes(block: str) -> list[dict[str, Any]]:
    """Every object of a block, in the order in which a reader meets them, level by level."""
    try:
        ahead: list[Any] = [json.loads(block)] if len(block) <= LONGEST else []
    except (ValueError, RecursionError):
        return []
    found: list[dict[str, Any]] = []
    for node in ahead:  # grows while it is gone through
        if len(ahead) > MOST_NODES:
            break
        if isinstance(node, dict):
            found.append(node)
            ahead += [value for value in node.values() if isinstance(value, dict | list)]
        elif isinstance(node, list):
            ahead += [value for value in node if isinstance(value, dict | list)]
    return found


def _types(node: Mapping[str, Any]) -> tuple[str, ...]:
    kind = node.get("@type", "")
    given = kind if isinstance(kind, list) else [kind]
    return tuple(str(each).rpartition("/")[2] for each in given if isinstance(each, str))


def _is_organisation(node: Mapping[str, Any]) -> bool:
    return any(kind in _KINDS for kind in _types(node)) and bool(_text(node.get("name")))


def _read(node: Mapping[str, Any]) -> Organisation:
    logo, address = node.get("logo"), node.get("address")
    address = address[0] if isinstance(address, list) and address else address
    place = address if isinstance(address, dict) else {}
    street = _text(place.get("streetAddress"))
    town = " ".join(filter(None, (_text(place.get("postalCode")), _text(place.get("addressLocality")))))
    country = place.get("addressCountry")
    return Organisation(
        name=_text(node.get("name")),
        legal_name=_text(node.get("legalName")),
        email=_text(node.get("email")).removeprefix("mailto:"),
        logo=_text(logo.get("url") or logo.get("contentUrl") if isinstance(logo, dict) else logo),
        number=next(filter(None, (_text(node.get(key)) for key in ("vatID", "taxID", "leiCode"))), ""),
        address="\n".join(filter(None, (street, town))) if street and town else "",
        country=_text(country.get("name") if isinstance(country, dict) else country),
    )


def _text(value: object) -> str:
    """A text on one line; empty for anything else."""
    return " ".join(str(value).split())[:500] if isinstance(value, str | int) else ""
