"""What a new version of a banner changes for those who have already decided, and how its parts are numbered.

Pure: two documents and the numbering so far go in, values come out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.sites.values import (
    SIGNAL_TYPES,
    Document,
    Numbering,
    ScopeChange,
    optional_categories,
    tells_others,
)

_EEA_CODES = "AT BE BG CY CZ DE DK EE ES EU FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
EEA = frozenset(_EEA_CODES.split())
"""Countries of the European Economic Area; data that leaves them needs more than before."""

_Service = Mapping[str, Any]


@dataclass(frozen=True)
class Growth:
    """What a document asks for beyond an earlier one."""

    changes: tuple[ScopeChange, ...]
    """Per category and reason."""
    services: frozenset[str]
    """Keys of the services that came, moved or grew."""

    @property
    def categories(self) -> frozenset[str]:
        """Keys of the categories whose visitors must be asked again."""
        return frozenset(change.category for change in self.changes)


def growth(old: Document | None, new: Document) -> Growth:
    """What `new` asks for that `old` did not; everything, if there is no `old`.

    Only what visitors decide about counts: a hidden category is not there, and nobody is asked about what is
    necessary. Names, texts, colours, order and removals never count. Nor does telling another tool what was
    decided: the tool itself is a service, and that counts. But where tools are told already, a category that
    comes to stand for more of what they may do has grown.
    """
    before = _visible(old) if old is not None else {}
    changes: list[ScopeChange] = []
    grown: set[str] = set()
    for category, services in _visible(new).items():
        reasons = {} if category in before else {"category_added": list(services.values())}
        for key, service in services.items():
            reason = _reason(before.get(category, {}).get(key), service)
            if reason is not None:
                grown.add(key)
                if category in before:
                    reasons.setdefault(reason, []).append(service)
        changes += [ScopeChange(category, _names(found), reason) for reason, found in reasons.items()]
        if category in before and old is not None and (kinds := _moved(old, new, category)):
            changes.append(ScopeChange(category, kinds, "signal_added"))
    return Growth(tuple(changes), frozenset(grown))


def number(previous: Numbering, version: int, document: Document, grown: Growth) -> Numbering:
    """The numbering as of `version`: new parts get the next bits, what grew gets the version's number."""
    categories = optional_categories(document)
    services = _keys(document, categories)
    return Numbering(
        slots=_appended(previous.slots, categories),
        since={**previous.since, **dict.fromkeys(sorted(grown.categories), version)},
        service_slots=_appended(previous.service_slots, services),
        service_since={**previous.service_since, **dict.fromkeys(sorted(grown.services), version)},
    )


def _visible(document: Document) -> dict[str, dict[str, _Service]]:
    """Optional category → key → service, as visitors see them."""
    found: dict[str, dict[str, _Service]] = {key: {} for key in optional_categories(document)}
    for service in document["services"]:
        if service["category"] in found:
            found[service["category"]][service["key"]] = service
    return found


def _reason(old: _Service | None, new: _Service) -> str | None:
    """Why a service asks for more than it did in the same category."""
    if old is None:
        return "service_added"
    if not _plain([new["provider"]]) <= _plain([old["provider"]]):
        return "provider_added"
    if not _plain(new["shared_with"]) <= _plain(old["shared_with"]):
        return "recipient_added"
    if new["country"] and new["country"] not in EEA and new["country"] != old["country"]:
        return "country_outside"
    return None


def _moved(old: Document, new: Document, category: str) -> tuple[str, ...]:
    """Types of storage that tools are told are allowed with this category, and were not."""
    if not (tells_others(old) and tells_others(new)):
        return ()
    before, now = old["behaviour"]["mapping"], new["behaviour"]["mapping"]
    return tuple(kind for kind in SIGNAL_TYPES if now[kind] == category != before[kind])


def _plain(names: Iterable[str]) -> set[str]:
    """Names without what is merely typing: case and spaces."""
    return {" ".join(name.split()).casefold() for name in names} - {""}


def _names(services: Iterable[_Service]) -> tuple[str, ...]:
    return tuple(service["name"] for service in services)


def _keys(document: Document, categories: Iterable[str]) -> list[str]:
    seen = set(categories)
    return [service["key"] for service in document["services"] if service["category"] in seen]


def _appended(slots: Mapping[str, int], keys: Iterable[str]) -> dict[str, int]:
    numbered = dict(slots)
    for key in keys:
        # Slots are contiguous from 0 and none is ever given back, so their number is the next one.
        numbered.setdefault(key, len(numbered))
    return numbered
