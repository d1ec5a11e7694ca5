"""What a banner loads only when it is needed: settings, other languages, removal, the developer's panel."""

from collections.abc import Callable, Mapping
from typing import Any

from server.embed.assemble import as_json_file, called
from server.embed.inlining import inline_languages
from server.embed.values import Bundle, Json
from server.sites.values import (
    FIRST_LAYER,
    NECESSARY,
    Document,
    direction,
    languages,
    optional_categories,
    ordered_categories,
)

EXTRA = "extra.js"
"""Name of the part with what only few pages need."""

DEBUG = "debug.js"
"""Name of the part with the web developer's panel: the same bytes for every site."""

DECLARED = "debug.json"
"""Name of the part with what that panel holds a page against."""

_CHANGED = "changed"
"""The text that says what came since a decision, which only those need who are asked again."""

_REMOVABLE = ("cookie", "local_storage", "session_storage")
"""Kinds of storage that a page's own script can see and remove."""


def make(
    document: Document, bundle: Bundle, main_language: str, place: Callable[[str, bytes], str]
) -> dict[str, bytes]:
    """Every lazily loaded part of a banner by its name; `place` tells a part's path from name and bytes."""
    made = {DEBUG: bundle.debug, DECLARED: as_json_file(declared(document))}
    # Only what fetches them has to know where they are: no visitor's script grows by it.
    debug = [place(name, made[name]) for name in (DEBUG, DECLARED)]
    made[EXTRA] = called(
        bundle.extra,
        {
            "traces": traces(document),
            "debug": debug,
            "hosts": hosts(document),
            "reasons": {language: reason(document, language) for language in languages(document)},
        },
    )
    words = {language: banner_chunk(document, language) for language in languages(document)}
    # What comes with the script needs no file.
    here = (main_language, *inline_languages(words, main_language))
    for language, said in words.items():
        made[settings_name(language)] = called(bundle.settings, settings_chunk(document, language))
        if language not in here:
            made[banner_name(language)] = as_json_file(said)
    return made


def settings_name(language: str) -> str:
    """Name of the part with the settings dialog."""
    return f"settings-{language}.js"


def banner_name(language: str) -> str:
    """Name of the part with the first layer's texts."""
    return f"banner-{language}.json"


def settings_chunk(document: Document, language: str) -> Json:
    """What the settings dialog shows in one language: all texts, every category, service and cookie."""
    return {
        "texts": {key: text for key, text in document["texts"][language].items() if key not in FIRST_LAYER},
        "categories": [
            {
                "key": category["key"],
                "name": _said(category["names"], language),
                "description": _said(category["descriptions"], language),
                "services": [
                    _declared(service, language)
                    for service in document["services"]
                    if service["category"] == category["key"]
                ],
            }
            for category in ordered_categories(document)
            if category["key"] == NECESSARY or not category["hidden"]
        ],
    }


def banner_chunk(document: Document, language: str) -> Json:
    """The first layer in one language; a text that the language lacks is left out."""
    texts = document["texts"][language]
    words = {
        "language": language,
        "texts": {key: texts[key] for key in FIRST_LAYER if key in texts and key != _CHANGED},
    }
    # Left out where it says nothing: most languages run from left to right.
    return {**words, "dir": "rtl"} if direction(language) == "rtl" else words


def reason(document: Document, language: str) -> Json:
    """How visitors who decided before are told in one language why they are asked again."""
    keys, texts = optional_categories(document), document["texts"][language]
    return {
        "text": texts.get(_CHANGED, ""),
        "categories": {
            category["key"]: _said(category["names"], language)
            for category in ordered_categories(document)
            if category["key"] in keys
        },
        "services": {each["key"]: each["name"] for each in document["services"] if each["category"] in keys},
    }


def traces(document: Document) -> Json:
    """What each optional service stores, as [kind, name pattern], to be removed when it loses its consent.

    What a necessary service stores under the same name is not among it.
    """
    keys = optional_categories(document)
    found = {
        service["key"]: [
            [cookie["kind"], cookie["name"]] for cookie in service["cookies"] if cookie["kind"] in _REMOVABLE
        ]
        for service in document["services"]
    }
    needed = [
        trace
        for service in document["services"]
        if service["category"] == NECESSARY
        for trace in found[service["key"]]
    ]
    return {
        service["key"]: [trace for trace in found[service["key"]] if trace not in needed]
        for service in document["services"]
        if service["category"] in keys
    }


def hosts(document: Document) -> list[list[Any]]:
    """Each service with the hosts that it loads from, to tell whose a frame is that names no service."""
    return [[service["key"], list(service["hosts"])] for service in document["services"] if service["hosts"]]


def declared(document: Document) -> Json:
    """What the web developer's panel holds a page against: whose hosts and cookies are whose."""
    behaviour = document["behaviour"]
    keys = {NECESSARY, *optional_categories(document)}
    return {
        "services": [
            {
                "key": service["key"],
                "name": service["name"],
                "category": service["category"],
                "hosts": list(service["hosts"]),
                "cookies": [[cookie["kind"], cookie["name"]] for cookie in service["cookies"]],
            }
            for service in document["services"]
            if service["category"] in keys
        ],
        "consent_mode": behaviour["consent_mode"],
        "automatic_blocking": behaviour["automatic_blocking"],
    }


def _declared(service: Mapping[str, Any], language: str) -> Json:
    return {
        "key": service["key"],
        "name": service["name"],
        "provider": service["provider"],
        "purpose": _said(service["purpose"], language),
        "country": service["country"],
        "privacy_link": service["privacy_link"],
        "shared_with": list(service["shared_with"]),
        "cookies": [
            {
                "name": cookie["name"],
                "host": cookie["host"],
                "kind": cookie["kind"],
                "lifetime": cookie["lifetime"],
                "purpose": _said(cookie["purpose"], language),
            }
            for cookie in service["cookies"]
        ],
    }


def _said(words: Mapping[str, str], language: str) -> str:
    """A text in one language; a draft may lack it."""
    return words.get(language, "")
