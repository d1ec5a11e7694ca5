"""Everything that the visits saw, by the service that it belongs to. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from server.scanner.classify.suggestion import Classify
from server.scanner.observations import Crawl, Request, Stored
from server.scanner.reports import labels

MOMENTS = (
    "before an answer",
    "after refusing",
    "after accepting",
    "after allowing one category",
    "after withdrawing",
)
"""When something is seen first, in the order in which they are named."""


OWN = "The website itself"
"""Of whom that is which nobody knows, and which the website asks of itself or keeps for itself."""


@dataclass(frozen=True)
class Entry:
    """A host that was asked, or something that was stored: over all pages and visits."""

    kind: str
    """`request`, or a kind of storage."""
    name: str
    """Of what was stored; empty for a host."""
    host: str
    third_party: bool
    moments: tuple[str, ...]
    """Of `MOMENTS`, those in which it was seen first."""
    pages: int
    lifetime: int | None
    """Of a cookie: the longest that was seen, in seconds; None: no longer than the session."""
    details: tuple[str, ...]
    """Kinds of requests, or flags of a cookie."""
    set_by: tuple[str, ...]
    """Scripts or addresses that asked or stored, at most `MOST_PLACES`."""
    certainty: str
    why: str
    """By what it is known that it belongs to its service."""


@dataclass(frozen=True)
class Group:
    """A service, and what was seen of it."""

    service: str
    """Key, declared or in the catalog; empty: it has none."""
    name: str
    """`OWN`: the website itself; empty: nobody knows."""
    category: str
    entries: tuple[Entry, ...]


MOST_PLACES = 3
"""Places that are named of what set something."""


@dataclass(frozen=True)
class _Known:
    """To whom something belongs, whatever page it was seen on."""

    service: str = ""
    name: str = ""
    category: str = ""
    certainty: str = ""
    why: str = ""


@dataclass
class _Collected:
    pages: set[str] = field(default_factory=set)
    moments: set[str] = field(default_factory=set)
    details: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    third_party: bool = False
    lifetime: int | None = None


def groups(crawl: Crawl, classify: Classify) -> tuple[Group, ...]:
    """What was seen, by service: those that are known by name, the website itself, what nobody knows."""
    entries: dict[tuple[str, str, str], list[Entry]] = {}
    for known, entry in _entries(crawl, classify):
        entries.setdefault((known.service, known.name, known.category), []).append(entry)
    made = [
        Group(service, name, category, tuple(sorted(found, key=_order)))
        for (service, name, category), found in entries.items()
    ]
    return tuple(sorted(made, key=_sorting))


def _sorting(group: Group) -> tuple[int, str, str, str]:
    rank = 2 if not group.name else 1 if group.name == OWN and not group.service else 0
    return rank, group.name.casefold(), group.service, group.category


def _order(entry: Entry) -> tuple[bool, str, str, str, str]:
    return entry.kind == "request", entry.kind, entry.host, entry.name, entry.why


def _entries(crawl: Crawl, classify: Classify) -> Iterator[tuple[_Known, Entry]]:
    collected: dict[tuple[_Known, str, str, str], _Collected] = {}
    for page, moment, seen in _seen(crawl):
        kind: str = seen.kind if isinstance(seen, Stored) else "request"
        name = seen.name if isinstance(seen, Stored) else ""
        part = collected.setdefault((_known(classify, seen), kind, name, seen.host), _Collected())
        part.pages.add(page)
        part.moments.add(moment)
        part.third_party = part.third_party or seen.third_party
        part.details.update(_details(seen))
        part.places.update(filter(None, [_place(seen)]))
        if isinstance(seen, Stored) and seen.lifetime is not None:
            part.lifetime = max(part.lifetime or 0, seen.lifetime)
    for (known, kind, name, host), part in collected.items():
        yield (
            known,
            Entry(
                kind=kind,
                name=name,
                host=host,
                third_party=part.third_party,
                moments=tuple(each for each in MOMENTS if each in part.moments),
                pages=len(part.pages),
                lifetime=part.lifetime,
                details=tuple(sorted(part.details)),
                set_by=tuple(sorted(part.places))[:MOST_PLACES],
                certainty=known.certainty,
                why=known.why,
            ),
        )


def _known(classify: Classify, seen: Request | Stored) -> _Known:
    found = classify.stored(seen) if isinstance(seen, Stored) else classify.request(seen)
    if found is None:
        return _Known() if seen.third_party else _Known(name=OWN)
    why = f"{labels.MATCHED[found.why.matched]} {found.why.pattern}: {labels.SOURCES[found.source]}"
    return _Known(found.key, found.name, found.category, found.certainty, why)


def _seen(crawl: Crawl) -> Iterator[tuple[str, str, Request | Stored]]:
    for page in crawl.pages:
        for visit in page.visits:
            things: Iterable[Request | Stored] = (*visit.requests, *visit.stored)
            for each in things:
                yield page.url, labels.moment(visit.choice, each.phase), each


def _details(seen: Request | Stored) -> Iterator[str]:
    if isinstance(seen, Request):
        yield seen.kind
    elif seen.kind == "cookie":
        if seen.http_only:
            yield "HttpOnly"
        if seen.partitioned:
            yield "Partitioned"


def _place(seen: Request | Stored) -> str:
    return labels.place(seen.set_by if isinstance(seen, Stored) else seen.initiator)
