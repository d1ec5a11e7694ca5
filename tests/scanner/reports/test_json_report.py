"""A scan as one JSON value."""

import json

import msgspec

from server.scanner.observations import read
from server.scanner.reports import json_report
from tests.scanner.reports import scans


def test_a_report_has_its_program_declaration_figures_findings_and_all_observations() -> None:
    report = scans.shop()
    made = json.loads(json.dumps(json_report.value(report)))
    assert (made["version"], made["tool"]) == (1, {"name": "samtykke", "version": "0.1.0"})
    assert made["declaration"]["source"] == "published"
    assert made["summary"]["weights"] == {"fault": 1, "warning": 1, "note": 1}
    first = made["findings"][0]
    assert first["fingerprint"] == report.findings[0].finding.fingerprint
    assert (first["kind"], first["weight"], first["pages"]) == ("before-consent", "fault", 2)
    assert first["title"] == "Stats was requested before an answer"
    assert first["change"]["line"] == 12
    assert [group["name"] for group in made["services"]] == ["Stats", "The website itself"]
    assert read(msgspec.json.encode(made["crawl"])) == report.crawl


def test_hostile_names_are_there_as_they_are_and_end_no_text() -> None:
    made = json.loads(json.dumps(json_report.value(scans.hostile())))
    assert [each["subject"] for each in made["findings"]] == list(scans.HOSTILE)
