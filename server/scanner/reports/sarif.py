"""A report as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), for code scanning. Pure.

A page is named by host and path, without its scheme: GitHub refuses a whole file in which an address has
another scheme than the files of the checkout. The whole address is in the properties of a result.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from server.core.plain_text import escaped
from server.scanner.findings.finding import KINDS, Change, Evidence, Kind, Weight
from server.scanner.findings.words import TITLES
from server.scanner.reports import labels
from server.scanner.reports.kinds import KIND_WORDS
from server.scanner.reports.report import Report, Worded, declaration_words

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

MOST_RESULTS = 5_000
"""Results of a run; GitHub keeps as many."""

_LEVELS: Mapping[Weight, str] = {"fault": "error", "warning": "warning", "note": "note"}

_USUAL: Mapping[Kind, Weight] = {
    "never-seen": "note",
    "no-refusal": "warning",
    "necessary-without-reason": "warning",
    "not-observed": "note",
}
"""What findings of a kind mostly weigh, where that is no fault."""


def log(report: Report) -> bytes:
    """The file, in UTF-8."""
    value = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json.dumps(value, indent=1, allow_nan=False).encode() + b"\n"


def _run(report: Report) -> dict[str, Any]:
    crawl = report.crawl
    return {
        "tool": {
            "driver": {
                "name": "samtykke scan",
                "version": report.version,
                "rules": [_rule(kind) for kind in KINDS],
            }
        },
        "invocations": [
            {
                "executionSuccessful": crawl.whole,
                **_time("startTimeUtc", crawl.begun_at),
                **_time("endTimeUtc", crawl.ended_at),
            }
        ],
        "results": [_result(each) for each in report.findings[:MOST_RESULTS]],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "start": escaped(crawl.start),
            "browser": escaped(crawl.browser),
            "pages": report.summary.pages,
            "declaration": escaped(declaration_words(report.declaration)),
            "leftOut": max(len(report.findings) - MOST_RESULTS, 0),
        },
    }


def _time(name: str, text: str) -> dict[str, str]:
    """A time in the form of the format (§ 3.9); nothing if it is none."""
    moment = labels.moment_of(text)
    return {name: moment.strftime("%Y-%m-%dT%H:%M:%SZ")} if moment else {}


def _rule(kind: Kind) -> dict[str, Any]:
    words = KIND_WORDS[kind]
    return {
        "id": kind,
        "name": "".join(word.capitalize() for word in kind.split("-")),
        "shortDescription": {"text": TITLES[kind]},
        "fullDescription": {"text": words.seen},
        "help": {
            "text": f"{words.seen}\n\n{words.change}",
            "markdown": f"**Seen:** {words.seen}\n\n**What to do:** {words.change}",
        },
        "defaultConfiguration": {"level": _LEVELS[_USUAL.get(kind, "fault")]},
        "properties": {"tags": ["privacy", "consent"]},
    }


def _result(worded: Worded) -> dict[str, Any]:
    finding = worded.finding
    digest = hashlib.sha256(finding.fingerprint.encode("utf-8", "replace")).hexdigest()
    made: dict[str, Any] = {
        "ruleId": finding.kind,
        "ruleIndex": KINDS.index(finding.kind),
        "level": _LEVELS[finding.weight],
        "message": {"text": escaped(_message(worded), keep="\n")},
        "locations": _locations(worded),
        # The first is the one by which GitHub knows an alert again.
        "partialFingerprints": {
            "primaryLocationLineHash": f"{digest[:16]}:1",
            "samtykkeFinding/v1": digest,
        },
        "properties": {
            "subject": escaped(finding.subject),
            "service": escaped(finding.service),
            "pages": finding.pages,
            "addresses": list(dict.fromkeys(escaped(each.page) for each in finding.evidence)),
            "facts": {escaped(name): escaped(text) for name, text in finding.facts.items()},
        },
    }
    fix = finding.change and _fix(finding.change)
    return {**made, "fixes": [fix]} if fix else made


def _message(worded: Worded) -> str:
    """What was seen and what to do, with the change, where it is one that no tool can make by itself."""
    change = worded.finding.change
    said = [worded.title, worded.explanation, worded.advice]
    if change is not None and (change.before or change.after):
        where = (change.place or "the banner document") + (f":{change.line}" if change.line else "")
        said.append(
            f"In {where}:\n"
            + "\n".join(
                f"{sign} {line}"
                for sign, text in (("-", change.before), ("+", change.after))
                for line in text.splitlines()
            )
        )
    return "\n".join(filter(None, said))


# --- places -------------------------------------------------------------------------------------------------


def _locations(worded: Worded) -> list[dict[str, Any]]:
    """Where it is: the lines that are named, each once, else the pages."""
    places = dict.fromkeys(map(_place, worded.finding.evidence))
    change = worded.finding.change
    if change is not None and change.place:
        # Tools show the first alone; that is the line to change.
        places = dict.fromkeys(((change.place, change.line), *places))
    if not places:
        places = {(worded.finding.subject, None): None}
    return [_location(url, line) for url, line in places]


def _place(evidence: Evidence) -> tuple[str, int | None]:
    initiator = evidence.initiator
    return (initiator.url, initiator.line) if initiator.url else (evidence.page, None)


def _location(url: str, line: int | None) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": path_of(url)},
            "region": {"startLine": max(line or 1, 1)},
        }
    }


def path_of(url: str) -> str:
    """An address as a relative URI reference (RFC 3986, § 4.2): its host and path."""
    try:
        parts = urlsplit(url)
        host, port, path = parts.hostname or "", parts.port, parts.path
    except ValueError:
        host, port, path = "", None, url
    segments = [each for each in unquote(path).split("/") if each not in ("", ".", "..")]
    end = "/" if path.endswith("/") and segments else ""
    if host:
        # A colon in the first segment would end a scheme; here it is percent-encoded.
        segments = [f"{host}:{port}" if port else host, *segments]
    return "/".join(quote(each, safe="") for each in segments) + end if segments else "."


# --- changes ------------------------------------------------------------------------------------------------


def _fix(change: Change) -> dict[str, Any] | None:
    """The change for tools, where it replaces something at a known line."""
    if not (change.place and change.line and change.before and change.after):
        return None
    return {
        "description": {"text": f"Replace it in {escaped(labels.host_of(change.place))}."},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": path_of(change.place)},
                "replacements": [
                    {
                        "deletedRegion": {
                            "startLine": change.line,
                            "snippet": {"text": escaped(change.before, keep="\n\t")},
                        },
                        "insertedContent": {"text": escaped(change.after, keep="\n\t")},
                    }
                ],
            }
        ],
    }
