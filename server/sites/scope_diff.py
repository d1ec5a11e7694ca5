"""The difference in scope between two versions of a banner, and the numbering of its parts.

Scope is what visitors consent to: purposes, services, recipients. Pure: takes two documents and the previous
numbering, returns values.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.sites.document_types import SIGNAL_TYPES, Document, Service
from server.sites.transfers import outside_eea
from server.sites.values import Numbering, ScopeChange, optional_categories, tells_others


@dataclass(frozen=True)
class ScopeDiff:
    """What a document adds to the scope of an earlier one."""

    changes: tuple[ScopeChange, ...]
    """Per category and reason."""
    services: frozenset[str]
    """Keys of the services that were added, moved or widened."""

    @property
    def categories(self) -> frozenset[str]:
        """Keys of the categories whose visitors must be asked again."""
        return frozenset(change.category for change in self.changes)


def diff(old: Document | None, new: Document) -> ScopeDiff:
    """What `new` asks for that `old` did not; everything, if there is no `old`.

    Only what visitors decide about counts: hidden categories and necessary services do not. Names, texts,
    colours, order and removals never count. Nor does turning on consent signals to another tool: the tool
    itself is a service, and that counts. But where signals are on already, a category that is mapped to more
    signal types is widened.
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
        if category in before and old is not None and (kinds := _added_signals(old, new, category)):
            changes.append(ScopeChange(category, kinds, "signal_added"))
    return ScopeDiff(tuple(changes), frozenset(grown))


def next_numbering(previous: Numbering, version: int, document: Document, difference: ScopeDiff) -> Numbering:
    """The numbering as of `version`: new parts get the next slots, widened ones the version's number."""
    categories = optional_categories(document)
    services = _keys(document, categories)
    return Numbering(
        slots=_appended(previous.slots, categories),
        since={**previous.since, **dict.fromkeys(sorted(difference.categories), version)},
        service_slots=_appended(previous.service_slots, services),
        service_since={**previous.service_since, **dict.fromkeys(sorted(difference.services), version)},
    )


def _visible(document: Document) -> dict[str, dict[str, Service]]:
    """Optional category → key → service, as visitors see them."""
    found: dict[str, dict[str, Service]] = {key: {} for key in optional_categories(document)}
    for service in document["services"]:
        if service["category"] in found:
            found[service["category"]][service["key"]] = service
    return found


def _reason(old: Service | None, new: Service) -> str | None:
    """Why the scope of a service in the same category was widened; None if it was not."""
    if old is None:
        return "service_added"
    if not _normalized([new["provider"]]) <= _normalized([old["provider"]]):
        return "provider_added"
    if not _normalized(new["shared_with"]) <= _normalized(old["shared_with"]):
        return "recipient_added"
    if outside_eea(new["country"]) and new["country"] != old["country"]:
        return "country_outside"
    return None


def _added_signals(old: Document, new: Document, category: str) -> tuple[str, ...]:
    """Signal types that are granted with this category, and were not before."""
    if not (tells_others(old) and tells_others(new)):
        return ()
    before, now = old["behaviour"]["mapping"], new["behaviour"]["mapping"]
    return tuple(kind for kind in SIGNAL_TYPES if now[kind] == category != before[kind])


def _normalized(names: Iterable[str]) -> set[str]:
    """Names without differences of case and spaces."""
    return {" ".join(name.split()).casefold() for name in names} - {""}


def _names(services: Iterable[Service]) -> tuple[str, ...]:
    return tuple(service["name"] for service in services)


def _keys(document: Document, categories: Iterable[str]) -> list[str]:
    seen = set(categories)
    return [service["key"] for service in document["services"] if service["category"] in seen]


def _appended(slots: Mapping[str, int], keys: Iterable[str]) -> dict[str, int]:
    numbered = dict(slots)
    for key in keys:
        # Slots are contiguous from 0 and never reused, so their count is the next one.
        numbered.setdefault(key, len(numbered))
    return numbered
