"""Occurrences on many pages, gathered into findings: the same in whatever order they come. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

from server.scanner.findings import bare
from server.scanner.findings.finding import (
    KINDS,
    Change,
    Evidence,
    Finding,
    Kind,
    SubjectKind,
    Weight,
)
from server.scanner.observations import Choice, Initiator, Page, Phase, Request, Stored, Visit

MOST_EVIDENCE = 10
"""Observations that a finding keeps."""

MOST_NAMED = 8
"""Hosts or names that a finding lists in a fact."""

WEIGHTS: tuple[Weight, ...] = get_args(Weight)

_CHOICES: tuple[Choice, ...] = get_args(Choice)
_PHASES: tuple[Phase, ...] = get_args(Phase)

Facts = Mapping[str, str]

Later = Callable[[], Change | None]
"""Makes the line to change, for the one occurrence of which it is asked."""


@dataclass(frozen=True)
class Subject:
    """What a finding is about."""

    kind: Kind
    subject_kind: SubjectKind
    subject: str
    host: str = ""
    storage_kind: str = ""
    fault: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """What of it the facts of a finding have."""
        named = {"host": self.host, "storage_kind": self.storage_kind, "fault": self.fault}
        return {key: value for key, value in named.items() if value}


@dataclass(frozen=True)
class Occurrence:
    """One observation of what a finding is about."""

    weight: Weight
    evidence: Evidence
    starts: bool = False
    """Whether it was seen on the page that the scan started from."""
    service: str = ""
    """Key in the catalog."""
    facts: Facts = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    """Facts of which all occurrences have their own, to be listed together."""
    change: Later = lambda: None

    @property
    def order(self) -> tuple[object, ...]:
        """By which the first of several is found: the worst, on the first page, in the first visit."""
        seen = self.evidence
        return (
            WEIGHTS.index(self.weight),
            not self.starts,
            seen.page,
            _CHOICES.index(seen.choice),
            _PHASES.index(seen.phase),
            -(2**40) if seen.at is None else seen.at,
            seen.url,
            seen.initiator.url,
            seen.initiator.line or 0,
            seen.initiator.element,
            seen.initiator.stack,
            seen.picture,
            self.service,
            sorted(self.facts.items()),
        )


class Gathering:
    """Occurrences by what they are about."""

    def __init__(self) -> None:
        self._found: dict[Subject, dict[tuple[str, Choice, Phase], Occurrence]] = {}
        self._lists: dict[Subject, dict[str, set[str]]] = {}

    def add(self, subject: Subject, occurrence: Occurrence) -> None:
        """Add an occurrence. Of those of a visit and a phase the first is kept."""
        places = self._found.setdefault(subject, {})
        seen = occurrence.evidence
        place = (seen.page, seen.choice, seen.phase)
        if place not in places or occurrence.order < places[place].order:
            places[place] = occurrence
        for key, value in occurrence.lists.items():
            self._lists.setdefault(subject, {}).setdefault(key, set()).add(value)

    def findings(self) -> tuple[Finding, ...]:
        """A finding for each subject, the weightiest first."""
        made = (self._finding(subject, places.values()) for subject, places in self._found.items())
        return in_order(made)

    def _finding(self, subject: Subject, occurrences: Iterable[Occurrence]) -> Finding:
        ordered = sorted(occurrences, key=lambda each: each.order)
        first = ordered[0]
        lists = {key: listed(values) for key, values in self._lists.get(subject, {}).items()}
        return Finding(
            kind=subject.kind,
            weight=first.weight,
            subject_kind=subject.subject_kind,
            subject=subject.subject,
            service=first.service,
            facts={**subject.facts, **lists, **first.facts},
            evidence=tuple(each.evidence for each in _spread(ordered)),
            pages=len({each.evidence.page for each in ordered}),
            change=first.change(),
        )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings, the weightiest first, then by kind and subject."""
    return tuple(
        sorted(
            findings,
            key=lambda each: (
                WEIGHTS.index(each.weight),
                KINDS.index(each.kind),
                each.subject_kind,
                each.subject,
                each.fingerprint,
            ),
        )
    )


def listed(values: Iterable[str]) -> str:
    """Values in their order with commas between them, and how many more there are."""
    ordered = sorted(values)
    more = len(ordered) - MOST_NAMED
    return ", ".join(ordered[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _spread(ordered: list[Occurrence]) -> list[Occurrence]:
    """The first of each page before a second of any, in their order."""
    pages: set[str] = set()
    firsts: list[Occurrence] = []
    others: list[Occurrence] = []
    for each in ordered:
        (others if each.evidence.page in pages else firsts).append(each)
        pages.add(each.evidence.page)
    kept = (firsts + others)[:MOST_EVIDENCE]
    return sorted(kept, key=lambda each: each.order)


# --- what shows something ----------------------------------------------------------------------------------


def of_request(page: Page, visit: Visit, request: Request) -> Evidence:
    """A request as evidence."""
    return Evidence(
        page=bare.address(page.url),
        choice=visit.choice,
        phase=request.phase,
        at=request.at,
        url=bare.address(request.url),
        initiator=_initiator(request.initiator),
        picture=picture(visit, request.phase),
    )


def of_stored(page: Page, visit: Visit, stored: Stored) -> Evidence:
    """Something stored as evidence."""
    return Evidence(
        page=bare.address(page.url),
        choice=visit.choice,
        phase=stored.phase,
        initiator=_initiator(stored.set_by),
        picture=picture(visit, stored.phase),
    )


def of_visit(page: Page, visit: Visit, *, url: str = "", initiator: Initiator | None = None) -> Evidence:
    """A visit as a whole as evidence."""
    phase: Phase = "before" if visit.choice in ("none", "withdraw") else "after"
    return Evidence(
        page=bare.address(page.url),
        choice=visit.choice,
        phase=phase,
        url=bare.address(url),
        initiator=_initiator(initiator or Initiator()),
        picture=picture(visit, phase),
    )


def of_page(page: Page) -> Evidence:
    """A page that was not visited as evidence."""
    return Evidence(page=bare.address(page.url), choice="none", phase="before")


def picture(visit: Visit, phase: Phase) -> str:
    """The picture of a visit that was made in a phase."""
    if not visit.pictures:
        return ""
    return visit.pictures[0] if phase == "before" else visit.pictures[-1]


def _initiator(found: Initiator) -> Initiator:
    return replace(
        found,
        url=bare.address(found.url),
        element=bare.markup(found.element),
        stack=tuple(_place(each) for each in found.stack[:MOST_EVIDENCE]),
    )


def _place(place: str) -> str:
    """A place in a script, `URL:line`, without the query of its address."""
    url, _, line = place.rpartition(":")
    return f"{bare.address(url)}:{line}" if line.isdigit() else bare.address(place)
