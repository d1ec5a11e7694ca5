"""What must be so between the fields of a service. Pure.

Words are not checked here: the Norwegian of texts and how easy they are to read is for the tests.
"""

import re
from collections.abc import Iterator

from server.catalog import marking
from server.catalog.matching import fixed_characters
from server.catalog.values import FactGroup, Service, Storage, Texts

LEAST_FIXED = 4
"""Characters that a name with a star must give at least: `S*` would claim half of all cookies."""

LEAST_NAME = 2
"""Characters of a name without a star."""

_STAND_IN = re.compile(r"X{3,}|x{4,}|#{2,}")
"""What documentation writes for a part of a name that is another on each website: `_ga_XXXX`."""


def faults(service: Service) -> Iterator[tuple[str, str]]:
    """Field → what is wrong with it, as the end of a sentence."""
    yield from _basis(service)
    yield from _sources(service)
    yield from _storage(service)
    yield from (("marking", fault) for fault in marking.faults(service))
    if (service.transfer_basis is not None) and not service.transfer_country:
        yield "transfer_country", "is missing, while transfer_basis says what a transfer rests on"
    for field, text in texts(service):
        yield from _languages(field, text)


def _basis(service: Service) -> Iterator[tuple[str, str]]:
    if service.category != "necessary" and service.legal_basis != "consent":
        yield "legal_basis", "is not consent, while the category is optional"
    if service.category == "necessary" and service.legal_basis == "consent":
        yield "legal_basis", "is consent, which nobody is asked for in the category necessary"


def _sources(service: Service) -> Iterator[tuple[str, str]]:
    given: dict[FactGroup, bool] = {
        "purpose": True,
        "provider": service.provider is not None,
        "data": bool(service.data),
        "recipients": bool(service.recipients),
        "transfer": bool(service.transfer_country),
        "hosts": bool(service.hosts),
        "storage": bool(service.storage) or service.stores_nothing is not None,
        "consent_mode": bool(service.consent_mode),
        "alternatives": False,  # what else there is needs no source: it is advice
    }
    found = {fact for source in service.sources for fact in source.facts}
    for fact, stated in given.items():
        if stated and fact not in found:
            yield "sources", f"has none for {fact}"


def _storage(service: Service) -> Iterator[tuple[str, str]]:
    if service.storage and service.stores_nothing:
        yield "stores_nothing", "is true, while storage names something"
    kept = [each for each in service.storage if each.kind != "pixel"]
    if kept and marking.only_frames(service) and not any(each.host for each in kept):
        yield "storage", "names no host, while the frames and images of marking store on their own"
    if service.stores_nothing is False:
        yield "stores_nothing", "is false; leave it out"
    seen: set[tuple[str, str, str]] = set()
    for index, each in enumerate(service.storage):
        yield from ((f"storage.{index}.name", fault) for fault in _name(each))
        place = (each.kind, each.host, each.name)
        if place in seen:
            yield f"storage.{index}.name", "appears twice"
        seen.add(place)
        if each.former is False:
            yield f"storage.{index}.former", "is false; leave it out"
        if each.category == service.category:
            yield f"storage.{index}.category", "is that of the service; leave it out"
        if each.kind == "session_storage" and each.lifetime not in ("", "session"):
            yield f"storage.{index}.lifetime", "is not session, while session storage ends with it"


def _name(each: Storage) -> Iterator[str]:
    least = LEAST_FIXED if "*" in each.name else LEAST_NAME
    if fixed_characters(each.name) < least:
        yield f"gives fewer than {least} characters, and would match what others store"
    if _STAND_IN.search(each.name):
        yield "has letters that stand for others, where a star belongs"


def _languages(field: str, text: Texts) -> Iterator[tuple[str, str]]:
    for language, own in (("nb", text.nb), ("nn", text.nn)):
        if own == text.en:
            yield f"{field}.{language}", "is the English text"


def texts(service: Service) -> Iterator[tuple[str, Texts]]:
    """Every text of a service with its field."""
    yield "category_reason", service.category_reason
    if service.advice:
        yield "advice", service.advice
    yield "purpose", service.purpose
    yield "what_it_does", service.what_it_does
    for index, stored in enumerate(service.storage):
        yield f"storage.{index}.purpose", stored.purpose
    for index, other in enumerate(service.alternatives):
        yield f"alternatives.{index}.note", other.note
