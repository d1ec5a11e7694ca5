"""What a website says that it uses: categories, services and what they store. Pure."""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from server.catalog import service as catalog
from server.scanner.observations import Stored
from server.sites.document_types import Document, Service
from server.sites.values import NECESSARY, ordered_categories

LEAST_GIVEN = 2
"""Characters that a declared name with `*` must give: `*` alone would cover whatever a page stores."""

UNDECLARABLE = frozenset({"cache_storage", "service_worker"})
"""Kinds of storage that a declaration has no word for: a declared name of any kind covers them."""

_Short = Annotated[str, msgspec.Meta(max_length=2_000)]


@dataclass(frozen=True)
class DeclaredStorage:
    """Something that a service is said to store."""

    name: str
    """`*` stands for any characters."""
    kind: str
    """`StorageKind` of a scan, or `pixel`."""
    host: str
    """Empty: the website's own."""
    lifetime: str
    """ISO 8601 duration, `session`, or empty: until it is cleared."""

    def covers(self, stored: Stored, *, hosts: tuple[str, ...] = ()) -> bool:
        """Whether something that was seen is this.

        :param hosts: those of the service, for which it may store also where the declaration names no host
        """
        if self.kind != stored.kind and stored.kind not in UNDECLARABLE:
            return False
        given = len(self.name.replace("*", ""))
        if self.name != stored.name and not (
            given >= LEAST_GIVEN and catalog.covers_name(self.name, stored.name)
        ):
            return False
        if self.host:
            return same_domain(self.host, stored.host)
        return not stored.third_party or any(
            same_domain(each.partition("/")[0].removeprefix("*"), stored.host) for each in hosts
        )


@dataclass(frozen=True)
class DeclaredService:
    """A service that is said to be used."""

    key: str
    name: str
    category: str
    """Key of its category; `necessary` needs no consent."""
    catalog_key: str
    hosts: tuple[str, ...]
    stored: tuple[DeclaredStorage, ...]
    reason: str = ""
    """Why it is strictly necessary."""


@dataclass(frozen=True)
class Declared:
    """The declaration of a website."""

    categories: tuple[str, ...]
    services: tuple[DeclaredService, ...]

    def storing(self, stored: Stored) -> tuple[tuple[DeclaredService, DeclaredStorage], ...]:
        """The services that are said to store something, and what it is declared as; exact names first."""
        found = [
            (service, each)
            for service in self.services
            for each in service.stored
            if each.covers(stored, hosts=service.hosts)
        ]
        return tuple(sorted(found, key=lambda pair: -_given(pair[1].name, stored.name)))

    def loading(self, place: str) -> tuple[tuple[DeclaredService, str], ...]:
        """The services that are said to load from a host and path, each with its host that covers it.

        Those whose host says most of the place come first.
        """
        found = [
            (service, host)
            for service in self.services
            for host in service.hosts
            if catalog.covers(host, place)
        ]
        return tuple(sorted(found, key=lambda pair: -len(pair[1])))

    def loading_from(self, host: str) -> tuple[tuple[DeclaredService, str], ...]:
        """The services that are said to load from a host, from whatever path, each with its host."""
        return tuple(
            (service, each)
            for service in self.services
            for each in service.hosts
            if catalog.covers(each.partition("/")[0], host)
        )

    def of_catalog(self, keys: frozenset[str]) -> tuple[DeclaredService, ...]:
        """The services that were filled from these of the catalog, or have their keys."""
        return tuple(each for each in self.services if (each.catalog_key or each.key) in keys)


def same_domain(declared: str, host: str) -> bool:
    """Whether a host is a declared one or below it, whichever of them has a dot in front."""
    one, other = declared.lstrip(".").lower(), host.lstrip(".").lower()
    return bool(one) and (other == one or other.endswith(f".{one}"))


def of_document(document: Document) -> Declared:
    """What a banner document declares to visitors: without hidden categories, whose services never run."""
    shown = tuple(each["key"] for each in ordered_categories(document) if not each["hidden"])
    return Declared(
        shown, tuple(_of_service(each) for each in document["services"] if each["category"] in shown)
    )


def of_published(encoded: bytes) -> Declared:
    """What a published declaration says, as `/s/SITE/cookies.json` has it.

    :raises ValueError: it is none, and where it is not.
    """
    read = msgspec.json.decode(encoded, type=_Published)
    services = [
        DeclaredService(
            each.key,
            each.name,
            NECESSARY if category.necessary else category.key,
            each.catalog,
            tuple(each.hosts),
            tuple(DeclaredStorage(one.name, one.kind, one.host, one.lifetime) for one in each.cookies),
            next((fact.values[0].text for fact in each.facts if fact.key == "necessary_reason"), ""),
        )
        for category in read.categories
        for each in category.services
    ]
    return Declared(tuple(each.key for each in read.categories), tuple(services))


def _given(pattern: str, name: str) -> int:
    return 1_000 if pattern == name else len(pattern.replace("*", ""))


def _of_service(service: Service) -> DeclaredService:
    return DeclaredService(
        service["key"],
        service["name"] or service["key"],
        service["category"],
        service["catalog"]["key"],
        tuple(service["hosts"]),
        tuple(
            DeclaredStorage(each["name"], each["kind"], each["host"], each["lifetime"])
            for each in service["cookies"]
        ),
        next((text for text in service["necessary_reason"].values() if text.strip()), ""),
    )


# --- `cookies.json` as far as it matters here ---------------------------------------------------------------


class _Text(msgspec.Struct):
    text: str


class _Fact(msgspec.Struct):
    key: str
    values: Annotated[list[_Text], msgspec.Meta(min_length=1)]


class _Cookie(msgspec.Struct):
    name: _Short
    kind: _Short
    host: _Short
    lifetime: _Short


class _Service(msgspec.Struct):
    key: _Short
    name: _Short
    catalog: _Short
    hosts: list[_Short]
    facts: list[_Fact]
    cookies: list[_Cookie]


class _Category(msgspec.Struct):
    key: _Short
    necessary: bool
    services: list[_Service]


class _Published(msgspec.Struct):
    categories: list[_Category]
