"""A description to begin from: every field, to be filled in or taken out. Pure."""

from collections.abc import Mapping
from typing import Any

_TEXTS: Mapping[str, str] = {"nb": "", "nn": "", "en": ""}


def template(key: str, name: str, day: str) -> dict[str, Any]:
    """The fields in the order in which files have them; what has to be filled in or taken out is empty.

    :param day: today, as `YYYY-MM-DD`
    """
    return {
        "key": key,
        "name": name,
        "aliases": [],
        "provider": {"name": "", "country": "", "number": ""},
        "use": "",
        "category": "",
        "category_reason": {**_TEXTS},
        "advice": {**_TEXTS},
        "legal_basis": "consent",
        "purpose": {**_TEXTS},
        "what_it_does": {**_TEXTS},
        "data": [],
        "recipients": [],
        "transfer_country": "",
        "transfer_basis": "",
        "privacy_link": "",
        "agreement_link": "",
        "hosts": [],
        "storage": [{"name": "", "kind": "", "purpose": {**_TEXTS}, "host": "", "lifetime": ""}],
        "consent_mode": [],
        "marking": "",
        "placeholder": "",
        "alternatives": [{"name": "", "note": {**_TEXTS}}],
        "sources": [{"address": "", "facts": []}],
        "reviewed": day,
        "confidence": "",
    }
