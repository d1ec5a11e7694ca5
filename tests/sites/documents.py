"""Banner documents to test with."""

import string
from typing import Any, cast

from hypothesis import strategies as st

from server.sites.defaults import default_document
from server.sites.document_types import SIGNAL_TYPES, Behaviour, Category, Cookie, Document, Service
from server.sites.texts import FIRST


def publishable(language: str = "nb") -> Document:
    """The shipped document, with the controller filled in."""
    document = default_document(language, name="Butikken")
    controller = document["controller"]
    controller["name"], controller["address"] = "Butikken AS", "Storgata 1, 0155 Oslo"
    controller["contacts"] = {"email": "hei@example.no", "phone": "+47 00 00 00 00", "url": ""}
    return document


def in_every_language(text: str) -> dict[str, str]:
    return dict.fromkeys(FIRST, text)


def service(key: str = "counter", category: str = "statistics", **changes: object) -> Service:
    """A service with every field."""
    complete: Service = {
        "key": key,
        "name": key.title(),
        "provider": "Counter AS",
        "category": category,
        "purpose": in_every_language("Counts visits"),
        "data": in_every_language("Which pages are read"),
        "legal_basis": "consent",
        "necessary_reason": {},
        "country": "NO",
        "transfer_basis": "",
        "retention": "P1Y",
        "privacy_link": "https://counter.example/privacy",
        "shared_with": [],
        "processor_agreement": "",
        "hosts": ["counter.example"],
        "cookies": [cookie()],
        "stores_nothing": False,
        "catalog": {"key": "", "version": ""},
    }
    return cast("Service", {**complete, **changes})


def cookie(name: str = "_count", **changes: object) -> Cookie:
    complete: Cookie = {
        "name": name,
        "host": ".counter.example",
        "kind": "cookie",
        "lifetime": "P30D",
        "purpose": in_every_language("Distinguishes visits"),
    }
    return cast("Cookie", {**complete, **changes})


def category(key: str, *, order: int = 9, hidden: bool = False) -> Category:
    names = in_every_language(key.title())
    return {"key": key, "names": names, "descriptions": names, "order": order, "hidden": hidden}


def with_services(*services: Service) -> Document:
    """A publishable document with these services beside our own."""
    document = publishable()
    document["services"] += services
    return document


def with_behaviour(document: Document, **changes: object) -> Document:
    """The document with some of its behaviour changed."""
    return {**document, "behaviour": cast("Behaviour", {**document["behaviour"], **changes})}


# --- any document ----------------------------------------------------------------------------------------

OPTIONAL = ("functional", "statistics", "advertising", "chat", "maps")
"""Optional categories that generated documents choose from."""

_names = st.sampled_from(["Google", "Meta", "Counter AS", "Broker Inc"])

_services = st.builds(
    service,
    key=st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon"]),
    category=st.sampled_from(OPTIONAL),
    provider=_names,
    country=st.sampled_from(["", "NO", "IE", "US", "CN"]),
    shared_with=st.lists(_names, max_size=3),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents that the schema lets through, with some categories and services."""
    document = publishable()
    keys = draw(st.lists(st.sampled_from(OPTIONAL), unique=True))
    document["categories"] = [
        category("necessary"),
        *(category(key, order=order, hidden=draw(st.booleans())) for order, key in enumerate(keys)),
    ]
    services = draw(st.lists(_services, unique_by=lambda s: s["key"], max_size=5))
    document["services"] = [each for each in services if each["category"] in keys]
    behaviour = document["behaviour"]
    behaviour["consent_mode"] = draw(st.sampled_from(["off", "basic", "advanced"]))
    behaviour["mapping"] = {kind: draw(st.sampled_from(["", *keys])) for kind in SIGNAL_TYPES}
    return document


JSON_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.text(string.ascii_letters + "#:/.-_*@{}", max_size=20)
)

JSON_VALUES = st.recursive(
    JSON_LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A good document in which a few places, at any depth, were replaced, removed, doubled or added to."""
    document: Any = with_services(service(), service("video", "advertising"))
    for _ in range(draw(st.integers(1, 3))):
        _damage(draw, document)
    return document


def _damage(draw: st.DrawFn, document: Any) -> None:
    place = document
    while isinstance(place, dict | list) and place:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or draw(st.integers(0, 3)) == 0:
            break
        place = place[key]
    else:
        return
    match draw(st.sampled_from(["replace", "remove", "add", "double"])):
        case "replace":
            place[key] = draw(JSON_VALUES)
        case "remove":
            del place[key]
        case "double" if isinstance(place, list):
            place.append(place[key])
        case _:
            extra = draw(st.sampled_from(["__proto__", "constructor", "", "x" * 300, "\x00", "æ", "0"]))
            if isinstance(place, dict):
                place[extra] = draw(JSON_VALUES)
            else:
                place.append(draw(JSON_VALUES))
