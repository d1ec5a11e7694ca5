"""Lazy chunks: what a banner loads only when needed: settings, languages, removal, the developer's panel."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from server.embed.assemble import as_json_file, call
from server.embed.configuration_types import (
    AnnouncementChunk,
    AnnouncementWords,
    ControllerFact,
    DebugDeclaration,
    DeclaredService,
    ExtraChunk,
    HostedTrace,
    Owner,
    Reason,
    SettingsChunk,
    Translation,
)
from server.embed.inlining import inline_languages
from server.embed.values import Announcement, Bundle
from server.sites.document_types import FIRST_LAYER, Controller, Cookie, Document, Service
from server.sites.durations import in_words
from server.sites.values import NECESSARY, direction, languages, optional_categories, ordered_categories
from server.sites.web_storage import stays_until_cleared, until_cleared

EXTRA = "extra.js"
"""Name of the chunk with what only few pages need."""

DEBUG = "debug.js"
"""Name of the chunk with the web developer's panel: the same bytes for every site."""

ASKED = "asked.js"
"""Name of the chunk with what a page or a visitor asks for: the same bytes for every site."""

DRAFT = "draft.js"
"""Name of the chunk that shows staff a draft on the website's own pages: the same bytes for every site."""

ANNOUNCEMENT = "announcement.js"
"""Name of the chunk that notifies returning visitors of what has changed."""

DECLARED = "debug.json"
"""Name of the chunk with the declarations that the panel compares a page with."""

_CHANGED: Final = "changed"
"""Key of the text that says what was added since a decision; needed only when asking again."""

FIRST_TEXTS: Final = tuple(key for key in FIRST_LAYER if key != _CHANGED)
"""Keys of the texts of the first layer in the order in which the script has them, without their names, which
every page view would cost bytes; `widget/src/first_layer.ts` knows their places. Who asks is behind them."""

_REMOVABLE = ("cookie", "local_storage", "session_storage")
"""Kinds of storage that a page's own script can see and remove."""


def build_chunks(
    document: Document,
    bundle: Bundle,
    main_language: str,
    url_of: Callable[[str, bytes], str],
    announced: Announcement | None = None,
) -> dict[str, bytes]:
    """The lazy chunks of a banner by name; `url_of` returns the URL of a chunk from its name and bytes."""
    files = {DEBUG: bundle.debug, DRAFT: bundle.draft, ASKED: bundle.asked}
    files[DECLARED] = as_json_file(declared(document))
    # Only the chunk that fetches them has their URLs: the script of all visitors does not grow.
    urls = {name: url_of(name, data) for name, data in files.items()}
    files[EXTRA] = call(bundle.extra, extra_chunk(document, urls, announced))
    if announced is not None:
        files[ANNOUNCEMENT] = call(bundle.announcement, announcement(document, announced, bundle.rules))
    texts = {language: banner_chunk(document, language) for language in languages(document)}
    # A language that is sent with the script needs no file.
    inline = (main_language, *inline_languages(texts, main_language))
    for language, text in texts.items():
        files[settings_name(language)] = call(bundle.settings, settings_chunk(document, language))
        if language not in inline:
            files[banner_name(language)] = as_json_file(text)
    return files


def extra_chunk(
    document: Document, urls: Mapping[str, str], announced: Announcement | None = None
) -> ExtraChunk:
    """What only few pages need; `urls` are those of the chunks that it fetches, by name."""
    return {
        "traces": traces(document),
        "debug": (urls[DEBUG], urls[DECLARED], urls[DRAFT]),
        "asked": urls[ASKED],
        "hosts": hosts(document),
        "reasons": {language: reason(document, language, announced) for language in languages(document)},
    }


def settings_name(language: str) -> str:
    """Name of the chunk with the settings dialog."""
    return f"settings-{language}.js"


def banner_name(language: str) -> str:
    """Name of the chunk with the first layer's texts."""
    return f"banner-{language}.json"


def settings_chunk(document: Document, language: str) -> SettingsChunk:
    """The settings dialog in one language: all texts, categories, services and cookies."""
    return {
        "texts": {key: text for key, text in document["texts"][language].items() if key not in FIRST_LAYER},
        "controller": list(responsible(document["controller"])),
        "categories": [
            {
                "key": category["key"],
                "name": _localized(category["names"], language),
                "description": _localized(category["descriptions"], language),
                "services": [
                    _declared(service, language, document["texts"][language].get("session", ""))
                    for service in document["services"]
                    if service["category"] == category["key"]
                ],
            }
            for category in ordered_categories(document)
            if category["key"] == NECESSARY or not category["hidden"]
        ],
    }


def banner_chunk(document: Document, language: str) -> Translation:
    """The first layer in one language; a text that the language lacks is empty."""
    texts, name = document["texts"][language], document["controller"]["name"].strip()
    # Who asks (GDPR article 13(1)(a)); the widget adds where the notice is.
    notice = f"{name}: {texts.get('privacy_link', '')}" if name else ""
    words: Translation = {
        "language": language,
        "texts": [*(texts.get(key, "") for key in FIRST_TEXTS), notice],
    }
    if direction(language) == "rtl":
        # Omitted for the default: most languages are written from left to right.
        words["dir"] = "rtl"
    return words


def responsible(controller: Controller) -> Iterator[ControllerFact]:
    """Who is responsible and how to reach them, as the settings show it; what is not known is left out."""
    contacts, officer = controller["contacts"], controller["data_protection_officer"]
    if not controller["name"].strip():
        return
    yield "controller", controller["name"], ""
    if number := controller["organisation_number"]:
        yield "organisation_number", number, ""
    if contacts["email"]:
        yield "contact", contacts["email"], f"mailto:{contacts['email']}"
    if contacts["phone"]:
        yield "contact", contacts["phone"], _telephone(contacts["phone"])
    if contacts["url"]:
        yield "contact", contacts["url"], contacts["url"]
    if officer["name"]:
        yield "officer", officer["name"], ""
    if officer["email"]:
        yield "officer", officer["email"], f"mailto:{officer['email']}"


def _telephone(number: str) -> str:
    """The address of a telephone number (RFC 3966); empty if it is not one number."""
    digits = re.sub(r"[\s().\-\u00a0]", "", number)
    return f"tel:{digits}" if re.fullmatch(r"\+?[0-9]{3,15}", digits) else ""


def announcement(document: Document, announced: Announcement, rules: Mapping[str, str]) -> AnnouncementChunk:
    """What returning visitors are notified of, in every language, at the banner's place."""
    appearance = document["appearance"]
    # A dialog is in the middle of the page, where something that asks nothing would be in the way.
    names = [name for name in (appearance["layout"], appearance["position"]) if name != "dialog"]
    return {
        "version": announced.version,
        "words": {language: _announced(document, announced, language) for language in languages(document)},
        "rules": "".join(rules.get(name, "") for name in names).replace(
            "#samtykke", "#samtykke-announcement"
        ),
        "floating": document["behaviour"]["floating_button"] and appearance["position"] != "top",
    }


def _announced(document: Document, announced: Announcement, language: str) -> AnnouncementWords:
    words, (text, spoken) = document["texts"][language], announced.text(language)
    made: AnnouncementWords = {
        "heading": words.get("privacy_link", ""),
        "text": text,
        "link": words.get("see_changes", ""),
        "close": words.get("close", ""),
    }
    if spoken != language:
        made["lang"] = spoken
    return made


def reason(document: Document, language: str, announced: Announcement | None = None) -> Reason:
    """The text, in one language, that says why visitors who have decided are asked again."""
    keys, texts = optional_categories(document), document["texts"][language]
    made: Reason = {
        "text": texts.get(_CHANGED, ""),
        "categories": {
            category["key"]: _localized(category["names"], language)
            for category in ordered_categories(document)
            if category["key"] in keys
        },
        "services": {each["key"]: each["name"] for each in document["services"] if each["category"] in keys},
    }
    if announced is not None:
        made["announcement"] = (announced.version, *announced.text(language))
    return made


def traces(document: Document) -> dict[str, list[HostedTrace]]:
    """What each optional service stores and loses with its consent, as [kind, name pattern, host].

    What a necessary service stores under the same name is not among it. Under `necessary` is what such
    services store and another trace covers too.
    """
    keys = optional_categories(document)
    found: dict[str, list[HostedTrace]] = {
        service["key"]: [
            (cookie["kind"], cookie["name"], _dotted(cookie["host"]))
            for cookie in service["cookies"]
            if cookie["kind"] in _REMOVABLE
        ]
        for service in document["services"]
    }
    needed = [
        trace
        for service in document["services"]
        if service["category"] == NECESSARY
        for trace in found[service["key"]]
    ]
    optional = {
        service["key"]: [trace for trace in found[service["key"]] if trace not in needed]
        for service in document["services"]
        if service["category"] in keys
    }
    removed = [trace for those in optional.values() for trace in those]
    shared = [trace for trace in dict.fromkeys(needed) if any(_covers(other, trace) for other in removed)]
    return {**optional, NECESSARY: shared} if shared else optional


def _dotted(host: str) -> str:
    return host and f".{host.removeprefix('.')}"


def _covers(pattern: HostedTrace, trace: HostedTrace) -> bool:
    """Whether a name with stars stands for what another one names, whosever they are."""
    expression = ".*".join(map(re.escape, pattern[1].split("*")))
    return pattern[0] == trace[0] and re.fullmatch(expression, trace[1]) is not None


def hosts(document: Document) -> list[Owner]:
    """Each service with its hosts, to attribute a frame that names no service."""
    return [(service["key"], list(service["hosts"])) for service in document["services"] if service["hosts"]]


def declared(document: Document) -> DebugDeclaration:
    """The declarations that the web developer's panel compares a page with: services, hosts and cookies."""
    behaviour = document["behaviour"]
    keys = {NECESSARY, *optional_categories(document)}
    return {
        "services": [
            {
                "key": service["key"],
                "name": service["name"],
                "category": service["category"],
                "hosts": list(service["hosts"]),
                "cookies": [(cookie["kind"], cookie["name"]) for cookie in service["cookies"]],
            }
            for service in document["services"]
            if service["category"] in keys
        ],
        "consent_mode": behaviour["consent_mode"],
        "automatic_blocking": behaviour["automatic_blocking"],
        "floating": behaviour["floating_button"],
    }


def _declared(service: Service, language: str, session: str) -> DeclaredService:
    return {
        "key": service["key"],
        "name": service["name"],
        "provider": service["provider"],
        "purpose": _localized(service["purpose"], language),
        "country": service["country"],
        "privacy_link": service["privacy_link"],
        "shared_with": list(service["shared_with"]),
        "cookies": [
            {
                "name": cookie["name"],
                "host": cookie["host"],
                "kind": cookie["kind"],
                "lifetime": _lifetime(cookie, language, session),
                "purpose": _localized(cookie["purpose"], language),
            }
            for cookie in service["cookies"]
        ],
    }


def _lifetime(cookie: Cookie, language: str, session: str) -> str:
    """How long something stays, in the words of the cookie declaration; empty if that is not known."""
    value = cookie["lifetime"]
    if stays_until_cleared(cookie):
        return until_cleared(language)[0]
    if value == "session":
        return session
    return in_words(value, language)[0] if value else ""


def _localized(words: Mapping[str, str], language: str) -> str:
    """A text in one language; a draft may lack it."""
    return words.get(language, "")
