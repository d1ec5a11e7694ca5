"""What came without consent: before an answer, after a refusal or a withdrawal, outside of the choice. Pure.

Of something known as a service all requests are one finding; of other hosts, and of each thing that is
stored, one each.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from server.scanner.classify.suggestion import Classify, Suggestion
from server.scanner.declared import Declared
from server.scanner.findings import bare, changes, gathering
from server.scanner.findings.changes import Remedy
from server.scanner.findings.finding import Change, Evidence, Finding, Kind
from server.scanner.findings.gathering import Gathering, Occurrence, Subject
from server.scanner.findings.google import service_of
from server.scanner.findings.origins import Origins
from server.scanner.findings.weighing import (
    OWN,
    Seen,
    answered,
    host_of,
    needs_nothing,
    of_visit,
    unanswered,
)
from server.scanner.observations import Crawl, Page, Phase, Request, Stored, Visit

UNDECIDED_CATEGORY = "CATEGORY"
"""Stands in a line where only the website knows the category."""

_PHASES: tuple[Phase, ...] = ("before", "after", "again")


def find(crawl: Crawl, declared: Declared | None, classify: Classify) -> tuple[Finding, ...]:
    """Findings of these kinds, the weightiest first."""
    gathered = Gathering()
    ours = declared is not None or is_ours(crawl)
    for page in crawl.pages:
        for visit in page.visits:
            origins = Origins(visit)
            for kind, seen in _of_visit(page, visit, classify, declared=declared is not None):
                cure = (
                    _Cure("third_party")
                    if _is_kept(kind, seen)
                    else _cure(seen, origins, classify, ours=ours)
                )
                gathered.add(_subject(kind, seen), _occurrence(kind, seen, cure))
    return gathered.findings()


def is_ours(crawl: Crawl) -> bool:
    """Whether elements are to be marked as this product reads it: it is there, or no other tool is."""
    keys = {tool.key for page in crawl.pages for visit in page.visits for tool in visit.tools}
    return OWN in keys or not keys


def _of_visit(page: Page, visit: Visit, classify: Classify, *, declared: bool) -> Iterator[tuple[Kind, Seen]]:
    before = [phase for phase in _PHASES if unanswered(visit, phase)]
    for seen in of_visit(page, visit, classify, before, declared=declared):
        yield "before-consent", seen
    after = [phase for phase in _PHASES if answered(visit, phase)]
    if not after:
        return
    if visit.choice == "reject_all":
        for seen in of_visit(page, visit, classify, after, declared=declared):
            yield "after-refusal", seen
    elif visit.choice == "only":
        allowed = (visit.category,)
        for seen in of_visit(page, visit, classify, after, declared=declared, allowed=allowed):
            yield "outside-choice", seen
    elif visit.choice == "withdraw":
        # What was stored while it was allowed has to go as well.
        for seen in of_visit(page, visit, classify, _PHASES, declared=declared):
            if seen.item.phase in after if isinstance(seen.item, Request) else seen.item.remains:
                yield (
                    "after-withdrawal",
                    replace(seen, weight="note") if _is_kept("after-withdrawal", seen) else seen,
                )


def _is_kept(kind: Kind, seen: Seen) -> bool:
    """Whether a third party stored it before the withdrawal: no page can delete that."""
    item = seen.item
    return (
        kind == "after-withdrawal"
        and isinstance(item, Stored)
        and item.third_party
        and item.phase == "before"
    )


def _subject(kind: Kind, seen: Seen) -> Subject:
    found = seen.suggestion
    if isinstance(seen.item, Stored):
        return stored_subject(kind, seen.item, found)
    if found is not None and found.key:
        return Subject(kind, "service", found.key)
    return Subject(kind, "request", bare.address(seen.item.host))


def stored_subject(kind: Kind, stored: Stored, found: Suggestion | None) -> Subject:
    """Something stored, by the name that stands for it on every page."""
    name = found.stored_as if found is not None and found.stored_as else bare.name(bare.address(stored.name))
    return Subject(kind, "storage", name, bare.address(host_of(stored)), stored.kind)


@dataclass(frozen=True)
class _Cure:
    """What is to be done."""

    remedy: Remedy
    change: Change | None = None
    carrier: str = ""
    """The tag manager that brings it."""


def _cure(seen: Seen, origins: Origins, classify: Classify, *, ours: bool) -> _Cure:
    if seen.weight == "note":
        return _Cure("look")
    item, found = seen.item, seen.suggestion
    origin = origins.of(item.set_by if isinstance(item, Stored) else item.initiator)
    known = (service_of(each, seen.visit, classify) for each in origin.carriers)
    carriers = [each for each in known if each is not None]
    manager = next((each for each in carriers if each.use == "tag_manager"), None)
    if manager is not None:
        return _Cure("tag_manager", carrier=manager.name)
    if not ours:
        return _Cure("hold_back")
    # What the page itself loads is made to wait: it may be another service, which brought this one.
    loaded = carriers[-1] if carriers and not needs_nothing(carriers[-1]) else found
    category = loaded.category if loaded is not None and loaded.category else UNDECIDED_CATEGORY
    key = loaded.key if loaded is not None else ""
    return _Cure(*changes.held_back(origin.initiator, seen.page, category, key))


def _occurrence(kind: Kind, seen: Seen, cure: _Cure) -> Occurrence:
    found, item = seen.suggestion, seen.item
    facts = {**classified(found), **({"consent_state": seen.consent_state} if seen.consent_state else {})}
    if kind == "outside-choice":
        facts["allowed"] = seen.visit.category
    evidence: Evidence
    if isinstance(item, Stored):
        evidence = gathering.of_stored(seen.page, seen.visit, item)
        facts["lifetime"] = changes.lifetime(item)
        if found is None and not item.third_party:
            facts["unclassified"] = "yes"
        lists: dict[str, str] = {}
    else:
        evidence = gathering.of_request(seen.page, seen.visit, item)
        lists = {"hosts": bare.address(item.host)} if found is not None and found.key else {}
    facts["remedy"] = cure.remedy
    if cure.carrier:
        facts["brought_by"] = cure.carrier
    return Occurrence(
        weight=seen.weight,
        evidence=evidence,
        starts=seen.page.found == "start",
        service=found.catalog_key if found is not None else "",
        facts=facts,
        lists=lists,
        change=lambda: cure.change,
    )


def classified(found: Suggestion | None) -> dict[str, str]:
    """What the facts of a finding say of a classification, and why it is that one."""
    if found is None:
        return {}
    return {
        "name": found.name,
        "category": found.category,
        "source": found.source,
        "certainty": found.certainty,
        "matched": found.why.matched,
        "pattern": found.why.pattern,
    }
