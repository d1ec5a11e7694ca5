"""What the studio says of the catalog: groups of services, how sure facts are, fields and values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.catalog import service as catalog
from server.catalog.values import Confidence, Use
from server.catalog.values import Service as KnownService
from server.sites import known_services
from server.sites.catalog_differences import Difference, Kind, Path
from server.sites.document_types import Document, Service
from server.sites.known_services import LeftOpen, OpenField
from server.sites.web_storage import lacks_lifetime
from server.studio.draft import durations
from server.studio.draft.service_words import BASES, KINDS, TRANSFER_BASES
from server.studio.language import country_name, gettext, language_name, lazy_gettext, ngettext

USES: Mapping[Use, str] = {
    "analytics": lazy_gettext("Analytics"),
    "tag_manager": lazy_gettext("Tag managers"),
    "ab_testing": lazy_gettext("A/B tests"),
    "error_tracking": lazy_gettext("Errors and load times"),
    "advertising": lazy_gettext("Advertising"),
    "social": lazy_gettext("Social media"),
    "video_audio": lazy_gettext("Video and audio"),
    "maps": lazy_gettext("Maps"),
    "chat": lazy_gettext("Chat"),
    "forms_bookings": lazy_gettext("Forms and bookings"),
    "reviews": lazy_gettext("Reviews"),
    "email": lazy_gettext("E-mail"),
    "recruitment": lazy_gettext("Recruitment"),
    "payment": lazy_gettext("Payment"),
    "shop_cms": lazy_gettext("Shops and content management"),
    "login": lazy_gettext("Login"),
    "fonts_cdn": lazy_gettext("Fonts and content delivery"),
    "security": lazy_gettext("Security"),
    "load_balancing": lazy_gettext("Load balancing"),
    "consent": lazy_gettext("Consent"),
}
"""Groups of services, in the order of the list."""

CONFIDENCE: Mapping[Confidence, str] = {
    "high": lazy_gettext("What is stated is confirmed by the provider’s own pages"),
    "medium": lazy_gettext(
        "What is stated is confirmed in part by the provider’s own pages, in part by others that agree"
    ),
    "low": lazy_gettext("What it stores is confirmed by others only, not by the provider"),
}


def confidence(known: KnownService) -> str:
    """How sure what is stated of a service is, and how many facts are missing."""
    missing = sum(1 for gap in catalog.gaps(known) if gap.what)
    sure = str(CONFIDENCE[known.confidence])
    if not missing:
        return sure
    gaps = ngettext("%(num)s fact is missing", "%(num)s facts are missing", missing)
    return f"{sure} · {gaps}"


KIND_TITLES: Mapping[Kind, tuple[str, str]] = {
    "updated": (
        lazy_gettext("New in the catalog"),
        lazy_gettext("You have not changed these yourself. They are ticked already."),
    ),
    "beside_own": (
        lazy_gettext("New in the catalog, beside a text of yours"),
        lazy_gettext(
            "You rewrote these texts in another language. Nothing is ticked, so that all languages "
            "say the same."
        ),
    ),
    "gone": (
        lazy_gettext("Not in the catalog any more"),
        lazy_gettext("The catalog does not confirm these any more. They stay, unless you tick them."),
    ),
    "own": (
        lazy_gettext("Changed in the catalog, and by you"),
        lazy_gettext("What you wrote stays, unless you tick the catalog’s."),
    ),
    "unknown": (
        lazy_gettext("Different in the catalog"),
        lazy_gettext("It is not known which of these you changed yourself, so nothing is ticked."),
    ),
}
"""Kind of a difference → heading, and what it means."""

_FIELDS: Mapping[str, str] = {
    "name": lazy_gettext("Name"),
    "provider": lazy_gettext("Provider"),
    "category": lazy_gettext("Category"),
    "purpose": lazy_gettext("Purpose"),
    "data": lazy_gettext("Information"),
    "necessary_reason": lazy_gettext("Why the website does not work without it"),
    "legal_basis": lazy_gettext("Legal basis"),
    "country": lazy_gettext("Country where the information goes"),
    "transfer_basis": lazy_gettext("Basis of the transfer"),
    "privacy_link": lazy_gettext("Privacy policy"),
    "processor_agreement": lazy_gettext("The provider’s terms for processing"),
    "shared_with": lazy_gettext("Shared with"),
    "hosts": lazy_gettext("Host that it loads from"),
    "stores_nothing": lazy_gettext("It stores nothing on visitors’ devices"),
    "cookies": lazy_gettext("What it stores"),
}

_OPEN: Mapping[OpenField, str] = {
    "provider": lazy_gettext("Who the provider is"),
    "data": lazy_gettext("Which information it processes"),
    "necessary_reason": lazy_gettext("Why the website does not work without it"),
    "country": lazy_gettext("In which country the information ends up"),
    "transfer_basis": lazy_gettext("What the transfer out of the EEA rests on"),
    "privacy_link": lazy_gettext("Where its privacy policy is"),
    "shared_with": lazy_gettext("Whether the provider shares the information with others"),
    "processor_agreement": lazy_gettext("Where your agreement with the provider is"),
    "hosts": lazy_gettext("Which hosts it loads from"),
    "cookies": lazy_gettext("Whether it stores anything, and what"),
    "retention": lazy_gettext("How long the provider keeps the information"),
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
    found: list[Fact] = [Fact(_FIELDS["provider"], service["provider"])]
    for field in ("purpose", "data", "necessary_reason"):
        texts: Mapping[str, str] = service[field]
        found += (Fact(_label(field, code), text, code) for code, text in texts.items())
    found += (
        Fact(_FIELDS[field], shown((field,), service[field], document))
        for field in ("legal_basis", "country", "transfer_basis", "privacy_link")
    )
    if service["processor_agreement"]:
        # Beside the link, so that nobody takes it for an agreement of the website's.
        terms = gettext("The provider’s terms; accept them in your account with the provider")
        found.append(Fact(_FIELDS["processor_agreement"], f"{terms}: {service['processor_agreement']}"))
    found += (Fact(_FIELDS["shared_with"], name) for name in service["shared_with"])
    if service["hosts"]:
        found.append(Fact(gettext("Hosts it loads from"), ", ".join(service["hosts"]), mono=True))
    return tuple(each for each in found if each.value)


def left_open(open_: LeftOpen) -> str:
    """What was not confirmed, as an entry of a list."""
    if open_.field == "purpose":
        spoken = ", ".join(language_name(code) for code in open_.names)
        return gettext("All texts in %(languages)s", languages=spoken)
    if open_.field == "lifetime":
        return gettext("How long these stay: %(names)s", names=", ".join(open_.names))
    return str(_OPEN[open_.field])


@dataclass(frozen=True)
class OpenLink:
    """A field of the form of a service that is still empty."""

    label: str
    anchor: str
    """The field's name, which is its id too."""


def still_open(service: Service, document: Document, language: str) -> tuple[OpenLink, ...]:
    """What is still to be found out of a service that was filled from the catalog, in the order of its form.

    Without texts in a language, which the page marks as missing by itself.

    :param language: that of the texts on the page
    """
    found = known_services.left_open(service, document)
    prefix = f"services.{service['key']}"
    without_lifetime = [index for index, cookie in enumerate(service["cookies"]) if lacks_lifetime(cookie)]
    anchors: dict[OpenField, str] = {"cookies": "stored-title"}
    if without_lifetime:
        anchors["lifetime"] = f"{prefix}.cookies.{without_lifetime[0]}.lifetime"
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
        is_entry = field in ("hosts", "shared_with")
        return _label(str(field), str(inner[0]) if inner and not is_entry else "")
    who, *part = inner
    name = _stored_name(tuple(who))
    if not part:
        return gettext("What it stores: %(name)s", name=name)
    if part[0] == "purpose":
        spoken = language_name(str(part[1]))
        return gettext("%(name)s, purpose in %(language)s", name=name, language=spoken)
    return gettext("%(name)s, lifetime", name=name)


def _stored_name(who: Path) -> str:
    """What is stored by its name, with what distinguishes it from another of the same name."""
    name, host, kind = map(str, who[:3])
    distinct = [host] if host else []
    if kind != "cookie":
        distinct.append(str(_WORDS["kind"][kind]))
    return f"{name} ({', '.join(distinct)})" if distinct else name


def shown(path: Path, value: object, document: Document) -> str:
    """A value in words; empty for nothing."""
    if value in (None, ""):
        return ""
    if isinstance(value, Mapping):
        lifetime = durations.readable(str(value["lifetime"]))
        parts = (value["name"], str(_WORDS["kind"][value["kind"]]), value["host"], lifetime)
        return " · ".join(part for part in parts if part)
    if value is True:
        return gettext("Yes")
    text, field = str(value), str(path[-1])
    if field == "category":
        return category_name(text, document)
    if field in ("country", "regions"):
        return country_name(text)
    if field in ("lifetime", "retention"):
        return durations.readable(text)
    return str(_WORDS.get(field, {}).get(text, text))


def texts_of(value: object) -> Mapping[str, str]:
    """Language → what something that is stored is for; empty for other values."""
    if not isinstance(value, Mapping):
        return {}
    return {code: text for code, text in value["purpose"].items() if text}


def language_of(path: Path) -> str:
    """The language of a value; empty if it is no text for visitors."""
    is_text = path[0] in ("purpose", "data", "necessary_reason") or path[2:3] == ("purpose",)
    return str(path[-1]) if is_text else ""


def category_name(key: str, document: Document) -> str:
    """What a category is called in the main language."""
    names = {each["key"]: each["names"].get(document["default_language"]) for each in document["categories"]}
    return names.get(key) or key


def _label(field: str, code: str) -> str:
    if not code:
        return str(_FIELDS[field])
    spoken = language_name(code)
    return gettext("%(field)s in %(language)s", field=_FIELDS[field], language=spoken)
