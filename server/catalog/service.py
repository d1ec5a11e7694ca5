"""Use cases of the catalog: all services, one of them, and those that something belongs to."""

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any

from server.catalog import data_terms, exporting, files, json_schema, marking, reading, tracking
from server.catalog import figures as counting
from server.catalog import gaps as absent
from server.catalog import template as templates
from server.catalog.index import Index
from server.catalog.matching import host_matches, name_matches
from server.catalog.values import SERVICE_KEY, CategoryKey, Figures, Gap, Service, Storage, Texts, Tracker
from server.core.canonical import canonical
from server.core.errors import Conflict, Invalid, NotFound
from server.core.plain_text import unseen

MAX_QUESTION = 200
"""Most characters of what is searched for."""


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


def used_by(name: str, hosts: Iterable[str], cookies: Iterable[str]) -> tuple[Service, ...]:
    """Services that a website may mean by what it declares: all that its name, hosts or cookies belong to.

    :param hosts: those without a path may be those of services whose hosts have one
    :param cookies: names of what is stored, also patterns
    """
    index = _index()
    found = [*index.called(name)]
    for host in hosts:
        found += index.loading(host, whatever_path=True) or index.covered_hosts(host)
    for cookie in cookies:
        found += (each for each, _ in index.storing(cookie) or index.covered_names(cookie))
    return tuple({each.key: each for each in found}.values())


def tracker_by_storage(name: str, host: str = "") -> Tracker | None:
    """Who stores something of this name to measure or to advertise; None: nobody whom the catalog knows.

    :param host: whose it is, perhaps with a dot in front; empty: unknown, or the website's own
    """
    return tracking.by_storage(_index(), name, host)


def tracker_by_host(place: str) -> Tracker | None:
    """Who loads from this host to measure or to advertise, if nobody does for something else.

    :param place: a host, perhaps with a path or with `*.` in front
    """
    return tracking.by_host(_index(), place)


def tracker_by_key(key: str) -> Tracker | None:
    """The service with this key, if it measures or advertises; None also if there is no such service."""
    found = files.services().get(key)
    return tracking.of(found) if found else None


def loading(place: str) -> tuple[Service, ...]:
    """Services that load from a host and path, such as `connect.facebook.net/en_US/fbevents.js`."""
    return _index().loading(place)


def covers(host: str, place: str) -> bool:
    """Whether a host of a service, perhaps with `*.` in front or a path behind, is that of a place."""
    return host_matches(host, place)


def storing(name: str) -> tuple[tuple[Service, Storage], ...]:
    """What is stored under a name, by whom, for any host and even if others use the name too."""
    return _index().storing(name)


def covers_name(pattern: str, name: str) -> bool:
    """Whether a name of what a service stores, perhaps with `*` for any characters, is that of something."""
    return name_matches(pattern, name)


def at_address(address: str) -> tuple[Service, ...]:
    """Services that load what is at an address; of several from one place those whose example is most alike.

    :param address: with its scheme
    """
    found = loading(_SCHEME.sub("", address).partition("?")[0].partition("#")[0])
    if len(found) < 2:
        return found
    ranked = [(_likeness(each, address), each) for each in found]
    best = max(rank for rank, _each in ranked)
    return tuple(each for rank, each in ranked if rank == best)


def tracker_by_name(name: str) -> Tracker | None:
    """The service of this name or alias, if it measures or advertises."""
    return tracking.by_name(_index(), name)


def check(value: object) -> Service:
    """The service in a file, if it is as it should be.

    :raises Invalid: `errors` names each field that is wrong.
    """
    return files.checked(value)


def gaps(service: Service) -> tuple[Gap, ...]:
    """What a description does not say and would help, with where to look; what does not apply is left out."""
    return tuple(absent.gaps(service))


def clashes(service: Service) -> Iterator[tuple[str, str]]:
    """Field → what of a description another one has already, as the end of a sentence."""
    names = [("name", service.name), *((f"aliases.{at}", name) for at, name in enumerate(service.aliases))]
    for each in services():
        if each.key == service.key:
            continue
        taken = {name.casefold() for name in (each.name, *each.aliases)}
        for field, name in names:
            if name.casefold() in taken:
                yield field, f"is a name of {each.name} too ({each.key})"


def template(key: str, name: str, day: str) -> dict[str, Any]:
    """A description to begin from: every field, to be filled in or taken out.

    :param day: today, as `YYYY-MM-DD`
    :raises Invalid: the key is none, or the name has what cannot be shown on one line.
    :raises Conflict: the catalog has a service with this key.
    """
    if not SERVICE_KEY.fullmatch(key):
        fault = "is not 2 to 24 of a-z, 0-9 and _, starting with a letter"
        raise Invalid(f"{key} {fault}", errors={"key": fault})
    if unseen(name):
        fault = "has what is not UTF-8, or a character that cannot be seen on one line"
        raise Invalid(f"the name {fault}", errors={"name": fault})
    if key in files.services():
        raise Conflict(f"the catalog has a service {key} already", reason="service_exists")
    return templates.template(key, name, day)


def as_file(description: Mapping[str, Any]) -> bytes:
    """A description as it stands in its file."""
    return exporting.as_file(description)


def as_json(service: Service) -> dict[str, Any]:
    """A service as its file has it."""
    made: dict[str, Any] = reading.written(service)
    return made


@functools.cache
def version(service: Service) -> str:
    """Which description of a service this is: 16 hexadecimal digits of the SHA-256 of its canonical JSON.

    Another one whenever any field differs, so that a document can say what it was filled from.
    """
    return hashlib.sha256(canonical(as_json(service))).hexdigest()[:16]


def data_in_words(service: Service) -> Texts | None:
    """Which personal data a service collects, as a sentence for visitors; None: not confirmed."""
    return data_terms.in_words(service.data)


def load() -> None:
    """Read all files now: a web process does it before it answers, so that no request waits for them."""
    _index()


def figures() -> Figures:
    """How many services there are, by what they are and by what is known of them."""
    return counting.figures(services())


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


@functools.cache
def _index() -> Index:
    return Index(files.services().values())


_ADDRESS_ENDS = re.compile(r"https?://|[?#]\S*")
"""What an address has besides its host and its path."""

_SCHEME = re.compile(r"(?:https?:)?//", re.IGNORECASE)

_NOTHING = 4


def _likeness(service: Service, address: str) -> tuple[bool, int]:
    """How much an address is like those of a service's marking example: the same file, the same beginning."""
    file = re.split(r"[?#]", address, maxsplit=1)[0].partition("//")[2].partition("/")[2].rpartition("/")[2]
    return bool(file) and f"/{file}" in service.marking, _shared_beginning(service, address)


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
        folded = [place.casefold() for place in places]
        # Each word once: a letter that is repeated a hundred times asks no more than the letter.
        if all(any(word in place for place in folded) for word in dict.fromkeys(words)):
            return rank
    return _NOTHING
