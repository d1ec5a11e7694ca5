"""Lint of the behaviour: when visitors are asked, and consent signals."""

from collections.abc import Iterator, Mapping, Set
from typing import Literal

from server.catalog import service as catalog
from server.catalog.values import Service
from server.sites.document_types import SIGNAL_TYPES, Document, Google, SignalType
from server.sites.lint.finding import error, warning
from server.sites.values import EEA, NECESSARY, Finding, optional_categories, tells_others

SIX_MONTHS = 182
"""Days for which a choice should hold (CNIL 2020-092, 38 and 39)."""

_Tool = Literal["uet", "clarity", "matomo"]

_MEASURED: tuple[SignalType, ...] = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")
"""The types that Google's own tags use; the others are for storage of the site itself."""

_TYPES_OF_TOOL: Mapping[_Tool, tuple[SignalType, ...]] = {
    "uet": ("ad_storage",),
    "clarity": ("ad_storage", "analytics_storage"),
    "matomo": ("analytics_storage",),
}
"""Tool → signal types that it gets."""

_TOOLS: Mapping[_Tool, tuple[str, Set[str]]] = {
    "uet": ("Microsoft Advertising", {"microsoft_advertising"}),
    "clarity": ("Microsoft Clarity", {"microsoft_clarity"}),
    "matomo": ("Matomo", {"matomo", "matomo_tag_manager"}),
}
"""Tool → name of its service, and the keys that it has in the catalog."""

SHORT_WAIT, LONG_WAIT = 500, 2000
"""Milliseconds. Google asks consent platforms that load asynchronously for at least 500."""


def findings(document: Document) -> Iterator[Finding]:
    """Findings of validity and browser signals, then of consent signals."""
    yield from _questions(document)
    yield from _signals(document)


def _questions(document: Document) -> Iterator[Finding]:
    behaviour = document["behaviour"]
    days = behaviour["validity_days"]
    if days < SIX_MONTHS:
        yield warning(
            "behaviour.validity_days",
            f"asks those who accepted again after {days} days",
            "validity_short",
            days=days,
        )
    if not behaviour["signals"]["gpc"]:
        yield warning(
            "behaviour.signals.gpc",
            "is off: objections from browsers are ignored",
            "gpc_unheard",
        )
    if behaviour["automatic_blocking"]:
        yield from _blocking(document)


def _blocking(document: Document) -> Iterator[Finding]:
    services = document["services"]
    needed = {host for each in services if each["category"] == NECESSARY for host in each["hosts"]}
    optional = [(i, each["hosts"]) for i, each in enumerate(services) if each["category"] != NECESSARY]
    if not any(hosts for _, hosts in optional):
        yield warning(
            "behaviour.automatic_blocking",
            "is on, but no service says from which host it comes",
            "blocks_nothing",
        )
    for index, hosts in optional:
        for host in hosts:
            if host in needed:
                yield warning(
                    f"services.{index}.hosts",
                    f"has {host}, which a necessary service loads from too, so it is not held back; "
                    "a path separates them, as in www.google.com/maps",
                    "host_needed",
                    host=host,
                )


def _signals(document: Document) -> Iterator[Finding]:
    behaviour = document["behaviour"]
    if not tells_others(document):
        return
    known = _known(document)
    yield from _mapping(document)
    if behaviour["consent_mode"] != "off":
        yield from _google(document, known)
    if behaviour["consent_mode"] == "advanced":
        yield from _advanced(behaviour["google"])
    for tool, (name, keys) in _TOOLS.items():
        if behaviour["tools"][tool] and not keys & known.keys():
            yield warning(
                f"behaviour.tools.{tool}",
                f"is on, but no service is {name}",
                "tool_without_service",
                tool=name,
            )


def _mapping(document: Document) -> Iterator[Finding]:
    behaviour = document["behaviour"]
    in_use = [kinds for tool, kinds in _TYPES_OF_TOOL.items() if behaviour["tools"][tool]]
    if behaviour["consent_mode"] != "off":
        in_use.append(_MEASURED)
    for kind in SIGNAL_TYPES:
        category = behaviour["mapping"][kind]
        if category and category not in optional_categories(document):
            yield warning(
                f"behaviour.mapping.{kind}", "names a hidden category, which nobody can allow", "type_hidden"
            )
        elif not category and any(kind in kinds for kinds in in_use):
            yield warning(
                f"behaviour.mapping.{kind}", "has no category: it is never granted", "type_unmapped"
            )


def _google(document: Document, known: Mapping[str, Service]) -> Iterator[Finding]:
    google = document["behaviour"]["google"]
    # What a tag manager loads is seldom declared by the same service.
    if not any(each.consent_mode or each.use == "tag_manager" for each in known.values()):
        yield warning(
            "behaviour.consent_mode",
            "is on, but no service is known to heed it, such as Google Analytics",
            "consent_mode_without_google",
        )
    if google["url_passthrough"]:
        yield warning(
            "behaviour.google.url_passthrough",
            "carries click identifiers from page to page in addresses, without a cookie",
            "url_passthrough_on",
        )
    if google["wait_for_update"] > LONG_WAIT:
        yield warning(
            "behaviour.google.wait_for_update",
            f"holds Google's tags back for {google['wait_for_update']} ms wherever nobody has chosen yet",
            "wait_long",
            wait=google["wait_for_update"],
        )


def _advanced(google: Google) -> Iterator[Finding]:
    yield warning(
        "behaviour.consent_mode",
        "lets Google's tags load and send before visitors choose; say why in the note when you publish",
        "consent_mode_advanced",
    )
    missing = sorted(EEA - {region.partition("-")[0] for region in google["regions"]})
    if google["regions"] and missing:
        yield error(
            "behaviour.google.regions",
            f"lack {', '.join(missing)}: there Google's tags would start with everything granted",
            "regions_open",
            countries=" ".join(missing),
        )
    if not google["ads_data_redaction"]:
        yield warning(
            "behaviour.google.ads_data_redaction",
            "is off: click identifiers are sent although advertising was refused",
            "redaction_off",
        )
    if google["wait_for_update"] < SHORT_WAIT:
        yield warning(
            "behaviour.google.wait_for_update",
            f"is under {SHORT_WAIT} ms: tags do not wait for a known choice where our script comes late",
            "wait_short",
            wait=google["wait_for_update"],
        )


def _known(document: Document) -> Mapping[str, Service]:
    """What the catalog knows of the declared services, by its keys."""
    return {
        known.key: known
        for service in document["services"]
        for known in catalog.used_by(
            service["name"], service["hosts"], (cookie["name"] for cookie in service["cookies"])
        )
    }
