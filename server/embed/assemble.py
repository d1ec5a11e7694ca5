"""The script's bytes: the built bundle, untouched, followed by its arguments.

They are one escaped JSON value and, where a site needs more than others do, built fragments.

No JavaScript is ever templated: whatever a banner's author writes stays inside one JSON value.
"""

import base64
import gzip
import hashlib
import html
import json
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import brotli

from server.embed.values import BLOCKING, DOMAIN, FRAGMENTS, SIGNALS, Asset, Bundle
from server.sites.values import (
    FIRST_LAYER,
    LAST_SLOT,
    NECESSARY,
    Document,
    Numbering,
    direction,
    languages,
    optional_categories,
    ordered_categories,
    tells_others,
)

EXTRA = "extra.js"
"""Name of the part with what only few pages need."""

DEBUG = "debug.js"
"""Name of the part with the web developer's panel: the same bytes for every site."""

DECLARED = "debug.json"
"""Name of the part with what that panel holds a page against."""

_REMOVABLE = ("cookie", "local_storage", "session_storage")
"""Kinds of storage that a page's own script can see and remove."""

Json = dict[str, Any]


def called(function: bytes, argument: object, *fragments: bytes) -> bytes:
    """The built function expression, called with one JSON value and other built function expressions."""
    arguments = (as_argument(argument), *(fragment.rstrip() for fragment in fragments))
    return function.rstrip() + b"(" + b",".join(arguments) + b");\n"


def script(document: Document, bundle: Bundle, configuration: object) -> bytes:
    """The script of a site: the bundle, its configuration, and of the fragments those that it needs."""
    return called(bundle.widget, configuration, *(bundle.fragments[name] for name in fragments(document)))


def fragments(document: Document) -> tuple[str, ...]:
    """Names of the fragments that a site needs, in the order in which they run."""
    needed = {
        DOMAIN: document["behaviour"]["cookie_domain"] == "site",
        SIGNALS: tells_others(document),
        BLOCKING: bool(blocking(document)),
    }
    return tuple(name for name in FRAGMENTS if needed[name])


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


def digest(identity: bytes) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    return hashlib.sha256(identity).hexdigest()


def pack(name: str, identity: bytes) -> Asset:
    """The bytes in every content coding; equal bytes give equal results on every worker."""
    return Asset(
        name=name,
        digest=digest(identity),
        identity=identity,
        gzip=gzip.compress(identity, 9, mtime=0),
        brotli=brotli.compress(identity, mode=brotli.MODE_TEXT, quality=11),
    )


def unpack(name: str, digest: str, packed: bytes) -> Asset:
    """An asset from its stored form."""
    identity = brotli.decompress(packed)
    return Asset(name, digest, identity, gzip.compress(identity, 9, mtime=0), packed)


_FROM_THE_PAGE = """const kept = JSON.parse(document.getElementById("kept").textContent), ask = fetch;
fetch = (address, options) => {
  const file = kept[new URL(address, location.href).pathname];
  return file === undefined ? ask(address, options) : Promise.resolve(new Response(file));
};"""
"""Lets a script find its parts in the page that shows it, when the server is not there."""


def page(script: bytes, language: str, parts: Mapping[str, str], *, title: str) -> bytes:
    """A page that runs exactly this script, with what it may load by path; it needs no server."""
    address = "data:text/javascript;base64," + base64.b64encode(script).decode("ascii")
    kept = as_argument(dict(parts)).decode("ascii")
    lines = (
        f'<!doctype html><html lang="{html.escape(language)}"><meta charset="utf-8">',
        f"<title>{html.escape(title)}</title>",
        f'<script type="application/json" id="kept">{kept}</script>',
        f"<script>{_FROM_THE_PAGE}</script>",
        f'<script src="{address}"></script>',
    )
    return "\n".join((*lines, "")).encode()


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
    domains: Collection[str] = (),
) -> Json:
    """What the widget needs to show the first layer and to keep its promises.

    `addresses` are the paths of the parts by name; `added` has the versions in which categories came to a
    banner that was there before; `domains` are the site's.
    """
    behaviour = document["behaviour"]
    categories = _visible(document)
    others = [each for each in languages(document) if each != language]
    asked_for = {
        "signals": signals(behaviour) if tells_others(document) else None,
        "blocking": blocking(document),
        "sheet": document["appearance"]["settings"] == "sheet",
        "reload": behaviour["reload_on_withdrawal"],
        "http": keeps_cookie(document, domains, public_url),
    }
    return {
        **_switched_on(asked_for),
        "site": site,
        "version": version,
        "origin": public_url,
        "categories": [
            _category(category["key"], numbering, added.get(category["key"], 1)) for category in categories
        ],
        "services": [_service(service, numbering) for service in _numbered(document, numbering)],
        "validity": behaviour["validity_days"],
        "refusal": behaviour["refusal_days"],
        "words": banner_part(document, language),
        "languages": {each: addresses[banner_name(each)] for each in others},
        "settings": {each: addresses[settings_name(each)] for each in languages(document)},
        "extra": addresses[EXTRA],
        "appearance": _appearance(document["appearance"]),
        "floating": behaviour["floating_button"],
        "gpc": behaviour["signals"]["gpc"],
        "dnt": behaviour["signals"]["dnt"],
    }


def signals(behaviour: Mapping[str, Any]) -> Json:
    """Who on the page is told what was decided, and which category stands for what they may do."""
    told = {"mapping": dict(behaviour["mapping"]), **_switched_on(behaviour["tools"])}
    if behaviour["consent_mode"] != "off":
        google = behaviour["google"]
        told["google"] = {
            "default": {"wait_for_update": google["wait_for_update"]}
            | _switched_on({"region": list(google["regions"])}),
            "set": _switched_on({key: google[key] for key in ("ads_data_redaction", "url_passthrough")}),
        }
    return told


def blocking(document: Document) -> list[list[Any]]:
    """Each optional service with the hosts whose elements are held back unasked; none unless that is on.

    Those of hidden categories too, which nobody can allow; what a necessary one loads from is let through.
    """
    if not document["behaviour"]["automatic_blocking"]:
        return []
    services = document["services"]
    needed = {host for each in services if each["category"] == NECESSARY for host in each["hosts"]}
    found = (
        (each["key"], [host for host in each["hosts"] if host not in needed])
        for each in services
        if each["category"] != NECESSARY
    )
    return [[key, hosts] for key, hosts in found if hosts]


def keeps_cookie(document: Document, domains: Collection[str], public_url: str) -> bool:
    """Whether pages of the site send their cookie along with a decision, so that the answer can keep it.

    That is of use where this server is reached on the site's own host, or below it when the cookie is for all
    of the site's hosts.
    """
    host = urlsplit(public_url).hostname or ""
    hosts = {domain.removeprefix("*.") for domain in domains}
    wide = document["behaviour"]["cookie_domain"] == "site"
    return host in hosts or (wide and any(host.endswith("." + each) for each in hosts))


def _switched_on(values: Mapping[str, Any]) -> Json:
    """What says something: no bytes are spent on what is off or empty."""
    return {key: value for key, value in values.items() if value}


def settings_part(document: Document, language: str) -> Json:
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


def banner_part(document: Document, language: str) -> Json:
    """The first layer in one language."""
    words = {
        "language": language,
        "texts": first_layer(document, language),
        "categories": {
            category["key"]: _said(category["names"], language) for category in _visible(document)
        },
    }
    # Left out where it says nothing: most languages run from left to right.
    return {**words, "dir": "rtl"} if direction(language) == "rtl" else words


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


def parts(
    document: Document, bundle: Bundle, main_language: str, place: Callable[[str, bytes], str]
) -> dict[str, bytes]:
    """Every lazily loaded part of a banner by its name; `place` tells a part's path from name and bytes."""
    made = {DEBUG: bundle.debug, DECLARED: as_part(declared(document))}
    # Only what fetches them has to know where they are: no visitor's script grows by it.
    debug = [place(name, made[name]) for name in (DEBUG, DECLARED)]
    made[EXTRA] = called(bundle.extra, {"traces": traces(document), "debug": debug})
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
    return {key: texts[key] for key in FIRST_LAYER if key in texts}


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


def _numbered(document: Document, numbering: Numbering) -> list[Mapping[str, Any]]:
    """The optional services that have a bit in the cookie; what names one without it stays blocked."""
    keys = optional_categories(document)
    return [
        service
        for service in document["services"]
        if service["category"] in keys and numbering.service_slots[service["key"]] <= LAST_SLOT
    ]


def _category(key: str, numbering: Numbering, added: int) -> Json:
    made = {"key": key, "slot": numbering.slots[key], "since": numbering.since.get(key, 1)}
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
