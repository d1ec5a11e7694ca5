"""Finding known services by what a page shows of them: names, hosts, cookies and keys. Pure.

What is asked is looked up, not compared with each service: the lint asks for every cookie of a document, at
every save.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import takewhile

from server.catalog.matching import compiled, fixed_characters, host_matches
from server.catalog.values import Service, Storage

LEAST_ASKED = 3
"""Characters that a pattern which is asked for must give: `*` covers everything, and says nothing."""

_HEAD = 2
"""Characters before the star by which patterns are grouped."""


class Index:
    """Services by name, host and storage. Answers are in the order in which the services were given."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = tuple(services)
        self._by_name: dict[str, list[Service]] = defaultdict(list)
        self._by_host: dict[str, list[tuple[str, Service]]] = defaultdict(list)
        self._by_domain: dict[str, dict[str, Service]] = defaultdict(dict)
        self._by_storage: dict[str, list[tuple[Service, Storage]]] = defaultdict(list)
        self._by_pattern: dict[str, list[tuple[re.Pattern[str], Service, Storage]]] = defaultdict(list)
        for each in self._services:
            for name in dict.fromkeys(word.casefold() for word in (each.name, *each.aliases)):
                self._by_name[name].append(each)
            for pattern in each.hosts:
                self._add_host(each, pattern)
            for stored in each.storage:
                self._add(each, stored)
        self._stored = [(each, stored) for each in self._services for stored in each.storage]
        self._names = sorted((stored.name, at) for at, (_, stored) in enumerate(self._stored))
        self._places = {each.key: place for place, each in enumerate(self._services)}

    def _add_host(self, service: Service, pattern: str) -> None:
        host = pattern.partition("/")[0]
        self._by_host[host].append((pattern, service))
        for above in _domains(host):
            self._by_domain[above][service.key] = service

    def _add(self, service: Service, stored: Storage) -> None:
        self._by_storage[stored.name].append((service, stored))
        if "*" in stored.name:
            head = stored.name.partition("*")[0][:_HEAD]
            # A pattern that begins with a star, or almost so, may be any name's.
            self._by_pattern[head if len(head) == _HEAD else ""].append(
                (compiled(stored.name), service, stored)
            )

    def called(self, name: str) -> tuple[Service, ...]:
        """Services with this name or alias, in whatever case."""
        return tuple(self._by_name.get(name.strip().casefold(), ()))

    def storing(self, name: str) -> tuple[tuple[Service, Storage], ...]:
        """What is stored under a name, by whom.

        :param name: a name, or a pattern itself, such as `_ga_*`, which is found if all it stands for is
        """
        found = list(self._by_storage.get(name, ()))
        for head in {name[:_HEAD], ""}:
            found += [
                (service, stored)
                for pattern, service, stored in self._by_pattern.get(head, ())
                if stored.name != name and pattern.fullmatch(name)
            ]
        return tuple(sorted(found, key=lambda pair: self._places[pair[0].key]))

    def covered_names(self, pattern: str) -> tuple[tuple[Service, Storage], ...]:
        """What is stored under names that a pattern such as `_hj*` stands for; none if it gives little."""
        if "*" not in pattern or fixed_characters(pattern) < LEAST_ASKED:
            return ()
        covers, head = compiled(pattern).fullmatch, pattern.partition("*")[0]
        # Names that begin alike stand together.
        begun = self._names[bisect_left(self._names, (head, 0)) :]
        alike = takewhile(lambda each: each[0].startswith(head), begun)
        return tuple(self._stored[at] for at in sorted(at for name, at in alike if covers(name)))

    def loading(self, place: str, *, whatever_path: bool = False) -> tuple[Service, ...]:
        """Services that load from a host, perhaps with a path.

        :param place: such as `www.google.com/maps/embed`; `*.` in front stands for the sub-domains
        :param whatever_path: whether a host without a path may be that of a service which has one
        """
        host, _, path = place.partition("/")
        host = host.lower().rstrip(".")
        found = {
            each.key: each
            for name in (host, *_domains(host))
            for pattern, each in self._by_host.get(name, ())
            if host_matches(pattern, place) or (whatever_path and not path)
        }
        return self._in_order(found)

    def covered_hosts(self, pattern: str) -> tuple[Service, ...]:
        """Services that load from the sub-domains which a pattern such as `*.hotjar.com` stands for."""
        return self._in_order(self._by_domain.get(pattern.lower(), {}))

    def _in_order(self, found: Mapping[str, Service]) -> tuple[Service, ...]:
        return tuple(sorted(found.values(), key=lambda each: self._places[each.key]))


def _domains(host: str) -> list[str]:
    """`*.b.c` and `*.c` of `a.b.c`: the patterns that cover it."""
    labels = host.split(".")
    return [".".join(("*", *labels[cut:])) for cut in range(1, len(labels))]
