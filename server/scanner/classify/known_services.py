"""Which service of the catalog something belongs to. Pure: what the catalog is asked by comes in."""

from collections.abc import Sequence
from typing import Protocol

from server.catalog.values import Service, Storage, Tracker
from server.scanner.classify import ordinary_names
from server.scanner.classify.suggestion import Certainty, Suggestion, Why
from server.scanner.declared import same_domain
from server.scanner.observations import Stored
from server.sites.values import NECESSARY

NAMED = 3
"""How many services are named that load from one place."""

TRACKING = ("statistics", "advertising")

LEAST_GIVEN = 6
"""Characters of a name by which a service is recognised that is known to store it in another way."""

CARRIERS = frozenset({"tag_manager", "fonts_cdn", "shop_cms", "consent"})
"""Uses of services whose scripts run what is others': that they stored something does not say whose it is."""


class Catalog(Protocol):
    """The catalog, as far as it is asked here; `server.catalog.service` is one."""

    def loading(self, place: str) -> tuple[Service, ...]:
        """Services that load from a host and path."""

    def at_address(self, address: str) -> tuple[Service, ...]:
        """Services that load what is at an address; of several those that are most alike."""

    def covers(self, host: str, place: str) -> bool:
        """Whether a host of a service is that of a place."""

    def tracker_by_name(self, name: str) -> Tracker | None:
        """The service of this name or alias, if it measures or advertises."""

    def storing(self, name: str) -> tuple[tuple[Service, Storage], ...]:
        """What is stored under a name, by whom."""


def by_host(catalog: Catalog, place: str, address: str) -> Suggestion | None:
    """The service that loads from a place.

    :param place: host and path
    :param address: of it, with as much of the query as is known
    """
    found = _closest(catalog, catalog.at_address(address), place)
    if not found:
        return None
    certainty: Certainty = "certain" if len(found) == 1 else _of_several(found)
    return _made(found, certainty, Why("host", _host(found[0], place), place))


def by_script(catalog: Catalog, place: str) -> Suggestion | None:
    """The service that stores something by its script, or by an answer, from a place; carriers are none."""
    loading = _closest(catalog, catalog.at_address(f"https://{place}"), place)
    found = [each for each in loading if each.use not in CARRIERS]
    if not found or any(each.category == NECESSARY for each in found):
        return None
    return _made(found, _of_several(found), Why("set_by", _host(found[0], place), place))


def _closest(catalog: Catalog, found: Sequence[Service], place: str) -> Sequence[Service]:
    """Of several services those whose host says most of a place: its path before the whole host."""
    if len(found) < 2:
        return found
    said = [max(len(host) for host in each.hosts if catalog.covers(host, place)) for each in found]
    return [each for each, length in zip(found, said, strict=True) if length == max(said)]


def _of_several(found: Sequence[Service]) -> Certainty:
    """How sure it is what services are for of which any may be meant: less so if that differs."""
    purposes = {"tracking" if each.category in TRACKING else each.category for each in found}
    return "likely" if len(purposes) == 1 else "possible"


def by_name(catalog: Catalog, stored: Stored) -> Suggestion | None:
    """The service that stores something of this name on such a host.

    Of several, what is stored in just this way and on just this host comes first; where one of the rest is
    necessary, the name does not tell.
    """
    found = [pair for pair in catalog.storing(stored.name) if _may_be(*pair, stored)]
    if not found:
        return None
    found.sort(key=lambda pair: _rank(pair[1], stored))
    service, best = found[0]
    alike = [pair for pair in found if _rank(pair[1], stored) == _rank(best, stored)]
    services = list({each.key: each for each, _ in alike}.values())
    necessary = [each for each, one in alike if (one.category or each.category) == NECESSARY]
    if necessary:
        service = necessary[0]
    category = best.category or service.category
    same_kind = (best.kind == "cookie") == (stored.kind == "cookie")
    certain = len(services) == 1 and best.kind == stored.kind
    agreed = len({one.category or each.category for each, one in alike}) == 1
    return Suggestion(
        key=service.key,
        name=" / ".join(each.name for each in services[:NAMED]),
        category=NECESSARY if necessary else category,
        source="catalog",
        certainty="certain" if certain else "likely" if agreed and same_kind else "possible",
        why=Why("name", best.name, stored.name),
        catalog_key=service.key,
        use=service.use or "",
        stored_as=best.name,
    )


def _rank(one: Storage, stored: Stored) -> tuple[bool, bool, bool]:
    """What is known most closely comes first: its kind, its host, all of its name."""
    return one.kind != stored.kind, not one.host, len(one.name.replace("*", "")) < len(stored.name)


def _may_be(service: Service, one: Storage, stored: Stored) -> bool:
    """Whether something of a service may be this: stored where it stores, under a name that says enough."""
    if one.kind == "pixel":
        return False
    if (one.kind == "cookie") != (stored.kind == "cookie") and len(one.name.replace("*", "")) < LEAST_GIVEN:
        return False
    if one.host:
        return same_domain(one.host, stored.host)
    # Without a host it is the website's own: in a page of others it is theirs, if they load from there.
    if not stored.third_party:
        return service.use == "consent" or ordinary_names.find(stored.name) is None
    return any(same_domain(host.partition("/")[0].removeprefix("*"), stored.host) for host in service.hosts)


def _made(found: Sequence[Service], certainty: Certainty, why: Why) -> Suggestion:
    categories = [each.category for each in found]
    return Suggestion(
        key=found[0].key,
        name=" / ".join(each.name for each in found[:NAMED]),
        category=NECESSARY if NECESSARY in categories else categories[0],
        source="catalog",
        certainty=certainty,
        why=why,
        catalog_key=found[0].key,
        use=found[0].use or "",
    )


def _host(service: Service, place: str) -> str:
    """The host of a service by which it loads from a place."""
    host = place.partition("/")[0]
    return next((each for each in service.hosts if same_domain(_base(each), host)), host)


def _base(host: str) -> str:
    return host.partition("/")[0].removeprefix("*")
