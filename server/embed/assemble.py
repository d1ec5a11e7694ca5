"""The script's bytes: the built bundle, untouched, followed by one escaped JSON argument.

No JavaScript is ever templated: whatever a banner's author writes stays inside one JSON value.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import brotli

from server.embed.values import Asset, Bundle
from server.sites.values import (
    FIRST_LAYER,
    NECESSARY,
    PLACEHOLDER,
    Document,
    Numbering,
    languages,
    optional_categories,
    ordered_categories,
)

_EVERYBODY = FIRST_LAYER + PLACEHOLDER
"""Texts that every visitor may see at once; all others come with the settings."""

EXTRA = "extra.js"
"""Name of the part with what only few pages need."""

_REMOVABLE = ("cookie", "local_storage", "session_storage")
"""Kinds of storage that a page's own script can see and remove."""

Json = dict[str, Any]


def called(function: bytes, argument: object) -> bytes:
    """The built function expression, called with one JSON value."""
    return function.rstrip() + b"(" + as_argument(argument) + b");\n"


def as_argument(value: object) -> bytes:
    """JSON that is also a safe JavaScript expression: ASCII, and no `<`, `>` or `&`.

    :raises ValueError: a number is NaN or infinite, or a key is `__proto__`, which JavaScript and JSON read
        differently.
    """
    _refuse_prototypes(value)
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode("ascii")


def as_part(value: object) -> bytes:
    """A part that is read as JSON, not run."""
    return as_argument(value) + b"\n"


def pack(name: str, identity: bytes) -> Asset:
    """The bytes in every content coding; equal bytes give equal results on every worker."""
    return Asset(
        name=name,
        digest=hashlib.sha256(identity).hexdigest(),
        identity=identity,
        gzip=gzip.compress(identity, 9, mtime=0),
        brotli=brotli.compress(identity, mode=brotli.MODE_TEXT, quality=11),
    )


def unpack(name: str, digest: str, packed: bytes) -> Asset:
    """An asset from its stored form."""
    identity = brotli.decompress(packed)
    return Asset(name, digest, identity, gzip.compress(identity, 9, mtime=0), packed)


def configuration(
    document: Document,
    *,
    site: str,
    version: int,
    public_url: str,
    numbering: Numbering,
    language: str,
    addresses: Mapping[str, str],
    added: Mapping[str, int] = MappingProxyType({}),
) -> Json:
    """What the widget needs to show the first layer and to keep its promises.

    `addresses` are the paths of the parts by name; `added` has the versions in which categories came to a
    banner that was there before.
    """
    behaviour = document["behaviour"]
    categories = _visible(document)
    keys = {category["key"] for category in categories}
    others = [each for each in languages(document) if each != language]
    return {
        "site": site,
        "version": version,
        "origin": public_url,
        "categories": [
            _category(category, numbering, added.get(category["key"], 1), language) for category in categories
        ],
        "services": [
            _service(service, numbering) for service in document["services"] if service["category"] in keys
        ],
        "validity": behaviour["validity_days"],
        "refusal": behaviour["refusal_days"],
        "cookie": behaviour["cookie_domain"],
        "language": language,
        "texts": first_layer(document, language),
        "languages": {each: addresses[banner_name(each)] for each in others},
        "settings": {each: addresses[settings_name(each)] for each in languages(document)},
        "extra": addresses[EXTRA],
        "appearance": _appearance(document["appearance"]),
        "floating": behaviour["floating_button"],
        "gpc": behaviour["signals"]["gpc"],
        "dnt": behaviour["signals"]["dnt"],
    }


def settings_part(document: Document, language: str) -> Json:
    """What the settings dialog shows in one language: all texts, every category, service and cookie."""
    return {
        "texts": {key: text for key, text in document["texts"][language].items() if key not in _EVERYBODY},
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


def banner_part(document: Document, language: str) -> Json:
    """The first layer in another language."""
    return {
        "language": language,
        "texts": first_layer(document, language),
        "categories": {
            category["key"]: _said(category["names"], language) for category in _visible(document)
        },
    }


def traces(document: Document) -> Json:
    """What each optional service stores, as [kind, name pattern], to be removed when it loses its consent.

    What a necessary service stores under the same name is not among it.
    """
    keys = {category["key"] for category in _visible(document)}
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


def parts(document: Document, bundle: Bundle, main_language: str) -> dict[str, bytes]:
    """Every lazily loaded part of a banner by its name."""
    made = {EXTRA: called(bundle.extra, traces(document))}
    for language in languages(document):
        made[settings_name(language)] = called(bundle.settings, settings_part(document, language))
        if language != main_language:
            made[banner_name(language)] = as_part(banner_part(document, language))
    return made


def settings_name(language: str) -> str:
    """Name of the part with the settings dialog."""
    return f"settings-{language}.js"


def banner_name(language: str) -> str:
    """Name of the part with the first layer's texts."""
    return f"banner-{language}.json"


def _said(words: Mapping[str, str], language: str) -> str:
    """A text in one language; a draft may lack it."""
    return words.get(language, "")


def _visible(document: Document) -> list[Mapping[str, Any]]:
    """The optional categories that visitors decide on, in the order in which they are shown."""
    keys = optional_categories(document)
    return [each for each in ordered_categories(document) if each["key"] in keys]


def first_layer(document: Document, language: str) -> Json:
    """The texts of the first layer; one that a language lacks is left out."""
    texts = document["texts"][language]
    return {key: texts[key] for key in _EVERYBODY if key in texts}


def sequential(document: Document) -> Numbering:
    """Numbers for a banner that was never published."""
    keys = [category["key"] for category in document["categories"] if category["key"] != NECESSARY]
    services = [service["key"] for service in document["services"]]
    return Numbering(
        slots={key: slot for slot, key in enumerate(keys)},
        since=dict.fromkeys(keys, 1),
        service_slots={key: slot for slot, key in enumerate(services)},
        service_since=dict.fromkeys(services, 1),
    )


def _category(category: Mapping[str, Any], numbering: Numbering, added: int, language: str) -> Json:
    key = category["key"]
    made = {
        "key": key,
        "slot": numbering.slots[key],
        "since": numbering.since.get(key, 1),
        "name": _said(category["names"], language),
    }
    # Tells a category that a visitor was never asked about from one that was refused.
    return {**made, "added": added} if added > 1 else made


def _service(service: Mapping[str, Any], numbering: Numbering) -> Json:
    key = service["key"]
    made = {
        "key": key,
        "slot": numbering.service_slots[key],
        "category": service["category"],
        "name": service["name"],
    }
    since = numbering.service_since.get(key, 1)
    # Left out where it says nothing: most services came with the first version.
    return {**made, "since": since} if since > 1 else made


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


def _appearance(appearance: Mapping[str, Any]) -> Json:
    return {
        "layout": appearance["layout"],
        "position": appearance["position"],
        "scheme": appearance["scheme"],
        "light": dict(appearance["colours"]["light"]),
        "dark": dict(appearance["colours"]["dark"]),
        "radius": appearance["radius"],
        "font": appearance["font"],
        "logo": appearance["logo"],
    }


def _refuse_prototypes(value: object) -> None:
    if isinstance(value, Mapping):
        if "__proto__" in value:
            raise ValueError("the key '__proto__' means something else in JavaScript")
        for inner in value.values():
            _refuse_prototypes(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_prototypes(inner)
