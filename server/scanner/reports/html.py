"""A report as one HTML file, to read, print and attach: no script, nothing loaded from anywhere. Pure.

The template escapes everything; what cannot be seen is written out, and names from right to left turn nothing
that stands beside them.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.core import shipped
from server.core.plain_text import escaped
from server.scanner.findings.finding import Change, Finding
from server.scanner.findings.words import TITLES
from server.scanner.observations import Page, Visit
from server.scanner.reports import labels
from server.scanner.reports.kinds import KIND_WORDS
from server.scanner.reports.report import CANNOT_SAY, Report, Worded, by_kind, declaration_words

MOST_FINDINGS = 500
"""Findings that are shown; all are in JSON."""

MOST_ENTRIES = 300
"""Hosts, cookies and keys of one service that are shown."""

MOST_GROUPS = 500
"""Services that are shown."""

PICTURE_BYTES = 1_000_000
"""The largest picture that is put in."""

PICTURES_BYTES = 10_000_000
"""All pictures of a report; what would be more is left out."""


@dataclass(frozen=True)
class Picture:
    """A picture of a page, in the file itself."""

    number: int
    name: str
    page: str
    caption: str
    source: str


@dataclass(frozen=True)
class ShownFinding:
    """A finding with its place in the report."""

    number: int
    worded: Worded
    diff: tuple[tuple[str, str], ...]
    """Lines with `-` or `+` in front."""
    pictures: tuple[int, ...]


@dataclass(frozen=True)
class ShownPage:
    """A page with what was found on it."""

    page: Page
    faults: tuple[str, ...]
    findings: tuple[int, ...]
    """Numbers of findings whose evidence names it."""


def page(report: Report, pictures: Mapping[str, bytes]) -> bytes:
    """The report.

    :param pictures: files that visits name, as JPEG or PNG; what is neither is left out
    """
    shown = _pictures(report, pictures)
    numbers = {each.name: each.number for each in shown}
    kinds = by_kind(report)
    listed = [worded for _, found in kinds for worded in found][:MOST_FINDINGS]
    findings = [_finding(number, worded, numbers) for number, worded in enumerate(listed, 1)]
    grouped = [
        (KIND_WORDS[kind], kind, [each for each in findings if each.worded.finding.kind == kind])
        for kind, _ in kinds
    ]
    made = (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            crawl=report.crawl,
            host=labels.host_of(report.crawl.start) or report.crawl.start,
            declaration=declaration_words(report.declaration),
            cannot_say=CANNOT_SAY,
            titles=TITLES,
            kinds=[(words, kind, found) for words, kind, found in grouped if found],
            findings_left=len(report.findings) - len(listed),
            pages=[_page(each, findings) for each in _pages(report)],
            groups=report.groups[:MOST_GROUPS],
            groups_left=max(len(report.groups) - MOST_GROUPS, 0),
            most_entries=MOST_ENTRIES,
            pictures=shown,
        )
    )
    return made.encode("utf-8", "replace")


def _finding(number: int, worded: Worded, numbers: Mapping[str, int]) -> ShownFinding:
    finding = worded.finding
    named = dict.fromkeys(each.picture for each in finding.evidence)
    return ShownFinding(
        number,
        worded,
        tuple(_diff(finding.change)) if finding.change else (),
        tuple(numbers[name] for name in named if name in numbers),
    )


def _diff(change: Change) -> Iterator[tuple[str, str]]:
    for sign, text in (("-", change.before), ("+", change.after)):
        for line in text.splitlines():
            yield sign, line


def _pages(report: Report) -> list[Page]:
    """The pages, that which was asked for first; they are observed in any order."""
    return sorted(report.crawl.pages, key=lambda page: (list(labels.FOUND).index(page.found), page.url))


def _page(page: Page, findings: Sequence[ShownFinding]) -> ShownPage:
    return ShownPage(
        page,
        tuple(labels.FAULTS[each] for each in labels.faults_of(page)),
        tuple(each.number for each in findings if _names(each.worded.finding, page.url)),
    )


def _names(finding: Finding, url: str) -> bool:
    return any(each.page == url for each in finding.evidence)


# --- pictures -----------------------------------------------------------------------------------------------


def _pictures(report: Report, pictures: Mapping[str, bytes]) -> list[Picture]:
    """The pictures of the visits in their order, as many as the file may hold."""
    shown: list[Picture] = []
    left = PICTURES_BYTES
    for each, visit, name, caption in _named(report):
        content = pictures.get(name, b"")
        kind = _kind(content)
        if not kind or len(content) > min(left, PICTURE_BYTES):
            continue
        left -= len(content)
        source = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
        title = f"{labels.visit(visit.choice, visit.category)}{caption}"
        shown.append(Picture(len(shown) + 1, name, each.url, title, source))
    return shown


def _named(report: Report) -> Iterator[tuple[Page, Visit, str, str]]:
    for each in _pages(report):
        for visit in each.visits:
            for number, name in enumerate(visit.pictures):
                when = "after the answer" if number else "before the answer"
                yield each, visit, name, "" if visit.choice == "none" else f", {when}"


def _kind(content: bytes) -> str:
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    return "png" if content.startswith(b"\x89PNG\r\n\x1a\n") else ""


# --- the template -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(shipped.folder("templates") / "scanner"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["labels"] = labels
    made.tests["of_the_web"] = _of_the_web
    return made


def _visible(value: object) -> object:
    """A text in which everything can be seen; what is HTML already stays."""
    return escaped(value, keep="\n\t") if isinstance(value, str) and not hasattr(value, "__html__") else value


def _of_the_web(url: str) -> bool:
    """Whether an address may be followed from the report: nothing that would run something."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
