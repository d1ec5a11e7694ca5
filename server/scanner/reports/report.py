"""What a report of a scan says, whatever its form. Pure."""

from dataclasses import dataclass
from typing import Literal

from server.scanner.findings.finding import KINDS, Finding, Kind
from server.scanner.observations import Crawl
from server.scanner.reports.inventory import Group
from server.scanner.reports.summary import Summary

CANNOT_SAY = (
    "It says what a browser saw on these pages at this time, and not whether that is lawful.",
    "It does not fill in forms, does not buy, and sees nothing behind a login unless it was given one.",
    "What a server does with what it gets cannot be seen from outside.",
    "Which service something belongs to is known by names and hosts; each suggestion says by which, and how"
    " certain it is.",
    "Names of cookies, keys and parameters are recorded, never their values.",
)
"""What every report says about itself."""


@dataclass(frozen=True)
class Declaration:
    """Where the website's own declaration was read."""

    source: Literal["published", "draft", "file", "website", "none"]
    """`website`: at the server that the page's own script tag names."""
    name: str = ""
    """Key of the site, name of the file, or address."""
    fault: str = ""
    """Why there is none, as a sentence without its end."""


@dataclass(frozen=True)
class Worded:
    """A finding in words."""

    finding: Finding
    title: str
    explanation: str
    advice: str


@dataclass(frozen=True)
class Report:
    """A scan, what it found, and what all of it belongs to."""

    version: str
    """Of this product."""
    crawl: Crawl
    declaration: Declaration
    findings: tuple[Worded, ...]
    """The heaviest first."""
    groups: tuple[Group, ...]
    summary: Summary


def by_kind(report: Report) -> tuple[tuple[Kind, tuple[Worded, ...]], ...]:
    """The findings of each kind that has some, in the order of `KINDS`."""
    found = {kind: tuple(each for each in report.findings if each.finding.kind == kind) for kind in KINDS}
    return tuple((kind, worded) for kind, worded in found.items() if worded)


def declaration_words(declaration: Declaration) -> str:
    """What the findings were held against, as a sentence."""
    match declaration.source:
        case "published":
            return f"Held against the published banner of the site {declaration.name}."
        case "draft":
            return f"Held against the draft of the site {declaration.name}; nothing is published."
        case "file":
            return f"Held against the declaration in {declaration.name}."
        case "website":
            return f"Held against the website's own declaration, {declaration.name}."
        case "none":
            because = f": {declaration.fault}" if declaration.fault else ""
            return (
                f"Held against no declaration{because}. So what is not declared, and what lives longer than"
                " declared, is not among the findings."
            )
