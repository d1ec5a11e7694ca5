"""Lint of purposes and services."""

from collections.abc import Iterator

from server.catalog import service as catalog
from server.catalog.values import Tracker
from server.sites.document_types import Document, Service
from server.sites.lint.finding import error, missing, warning
from server.sites.lint.visible_text import visible
from server.sites.lint.wording import steering
from server.sites.values import NECESSARY, Finding, languages, optional_categories
from server.sites.web_storage import lacks_lifetime


def findings(document: Document) -> Iterator[Finding]:
    """Findings of the categories, then of the services."""
    yield from _categories(document)
    yield from _services(document)


def _categories(document: Document) -> Iterator[Finding]:
    used = {service["category"] for service in document["services"]}
    for index, category in enumerate(document["categories"]):
        field = f"categories.{index}"
        if category["hidden"]:
            if category["key"] in used:
                yield warning(
                    f"{field}.hidden", "hides services that will never be allowed to run", "category_hidden"
                )
            continue
        yield from missing(document, f"{field}.names", category["names"])
        yield from missing(document, f"{field}.descriptions", category["descriptions"])
        yield from steering(f"{field}.descriptions", category["descriptions"].items())
        if category["key"] not in used and category["key"] != NECESSARY:
            yield warning(field, "asks visitors about a purpose that no service has", "category_unused")
    yield from _same_names(document)
    if not optional_categories(document):
        yield warning("categories", "leave nothing to ask visitors about", "nothing_to_ask")


def _same_names(document: Document) -> Iterator[Finding]:
    for language in languages(document):
        seen: set[str] = set()
        for index, category in enumerate(document["categories"]):
            name = visible(category["names"].get(language, "")).casefold()
            if name and not category["hidden"]:
                if name in seen:
                    yield error(
                        f"categories.{index}.names.{language}", "is the name of two categories", "name_twice"
                    )
                seen.add(name)


def _services(document: Document) -> Iterator[Finding]:
    for index, service in enumerate(document["services"]):
        field = f"services.{index}"
        necessary = service["category"] == NECESSARY
        yield from _identity(field, service, necessary=necessary)
        yield from missing(document, f"{field}.purpose", service["purpose"], article="13(1)(c)")
        yield from _cookies(document, field, service)
        yield from _necessity(document, field, service) if necessary else _consent(field, service)


def _identity(field: str, service: Service, *, necessary: bool) -> Iterator[Finding]:
    if not visible(service["name"]):
        yield error(f"{field}.name", "is missing", "name_missing")
    if not visible(service["provider"]):
        yield error(f"{field}.provider", "is missing (GDPR article 13(1)(e))", "provider_missing")
    if not service["privacy_link"] and (service["hosts"] or not necessary):
        # Services of the site itself are covered by its own notice.
        severity = warning if necessary else error
        yield severity(f"{field}.privacy_link", "is missing", "privacy_link_missing")
    if not service["country"] and not necessary:
        yield warning(
            f"{field}.country", "is missing: visitors should know where data goes", "country_missing"
        )
    if not service["cookies"] and not service["hosts"] and not service["stores_nothing"]:
        yield error(field, "names neither a cookie nor a host", "storage_missing")


def _cookies(document: Document, field: str, service: Service) -> Iterator[Finding]:
    for index, cookie in enumerate(service["cookies"]):
        path = f"{field}.cookies.{index}"
        if lacks_lifetime(cookie):
            yield error(f"{path}.lifetime", "is missing", "lifetime_missing")
        yield from missing(document, f"{path}.purpose", cookie["purpose"])


def _necessity(document: Document, field: str, service: Service) -> Iterator[Finding]:
    yield from missing(
        document, f"{field}.necessary_reason", service["necessary_reason"], "necessary_reason_missing"
    )
    if service["legal_basis"] == "consent":
        yield warning(
            f"{field}.legal_basis",
            "is consent, but nobody is asked about what is necessary",
            "consent_not_asked",
        )
    yield from _tracking(field, service)


def _tracking(field: str, service: Service) -> Iterator[Finding]:
    """What the catalog knows to measure or to advertise, by each thing that shows it."""
    origin = service["catalog"]["key"]
    if tracker := catalog.tracker_by_key(origin) or catalog.tracker_by_name(visible(service["name"])):
        yield _not_necessary(f"{field}.name", "is", tracker)
    for host in service["hosts"]:
        if tracker := catalog.tracker_by_host(host):
            yield _not_necessary(f"{field}.hosts", f"has {host}, which is", tracker)
    for index, cookie in enumerate(service["cookies"]):
        if tracker := catalog.tracker_by_storage(cookie["name"], cookie["host"]):
            yield _not_necessary(f"{field}.cookies.{index}.name", "is", tracker)


_DOES = {"statistics": "measure", "advertising": "advertise"}


def _not_necessary(field: str, subject: str, tracker: Tracker) -> Finding:
    what = f"{tracker.service.name}: {tracker.purpose.en.removesuffix('.')}"
    return warning(
        field,
        f"{subject} known to {_DOES[tracker.category]} ({what}), and that is not necessary",
        "tracker_as_necessary",
        service=tracker.service.name,
        category=tracker.category,
    )


def _consent(field: str, service: Service) -> Iterator[Finding]:
    if service["legal_basis"] != "consent":
        yield error(
            f"{field}.legal_basis",
            "is not consent, but only consent lets something optional run",
            "consent_needed",
        )
