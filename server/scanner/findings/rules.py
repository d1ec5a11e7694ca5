"""All rules together. Pure."""

from server.scanner.classify.suggestion import Classify
from server.scanner.declared import Declared
from server.scanner.findings import (
    consent_mode,
    consent_tools,
    declaration,
    pages,
    undeclared,
    without_consent,
)
from server.scanner.findings.finding import Finding
from server.scanner.findings.gathering import in_order
from server.scanner.observations import Crawl


def find(crawl: Crawl, declared: Declared | None, classify: Classify) -> tuple[Finding, ...]:
    """Everything that observations show, the weightiest first; the same in whatever order they come.

    What was never seen takes several scans: `declaration.find_never_seen`.

    :param declared: what the website declares; None: not known, and nothing is held against it
    """
    found = [
        *without_consent.find(crawl, declared, classify),
        *consent_tools.find(crawl, declared, classify),
        *consent_mode.find(crawl),
        *pages.find(crawl),
    ]
    if declared is not None:
        found += undeclared.find(crawl, declared, classify)
        found += declaration.find_lifetimes(crawl, declared)
        found += declaration.find_reasonless(declared)
    return in_order(found)
