"""A scan for code scanning: SARIF 2.1.0."""

import json
import re
from typing import Any

import pytest

from server.core.plain_text import unseen
from server.scanner.findings.finding import KINDS
from server.scanner.reports import sarif
from server.scanner.reports.report import Report
from tests.scanner.reports import scans

REFERENCE = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+(?:/(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)*|\.")
"""A relative reference without a scheme, a query or a fragment (RFC 3986, § 4.2)."""

REPORTS = {"shop": scans.shop, "clean": scans.clean, "hostile": scans.hostile}


def run(report: Report) -> dict[str, Any]:
    log = json.loads(sarif.log(report))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    found: dict[str, Any] = log["runs"][0]
    return found


def texts(value: object) -> list[str]:
    """Every text in a JSON value, names of members too."""
    if isinstance(value, dict):
        return [text for name, each in value.items() for text in (name, *texts(each))]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def locations(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["physicalLocation"] for each in result["locations"]]


def test_a_result_has_its_rule_its_weight_its_place_and_what_to_do() -> None:
    made = run(scans.shop())
    first, second, third = made["results"]
    rules = made["tool"]["driver"]["rules"]
    assert [rules[each["ruleIndex"]]["id"] for each in made["results"]] == [
        each["ruleId"] for each in made["results"]
    ]
    assert [each["level"] for each in made["results"]] == ["error", "warning", "note"]
    assert locations(first) == [{"artifactLocation": {"uri": "shop.example"}, "region": {"startLine": 12}}]
    assert first["message"]["text"] == (
        "Stats was requested before an answer\nstats.example was asked.\nMark it.\n"
        'In https://shop.example/:12:\n- <script src="https://stats.example/s.js">\n'
        '+ <script type="text/plain" data-consent="statistics" src="https://stats.example/s.js">'
    )
    assert "In the banner document:\n+ " in second["message"]["text"]
    assert locations(third)[0]["artifactLocation"]["uri"] == "shop.example/slow"
    assert first["properties"]["addresses"] == ["https://shop.example/"]


def test_a_line_that_is_replaced_is_a_fix_and_an_addition_elsewhere_is_none() -> None:
    first, second, third = run(scans.shop())["results"]
    (change,) = first["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert change["artifactLocation"] == {"uri": "shop.example"}
    assert replacement["deletedRegion"] == {"startLine": 12, "snippet": {"text": scans.TAG}}
    assert replacement["insertedContent"]["text"].startswith('<script type="text/plain"')
    assert "fixes" not in second
    assert "fixes" not in third


def test_a_finding_is_known_again_by_its_subject_and_not_by_its_pages() -> None:
    one, other = scans.shop(), scans.report(scans.clean().crawl, *scans.shop().findings)
    prints = [[each["partialFingerprints"] for each in run(report)["results"]] for report in (one, other)]
    assert prints[0] == prints[1]
    assert len({each["primaryLocationLineHash"] for each in prints[0]}) == 3


def test_every_kind_has_a_rule_with_help() -> None:
    rules = run(scans.clean())["tool"]["driver"]["rules"]
    assert tuple(each["id"] for each in rules) == KINDS
    for each in rules:
        assert each["help"]["text"]
        assert each["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert re.fullmatch(r"[A-Z][A-Za-z]+", each["name"])


@pytest.mark.parametrize("name", REPORTS)
def test_places_are_references_without_a_scheme_whatever_a_page_is_called(name: str) -> None:
    for result in run(REPORTS[name]())["results"]:
        assert result["locations"], result
        for each in locations(result):
            assert REFERENCE.fullmatch(each["artifactLocation"]["uri"]), each
            assert each["region"]["startLine"] >= 1


def test_what_cannot_be_seen_is_written_out() -> None:
    made = texts(json.loads(sarif.log(scans.hostile())))
    assert [text for text in made if unseen(text.replace("\n", "").replace("\t", ""))] == []


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://shop.example/a/b.js", "shop.example/a/b.js"),
        ("http://127.0.0.1:8000/a/", "127.0.0.1%3A8000/a/"),
        ("https://shop.example/../../etc/%2e%2e/x", "shop.example/etc/x"),
        ("https://shop.example//evil.example", "shop.example/evil.example"),
        ("https://shop.example/%zz", "shop.example/%25zz"),
        ("https://blåbær.example/ø", "bl%C3%A5b%C3%A6r.example/%C3%B8"),
        ("javascript:alert(1)", "alert%281%29"),
        ("https://[::1", "https%3A/%5B%3A%3A1"),
        ("", "."),
    ],
)
def test_an_address_becomes_its_host_and_path(url: str, path: str) -> None:
    assert sarif.path_of(url) == path


def test_a_scan_that_was_stopped_is_told_as_such_with_its_times() -> None:
    stopped, whole = run(scans.hostile()), run(scans.clean())
    assert stopped["invocations"][0]["executionSuccessful"] is False
    assert whole["invocations"] == [
        {
            "executionSuccessful": True,
            "startTimeUtc": "2026-11-22T12:00:00Z",
            "endTimeUtc": "2026-11-22T12:03:00Z",
        }
    ]


def test_more_results_than_a_run_may_have_are_counted() -> None:
    one = scans.shop().findings[0]
    made = run(scans.report(scans.clean().crawl, *[one] * (sarif.MOST_RESULTS + 2)))
    assert (len(made["results"]), made["properties"]["leftOut"]) == (sarif.MOST_RESULTS, 2)
