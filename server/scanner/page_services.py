"""Which service loads from an address: one of the banner's, else one that the catalog knows."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from server.catalog import service as catalog
from server.catalog.values import Service as KnownService
from server.scanner.installation import Known
from server.sites import known_services
from server.sites.document_types import Document, Service
from server.sites.values import NECESSARY

NAMED = 3
"""How many services are named that load from one place."""


def service_of(document: Document, address: str) -> Known | None:
    """The service that loads from an address, by the banner document; None: nobody knows one.

    Several may load from one place: those of the banner are meant, else those of the catalog whose own
    addresses are most alike.

    :param address: whole, with its scheme
    """
    place = _place(address)
    services = document["services"]
    by_host = [each for each in services if _names(each, place)]
    there = {each.key: each for each in catalog.loading(place)}
    alike = {each.key: each for each in catalog.at_address(address)}
    by_name = (known_services.present(each, services) for each in there.values())
    declared = by_host or [each for each in by_name if each is not None]
    meant = [each for each in declared if each["catalog"]["key"] in alike] or declared
    if meant:
        known = there.get(meant[0]["catalog"]["key"])
        return _declared(meant, known, host_listed=bool(by_host))
    return _undeclared(tuple(alike.values())) if alike else None


def _place(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.hostname or ''}{parts.path}"


def _names(service: Service, place: str) -> bool:
    return any(catalog.covers(host, place) for host in service["hosts"])


def _declared(meant: Sequence[Service], known: KnownService | None, *, host_listed: bool) -> Known:
    categories = [each["category"] for each in meant]
    return Known(
        key=meant[0]["key"],
        name=" / ".join(each["name"] or each["key"] for each in meant[:NAMED]),
        category=NECESSARY if NECESSARY in categories else categories[0],
        use=(known.use or "") if known else "",
        declared=True,
        host_listed=host_listed,
    )


def _undeclared(found: Sequence[KnownService]) -> Known:
    categories = [each.category for each in found]
    return Known(
        key=found[0].key,
        name=" / ".join(each.name for each in found[:NAMED]),
        category=NECESSARY if NECESSARY in categories else categories[0],
        use=found[0].use or "",
        declared=False,
        host_listed=False,
    )
