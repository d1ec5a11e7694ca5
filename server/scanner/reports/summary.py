"""How much each kind of visit asked for and stored, before the answer and after it. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from server.scanner.observations import Choice, Crawl, Fault, Outcome, Page, Visit


@dataclass(frozen=True)
class Amount:
    """What was seen in one part of visits."""

    requests: int
    """To anybody."""
    third_parties: int
    """Different hosts of other registrable domains that were asked."""
    stored: int
    """Different cookies, keys and the like that were there first in this part."""


@dataclass(frozen=True)
class Row:
    """All visits that answered the same."""

    choice: Choice
    category: str
    visits: int
    outcomes: Mapping[Outcome, int]
    before: Amount
    after: Amount | None
    """After the answer, and after loading again; None: there was no answer to make."""


@dataclass(frozen=True)
class Summary:
    """A scan in figures."""

    pages: int
    """That were shown in at least one visit."""
    unvisited: int
    """That never were."""
    left: int
    """That were found and not asked for."""
    rows: tuple[Row, ...]
    weights: Mapping[str, int] = field(default_factory=dict)
    """How many findings there are of each weight."""


_NOT_SHOWN: frozenset[Fault] = frozenset(
    {"unreachable", "address_not_allowed", "not_html", "too_many_redirects", "redirected_away", "robots"}
)
"""Faults with which nothing is shown. An error of the server is a page, and one that is too slow or too large
is one in part."""

_ORDER: tuple[Choice, ...] = ("none", "reject_all", "accept_all", "only", "withdraw")


def rows(crawl: Crawl) -> tuple[Row, ...]:
    """What each kind of visit saw, over all pages."""
    grouped: dict[tuple[Choice, str], list[Visit]] = {}
    for page in crawl.pages:
        for visit in page.visits:
            grouped.setdefault((visit.choice, visit.category), []).append(visit)
    ordered = sorted(grouped, key=lambda key: (_ORDER.index(key[0]), key[1]))
    return tuple(_row(choice, category, grouped[choice, category]) for choice, category in ordered)


def summary(crawl: Crawl, weights: Iterable[str]) -> Summary:
    """A scan in figures, with the weights of its findings."""
    visited = sum(map(shown, crawl.pages))
    return Summary(
        pages=visited,
        unvisited=len(crawl.pages) - visited,
        left=crawl.left,
        rows=rows(crawl),
        weights=dict(Counter(weights)),
    )


def shown(page: Page) -> bool:
    """Whether the browser showed a page in at least one visit."""
    return any(_NOT_SHOWN.isdisjoint(visit.faults) for visit in page.visits)


def _row(choice: Choice, category: str, visits: list[Visit]) -> Row:
    return Row(
        choice=choice,
        category=category,
        visits=len(visits),
        outcomes=dict(Counter(visit.outcome for visit in visits)),
        before=_amount(visits, answered=False),
        after=None if choice == "none" else _amount(visits, answered=True),
    )


def _amount(visits: list[Visit], *, answered: bool) -> Amount:
    requests = [each for visit in visits for each in visit.requests if (each.phase != "before") is answered]
    stored = {
        (each.kind, each.host, each.name)
        for visit in visits
        for each in visit.stored
        if (each.phase != "before") is answered
    }
    return Amount(len(requests), len({each.host for each in requests if each.third_party}), len(stored))
