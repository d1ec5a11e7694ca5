"""A small banner document that the schema accepts, and the configuration of its script."""

import copy

from server.embed import configuration, lazy_chunks
from server.embed.configuration_types import Configuration
from server.sites.document_types import TEXT_KEYS, Category, Document, Palette, Service
from server.sites.values import Numbering
from tests.sites.documents import with_behaviour

LANGUAGES = ("nb", "nn", "en")


def _in_every_language(text: str) -> dict[str, str]:
    return {language: f"{text} ({language})" for language in LANGUAGES}


def _category(key: str, order: int) -> Category:
    return {
        "key": key,
        "names": _in_every_language(key),
        "descriptions": _in_every_language(f"about {key}"),
        "order": order,
        "hidden": False,
    }


def _service(key: str, category: str) -> Service:
    return {
        "key": key,
        "name": key.title(),
        "provider": f"{key.title()} AS",
        "category": category,
        "purpose": _in_every_language(f"what {key} is for"),
        "data": {},
        "legal_basis": "consent",
        "necessary_reason": {},
        "country": "NO",
        "transfer_basis": "",
        "retention": "",
        "privacy_link": "https://example.no/privacy",
        "shared_with": [],
        "processor_agreement": "",
        "hosts": [f"{key}.example.no"],
        "cookies": [
            {
                "name": f"_{key}",
                "host": "example.no",
                "kind": "cookie",
                "lifetime": "P30D",
                "purpose": _in_every_language("remembers"),
            }
        ],
        "stores_nothing": False,
        "catalog": {"key": "", "version": ""},
    }


_PALETTE: Palette = {
    "background": "#ffffff",
    "text": "#111111",
    "accent": "#0b5d57",
    "accent_text": "#ffffff",
    "border": "#cccccc",
}

_DOCUMENT: Document = {
    "default_language": "nb",
    "categories": [
        _category("advertising", 3),
        _category("necessary", 0),
        _category("functional", 1),
        _category("statistics", 2),
    ],
    "services": [_service("chat", "functional"), _service("counter", "statistics")],
    "texts": {language: {key: f"{key} ({language})" for key in TEXT_KEYS} for language in LANGUAGES},
    "appearance": {
        "layout": "bar",
        "settings": "dialog",
        "position": "bottom",
        "colours": {"light": _PALETTE, "dark": _PALETTE},
        "scheme": "auto",
        "radius": 8,
        "font": "inherit",
        "size": "normal",
        "logo": "",
        "logo_text": "",
    },
    "behaviour": {
        "validity_days": 365,
        "refusal_days": 182,
        "cookie_domain": "host",
        "consent_mode": "off",
        "google": {
            "regions": [],
            "wait_for_update": 500,
            "ads_data_redaction": True,
            "url_passthrough": False,
        },
        "tools": {"uet": False, "clarity": False, "matomo": False, "data_layer": False},
        "mapping": {
            "ad_storage": "advertising",
            "ad_user_data": "advertising",
            "ad_personalization": "advertising",
            "analytics_storage": "statistics",
            "functionality_storage": "functional",
            "personalization_storage": "",
        },
        "signals": {"gpc": True, "dnt": False},
        "automatic_blocking": False,
        "reload_on_withdrawal": False,
        "floating_button": False,
        "impressions": False,
    },
    "controller": {
        "name": "Butikken AS",
        "organisation_number": "",
        "address": "",
        "country": "",
        "contacts": {"email": "", "phone": "", "url": "https://example.no/contact"},
        "data_protection_officer": {"name": "", "email": ""},
        "representative": {"name": "", "address": "", "email": ""},
        "supervisory_authority": {"name": "", "url": ""},
        "time_zone": "Europe/Oslo",
    },
    "notice": {"sections": [], "activities": [], "processors": []},
}


def document(**behaviour: object) -> Document:
    """A copy that a test may change, with some of its behaviour changed."""
    return with_behaviour(copy.deepcopy(_DOCUMENT), **behaviour)


RULES = {"bar": "#samtykke{width:100%}", "top": "#samtykke{inset-block:0 auto}"}
"""Some style rules in the place of the built ones."""


def configured(
    banner: Document, numbering: Numbering | None = None, *, addresses: dict[str, str] | None = None
) -> Configuration:
    """The configuration of its script, on the site `demo`."""
    names = [
        lazy_chunks.EXTRA,
        *(lazy_chunks.banner_name(language) for language in banner["texts"]),
        *(lazy_chunks.settings_name(language) for language in banner["texts"]),
    ]
    return configuration.build_configuration(
        banner,
        site="demo",
        version=3,
        public_url="http://127.0.0.1:8000",
        numbering=numbering or configuration.sequential(banner),
        language="nb",
        addresses=addresses or {name: f"/w/demo/0/{name}" for name in names},
        rules=RULES,
    )
