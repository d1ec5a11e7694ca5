"""The configuration of a site's script: the JSON value that follows the bundle."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from server.embed.appearance import styled
from server.embed.configuration_types import Configuration, ConfiguredCategory, ConfiguredService
from server.embed.inline_modules import blocking, signals
from server.embed.lazy_chunks import ANNOUNCEMENT, EXTRA, banner_chunk, banner_name, settings_name
from server.sites.document_types import Document, Service
from server.sites.values import (
    CONSENT_SERVICE,
    LAST_SLOT,
    NECESSARY,
    Numbering,
    languages,
    optional_categories,
    tells_others,
)


def build_configuration(
    document: Document,
    *,
    site: str,
    version: int,
    public_url: str,
    numbering: Numbering,
    language: str,
    addresses: Mapping[str, str],
    rules: Mapping[str, str],
    added: Mapping[str, int] = MappingProxyType({}),
    domains: Collection[str] = (),
    announced: int | None = None,
) -> Configuration:
    """The configuration with which the widget shows the first layer and applies decisions.

    `addresses` are the URLs of the chunks by name; a language whose first layer has none is included whole.
    `rules` are the optional style rules by name; only those of the site are included. `added` are the
    versions in which categories were added to an earlier banner; `domains` are those of the site;
    `announced` is the version with the newest announcement.
    """
    behaviour = document["behaviour"]
    others = [each for each in languages(document) if each != language]
    configuration: Configuration = {
        "site": site,
        "version": version,
        "origin": public_url,
        "categories": [_category(key, numbering, added.get(key, 1)) for key in optional_categories(document)],
        "services": [_service(service, numbering) for service in _numbered(document, numbering)],
        "necessary": _unasked(document),
        "validity": behaviour["validity_days"],
        "refusal": behaviour["refusal_days"],
        "words": banner_chunk(document, language),
        "languages": {
            each: addresses.get(banner_name(each)) or banner_chunk(document, each) for each in others
        },
        "settings": {each: addresses[settings_name(each)] for each in languages(document)},
        "extra": addresses[EXTRA],
        "appearance": styled(document["appearance"], rules),
        "gpc": behaviour["signals"]["gpc"],
        "dnt": behaviour["signals"]["dnt"],
    }
    _switch_on(configuration, document)
    if announced is not None:
        configuration["announcement"] = (announced, addresses[ANNOUNCEMENT])
    if keeps_cookie(document, domains, public_url):
        configuration["http"] = True
    return configuration


def _switch_on(configuration: Configuration, document: Document) -> None:
    """Add what only some sites have; what is off is absent, to save bytes."""
    behaviour = document["behaviour"]
    if tells_others(document):
        configuration["signals"] = signals(behaviour)
    if owners := blocking(document):
        configuration["blocking"] = owners
    if document["appearance"]["settings"] == "sheet":
        configuration["sheet"] = True
    if behaviour["reload_on_withdrawal"]:
        configuration["reload"] = True


def keeps_cookie(document: Document, domains: Collection[str], public_url: str) -> bool:
    """Whether pages of the site send their cookie with a decision, so that the answer can renew it.

    That is possible where this server is on the site's own host, or below it if the cookie is for all hosts
    of the site.
    """
    host = urlsplit(public_url).hostname or ""
    hosts = {domain.removeprefix("*.") for domain in domains}
    wide = document["behaviour"]["cookie_domain"] == "site"
    return host in hosts or (wide and any(host.endswith("." + each) for each in hosts))


def sequential(document: Document, *, grown: Collection[str] = (), version: int = 1) -> Numbering:
    """A numbering for a banner that was never published.

    `grown` are keys of categories and services that came, or were widened, in a later `version`.
    """
    keys = [category["key"] for category in document["categories"] if category["key"] != NECESSARY]
    services = [service["key"] for service in document["services"]]
    return Numbering(
        slots={key: slot for slot, key in enumerate(keys)},
        since={key: version if key in grown else 1 for key in keys},
        service_slots={key: slot for slot, key in enumerate(services)},
        service_since={key: version if key in grown else 1 for key in services},
    )


def _numbered(document: Document, numbering: Numbering) -> list[Service]:
    """The optional services that have a bit in the cookie; what names one without it stays blocked."""
    keys = optional_categories(document)
    return [
        service
        for service in document["services"]
        if service["category"] in keys and numbering.service_slots[service["key"]] <= LAST_SLOT
    ]


def _unasked(document: Document) -> list[str]:
    """Keys of what may run though nobody is asked about it; no element of a page is of our own service."""
    found = (each["key"] for each in document["services"] if each["category"] == NECESSARY)
    return [NECESSARY, *(key for key in found if key != CONSENT_SERVICE)]


def _category(key: str, numbering: Numbering, added: int) -> ConfiguredCategory:
    made: ConfiguredCategory = {
        "key": key,
        "slot": numbering.slots[key],
        "since": numbering.since.get(key, 1),
    }
    if added > 1:
        # Distinguishes a category that a visitor was never asked about from a refused one.
        made["added"] = added
    return made


def _service(service: Service, numbering: Numbering) -> ConfiguredService:
    key = service["key"]
    made: ConfiguredService = {
        "key": key,
        "slot": numbering.service_slots[key],
        "category": service["category"],
    }
    since = numbering.service_since.get(key, 1)
    if since > 1:
        # Omitted for the default: most services are in the first version.
        made["since"] = since
    return made
