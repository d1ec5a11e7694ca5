"""The banner document that a new site starts with."""

import copy
from typing import Any

from server.sites.texts import SHIPPED, shipped
from server.sites.values import NECESSARY

_LIGHT = {
    "background": "#ffffff",
    "text": "#1b1f24",
    "accent": "#0b57d0",
    "accent_text": "#ffffff",
    "border": "#767d88",
}
_DARK = {
    "background": "#16181d",
    "text": "#f2f4f7",
    "accent": "#9ec1ff",
    "accent_text": "#0b1a33",
    "border": "#8b93a1",
}


def default_document(language: str = "nb", *, name: str = "") -> dict[str, Any]:
    """A document in every shipped language, `language` first, of a site called `name`.

    Only what nobody but its owner knows is left empty: who the controller is, and what the site uses.

    :raises ValueError: the product has no texts in `language`.
    """
    authority = shipped(language)["supervisory_authority"]
    return {
        "default_language": language,
        "categories": [_category(key, order) for order, key in enumerate(shipped(language)["categories"])],
        "services": [_consent_service(language, name)],
        "texts": {code: copy.deepcopy(shipped(code)["texts"]) for code in SHIPPED},
        "appearance": {
            "layout": "bar",
            "position": "bottom",
            "colours": {"light": dict(_LIGHT), "dark": dict(_DARK)},
            "scheme": "auto",
            "radius": 8,
            "font": "inherit",
            "logo": "",
        },
        "behaviour": {
            "validity_days": 365,
            "refusal_days": 182,
            "cookie_domain": "host",
            "consent_mode": "off",
            "signals": {"gpc": True, "dnt": True},
            "floating_button": True,
            "impressions": False,
        },
        "controller": {
            "name": "",
            "organisation_number": "",
            "address": "",
            "contacts": {"email": "", "phone": "", "url": ""},
            "data_protection_officer": {"name": "", "email": ""},
            "supervisory_authority": dict(authority),
        },
        "notice": {"sections": [_section(index) for index in range(len(shipped(language)["notice"]))]},
    }


def _category(key: str, order: int) -> dict[str, Any]:
    words = {code: shipped(code)["categories"][key] for code in SHIPPED}
    return {
        "key": key,
        "names": {code: word["name"] for code, word in words.items()},
        "descriptions": {code: word["description"] for code, word in words.items()},
        "order": order,
        "hidden": False,
    }


def _consent_service(language: str, provider: str) -> dict[str, Any]:
    """What we ourselves keep in the visitor's browser, declared like everybody else's."""
    return {
        "key": "samtykke",
        "name": "Samtykke",
        "provider": provider or shipped(language)["consent_service"]["name"],
        "category": NECESSARY,
        "purpose": _words("purpose"),
        "legal_basis": "legal_obligation",
        "necessary_reason": _words("reason"),
        "country": "",
        "privacy_link": "",
        "shared_with": [],
        "processor_agreement": "",
        "hosts": [],
        "cookies": [
            _storage("cookie", "samtykke", "P365D", "cookie"),
            _storage("local_storage", "samtykke:queue:*", "P365D", "queue"),
        ],
    }


def _storage(kind: str, name: str, lifetime: str, word: str) -> dict[str, Any]:
    return {"name": name, "host": "", "kind": kind, "lifetime": lifetime, "purpose": _words(word)}


def _words(key: str) -> dict[str, str]:
    return {code: shipped(code)["consent_service"][key] for code in SHIPPED}


def _section(index: int) -> dict[str, Any]:
    words = {code: shipped(code)["notice"][index] for code in SHIPPED}
    return {
        "key": words[SHIPPED[0]]["key"],
        "heading": {code: word["heading"] for code, word in words.items()},
        "body": {code: word["body"] for code, word in words.items()},
    }
