"""Use cases of the catalog: all services, one of them, and those that something belongs to."""

import re
from itertools import takewhile
from typing import Any

from server.catalog import data_terms, exporting, files, json_schema, marking, reading
from server.catalog.matching import host_matches, name_matches
from server.catalog.values import CategoryKey, Service, Texts
from server.core.errors import NotFound


def services(category: CategoryKey | None = None) -> tuple[Service, ...]:
    """All services, or those of a category, in the order of their names."""
    return tuple(each for each in files.services().values() if category in (None, each.category))


def find(key: str) -> Service:
    """The service with this key.

    :raises NotFound: `service_unknown`
    """
    found = files.services().get(key)
    if found is None:
        raise NotFound(f"the catalog has no service {key}", reason="service_unknown")
    return found


def search(text: str) -> tuple[Service, ...]:
    """Services whose name, alias, provider, host or storage this is, whole or in part; the best come first.

    A text of several words finds what has all of them. A cookie is found by the name that a browser shows,
    such as `_ga_8XYZ`, and a host by the address of a script.
    """
    words = _ADDRESS_ENDS.sub("", text.casefold()).split()
    ranked = [(_rank(each, text.strip(), words), each) for each in files.services().values()]
    # Stable: equals stay in the order of their names.
    ranked.sort(key=lambda pair: (pair[0], -_shared_beginning(pair[1], text.strip())))
    return tuple(each for rank, each in ranked if rank < _NOTHING)


def by_host(place: str) -> tuple[Service, ...]:
    """Services that load from a host, perhaps with a path, such as `www.google.com/maps/embed`."""
    return tuple(
        each
        for each in files.services().values()
        if any(host_matches(pattern, place) for pattern in each.hosts)
    )


def by_storage(name: str) -> tuple[Service, ...]:
    """Services that store something of this name, which may be a pattern itself, such as `_ga_*`."""
    return tuple(
        each
        for each in files.services().values()
        if any(name_matches(stored.name, name) for stored in each.storage)
    )


def check(value: object) -> Service:
    """The service in a file, if it is as it should be.

    :raises Invalid: `errors` names each field that is wrong.
    """
    return files.checked(value)


def as_json(service: Service) -> dict[str, Any]:
    """A service as its file has it."""
    made: dict[str, Any] = reading.written(service)
    return made


def data_in_words(service: Service) -> Texts | None:
    """Which personal data a service collects, as a sentence for visitors; None: not confirmed."""
    return data_terms.in_words(service.data)


def schema() -> dict[str, Any]:
    """The JSON Schema of a service."""
    return json_schema.json_schema(Service)


def exported(version: str) -> dict[str, bytes]:
    """The catalog for other projects: file name → content, one file of descriptions and their JSON Schema.

    :param version: the release of Samtykke that they are part of
    """
    files_of_export = {
        "catalog.json": exporting.document(services(), version),
        "catalog.schema.json": exporting.schema(),
    }
    return {name: exporting.as_file(value) for name, value in files_of_export.items()}


_ADDRESS_ENDS = re.compile(r"https?://|[?#]\S*")
"""What an address has besides its host and its path."""

_NOTHING = 4


def _shared_beginning(service: Service, text: str) -> int:
    """How many characters an address and the marking example's have in common from their beginning.

    It tells apart services that share a host and a path: `gtag/js?id=G-…` and `gtag/js?id=AW-…`.
    """
    if not text.startswith("https://"):
        return 0
    addresses = [address for each in marking.elements(service.marking) for address in each.waiting.values()]
    shared = (takewhile(lambda pair: pair[0] == pair[1], zip(text, each, strict=False)) for each in addresses)
    return max((len(list(pairs)) for pairs in shared), default=0)


def _rank(service: Service, text: str, words: list[str]) -> int:
    """How well a service answers to a text: 0 best; `_NOTHING` if it does not."""
    if not words:
        return _NOTHING
    names = [service.key, service.name, *service.aliases]
    if " ".join(words) in (name.casefold() for name in names):
        return 0
    if len(words) == 1 and (
        any(host_matches(pattern, words[0]) for pattern in service.hosts)
        or any(name_matches(stored.name, text) for stored in service.storage)
    ):
        return 1
    provider = [service.provider.name] if service.provider else []
    hosts = [host.removeprefix("*.") for host in service.hosts]
    for rank, places in ((2, names), (3, [*names, *provider, *hosts])):
        if all(any(word in place.casefold() for place in places) for word in words):
            return rank
    return _NOTHING
