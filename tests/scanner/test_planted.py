"""What a scan finds of a website with known violations, and of its twin without them.

Real names of third parties, the real banner, a real browser; nothing leaves the machine.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.scanner.planted import measuring, violations

pytestmark = pytest.mark.scanner

LEAST_RECALL = 0.95


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The consent server of both twins."""
    with measuring.product(tmp_path_factory.mktemp("product")) as app:
        yield app


def test_a_scan_finds_what_a_website_does_without_consent(product: Flask, tmp_path: Path) -> None:
    findings = measuring.scanned(product, tmp_path, planted=True)
    missed = [each.name for each in violations.ALL if not measuring.found(each, findings)]
    assert len(violations.ALL) >= 40
    assert 1 - len(missed) / len(violations.ALL) >= LEAST_RECALL, missed


def test_a_scan_finds_nothing_where_everything_waits_for_an_answer(product: Flask, tmp_path: Path) -> None:
    findings = measuring.scanned(product, tmp_path, planted=False)
    assert [(each.kind, each.subject, dict(each.facts)) for each in findings] == []
