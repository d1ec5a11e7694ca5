"""A report as one JSON value, for other programs. Pure."""

from typing import Any

import msgspec

from server.scanner.reports.report import Report, Worded, declaration_words

VERSION = 1
"""Of the shape; what is added does not change it."""


def value(report: Report) -> dict[str, Any]:
    """The whole report: what was found, what was seen, and all observations."""
    return {
        "version": VERSION,
        "tool": {"name": "samtykke", "version": report.version},
        "declaration": {
            **msgspec.to_builtins(report.declaration),
            "sentence": declaration_words(report.declaration),
        },
        "summary": msgspec.to_builtins(report.summary),
        "findings": [_finding(each) for each in report.findings],
        "services": msgspec.to_builtins(report.groups),
        "crawl": msgspec.to_builtins(report.crawl),
    }


def _finding(worded: Worded) -> dict[str, Any]:
    finding = worded.finding
    return {
        "fingerprint": finding.fingerprint,
        "title": worded.title,
        "explanation": worded.explanation,
        "advice": worded.advice,
        **msgspec.to_builtins(finding),
    }
