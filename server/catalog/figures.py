"""How much the catalog knows: services by use, category and confidence, and how many say each fact. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from server.catalog.values import CATEGORIES, Confidence, Figures, Service, Use

_FACTS: Mapping[str, Callable[[Service], object]] = {
    "aliases": lambda each: each.aliases,
    "advice": lambda each: each.advice,
    "provider": lambda each: each.provider,
    "data": lambda each: each.data,
    "recipients": lambda each: each.recipients,
    "transfer_country": lambda each: each.transfer_country,
    "transfer_basis": lambda each: each.transfer_basis,
    "privacy_link": lambda each: each.privacy_link,
    "agreement_link": lambda each: each.agreement_link,
    "hosts": lambda each: each.hosts,
    "storage": lambda each: each.storage or each.stores_nothing,
    "consent_mode": lambda each: each.consent_mode,
    "marking": lambda each: each.marking,
    "placeholder": lambda each: each.placeholder,
    "alternatives": lambda each: each.alternatives,
}
"""Fields that may be absent. That a service stores nothing is known as well as what another stores."""


def figures(services: Iterable[Service]) -> Figures:
    """The figures of these services."""
    known = tuple(services)
    stored = [place for each in known for place in each.storage]
    return Figures(
        services=len(known),
        stored=len(stored),
        with_lifetime=sum(bool(each.lifetime) for each in stored),
        uses=_counted(get_args(Use), (each.use for each in known)),
        categories=_counted(CATEGORIES, (each.category for each in known)),
        confidences=_counted(get_args(Confidence), (each.confidence for each in known)),
        facts={name: sum(bool(fact(each)) for each in known) for name, fact in _FACTS.items()},
    )


def _counted(kinds: Iterable[str], found: Iterable[str]) -> dict[str, int]:
    """Kind → how many, also of those that there are none of."""
    counted = Counter(found)
    return {kind: counted[kind] for kind in kinds}
