"""What measures visitors or advertises, as far as the catalog knows. Pure.

A suspicion, not a verdict: it names a service and what is known of it. Where a service that is necessary
has the same name or host, nothing is said.
"""

from collections.abc import Iterable

from server.catalog.index import Index
from server.catalog.values import CategoryKey, Service, Storage, Texts, Tracker

ORDINARY_NAMES = frozenset(
    {
        "_session",
        "asp.net_sessionid",
        "auth",
        "cart",
        "consent",
        "cookie_consent",
        "cookieconsent",
        "csrf",
        "csrftoken",
        "id",
        "jsessionid",
        "lang",
        "language",
        "locale",
        "phpsessid",
        "player",
        "session",
        "session_id",
        "sessionid",
        "sid",
        "theme",
        "token",
        "uid",
        "user",
        "user_id",
        "userid",
        "uuid",
        "visitor",
        "visitor_id",
    }
)
"""Names that many websites give to cookies of their own, in lower case: they do not say whose they are."""


def category_of(service: Service, stored: Storage) -> CategoryKey:
    """The category of what a service stores, which may have its own."""
    return stored.category or service.category


def by_storage(index: Index, name: str, host: str = "") -> Tracker | None:
    """Who stores something of this name to measure or to advertise.

    :param name: a name, or a pattern such as `_hj*`
    :param host: whose it is, perhaps with a dot in front; empty: unknown, or the website's own
    """
    found = [
        (service, stored)
        for service, stored in index.storing(name) or index.covered_names(name)
        if _may_be(stored, name, host)
    ]
    if any(category_of(*each) == "necessary" for each in found):
        return None
    # What is stored on just this host says more than what others store under the name.
    found.sort(key=lambda each: each[1].host.lstrip(".") != host.lstrip(".").lower())
    made = (_tracker(service, category_of(service, stored), stored.purpose) for service, stored in found)
    return next(filter(None, made), None)


def by_host(index: Index, place: str) -> Tracker | None:
    """Who loads from this host to measure or to advertise, if nobody does for something else.

    :param place: a host, perhaps with a path or with `*.` in front
    """
    return _of_all(index.loading(place) or index.covered_hosts(place))


def by_name(index: Index, name: str) -> Tracker | None:
    """The service of this name or alias, if it measures or advertises."""
    return _of_all(index.called(name))


def of(service: Service) -> Tracker | None:
    """A service, if it measures or advertises."""
    return _tracker(service, service.category, service.purpose)


def _of_all(services: Iterable[Service]) -> Tracker | None:
    """The first, if all of them measure or advertise."""
    found = [of(each) for each in services]
    return found[0] if found and all(found) else None


def _tracker(service: Service, category: CategoryKey, purpose: Texts) -> Tracker | None:
    if category == "statistics" or category == "advertising":
        return Tracker(service, category, purpose)
    return None


def _may_be(stored: Storage, name: str, host: str) -> bool:
    """Whether what is stored may be this: not if both have hosts, and these are strangers."""
    if not host or not stored.host:
        return name.casefold() not in ORDINARY_NAMES
    one, other = (f".{each.lstrip('.').lower()}" for each in (host, stored.host))
    return one.endswith(other) or other.endswith(one)
