"""Which consent state Google's tags received, and when. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from server.scanner.findings import gathering, google
from server.scanner.findings.finding import Evidence, Finding, Weight
from server.scanner.findings.gathering import Gathering, Occurrence, Subject
from server.scanner.findings.weighing import answered, unanswered
from server.scanner.observations import Command, Crawl, Page, Visit

NAME = "Google Consent Mode"

STARTS = ("gtm.start", "gtm.js")
"""Events with which Google's tag manager starts."""


@dataclass(frozen=True)
class _Fault:
    """Something wrong with the consent state that the tags received."""

    fault: str
    """`default_missing`, `default_late`, `default_granted`, `type_missing`, `update_missing` or
    `granted_after_refusal`."""
    weight: Weight
    evidence: Evidence
    lists: dict[str, str] = field(default_factory=dict)


def find(crawl: Crawl) -> tuple[Finding, ...]:
    """Findings of this kind, the weightiest first; none where no tag of Google's was seen."""
    gathered = Gathering()
    for page in crawl.pages:
        for visit in page.visits:
            for each in _of_visit(page, visit):
                subject = Subject("consent-mode", "service", NAME, fault=each.fault)
                occurrence = Occurrence(
                    each.weight, each.evidence, page.found == "start", facts={"name": NAME}, lists=each.lists
                )
                gathered.add(subject, occurrence)
    return gathered.findings()


def _of_visit(page: Page, visit: Visit) -> Iterator[_Fault]:
    if not any(google.is_tag(each) for each in visit.requests):
        return
    yield from _of_default(page, visit)
    yield from _of_update(page, visit)
    yield from _of_refusal(page, visit)


def _of_default(page: Page, visit: Visit) -> Iterator[_Fault]:
    """What is wrong with what counts until the visitor has answered.

    Only of visits in which that still counts at the end: in others a page may know the answer, and tell it.
    """
    early = [each for each in visit.requests if google.is_tag(each) and unanswered(visit, each.phase)]
    if visit.choice not in ("none", "reject_all") or not early:
        return
    first = min(early, key=lambda each: (each.at, repr(each)))
    evidence = gathering.of_request(page, visit, first)
    defaults = [each for each in visit.commands if each.name == "consent_default"]
    if not defaults:
        yield _Fault("default_missing", "warning", evidence)
        return
    if _started_before_default(visit.commands):
        yield _Fault("default_late", "warning", evidence)
    everywhere = [each for each in defaults if not google.is_regional(each)]
    granted = {
        kind
        for each in everywhere
        for kind, value in google.settings(each).items()
        if kind in google.TYPES and value == "granted"
    }
    for kind in granted:
        yield _Fault("default_granted", "fault", evidence, {"types": kind})
    named = {kind for each in defaults for kind in google.settings(each)}
    for kind in (each for each in google.TYPES if each not in named):
        yield _Fault("type_missing", "warning", evidence, {"types": kind})


def _started_before_default(commands: tuple[Command, ...]) -> bool:
    for each in commands:
        if each.name == "consent_default":
            return False
        if each.name in ("config", "js") or (each.name == "event" and set(each.parameters) & set(STARTS)):
            return True
    return False


def _of_update(page: Page, visit: Visit) -> Iterator[_Fault]:
    """That tags never received a consent."""
    if visit.choice != "accept_all" or visit.outcome != "made":
        return
    said = [each for each in visit.commands if each.name in ("consent_default", "consent_update")]
    denied = any("denied" in google.settings(each).values() for each in said)
    allowed = any(
        value == "granted" and kind in google.TYPES
        for each in said
        for kind, value in google.settings(each).items()
    )
    if denied and not allowed:
        yield _Fault("update_missing", "warning", gathering.of_visit(page, visit))


def _of_refusal(page: Page, visit: Visit) -> Iterator[_Fault]:
    """That tags believe in a consent after everything was refused."""
    if visit.choice not in ("reject_all", "withdraw"):
        return
    for each in visit.requests:
        if answered(visit, each.phase) and google.grants(each.consent_state):
            evidence = gathering.of_request(page, visit, each)
            yield _Fault("granted_after_refusal", "fault", evidence, {"states": each.consent_state})
