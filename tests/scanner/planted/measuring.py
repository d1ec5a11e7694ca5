"""Scans of the planted website and its twin, and whether what was planted is found."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

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
from tests.scanner.planted import website
from tests.scanner.planted.violations import CONSENT, SHOP, Violation


@contextmanager
def product(folder: Path) -> Iterator[Flask]:
    """The consent server of both twins, with the banner published."""
    app = create_app(settings_for(folder, public_url=f"https://{CONSENT}"))
    with app.app_context():
        upgrade()
    website.published(app)
    yield app
    with app.app_context():
        db.engine.dispose()


def scanned(app: Flask, folder: Path, *, planted: bool) -> tuple[Finding, ...]:
    """What a scan of one of the twins finds, held against its declaration."""
    with website.serving(app, folder, planted=planted) as served:
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
