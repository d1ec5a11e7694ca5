"""What the code for a website is made of. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.sites.document_types import Document, SignalType
from server.sites.values import NECESSARY, conventional_mapping, optional_categories


@dataclass(frozen=True)
class Waiting:
    """A service that waits for consent."""

    key: str
    """In `data-consent-service`."""
    name: str
    category: str
    """Key of the category that allows it, in `data-consent`."""
    hosts: tuple[str, ...]
    """Hosts it loads from, perhaps with `*.` in front and the beginning of a path."""
    marking: str
    """The catalog's example, marked for the conventional category; empty: it has none."""


@dataclass(frozen=True)
class Website:
    """A website, and how its banner is published."""

    server: str
    """Origin of the consent server, without a slash at the end."""
    key: str
    address: str
    """Of the script."""
    integrity: str
    """Value of `integrity=`; empty: the tag is not pinned."""
    language: str
    """BCP 47 tag of the banner's own language."""
    way_back: str
    """What the banner calls the way back to the choice, in that language."""
    categories: tuple[str, ...]
    """Keys of the optional ones, in their order."""
    services: tuple[Waiting, ...]
    necessary_hosts: frozenset[str]
    """Hosts from which something loads that waits for nobody."""
    granted_by: Mapping[SignalType, str]
    """Signal type → key of the category that grants it; empty: never granted."""

    @property
    def example_category(self) -> str:
        """The category of an example that belongs to no service."""
        return "statistics" if "statistics" in self.categories else next(iter(self.categories), "statistics")

    @property
    def examples(self) -> tuple[Waiting, ...]:
        """The services that wait; one that is made up where there is none."""
        return self.services or (Waiting("", "", self.example_category, ("stats.example.com",), ""),)

    @property
    def places(self) -> dict[str, tuple[str, str]]:
        """Place that a service loads from → categories that it waits for, and the service.

        Where several services load from one place, all of their categories are needed, and no single service
        is meant. A place of something necessary is left out: it must load.
        """
        found: dict[str, list[Waiting]] = {}
        for service in self.services:
            for place in service.hosts:
                if place not in self.necessary_hosts:
                    found.setdefault(place, []).append(service)
        return {
            place: (
                " ".join(dict.fromkeys(each.category for each in waiting)),
                waiting[0].key if len(waiting) == 1 else "",
            )
            for place, waiting in found.items()
        }


def website(
    document: Document,
    *,
    server: str,
    key: str,
    address: str,
    integrity: str,
    marking: Callable[[str], str],
) -> Website:
    """The website of a banner document.

    :param marking: key of a service of the catalog → the catalog's marking example; empty if it has none
    """
    optional = optional_categories(document)
    language = document["default_language"]
    return Website(
        server=server,
        key=key,
        address=address,
        integrity=integrity,
        language=language,
        way_back=document["texts"][language]["reopen"],
        categories=optional,
        services=tuple(
            Waiting(
                each["key"],
                each["name"],
                each["category"],
                tuple(each["hosts"]),
                marking(each["catalog"]["key"]) if each["catalog"]["key"] else "",
            )
            for each in document["services"]
            if each["category"] in optional
        ),
        necessary_hosts=frozenset(
            host for each in document["services"] if each["category"] == NECESSARY for host in each["hosts"]
        ),
        granted_by={**conventional_mapping(document), **document["behaviour"]["mapping"]},
    )
