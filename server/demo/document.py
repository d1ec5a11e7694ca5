"""The banner document of the demo shop, with what it really uses."""

from server.demo import parties, words
from server.sites import service as sites
from server.sites.document_types import Cookie, Document, Palette, Service, StorageKind

LANGUAGES = ("nb", "nn", "en")

_LIGHT: Palette = {
    "background": "#fffdf8",
    "text": "#1d2a33",
    "accent": "#1f4a5a",
    "accent_text": "#ffffff",
    "border": "#7b858c",
}
_DARK: Palette = {
    "background": "#1c272e",
    "text": "#f3ecdf",
    "accent": "#a5cfdc",
    "accent_text": "#0f1f27",
    "border": "#8c99a1",
}


def document(public_url: str) -> Document:
    """The document for a shop at `public_url`; its stand-ins live at `parties.origin(public_url)`."""
    made = sites.default_document("nb", name="Ullvær")
    made["services"] += [_basket(public_url), *(_service(party, public_url) for party in parties.PARTIES)]
    made["appearance"]["colours"] = {"light": _LIGHT, "dark": _DARK}
    made["appearance"]["radius"] = 6
    made["controller"] = {
        "name": "Ullvær spinneri AS",
        # Organisation numbers start with 8 or 9, telephone numbers never with 0: these cannot be assigned.
        "organisation_number": "311874020",
        "address": "Naustveien 4, 9999 Ullvær",
        "country": "NO",
        "contacts": {
            "email": "hei@ullvaer.example",
            "phone": "+47 00 00 00 00",
            "url": f"{public_url}/demo/",
        },
        "data_protection_officer": {"name": "", "email": ""},
        "supervisory_authority": made["controller"]["supervisory_authority"],
        "time_zone": "Europe/Oslo",
    }
    return made


def _basket(public_url: str) -> Service:
    return {
        "key": "basket",
        "name": "Ullvær",
        "provider": "Ullvær spinneri AS",
        "category": "necessary",
        "purpose": _all("services.basket.purpose"),
        "data": {},
        "legal_basis": "contract",
        "necessary_reason": _all("services.basket.reason"),
        "country": "NO",
        "transfer_basis": "",
        "retention": "",
        "privacy_link": f"{public_url}/demo/personvern",
        "shared_with": [],
        "processor_agreement": "",
        "hosts": [],
        "cookies": [_stored("basket", "ullvaer_kurv", public_url, "session_storage", "session")],
    }


def _service(party: parties.Party, public_url: str) -> Service:
    elsewhere = parties.origin(public_url)
    stored: dict[str, list[tuple[str, str, StorageKind, str]]] = {
        # name, storage, kind, lifetime
        "praten": [("praten", public_url, "local_storage", "P7D")],
        "lerretet": [
            ("lerretet_id", elsewhere, "cookie", "P30D"),
            ("lerretet_posisjon", elsewhere, "local_storage", "P30D"),
        ],
        "tellekanten": [("_maaling", public_url, "cookie", "P30D")],
        "plakatveggen": [("plakat_id", elsewhere, "cookie", "P90D")],
    }
    return {
        "key": party.key,
        "name": party.name,
        "provider": f"{party.name} (Samtykkes demo)",
        "category": party.category,
        "purpose": _all(f"services.{party.key}.purpose"),
        "data": {},
        "legal_basis": "consent",
        "necessary_reason": {},
        "country": "NO",
        "transfer_basis": "",
        "retention": "",
        "privacy_link": f"{elsewhere}{parties.PATH}/{party.key}/",
        "shared_with": [],
        "processor_agreement": "",
        "hosts": [f"{parties.host(elsewhere)}{parties.PATH}/{party.key}"],
        "cookies": [_stored(party.key, *each) for each in stored[party.key]],
    }


def _stored(service: str, name: str, address: str, kind: StorageKind, lifetime: str) -> Cookie:
    return {
        "name": name,
        "host": parties.host(address),
        "kind": kind,
        "lifetime": lifetime,
        "purpose": _all(f"services.{service}.{name}"),
    }


def _all(path: str) -> dict[str, str]:
    return {language: words.text(language, path) for language in LANGUAGES}
