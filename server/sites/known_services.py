"""A service of the catalog as a service of a banner document, and what is left to fill in. Pure.

What the catalog does not say stays empty: absent there means not confirmed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.catalog import service as catalog
from server.catalog.values import LONGEST_KEY, Storage, Texts
from server.catalog.values import Service as KnownService
from server.sites.document_types import (
    SIGNAL_TYPES,
    CatalogEntry,
    Cookie,
    Document,
    LegalBasis,
    Service,
    SignalType,
    TransferBasis,
)
from server.sites.transfers import outside_eea
from server.sites.values import CONVENTION, NECESSARY, languages, ordered_categories
from server.sites.web_storage import lacks_lifetime

OpenField = Literal[
    "provider",
    "purpose",
    "data",
    "necessary_reason",
    "country",
    "transfer_basis",
    "privacy_link",
    "shared_with",
    "processor_agreement",
    "hosts",
    "cookies",
    "lifetime",
    "retention",
]
"""A field that was not filled. `purpose` stands for all texts in a language."""


@dataclass(frozen=True)
class LeftOpen:
    """Something that the catalog does not say, and that is left to staff."""

    field: OpenField
    names: tuple[str, ...] = ()
    """Which cookies, or which languages; empty where there is one."""


@dataclass(frozen=True)
class SignalGap:
    """What services heed of Google Consent Mode, and the document does not send."""

    off: bool
    """Whether Consent Mode is off."""
    types: tuple[SignalType, ...]
    """All that the services heed."""
    mapping: Mapping[SignalType, str]
    """Types that no category grants → key of the category that would be the right one."""


def filled(known: KnownService, document: Document, category: str = "") -> Service:
    """A service of the document, with what the catalog knows, in the languages of the document.

    :param category: key of the category that staff chose; empty: the suggested one
    """
    placed = category or suggested_category(known, document)
    as_suggested = placed == known.category
    # Only what was suggested as necessary can be: for another place nobody looked for a reason.
    reason = known.category_reason if as_suggested and placed == NECESSARY else None
    basis: LegalBasis = known.legal_basis if as_suggested else "consent"
    country, rests_on = _transfer(known)
    return {
        "key": _free_key(known.key, document),
        "name": known.name,
        "provider": known.provider.name if known.provider else "",
        "category": placed,
        "purpose": in_languages(known.purpose, document),
        "data": in_languages(catalog.data_in_words(known), document),
        "legal_basis": basis,
        "necessary_reason": in_languages(reason, document),
        "country": country,
        "transfer_basis": rests_on,
        "retention": "",
        "privacy_link": known.privacy_link,
        "shared_with": list(known.recipients),
        "processor_agreement": known.agreement_link,
        "hosts": list(known.hosts),
        "cookies": [_cookie(each, document) for each in known.stored_today],
        "stores_nothing": bool(known.stores_nothing) and not known.storage,
        "catalog": entry_of(known),
    }


def entry_of(known: KnownService) -> CatalogEntry:
    """By which description of the catalog a service is filled."""
    return {"key": known.key, "version": catalog.version(known)}


def suggested_category(known: KnownService, document: Document) -> str:
    """Key of the category that a service belongs in: the suggested one if the document has it.

    Else the first that visitors decide about; `necessary` where there is none.
    """
    keys = [category["key"] for category in ordered_categories(document)]
    return known.category if known.category in keys else next((k for k in keys if k != NECESSARY), NECESSARY)


def with_known(
    document: Document, chosen: Sequence[KnownService], categories: Mapping[str, str]
) -> tuple[Document, tuple[Service, ...]]:
    """The document with these services at the end, and what was added.

    :param categories: key in the catalog → key of the category that staff chose; absent: the suggested one
    """
    added: list[Service] = []
    for known in chosen:
        document = {
            **document,
            "services": [*document["services"], filled(known, document, categories.get(known.key, ""))],
        }
        added.append(document["services"][-1])
    return document, tuple(added)


def present(known: KnownService, services: Iterable[Service]) -> Service | None:
    """The service of a document that this is: filled from it, or entered by hand under one of its names."""
    return next((each for each in services if _likeness(each, known) is not None), None)


def described(service: Service, catalog_services: Iterable[KnownService]) -> KnownService | None:
    """The service of the catalog that a service of a document seems to be; by name before by alias."""
    found = ((_likeness(service, known), known) for known in catalog_services)
    alike = [(rank, known) for rank, known in found if rank is not None]
    return min(alike, key=lambda pair: pair[0])[1] if alike else None


def _likeness(service: Service, known: KnownService) -> int | None:
    """0 for the same key or name, 1 for an alias; None if it is another service, or was filled from one."""
    if origin := service["catalog"]["key"]:
        return 0 if origin == known.key else None
    name = service["name"].casefold()
    if known.key == service["key"] or known.name.casefold() == name:
        return 0
    return 1 if name in (alias.casefold() for alias in known.aliases) else None


def left_open(service: Service, document: Document) -> tuple[LeftOpen, ...]:
    """What was not confirmed, so that staff have to find out."""
    codes = languages(document)
    untranslated = tuple(code for code in codes if not service["purpose"].get(code))
    without_lifetime = tuple(cookie["name"] for cookie in service["cookies"] if lacks_lifetime(cookie))
    basis_missing = outside_eea(service["country"]) and not service["transfer_basis"]
    reasonless = service["category"] == NECESSARY and not service["necessary_reason"]
    stated: tuple[tuple[OpenField, bool], ...] = (
        ("provider", bool(service["provider"])),
        ("data", bool(service["data"])),
        ("necessary_reason", not reasonless),
        ("country", bool(service["country"])),
        ("transfer_basis", not basis_missing),
        ("privacy_link", bool(service["privacy_link"])),
        ("shared_with", bool(service["shared_with"])),
        ("processor_agreement", bool(service["processor_agreement"])),
        ("hosts", bool(service["hosts"])),
        ("cookies", bool(service["cookies"]) or service["stores_nothing"]),
        ("retention", bool(service["retention"])),
    )
    found = [LeftOpen(field) for field, known in stated if not known]
    if untranslated:
        found.insert(0, LeftOpen("purpose", untranslated))
    if without_lifetime:
        found.append(LeftOpen("lifetime", without_lifetime))
    return tuple(found)


def signal_gap(chosen: Sequence[tuple[KnownService, str]], document: Document) -> SignalGap | None:
    """What the services heed of Consent Mode and would not get; None if they get all of it.

    :param chosen: services, each with the key of its category
    """
    all_types = {kind for known, _category in chosen for kind in known.consent_mode}
    types = tuple(kind for kind in SIGNAL_TYPES if kind in all_types)
    optional = [c["key"] for c in ordered_categories(document) if c["key"] != NECESSARY]
    granted = document["behaviour"]["mapping"]
    mapping: dict[SignalType, str] = {}
    for kind in types:
        theirs = [category for known, category in chosen if kind in known.consent_mode]
        fitting = next((key for key in (CONVENTION[kind], *theirs) if key in optional), "")
        if fitting and not granted.get(kind):
            mapping[kind] = fitting
    off = document["behaviour"]["consent_mode"] == "off"
    return SignalGap(off, types, mapping) if types and (off or mapping) else None


def with_signals(document: Document, gap: SignalGap) -> Document:
    """The document with Consent Mode on, at least as `basic`, and the missing types mapped."""
    behaviour = document["behaviour"]
    mode = "basic" if gap.off else behaviour["consent_mode"]
    mapping = {**behaviour["mapping"], **gap.mapping}
    return {**document, "behaviour": {**behaviour, "consent_mode": mode, "mapping": mapping}}


def in_languages(texts: Texts | None, document: Document) -> dict[str, str]:
    """A text of the catalog in those languages of the document that the catalog has."""
    if texts is None:
        return {}
    ours = {"nb": texts.nb, "nn": texts.nn, "en": texts.en}
    spoken = {code: ours.get(code.partition("-")[0], "") for code in languages(document)}
    return {code: text for code, text in spoken.items() if text}


def _transfer(known: KnownService) -> tuple[str, TransferBasis]:
    """The country where data goes, and what that rests on.

    A provider outside the EEA gets the data there. That one inside has it is no sign that it stays there.
    """
    if known.transfer_country or known.provider is None:
        return known.transfer_country, known.transfer_basis or ""
    own = known.provider.country
    return (own if outside_eea(own) else ""), ""


def _cookie(stored: Storage, document: Document) -> Cookie:
    return {
        "name": stored.name,
        "host": stored.host,
        "kind": stored.kind,
        "lifetime": stored.lifetime,
        "purpose": in_languages(stored.purpose, document),
    }


def _free_key(key: str, document: Document) -> str:
    """The key if no other part has it, else with the first number behind it that makes it free."""
    taken = {part["key"] for part in (*document["services"], *document["categories"])}
    number = 2
    free = key
    while free in taken:
        ending = f"_{number}"
        free = key[: LONGEST_KEY - len(ending)].rstrip("_") + ending
        number += 1
    return free
