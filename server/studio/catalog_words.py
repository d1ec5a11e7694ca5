"""What the studio says of the catalog: groups of services, how sure facts are, fields and values. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.catalog.values import Confidence, Use
from server.sites import known_services
from server.sites.catalog_differences import Difference, Kind, Path
from server.sites.document_types import Document, Service
from server.sites.english_names import country_name, language_name
from server.sites.known_services import LeftOpen, OpenField
from server.sites.web_storage import needs_lifetime
from server.studio import durations
from server.studio.service_words import BASES, KINDS, TRANSFER_BASES

USES: Mapping[Use, str] = {
    "analytics": "Analytics",
    "tag_manager": "Tag managers",
    "ab_testing": "A/B tests",
    "error_tracking": "Faults and load times",
    "advertising": "Advertising",
    "social": "Social media",
    "video_audio": "Video and audio",
    "maps": "Maps",
    "chat": "Chat",
    "forms_bookings": "Forms and bookings",
    "reviews": "Reviews",
    "email": "E-mail",
    "recruitment": "Recruitment",
    "payment": "Payment",
    "shop_cms": "Shops and content management",
    "login": "Login",
    "fonts_cdn": "Fonts and content delivery",
    "security": "Security",
    "load_balancing": "Load balancing",
    "consent": "Consent",
}
"""Groups of services, in the order of the list."""

CONFIDENCE: Mapping[Confidence, str] = {
    "high": "Confirmed by the provider’s own pages",
    "medium": "Confirmed in part by the provider’s own pages, in part by others that agree",
    "low": "What it stores is confirmed by others only, not by the provider",
}

KIND_TITLES: Mapping[Kind, tuple[str, str]] = {
    "updated": ("New in the catalog", "You have not changed these yourself. They are ticked already."),
    "own": (
        "Changed in the catalog, and by you",
        "What you wrote stays, unless you tick the catalog’s.",
    ),
    "unknown": (
        "Different in the catalog",
        "It is not known which of these you changed yourself, so nothing is ticked.",
    ),
}
"""Kind of a difference → heading, and what it means."""

_FIELDS: Mapping[str, str] = {
    "name": "Name",
    "provider": "Provider",
    "category": "Category",
    "purpose": "Purpose",
    "data": "Information",
    "necessary_reason": "Why the website does not work without it",
    "legal_basis": "Legal basis",
    "country": "Country where the information goes",
    "transfer_basis": "What the transfer rests on",
    "privacy_link": "Privacy policy",
    "processor_agreement": "Processing agreement",
    "shared_with": "Shared with",
    "hosts": "Host it loads from",
    "cookies": "What it stores",
    "host": "host",
    "kind": "kind",
    "lifetime": "lifetime",
}

_OPEN: Mapping[OpenField, str] = {
    "provider": "Who the provider is",
    "purpose": "All texts in",
    "data": "Which information it processes",
    "necessary_reason": "Why the website does not work without it",
    "country": "In which country the information ends up",
    "transfer_basis": "What the transfer out of the EEA rests on",
    "privacy_link": "Where its privacy policy is",
    "shared_with": "Whether the provider shares the information with others",
    "processor_agreement": "Where your agreement with the provider is",
    "hosts": "Which hosts it loads from",
    "cookies": "Whether it stores anything, and what",
    "lifetime": "How long these stay:",
    "retention": "How long the provider keeps the information",
}

_WORDS: Mapping[str, Mapping[Any, str]] = {
    "legal_basis": BASES,
    "transfer_basis": TRANSFER_BASES,
    "kind": KINDS,
}


@dataclass(frozen=True)
class Fact:
    """A field that is filled, as the studio shows it."""

    label: str
    value: str
    language: str = ""
    """Of the value, if it is a text for visitors."""
    mono: bool = False
    """Whether it is a name of computers."""


def facts(service: Service, document: Document) -> tuple[Fact, ...]:
    """What is filled of a service besides what it stores, in the order of its form."""
    found: list[Fact] = [Fact("Provider", service["provider"])]
    for field in ("purpose", "data", "necessary_reason"):
        texts: Mapping[str, str] = service[field]
        found += (Fact(_label(field, code), text, code) for code, text in texts.items())
    found += (
        Fact(_FIELDS[field], shown((field,), service[field], document))
        for field in ("legal_basis", "country", "transfer_basis", "privacy_link", "processor_agreement")
    )
    found += (Fact("Shared with", name) for name in service["shared_with"])
    if service["hosts"]:
        found.append(Fact("Hosts it loads from", ", ".join(service["hosts"]), mono=True))
    return tuple(each for each in found if each.value)


def left_open(open_: LeftOpen) -> str:
    """What was not confirmed, as an entry of a list."""
    if open_.field == "purpose":
        return f"{_OPEN['purpose']} {', '.join(language_name(code) for code in open_.names)}"
    return " ".join((_OPEN[open_.field], ", ".join(open_.names))).rstrip()


@dataclass(frozen=True)
class OpenLink:
    """A field of the form of a service that is still empty."""

    label: str
    anchor: str
    """The field's name, which is its id too."""


def still_open(
    service: Service, document: Document, language: str, *, stores_nothing: bool
) -> tuple[OpenLink, ...]:
    """What is still to be found out of a service that was filled from the catalog, in the order of its form.

    Without texts in a language, which the page marks as missing by itself.

    :param language: that of the texts on the page
    """
    found = known_services.left_open(service, document, stores_nothing=stores_nothing)
    prefix = f"services.{service['key']}"
    lifeless = [
        index
        for index, cookie in enumerate(service["cookies"])
        if not cookie["lifetime"] and needs_lifetime(cookie)
    ]
    anchors: dict[OpenField, str] = {"cookies": "stored-title"}
    if lifeless:
        anchors["lifetime"] = f"{prefix}.cookies.{lifeless[0]}.lifetime"
    for field in ("data", "necessary_reason"):
        anchors[field] = f"{prefix}.{field}.{language}"
    return tuple(
        OpenLink(left_open(each), anchors.get(each.field, f"{prefix}.{each.field}"))
        for each in found
        if each.field != "purpose"
    )


def label(difference: Difference) -> str:
    """What a value is called, such as `_ga, lifetime`."""
    field, *inner = difference.path
    if field != "cookies":
        return _label(field, inner[0] if inner and field not in ("hosts", "shared_with") else "")
    if len(inner) == 1:
        return f"{_FIELDS['cookies']}: {inner[0]}"
    name, part = inner[0], inner[1]
    return (
        f"{name}, purpose in {language_name(inner[2])}" if part == "purpose" else f"{name}, {_FIELDS[part]}"
    )


def shown(path: Path, value: object, document: Document) -> str:
    """A value in words; empty for nothing."""
    if value in (None, ""):
        return ""
    if isinstance(value, Mapping):
        lifetime = durations.readable(str(value["lifetime"]))
        parts = (
            value["name"],
            _WORDS["kind"][value["kind"]],
            lifetime,
            value["purpose"].get(document["default_language"], ""),
        )
        return " · ".join(part for part in parts if part)
    text, field = str(value), path[-1]
    if field == "category":
        return category_name(text, document)
    if field == "country":
        return country_name(text)
    if field == "lifetime":
        return durations.readable(text)
    return _WORDS.get(field, {}).get(text, text)


def language_of(path: Path) -> str:
    """The language of a value; empty if it is no text for visitors."""
    is_text = path[0] in ("purpose", "data", "necessary_reason") or path[2:3] == ("purpose",)
    return path[-1] if is_text else ""


def category_name(key: str, document: Document) -> str:
    """What a category is called in the main language."""
    names = {each["key"]: each["names"].get(document["default_language"]) for each in document["categories"]}
    return names.get(key) or key


def _label(field: str, code: str) -> str:
    return f"{_FIELDS[field]} in {language_name(code)}" if code else _FIELDS[field]
