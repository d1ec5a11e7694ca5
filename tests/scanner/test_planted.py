"""What a scan finds of a website with known violations, and of its twin without them.

Real names of third parties, the real banner, a real browser; nothing leaves the machine.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask_migrate import upgrade

from server.app import create_app
from server.core import clock
from server.core.db import db
from server.scanner import declared, known_lists
from server.scanner.crawl import running
from server.scanner.crawl.job import Job
from server.scanner.findings import rules
from server.scanner.findings.finding import Finding
from tests.conftest import settings_for
from tests.scanner.planted import violations, website
from tests.scanner.planted.violations import CONSENT, SHOP, Violation

pytestmark = pytest.mark.scanner

LEAST_RECALL = 0.95


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The consent server of both twins, with the banner published."""
    app = create_app(settings_for(tmp_path_factory.mktemp("product"), public_url=f"https://{CONSENT}"))
    with app.app_context():
        upgrade()
    website.published(app)
    yield app
    with app.app_context():
        db.engine.dispose()


def scanned(product: Flask, folder: Path, *, planted: bool) -> tuple[Finding, ...]:
    """What a scan of one of the twins finds, held against its declaration."""
    with website.serving(product, folder, planted=planted) as served:
        crawl = running.crawl(
            Job(
                start=f"https://{SHOP}/",
                connect_to=served.connect_to,
                any_certificate=True,
                categories=("functional", "statistics", "advertising"),
            ),
            now=clock.now,
        )
    assert crawl.whole
    assert {urlsplit(page.url).path for page in crawl.pages} == set(website.PAGES)
    held = declared.of_document(website.declared())
    return rules.find(crawl, held, known_lists.classifier(held))


def found(violation: Violation, findings: Sequence[Finding]) -> bool:
    """Whether one of the findings is about what was planted."""
    return any(violation.kind == each.kind and _names(each, violation.subject) for each in findings)


def _names(finding: Finding, subject: str) -> bool:
    named = [finding.subject, *(part for fact in finding.facts.values() for part in fact.split(", "))]
    pages = {urlsplit(each.page).path for each in finding.evidence}
    return any(fnmatchcase(subject, each) for each in named) or subject in pages


def test_a_scan_finds_what_a_website_does_without_consent(product: Flask, tmp_path: Path) -> None:
    findings = scanned(product, tmp_path, planted=True)
    missed = [each.name for each in violations.ALL if not found(each, findings)]
    assert len(violations.ALL) >= 40
    assert 1 - len(missed) / len(violations.ALL) >= LEAST_RECALL, missed


def test_a_scan_finds_nothing_where_everything_waits_for_an_answer(product: Flask, tmp_path: Path) -> None:
    findings = scanned(product, tmp_path, planted=False)
    assert [(each.kind, each.subject, dict(each.facts)) for each in findings] == []
