"""What is wrong with pages as a whole: that they were not observed, or load without encryption. Pure."""

from server.scanner.findings import bare, gathering
from server.scanner.findings.finding import Finding, Weight
from server.scanner.findings.gathering import Gathering, Occurrence, Subject
from server.scanner.findings.weighing import host_of_address
from server.scanner.observations import Crawl, Page, Visit

_EXPECTED = frozenset({"robots", "dialogs", "download", "redirected_away", "not_html"})
"""Faults that are the website's own way, and leave nothing open that a scan should have seen."""

CHOICE_FAILED = "choice_failed"
"""That the banner was still there after the answer: nothing that was seen then tells of it."""


def find(crawl: Crawl) -> tuple[Finding, ...]:
    """Findings of these kinds, the weightiest first."""
    gathered = Gathering()
    for page in crawl.pages:
        for fault in page.faults:
            occurrence = Occurrence(_weight(fault), gathering.of_page(page), page.found == "start")
            gathered.add(_unobserved(crawl, fault), occurrence)
        for visit in page.visits:
            _of_visit(gathered, crawl, page, visit)
    return gathered.findings()


def _of_visit(gathered: Gathering, crawl: Crawl, page: Page, visit: Visit) -> None:
    failed = visit.outcome == "failed" or (visit.outcome == "no_button" and visit.choice != "reject_all")
    for fault in (*visit.faults, *([CHOICE_FAILED] if failed else [])):
        facts = {"choice": visit.choice}
        occurrence = Occurrence(
            _weight(fault), gathering.of_visit(page, visit), page.found == "start", facts=facts
        )
        gathered.add(_unobserved(crawl, fault), occurrence)
    for address in visit.mixed:
        host = bare.address(host_of_address(address)) or "unknown host"
        gathered.add(
            Subject("mixed-content", "request", host),
            Occurrence(
                "warning",
                gathering.of_visit(page, visit, url=address),
                page.found == "start",
            ),
        )


def _unobserved(crawl: Crawl, fault: str) -> Subject:
    return Subject("not-observed", "page", bare.address(crawl.start), fault=fault)


def _weight(fault: str) -> Weight:
    return "note" if fault in _EXPECTED else "warning"
