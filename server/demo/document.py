"""The banner document of the demo shop, with what it really uses."""

from collections.abc import Sequence

from server.demo import parties, words
from server.sites import service as sites
from server.sites.document_types import (
    Activity,
    ActivityBasis,
    Cookie,
    Document,
    Palette,
    Processor,
    ProcessorRole,
    Service,
    StorageKind,
)

LANGUAGES = ("nb", "nn", "en")

# Nobody has these names.
_HOST = "Naustet drift (Samtykkes demo)"
_CELLAR = "Fjellkjelleren (Samtykkes demo)"
_PARCELS = "Fjordpakken (Samtykkes demo)"
_BANK = "Kaibanken (Samtykkes demo)"

_OUTSIDE = {"plakatveggen": "US"}
"""Stand-ins that act as if data left the EEA."""

_LIGHT: Palette = {
    "background": "#fffdf8",
    "text": "#1d2a33",
    "accent": "#1f4a5a",
    "accent_text": "#fffdf8",
    "border": "#7b858c",
}
_DARK: Palette = {
    "background": "#1d2a33",
    "text": "#fffdf8",
    "accent": "#a5cfdc",
    "accent_text": "#1d2a33",
    "border": "#7b858c",
}


def document(public_url: str) -> Document:
    """The document for a shop at `public_url`; its stand-ins live at `parties.origin(public_url)`."""
    made = sites.default_document("nb", name="Ullvær")
    ours: Service = {**made["services"][0], "country": "NO"}
    made["services"] = [
        ours,
        _basket(public_url),
        *(_service(party, public_url) for party in parties.PARTIES),
    ]
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
        "representative": {"name": "", "address": "", "email": ""},
        "supervisory_authority": made["controller"]["supervisory_authority"],
        "time_zone": "Europe/Oslo",
    }
    made["notice"]["activities"] = [
        _activity("orders", "contract", recipients=[_BANK]),
        _activity("newsletter", "consent"),
        _activity("service", "legitimate_interests"),
    ]
    made["notice"]["processors"] = [
        _processor("host", _HOST, "processor", public_url, sub_processors=[_CELLAR]),
        _processor("parcels", _PARCELS, "recipient", public_url),
    ]
    return made


def _activity(key: str, basis: ActivityBasis, *, recipients: Sequence[str] = ()) -> Activity:
    """Something that the shop does with personal data besides what its pages load."""
    said = {code: words.shop(code)["activities"][key] for code in LANGUAGES}

    def of(part: str) -> dict[str, str]:
        return {code: texts[part] for code, texts in said.items() if part in texts}

    return {
        "key": key,
        "name": of("name"),
        "purpose": of("purpose"),
        "data": of("data"),
        "subjects": of("subjects"),
        "legal_basis": basis,
        "interests": of("interests"),
        "sources": of("sources"),
        "recipients": list(recipients),
        "country": "NO",
        "transfer_basis": "",
        "retention": of("retention"),
    }


def _processor(
    key: str, name: str, role: ProcessorRole, public_url: str, *, sub_processors: Sequence[str] = ()
) -> Processor:
    """Somebody who gets data from the shop; the page about the demo says that all of them are made up."""
    about = f"{public_url}/demo/personvern"
    return {
        "key": key,
        "name": name,
        "organisation_number": "",
        "role": role,
        "purpose": _all(f"processors.{key}"),
        "country": "NO",
        "transfer_basis": "",
        "agreement": about if role == "processor" else "",
        "privacy_link": about,
        "sub_processors": list(sub_processors),
    }


def _basket(public_url: str) -> Service:
    return {
        "key": "basket",
        "name": "Ullvær",
        "provider": "Ullvær spinneri AS",
        "category": "necessary",
        "purpose": _all("services.basket.purpose"),
        "data": _all("services.basket.data"),
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
        "stores_nothing": False,
        "catalog": {"key": "", "version": ""},
    }


def _service(party: parties.Party, public_url: str) -> Service:
    elsewhere, country = parties.origin(public_url), _OUTSIDE.get(party.key, "NO")
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
        "data": _all(f"services.{party.key}.data"),
        "legal_basis": "consent",
        "necessary_reason": {},
        "country": country,
        "transfer_basis": "standard_contractual_clauses" if country != "NO" else "",
        # As long as it knows the browser again.
        "retention": stored[party.key][0][3],
        "privacy_link": f"{elsewhere}{parties.PATH}/{party.key}/",
        "shared_with": [],
        "processor_agreement": f"{public_url}/demo/personvern",
        "hosts": [f"{parties.host(elsewhere)}{parties.PATH}/{party.key}"],
        "cookies": [_stored(party.key, *each) for each in stored[party.key]],
        "stores_nothing": False,
        "catalog": {"key": "", "version": ""},
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
