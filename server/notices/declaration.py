"""The cookie declaration: what a published banner says about services and their storage, in words. Pure.

It states what ekomloven § 3-15 wants visitors to know before they consent (which information, why, who), what
GDPR article 13 adds (legal basis, recipients, countries, retention), and what the Court of Justice wants for
each cookie (lifetime and access by others: C-673/17 Planet49).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from server.notices.formats import country, duration
from server.notices.languages import WORDS, localized
from server.notices.parties import is_own
from server.notices.values import FactKey, LabelKey, Text
from server.notices.words import phrase, words
from server.sites.document_types import (
    Category,
    Cookie,
    Document,
    Service,
    StorageKind,
    TextKey,
    TransferBasis,
)
from server.sites.transfers import basis_of, outside_eea
from server.sites.values import CONSENT_SERVICE, NECESSARY, ordered_categories
from server.sites.web_storage import stays_until_cleared, until_cleared

AREA = "declaration"
"""Folder of the words."""

_NORWAY = frozenset(("", "NO"))
"""Countries of controllers for which Norwegian law is named; all others have the directive behind it."""

_BANNERS_OWN: Mapping[str, TextKey] = {
    "provider": "provider",
    "purpose": "purpose",
    "shared_with": "shared_with",
    "country": "country",
    "privacy_link": "privacy_link",
    "cookies": "cookies_heading",
    "name": "cookie_name",
    "host": "cookie_host",
    "kind": "cookie_kind",
    "lifetime": "lifetime",
    "always_on": "always_on",
}
"""Labels for which the banner has texts of its own, in more languages than the product's words."""

_OURS_FIRST: frozenset[LabelKey] = frozenset(("country",))
"""Labels for which the product's words come first: older banners say `Country` beside the provider, which
reads as where the provider is, and not as where the information goes."""


_KINDS: Mapping[StorageKind, TextKey] = {
    "cookie": "kind_cookie",
    "local_storage": "kind_local_storage",
    "session_storage": "kind_session_storage",
    "indexed_db": "kind_indexed_db",
    "pixel": "kind_pixel",
}


@dataclass(frozen=True)
class Fact:
    """A statement about a service or about something that it stores."""

    key: FactKey
    values: tuple[Text, ...]
    """At least one."""


@dataclass(frozen=True)
class DeclaredCookie:
    """Something that a service stores."""

    name: str
    kind: StorageKind
    host: str
    """Empty: the website's own."""
    lifetime: str
    """An ISO 8601 duration, or `session`; empty: not stated, or until it is cleared."""
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class DeclaredService:
    """A service, and what is stated of it."""

    key: str
    name: str
    catalog: str
    """Key in the catalog of what it was filled from; empty: none."""
    hosts: tuple[str, ...]
    """Each perhaps with the beginning of a path, and `*.` in front for sub-domains."""
    facts: tuple[Fact, ...]
    cookies: tuple[DeclaredCookie, ...]
    stores_nothing: bool
    """Whether it is known to store nothing; without cookies, it is else not stated whether it does."""


@dataclass(frozen=True)
class DeclaredCategory:
    """A purpose, and the services that it allows."""

    key: str
    name: Text
    description: Text
    necessary: bool
    services: tuple[DeclaredService, ...]


@dataclass(frozen=True)
class Declaration:
    """What a banner declares, in one language; categories that are hidden are left out, as they never run."""

    language: str
    title: Text
    lead: Text
    labels: Mapping[LabelKey, Text]
    categories: tuple[DeclaredCategory, ...]


@dataclass(frozen=True)
class Wording:
    """A document, the language of a page about it, and the words for it."""

    document: Document
    language: str
    domains: Collection[str]
    """Host names of the site; a leading `*.` means its sub-domains."""

    @property
    def words(self) -> Mapping[str, Any]:
        """The words of the product."""
        return words(AREA, self.language)

    def ours(self, *path: str, **filled: str) -> Text:
        """Words of the product by their path, filled in."""
        return phrase(AREA, self.language, *path, **filled)

    def of(self, texts: Mapping[str, str]) -> Text:
        """A text of the document; empty if there is none."""
        return Text(*localized(texts, self.language, self.document["default_language"]))

    def of_banner(self, key: TextKey) -> Text | None:
        """A text of the banner in the page's own language; None if it has none."""
        text = self.document["texts"].get(self.language, {}).get(key, "")
        return Text(text, self.language) if text.strip() else None

    def plain(self, text: str) -> Text:
        """A name, which is in no language of its own."""
        return Text(text, self.language)

    def duration(self, value: str) -> Text:
        """A duration or `session` in words."""
        if value == "session":
            return self.of_banner("session") or self.ours("session")
        return duration(value, self.language)

    def lifetime(self, cookie: Cookie) -> Text:
        """How long something stays on the device; what a tab stores goes with the tab."""
        value = cookie["lifetime"]
        if value == "session" and cookie["kind"] == "session_storage":
            return self.ours("session_tab")
        if stays_until_cleared(cookie):
            return Text(*until_cleared(self.language))
        return self.duration(value) if value else self.ours("not_stated")

    def basis(self, basis: str) -> Text:
        """A legal basis of GDPR article 6."""
        return self.ours("basis", basis)

    def storage(self, *, necessary: bool) -> Text:
        """What allows storing on the device and reading from it (apart from the basis of processing)."""
        law = "NO" if self.document["controller"]["country"] in _NORWAY else "other"
        return self.ours("storage", "necessary" if necessary else "consent", law)

    def transfer(self, code: str, stated: TransferBasis) -> Text:
        """Whether data leaves the European Economic Area, and on which basis (GDPR chapter V)."""
        if not outside_eea(code):
            return self.ours("transfer", "none")
        return self.ours("transfer", basis_of(code, stated))


def declared(document: Document, domains: Collection[str], language: str) -> Declaration:
    """The declaration of a document of a site with these domains, in a language of the banner."""
    wording = Wording(document, language, domains)
    name = document["controller"]["name"]
    shown = [category for category in ordered_categories(document) if not category["hidden"]]
    return Declaration(
        language=language,
        title=wording.ours("title"),
        lead=wording.ours("lead", name=name),
        labels={key: label(wording, key) for key in _label_keys()},
        categories=tuple(_category(wording, category) for category in shown),
    )


def label(wording: Wording, key: LabelKey) -> Text:
    """The words for a kind of statement: the banner's own, else the product's."""
    own = None if key in _OURS_FIRST and wording.language in WORDS else _BANNERS_OWN.get(key)
    found = wording.of_banner(own) if own else None
    if found is not None:
        return found
    at = ("labels", key) if key in wording.words["labels"] else (key,)
    return wording.ours(*at)


def _label_keys() -> tuple[LabelKey, ...]:
    facts, *others = get_args(LabelKey)
    return (facts, *others)


def _category(wording: Wording, category: Category) -> DeclaredCategory:
    key = category["key"]
    services = (each for each in wording.document["services"] if each["category"] == key)
    return DeclaredCategory(
        key=key,
        name=wording.of(category["names"]),
        description=wording.of(category["descriptions"]),
        necessary=key == NECESSARY,
        services=tuple(_service(wording, service) for service in services),
    )


def _service(wording: Wording, service: Service) -> DeclaredService:
    return DeclaredService(
        key=service["key"],
        name=service["name"] or service["key"],
        catalog=service["catalog"]["key"],
        hosts=tuple(service["hosts"]),
        facts=tuple(_facts(wording, service)),
        cookies=tuple(_cookie(wording, service, cookie) for cookie in service["cookies"]),
        stores_nothing=service["stores_nothing"],
    )


def _facts(wording: Wording, service: Service) -> Iterator[Fact]:
    """What is stated of a service; what nobody needs to state is left out where it is empty."""
    necessary = service["category"] == NECESSARY
    yield Fact("purpose", (_stated(wording, service["purpose"]),))
    if (data := wording.of(service["data"])).text:
        yield Fact("data", (data,))
    # What our own service stores is the controller's, also where another provider was written there before.
    own = wording.document["controller"]["name"].strip() if service["key"] == CONSENT_SERVICE else ""
    provider = own or service["provider"]
    yield Fact("provider", (wording.plain(provider) if provider else wording.ours("not_stated"),))
    yield Fact(
        "shared_with", tuple(map(wording.plain, service["shared_with"])) or (_no_others(wording, service),)
    )
    if necessary and (reason := wording.of(service["necessary_reason"])).text:
        yield Fact("necessary_reason", (reason,))
    bases = (wording.storage(necessary=necessary), wording.basis(service["legal_basis"]))
    yield Fact("legal_basis", bases if service["cookies"] else bases[1:])
    if code := service["country"]:
        yield Fact("country", (country(code, wording.language),))
        yield Fact("transfer", (wording.transfer(code, service["transfer_basis"]),))
    # That of decisions is a rule of the site, which the notice states.
    if service["retention"] and service["key"] != CONSENT_SERVICE:
        yield Fact("retention", (wording.duration(service["retention"]),))
    if link := service["privacy_link"]:
        yield Fact("privacy_link", (Text(link, wording.language, link),))


def _no_others(wording: Wording, service: Service) -> Text:
    """An empty list means that nobody is stated, except of our own service, of which we know."""
    if service["key"] == CONSENT_SERVICE:
        return wording.ours("shared_with_nobody")
    return wording.ours("shared_with_not_stated")


def _cookie(wording: Wording, service: Service, cookie: Cookie) -> DeclaredCookie:
    facts = tuple(_facts_of_cookie(wording, service, cookie))
    return DeclaredCookie(cookie["name"], cookie["kind"], cookie["host"], cookie["lifetime"], facts)


def _facts_of_cookie(wording: Wording, service: Service, cookie: Cookie) -> Iterator[Fact]:
    yield Fact("purpose", (_stated(wording, cookie["purpose"]),))
    if cookie["lifetime"] or cookie["kind"] != "pixel":  # a request, which stays nowhere
        yield Fact("lifetime", (wording.lifetime(cookie),))
    party = _party(wording, service, cookie)
    yield Fact("party", (wording.ours("party", party) if party else wording.ours("not_stated"),))
    kind = cookie["kind"]
    yield Fact("kind", (wording.of_banner(_KINDS[kind]) or wording.ours("kind", kind),))
    if cookie["host"]:
        yield Fact("host", (wording.plain(cookie["host"]),))


def _party(wording: Wording, service: Service, cookie: Cookie) -> Literal["first", "third"] | None:
    """Whose a cookie is: the website's own without a host; None: a request of others that names no host."""
    host = cookie["host"]
    first = is_first_party(host, wording.domains)
    if is_own(wording.document, service):
        return "first" if first else "third"
    if not host and cookie["kind"] == "pixel":
        return None
    # Stored for the host that the provider serves from, even where that has a name of the site's.
    served_from = {address.partition("/")[0] for address in service["hosts"]}
    return "first" if first and host not in served_from else "third"


def _stated(wording: Wording, texts: Mapping[str, str]) -> Text:
    found = wording.of(texts)
    return found if found.text else wording.ours("not_stated")


def is_first_party(host: str, domains: Collection[str]) -> bool:
    """Whether what is stored for a host belongs to the site itself: one of its domains, above or below it.

    :param host: that of a cookie, perhaps with `.` or `*.` in front; empty: the page's own
    :param domains: host names of the site; a leading `*.` means its sub-domains
    """
    own = host.lstrip("*").lstrip(".")
    if not own:
        return True
    for domain in domains:
        of_site = domain.removeprefix("*.")
        if own == of_site or own.endswith(f".{of_site}") or ("." in own and of_site.endswith(f".{own}")):
            return True
    return False
