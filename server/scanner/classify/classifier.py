"""The service of a request or of something stored: by what is declared, then by what is known. Pure.

The order: what the website declares; the catalog; names that websites give to what is their own; the Open
Cookie Database; third-party-web. What is known less surely never overrules what is known better.
"""

import functools
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from server.scanner.classify import known_services, ordinary_names
from server.scanner.classify.cookie_database import CookieDatabase
from server.scanner.classify.known_services import Catalog
from server.scanner.classify.suggestion import SURE, Suggestion, Why
from server.scanner.classify.third_parties import CATEGORIES, USES, ThirdParties
from server.scanner.declared import Declared, DeclaredService
from server.scanner.observations import Initiator, Request, Stored
from server.sites.values import NECESSARY

_REMEMBERED = 20_000
"""Places whose service is remembered: pages of a website load the same again and again."""


class Classifier:
    """Says of things that were seen to which service they belong; see `Classify`."""

    def __init__(
        self,
        catalog: Catalog,
        third_parties: ThirdParties,
        cookies: CookieDatabase,
        declared: Declared | None = None,
    ) -> None:
        self._catalog = catalog
        self._third_parties = third_parties
        self._cookies = cookies
        self._declared = declared
        self._of_place: Callable[[str, str], Suggestion | None]
        self._of_place = functools.lru_cache(_REMEMBERED)(self._place)

    def request(self, request: Request) -> Suggestion | None:
        """The service that a request belongs to; None: nobody knows it."""
        found = self._of_place(place_of(request.url) or request.host, "")
        if found is not None and found.source in SURE:
            return found
        return self._around(request) or found

    def _around(self, request: Request) -> Suggestion | None:
        """The service of which a request shows no more than the host.

        It is that of the frame from the same host, or for a mere connection the declared one that loads from
        anywhere on the host.
        """
        frame = place_of(request.frame)
        if frame and frame.partition("/")[0] == request.host:
            found = self._of_place(frame, request.frame)
            return replace(found, certainty="likely") if found and found.source in SURE else None
        if request.kind != "connection" or self._declared is None:
            return None
        on_host = self._declared.loading_from(request.host)
        meant = [pair for pair in on_host if pair[0].category == NECESSARY] or on_host
        if not meant:
            return None
        made = _declared(meant[0][0], Why("host", meant[0][1], request.host), None)
        return replace(made, certainty="likely")

    def address(self, address: str) -> Suggestion | None:
        """The service that is loaded from an address; None: nobody knows it."""
        place = place_of(address)
        return self._of_place(place, address) if place else None

    def stored(self, stored: Stored) -> Suggestion | None:
        """The service that something stored belongs to; None: nobody knows it."""
        return (
            self._declared_storage(stored)
            or self._known_storage(stored)
            or self._listed_storage(stored)
            or (self._of_place(stored.host.lstrip("."), "") if stored.third_party else None)
        )

    # --- by place ------------------------------------------------------------------------------------------

    def _place(self, place: str, address: str) -> Suggestion | None:
        """The service that loads from a place.

        :param address: with its query, which tells apart tags of one host; empty: not known
        """
        known = known_services.by_host(self._catalog, place, address or f"https://{place}")
        declared = self._declared_place(place, known)
        return declared or known or self._listed_place(place)

    def _declared_place(self, place: str, known: Suggestion | None) -> Suggestion | None:
        """The declared service that loads from a place: by its own hosts, else by those of the catalog."""
        if self._declared is None:
            return None
        key = known.catalog_key if known is not None else ""
        covering = self._declared.loading(place)
        if covering:
            best = [pair for pair in covering if len(pair[1]) == len(covering[0][1])]
            meant = [pair for pair in best if (pair[0].catalog_key or pair[0].key) == key] or best
            # Several may load from one place: it is not held against one that the other needs it.
            service, host = next((pair for pair in meant if pair[0].category == NECESSARY), meant[0])
            return _declared(service, Why("host", host, place), known)
        keys = frozenset(each.key for each in self._catalog.loading(place))
        services = self._declared.of_catalog(frozenset({key})) or self._declared.of_catalog(keys)
        if known is None or not services:
            return None
        return _declared(services[0], Why("host", known.why.pattern, place), known)

    def _listed_place(self, place: str) -> Suggestion | None:
        found = self._third_parties.find(place.partition("/")[0])
        if found is None:
            return None
        entity, domain = found
        category, certainty = CATEGORIES.get(entity.category, ("", "possible"))
        use = USES.get(entity.category, "")
        why = Why("host", domain, place)
        return Suggestion("", entity.name, category, "third_party_web", certainty, why, use=use)

    # --- by name -------------------------------------------------------------------------------------------

    def _declared_storage(self, stored: Stored) -> Suggestion | None:
        if self._declared is None:
            return None
        for service, one in self._declared.storing(stored):
            return _declared(service, Why("name", one.name, stored.name), None, stored_as=one.name)
        return None

    def _known_storage(self, stored: Stored) -> Suggestion | None:
        """What the catalog knows: the name, then who stored it, then for others' hosts whose they are."""
        by_name = known_services.by_name(self._catalog, stored)
        if by_name is not None:
            return self._as_declared(by_name)
        if not stored.third_party and ordinary_names.find(stored.name):
            return None
        place = _setter(stored.set_by)
        by_script = known_services.by_script(self._catalog, place) if place else None
        return self._as_declared(by_script) if by_script else None

    def _as_declared(self, known: Suggestion) -> Suggestion:
        """The same as a service that the website declares, with the category that it has there."""
        services = self._declared.of_catalog(frozenset({known.catalog_key})) if self._declared else ()
        if not services:
            return known
        return _declared(services[0], known.why, known, stored_as=known.stored_as)

    def _listed_storage(self, stored: Stored) -> Suggestion | None:
        ordinary = None if stored.third_party else ordinary_names.find(stored.name)
        if ordinary is not None:
            return Suggestion(
                "",
                ordinary.meaning,
                "" if ordinary.meaning == ordinary_names.MANY else "functional",
                "ordinary_names",
                "likely",
                Why("name", ordinary.pattern, stored.name),
                use="consent" if ordinary.meaning == ordinary_names.CONSENT else "",
                stored_as=stored.name if "*" not in ordinary.pattern else ordinary.pattern,
            )
        if stored.kind != "cookie" and stored.kind not in ("local_storage", "session_storage", "indexed_db"):
            return None
        found = self._cookies.find(stored.name, stored.host, third_party=stored.third_party)
        if found is None:
            return None
        # What a service that measures or advertises stores is that, unless the catalog knows this one apart.
        tracker = self._catalog.tracker_by_name(found.row.platform)
        key = tracker.service.key if tracker is not None else ""
        return Suggestion(
            key,
            found.row.platform,
            tracker.category if tracker is not None else found.row.category,
            "open_cookie_database",
            found.certainty,
            Why("name", found.row.name, stored.name),
            catalog_key=key,
            stored_as=found.row.name,
        )


def place_of(address: str) -> str:
    """Host and path of an address; empty if it has no host."""
    try:
        parts = urlsplit(address)
        return f"{parts.hostname or ''}{parts.path}" if parts.hostname else ""
    except ValueError:
        return ""


def _setter(set_by: Initiator) -> str:
    """Where the script is, or the answer, that stored something: the innermost script, else the address."""
    innermost = set_by.stack[0].rpartition(":")[0] if set_by.stack else ""
    return place_of(innermost) or place_of(set_by.url)


def _declared(
    service: DeclaredService, why: Why, known: Suggestion | None, *, stored_as: str = ""
) -> Suggestion:
    return Suggestion(
        key=service.key,
        name=service.name,
        category=service.category,
        source="declared",
        certainty="certain",
        why=why,
        catalog_key=service.catalog_key or (known.catalog_key if known else ""),
        use=known.use if known else "",
        stored_as=stored_as,
    )
