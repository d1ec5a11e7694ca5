"""The initial banner document of a site."""

import copy
from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar, cast

from server.sites.authorities import authority_of
from server.sites.constraints import defaults_of
from server.sites.document_types import (
    STANDARD_SECTIONS,
    Appearance,
    Behaviour,
    Category,
    Controller,
    Cookie,
    Document,
    Section,
    Service,
)
from server.sites.standard_sections import section, shipped_section, untouched
from server.sites.texts import FIRST, SHIPPED, ConsentService, shipped
from server.sites.themes import themes
from server.sites.values import CONSENT_SERVICE, NECESSARY, conventional_mapping

_Purpose = Literal["cookie", "queue", "seen"]

_STORED: Mapping[str, _Purpose] = {
    "samtykke": "cookie",
    "samtykke:queue:*": "queue",
    "samtykke:seen:*": "seen",
}
"""Name of our storage → key of its purpose in the shipped texts."""

_Key = TypeVar("_Key", bound=str)


def default_document(language: str = "nb", *, name: str = "") -> Document:
    """A document in `language` and those that every site begins with, of a site called `name`.

    Only the controller and the services are empty.

    :raises ValueError: the product has no texts in `language`.
    """
    spoken = tuple(dict.fromkeys((language, *FIRST)))
    document: Document = {
        "default_language": language,
        "categories": [
            _category(key, order, spoken) for order, key in enumerate(shipped(language)["categories"])
        ],
        "services": [_consent_service(language, name, spoken)],
        "texts": {code: copy.deepcopy(shipped(code)["texts"]) for code in spoken},
        "appearance": _appearance(),
        "behaviour": cast("Behaviour", defaults_of(Behaviour)),
        "controller": _controller(language),
        "notice": {
            "sections": [section(key, spoken) for key in STANDARD_SECTIONS],
            "activities": [],
            "processors": [],
        },
    }
    document["behaviour"]["mapping"] = conventional_mapping(document)
    return document


def _appearance() -> Appearance:
    return cast("Appearance", {**defaults_of(Appearance), **copy.deepcopy(themes()["bar"])})


def _controller(language: str) -> Controller:
    empty = cast("Controller", defaults_of(Controller))
    authority = copy.deepcopy(shipped(language)["supervisory_authority"])
    # Time zone and authority are Norwegian already: then so is the country.
    norwegian = empty["time_zone"] == "Europe/Oslo" and authority == authority_of("NO")
    return {**empty, "country": "NO" if norwegian else "", "supervisory_authority": authority}


def with_language(document: Document, code: str) -> Document:
    """A document with one more language, in the product's words wherever it has none in that language.

    :raises ValueError: the product has no texts in `code`.
    """
    words = shipped(code)
    edited = copy.deepcopy(document)
    texts = edited["texts"].setdefault(code, {})
    for key, text in words["texts"].items():
        _fill(texts, key, text)
    for category in edited["categories"]:
        if known := words["categories"].get(category["key"]):
            _fill(category["names"], code, known["name"])
            _fill(category["descriptions"], code, known["description"])
    for service in edited["services"]:
        if service["key"] == CONSENT_SERVICE:
            _describe(service, code, words["consent_service"])
    for each in edited["notice"]["sections"]:
        _translate(each, code)
    return edited


def described(ours: Service, code: str) -> Service:
    """The product's own service, in its words wherever it has none in a language."""
    edited = copy.deepcopy(ours)
    _describe(edited, code, shipped(code)["consent_service"])
    return edited


def _fill(words: dict[_Key, str], key: _Key, text: str) -> None:
    if not words.get(key, "").strip():
        words[key] = text


def _describe(ours: Service, code: str, words: ConsentService) -> None:
    _fill(ours["purpose"], code, words["purpose"])
    if data := words.get("data"):
        _fill(ours["data"], code, data)
    _fill(ours["necessary_reason"], code, words["reason"])
    for cookie in ours["cookies"]:
        if word := _STORED.get(cookie["name"]):
            _fill(cookie["purpose"], code, words[word])


def _translate(edited: Section, code: str) -> None:
    """The product's words for a section, unless the site says something of its own there."""
    known = shipped_section(edited["key"], code)
    if known is not None and untouched(edited):
        _fill(edited["heading"], code, known["heading"])
        _fill(edited["body"], code, known["body"])


def _category(key: str, order: int, spoken: Sequence[str]) -> Category:
    words = {code: shipped(code)["categories"][key] for code in spoken}
    return {
        "key": key,
        "names": {code: word["name"] for code, word in words.items()},
        "descriptions": {code: word["description"] for code, word in words.items()},
        "order": order,
        "hidden": False,
    }


def _consent_service(language: str, provider: str, spoken: Sequence[str]) -> Service:
    """The declaration of our own storage in the visitor's browser."""
    return {
        "key": CONSENT_SERVICE,
        "name": "Samtykke",
        "provider": provider or shipped(language)["consent_service"]["name"],
        "category": NECESSARY,
        "purpose": _words("purpose", spoken),
        "data": _words("data", spoken),
        "legal_basis": "legal_obligation",
        "necessary_reason": _words("reason", spoken),
        "country": "",
        "transfer_basis": "",
        "retention": "",
        "privacy_link": "",
        "shared_with": [],
        "processor_agreement": "",
        "hosts": [],
        "cookies": [_own_entry(name, spoken) for name in _STORED],
        "stores_nothing": False,
        "catalog": {"key": "", "version": ""},
    }


def _own_entry(name: str, spoken: Sequence[str]) -> Cookie:
    return {
        "name": name,
        "host": "",
        "kind": "local_storage" if ":" in name else "cookie",
        "lifetime": "P365D",
        "purpose": _words(_STORED[name], spoken),
    }


def with_own_storage(document: Document) -> Document:
    """A stored document whose declaration of our own storage has what was added to that since.

    The same object if nothing is missing, or the site does not have the service that declares it.
    """
    for place, service in enumerate(document["services"]):
        if service["key"] == CONSENT_SERVICE:
            declared = {cookie["name"] for cookie in service["cookies"]}
            missing = [_own_entry(name, tuple(document["texts"])) for name in _STORED if name not in declared]
            if missing and "samtykke:queue:*" in declared:
                services = list(document["services"])
                services[place] = {**service, "cookies": [*service["cookies"], *missing]}
                return {**document, "services": services}
    return document


def _words(
    key: Literal["purpose", "data", "reason", "cookie", "queue", "seen"], spoken: Sequence[str]
) -> dict[str, str]:
    ours = {code: shipped(code if code in SHIPPED else "en")["consent_service"] for code in spoken}
    found = {code: words.get(key, "") for code, words in ours.items()}
    return {code: text for code, text in found.items() if text}
