"""What stops a publish, and what should be known before it: the law's demands, dark patterns, readability.

Pure: a document and its site's domains go in, findings come out. `error` stops, `warning` does not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from server.sites import contrast, trackers
from server.sites.changes import EEA
from server.sites.values import (
    LAST_SLOT,
    NECESSARY,
    SIGNAL_TYPES,
    TEXT_KEYS,
    Document,
    Finding,
    Numbering,
    languages,
    optional_categories,
    tells_others,
)

PLACEHOLDERS = {
    "changed": ("names",),
    "placeholder": ("service", "category"),
    "state_decided": ("date",),
}
"""What the widget fills in, per text."""

_FILLED = re.compile(r"\{([^{}]*)\}")

_SILENCE = re.compile(
    r"\bscroll|\bskroll|\b(blar?|surfer?|går) vid(e|a)re\b|fortset(ter|te|t)? (du )?å (bruke|surfe|besøk|bla)"
    r"|ved å fortsette|ved å halde fram|held(e)? (du )?fram med å bruk"
    r"|continu(e|ing) (to|using|browsing)|by using (this|our) (web)?site|keep browsing",
    re.IGNORECASE,
)
"""Words by which going on counts as a yes; it never does (EDPB 05/2020, 86)."""

_COAXING = re.compile(
    r"best mulige? (bruker)?opplevelse|best mogleg(e)? (brukar)?oppleving|\bdessverre\b|\bdiverre\b"
    r"|(forbedrer?|bedre) (brukeropplevelse|opplevelse|din opplevelse)"
    r"|(forbetrar?|betrar?|betre) (brukaroppleving|oppleving|di oppleving)"
    r"|best possible experience|(improve|enhance|optimi[sz]e) (your|the|user) (user )?experience",
    re.IGNORECASE,
)
"""Words that praise or pity instead of naming the purpose (EDPB 03/2022, emotional steering)."""

_READABLE, _COMFORTABLE, _SEEN = 4.5, 5.0, 3.0
_SIX_MONTHS = 182

_MEASURED = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")
"""The types that Google's own tags ask about; the others are for what the site itself stores."""

_HEARS = {
    "uet": ("ad_storage",),
    "clarity": ("ad_storage", "analytics_storage"),
    "matomo": ("analytics_storage",),
}
"""Which types a tool is told."""

_TOOLS = {
    "uet": ("Microsoft Advertising", ("microsoft", "bing")),
    "clarity": ("Microsoft Clarity", ("microsoft", "clarity")),
    "matomo": ("Matomo", ("matomo", "piwik")),
}
"""What a tool's service is called, and a word that its declaration must have."""

_SHORT_WAIT, _LONG_WAIT = 500, 2000
"""Milliseconds. Google asks consent platforms that load asynchronously for at least 500."""

_POSITIONS = {
    "bar": ("bottom", "top"),
    "box": ("bottom_left", "bottom_right", "centre"),
    "dialog": ("centre",),
}


def findings(document: Document, domains: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Everything found, errors first and otherwise in the order of the document."""
    found = [
        *_categories(document),
        *_services(document),
        *_texts(document),
        *_labels(document),
        *_colours(document),
        *_appearance(document, domains),
        *_behaviour(document),
        *_telling(document),
        *_controller(document),
        *_notice(document),
    ]
    return tuple(sorted(found, key=lambda finding: finding.severity != "error"))


def unnumberable(document: Document, numbering: Numbering) -> Iterator[Finding]:
    """Categories whose bit no longer fits the visitor's cookie."""
    for index, category in enumerate(document["categories"]):
        if numbering.slots.get(category["key"], 0) > LAST_SLOT:
            yield _error(
                f"categories.{index}.key",
                "is one new key too many for the visitors' cookie; use that of a removed category",
                "slots_used_up",
            )


def _error(field: str, message: str, rule: str) -> Finding:
    return Finding("error", field, message, rule)


def _warning(field: str, message: str, rule: str) -> Finding:
    return Finding("warning", field, message, rule)


def _missing(
    document: Document, field: str, words: Mapping[str, str], rule: str = "text_missing"
) -> Iterator[Finding]:
    for language in languages(document):
        if not words.get(language, "").strip():
            yield _error(f"{field}.{language}", f"is missing in {language}", rule)


# --- purposes and services -------------------------------------------------------------------------------


def _categories(document: Document) -> Iterator[Finding]:
    used = {service["category"] for service in document["services"]}
    for index, category in enumerate(document["categories"]):
        field = f"categories.{index}"
        if category["hidden"]:
            if category["key"] in used:
                yield _warning(
                    f"{field}.hidden", "hides services that will never be allowed to run", "category_hidden"
                )
            continue
        yield from _missing(document, f"{field}.names", category["names"])
        yield from _missing(document, f"{field}.descriptions", category["descriptions"])
        yield from _wording(f"{field}.descriptions", category["descriptions"])
        if category["key"] not in used and category["key"] != NECESSARY:
            yield _warning(field, "asks visitors about a purpose that no service has", "category_unused")
    yield from _same_names(document)
    if not optional_categories(document):
        yield _warning("categories", "leave nothing to ask visitors about", "nothing_to_ask")


def _same_names(document: Document) -> Iterator[Finding]:
    for language in languages(document):
        seen: set[str] = set()
        for index, category in enumerate(document["categories"]):
            name = category["names"].get(language, "").strip().casefold()
            if name and not category["hidden"]:
                if name in seen:
                    yield _error(
                        f"categories.{index}.names.{language}", "is the name of two categories", "name_twice"
                    )
                seen.add(name)


def _services(document: Document) -> Iterator[Finding]:
    for index, service in enumerate(document["services"]):
        field = f"services.{index}"
        necessary = service["category"] == NECESSARY
        yield from _identity(field, service, necessary=necessary)
        yield from _missing(document, f"{field}.purpose", service["purpose"])
        yield from _cookies(document, field, service)
        yield from _necessity(document, field, service) if necessary else _consent(field, service)


def _identity(field: str, service: Mapping[str, Any], *, necessary: bool) -> Iterator[Finding]:
    for key in ("name", "provider"):
        if not service[key].strip():
            yield _error(f"{field}.{key}", "is missing", f"{key}_missing")
    if not service["privacy_link"] and (service["hosts"] or not necessary):
        # What the site itself provides has the site's own notice.
        severity = _warning if necessary else _error
        yield severity(f"{field}.privacy_link", "is missing", "privacy_link_missing")
    if not service["country"] and not necessary:
        yield _warning(
            f"{field}.country", "is missing: visitors should know where data goes", "country_missing"
        )
    if not service["cookies"] and not service["hosts"]:
        yield _error(field, "names neither a cookie nor a host", "storage_missing")


def _cookies(document: Document, field: str, service: Mapping[str, Any]) -> Iterator[Finding]:
    for index, cookie in enumerate(service["cookies"]):
        path = f"{field}.cookies.{index}"
        if not cookie["lifetime"]:
            yield _error(f"{path}.lifetime", "is missing", "lifetime_missing")
        yield from _missing(document, f"{path}.purpose", cookie["purpose"])


def _necessity(document: Document, field: str, service: Mapping[str, Any]) -> Iterator[Finding]:
    yield from _missing(
        document, f"{field}.necessary_reason", service["necessary_reason"], "necessary_reason_missing"
    )
    if service["legal_basis"] == "consent":
        yield _warning(
            f"{field}.legal_basis",
            "is consent, but nobody is asked about what is necessary",
            "consent_not_asked",
        )
    for index, cookie in enumerate(service["cookies"]):
        owner = trackers.owner_of(cookie["name"])
        if owner is not None:
            yield _warning(
                f"{field}.cookies.{index}.name",
                f"is known to measure or advertise ({owner}), and that is not necessary",
                "tracker_as_necessary",
            )


def _consent(field: str, service: Mapping[str, Any]) -> Iterator[Finding]:
    if service["legal_basis"] != "consent":
        yield _error(
            f"{field}.legal_basis",
            "is not consent, but only consent lets something optional run",
            "consent_needed",
        )


# --- words -----------------------------------------------------------------------------------------------


def _texts(document: Document) -> Iterator[Finding]:
    for language in languages(document):
        texts = document["texts"][language]
        for key in TEXT_KEYS:
            field = f"texts.{language}.{key}"
            if not texts[key].strip():
                yield _error(field, f"is missing in {language}", "text_missing")
                continue
            yield from _gaps(field, texts[key], PLACEHOLDERS.get(key, ()))
        yield from _wording(f"texts.{language}", texts)


def _gaps(field: str, text: str, wanted: Iterable[str]) -> Iterator[Finding]:
    there = set(_FILLED.findall(text))
    for name in wanted:
        if name not in there:
            yield _error(field, f"lacks {{{name}}}, which is filled in", "placeholder_missing")
    for name in sorted(there - set(wanted)):
        yield _warning(field, f"has {{{name}}}, which nobody fills in", "placeholder_unknown")


def _wording(field: str, words: Mapping[str, str]) -> Iterator[Finding]:
    for key, text in words.items():
        silence, coaxing = _SILENCE.search(text), _COAXING.search(text)
        if silence:
            yield _error(
                f"{field}.{key}", f"says «{silence[0]}»: going on is never a consent", "consent_by_silence"
            )
        if coaxing:
            yield _warning(
                f"{field}.{key}", f"says «{coaxing[0]}» instead of naming the purpose", "coaxing_words"
            )


def _labels(document: Document) -> Iterator[Finding]:
    for language in languages(document):
        texts = document["texts"][language]
        accept, reject, settings = (texts[key].strip() for key in ("accept_all", "reject_all", "settings"))
        field = f"texts.{language}.reject_all"
        if reject and reject.casefold() in (accept.casefold(), settings.casefold()):
            yield _error(field, "reads like another button", "labels_same")
        shorter, longer = sorted((len(accept), len(reject)))
        if shorter and longer > 2 * shorter and longer - shorter > 8:
            yield _warning(field, f"is of {len(reject)} characters beside {len(accept)}", "labels_uneven")


def _notice(document: Document) -> Iterator[Finding]:
    for index, section in enumerate(document["notice"]["sections"]):
        yield from _missing(document, f"notice.sections.{index}.heading", section["heading"])
        yield from _missing(document, f"notice.sections.{index}.body", section["body"])


# --- looks and behaviour ---------------------------------------------------------------------------------


def _colours(document: Document) -> Iterator[Finding]:
    for scheme, palette in document["appearance"]["colours"].items():
        field = f"appearance.colours.{scheme}"
        yield from _legible(f"{field}.text", palette["text"], palette["background"])
        yield from _legible(f"{field}.accent_text", palette["accent_text"], palette["accent"])
        for name in ("border", "accent"):
            ratio = contrast.ratio(palette[name], palette["background"])
            if ratio < _SEEN:
                yield _warning(
                    f"{field}.{name}",
                    f"stands out {ratio:.1f}:1 from the background, under 3:1",
                    "contrast_faint",
                )


def _legible(field: str, text: str, background: str) -> Iterator[Finding]:
    ratio = contrast.ratio(text, background)
    if ratio < _READABLE:
        yield _error(field, f"has a contrast of {ratio:.2f}:1, under 4.5:1", "contrast_low")
    elif ratio < _COMFORTABLE:
        yield _warning(field, f"has a contrast of {ratio:.2f}:1, under 5:1", "contrast_modest")


def _appearance(document: Document, domains: Sequence[str]) -> Iterator[Finding]:
    look = document["appearance"]
    if look["position"] not in _POSITIONS[look["layout"]]:
        fitting = ", ".join(_POSITIONS[look["layout"]])
        yield _warning(
            "appearance.position", f"does not fit the layout {look['layout']}: {fitting}", "position_unfit"
        )
    host = urlsplit(look["logo"]).hostname
    if host and domains and not _ours(host, domains):
        yield _warning(
            "appearance.logo", f"is fetched from {host} before visitors have decided", "logo_elsewhere"
        )


def _ours(host: str, domains: Sequence[str]) -> bool:
    return any(host == domain or (domain[0] == "*" and host.endswith(domain[1:])) for domain in domains)


def _behaviour(document: Document) -> Iterator[Finding]:
    behaviour = document["behaviour"]
    days = behaviour["validity_days"]
    if days < _SIX_MONTHS:
        yield _warning(
            "behaviour.validity_days", f"asks those who accepted again after {days} days", "validity_short"
        )
    if not behaviour["signals"]["gpc"]:
        yield _warning(
            "behaviour.signals.gpc",
            "is off: browsers that object for their users are not heard",
            "gpc_unheard",
        )
    if behaviour["automatic_blocking"] and not any(
        service["hosts"] for service in document["services"] if service["category"] != NECESSARY
    ):
        yield _warning(
            "behaviour.automatic_blocking",
            "is on, but no service says from which host it comes",
            "blocks_nothing",
        )


# --- what other tools on the page are told ----------------------------------------------------------------


def _telling(document: Document) -> Iterator[Finding]:
    behaviour = document["behaviour"]
    if tells_others(document):
        yield from _mapping(document)
    if behaviour["consent_mode"] != "off":
        yield from _google(document)
    if behaviour["consent_mode"] == "advanced":
        yield from _advanced(behaviour["google"])
    for tool, (name, owners) in _TOOLS.items():
        if behaviour["tools"][tool] and not _declares(document, owners):
            yield _warning(
                f"behaviour.tools.{tool}", f"is on, but no service is {name}", "tool_without_service"
            )


def _mapping(document: Document) -> Iterator[Finding]:
    behaviour = document["behaviour"]
    heard = [kinds for tool, kinds in _HEARS.items() if behaviour["tools"].get(tool)]
    if behaviour["consent_mode"] != "off":
        heard.append(_MEASURED)
    for kind in SIGNAL_TYPES:
        category = behaviour["mapping"][kind]
        if category and category not in optional_categories(document):
            yield _warning(
                f"behaviour.mapping.{kind}", "names a hidden category, which nobody can allow", "type_hidden"
            )
        elif not category and any(kind in kinds for kinds in heard):
            yield _warning(
                f"behaviour.mapping.{kind}", "has no category: it is never granted", "type_unmapped"
            )


def _google(document: Document) -> Iterator[Finding]:
    google = document["behaviour"]["google"]
    if not _declares(document, ("google",)):
        yield _warning(
            "behaviour.consent_mode", "is on, but no service is Google's", "consent_mode_without_google"
        )
    if google["url_passthrough"]:
        yield _warning(
            "behaviour.google.url_passthrough",
            "carries what tells a click apart from page to page, in addresses, without a cookie",
            "url_passthrough_on",
        )
    if google["wait_for_update"] > _LONG_WAIT:
        yield _warning(
            "behaviour.google.wait_for_update",
            f"holds Google's tags back for {google['wait_for_update']} ms wherever nobody has chosen yet",
            "wait_long",
        )


def _advanced(google: Mapping[str, Any]) -> Iterator[Finding]:
    yield _warning(
        "behaviour.consent_mode",
        "lets Google's tags load and send before visitors choose; say why in the note when you publish",
        "consent_mode_advanced",
    )
    missing = sorted(EEA - {region.partition("-")[0] for region in google["regions"]})
    if google["regions"] and missing:
        yield _error(
            "behaviour.google.regions",
            f"lack {', '.join(missing)}: there Google's tags would start with everything granted",
            "regions_open",
        )
    if not google["ads_data_redaction"]:
        yield _warning(
            "behaviour.google.ads_data_redaction",
            "is off: what tells a click apart is sent although it was refused",
            "redaction_off",
        )
    if google["wait_for_update"] < _SHORT_WAIT:
        yield _warning(
            "behaviour.google.wait_for_update",
            f"is under {_SHORT_WAIT} ms: tags do not wait for a known choice where our script comes late",
            "wait_short",
        )


def _declares(document: Document, owners: Iterable[str]) -> bool:
    """Whether a service of one of these owners is declared: by its names, its hosts or its cookies."""
    told = [
        " ".join(
            (
                service["name"],
                service["provider"],
                *service["hosts"],
                *(trackers.owner_of(cookie["name"]) or "" for cookie in service["cookies"]),
            )
        ).casefold()
        for service in document["services"]
    ]
    return any(owner in words for owner in owners for words in told)


def _controller(document: Document) -> Iterator[Finding]:
    controller = document["controller"]
    contacts = controller["contacts"]
    if not controller["name"].strip():
        yield _error("controller.name", "is missing: visitors must know who asks", "controller_missing")
    if not contacts["email"] and not contacts["url"]:
        yield _error("controller.contacts", "have neither an e-mail address nor a url", "contact_missing")
    if not controller["address"].strip():
        yield _warning(
            "controller.address", "is missing: receipts in standard forms need it", "address_missing"
        )
    for way in ("email", "phone"):
        if not contacts[way]:
            yield _warning(
                f"controller.contacts.{way}",
                "is missing: visitors cannot get receipts in the form of Kantara",
                "receipts_incomplete",
            )
    if not controller["supervisory_authority"]["name"].strip():
        yield _warning(
            "controller.supervisory_authority", "is missing: visitors may complain", "authority_missing"
        )
