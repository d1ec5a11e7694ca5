"""Services of the catalog to test with, as they are and as other releases may describe them."""

import dataclasses
from typing import Any

from hypothesis import strategies as st

from server.catalog import service as catalog
from server.catalog.values import Provider, Service, Storage, Texts


def _texts(about: str) -> Texts:
    return Texts(f"Bokmål om {about}", f"Nynorsk om {about}", f"English on {about}")


ANALYTICS = dataclasses.replace(
    catalog.find("google_analytics"),
    aliases=("GA4",),
    provider=Provider("Google Ireland Limited", "IE"),
    category="statistics",
    legal_basis="consent",
    data=("Identifier",),
    recipients=(),
    transfer_country="US",
    transfer_basis="standard_contractual_clauses",
    privacy_link="https://policies.google.com/privacy",
    agreement_link="",
    hosts=("www.googletagmanager.com/gtag/js", "*.google-analytics.com"),
    storage=tuple(Storage(name, "cookie", _texts(name), lifetime="P2Y") for name in ("_ga", "_ga_*")),
    consent_mode=("analytics_storage",),
    reviewed="2026-11-29",
)
"""A description that stays as it is when the catalog learns more."""

PIXEL = dataclasses.replace(
    catalog.find("meta_pixel"),
    provider=Provider("Meta Platforms Ireland Limited", "IE"),
    transfer_country="",
    transfer_basis=None,
    agreement_link="",
    consent_mode=(),
)
"""One that does not say where data goes, nor where the agreement is."""

PAYMENT = dataclasses.replace(catalog.find("stripe"), category="necessary", legal_basis="contract")
"""One that is suggested as necessary."""

services = st.sampled_from(catalog.services())

_MIXED = (
    "name",
    "provider",
    "category_reason",
    "purpose",
    "data",
    "recipients",
    "privacy_link",
    "agreement_link",
    "hosts",
    "storage",
)
"""Fields that a description can have from another one, and still be one that could be."""

_TOGETHER = (("category", "legal_basis"), ("transfer_country", "transfer_basis"))


@st.composite
def described_otherwise(draw: st.DrawFn, known: Service) -> Service:
    """A description with the same key, of which some fields say what is said of other services."""
    changes: dict[str, Any] = {}
    for fields in (*((field,) for field in _MIXED), *_TOGETHER):
        if draw(st.booleans()):
            other = draw(services)
            changes |= {field: getattr(other, field) for field in fields}
    if known.storage:
        stored, lifetime = known.storage, draw(st.sampled_from(["", "P3D", "session"]))
        first = dataclasses.replace(stored[0], lifetime=lifetime)
        again = dataclasses.replace(stored[0], host=".other.example")
        more = st.sampled_from([(first, *stored[1:]), (*stored, again), (first, *stored[1:], again)])
        changes |= draw(st.sampled_from([{}, {"storage": draw(more)}]))
    return dataclasses.replace(known, **changes)


@st.composite
def descriptions(draw: st.DrawFn) -> Service:
    """A description that a release may have."""
    return draw(described_otherwise(draw(services)))
