"""Scanning a website, without a database: visit it, say what belongs to whom, and find what is wrong.

Nothing here needs the extra `scanner` but the crawl, which comes in as a function.
"""

import importlib.metadata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from server.core.addresses import FetchFault
from server.core.errors import Invalid
from server.core.guarded_fetch import Answer
from server.scanner import declared as declarations
from server.scanner import known_lists
from server.scanner.crawl import running
from server.scanner.crawl.job import MOST_PAGES, Job
from server.scanner.declared import Declared
from server.scanner.findings import rules, words
from server.scanner.findings.finding import KINDS, Finding, Kind, Weight
from server.scanner.observations import Crawl
from server.scanner.page import decoded, read
from server.scanner.reports import html, inventory, json_report, labels, sarif, text
from server.scanner.reports.report import Declaration, Report, Worded
from server.scanner.reports.summary import summary
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import NECESSARY

DECLARATION_BYTES = 2_000_000
"""How much of a website's declaration is read."""

FIRST_TIMES = 4
"""How many times as long the first page is left alone as the others, since tags may come late."""

_LONGEST_FIRST = 300.0


class Crawling(Protocol):
    """Visits the pages of a website: `server.scanner.crawl.running.crawl`."""

    def __call__(
        self,
        job: Job,
        *,
        now: Callable[[], datetime],
        progress: Callable[[running.Progress], None],
        state: Path | None,
    ) -> Crawl:
        """Visit them.

        :raises NotPossible: something is missing on this machine.
        :raises ValueError: the job cannot be done.
        """


@dataclass(frozen=True)
class Wanted:
    """What is to be scanned, and how."""

    start: str
    """Address of the first page."""
    listed: tuple[str, ...] = ()
    """Addresses of further pages; where there are some, no others are looked for."""
    pages: int | None = None
    """How many are visited at most; None: those that are listed, else 20."""
    wait: float = 10
    """Seconds for which a page is left alone."""
    each_category: bool = False
    """Whether each category is also allowed alone, in a visit of its own."""
    robots: bool = True
    """Whether pages are left out that robots.txt says are not for robots."""
    login: Path | None = None
    """File with the cookies of a login."""
    pictures: Path | None = None
    """Folder for pictures of the pages."""
    browser: Path | None = None
    """Chromium; None: the one that is found."""
    state: Path | None = None
    """File by which a scan that was stopped goes on."""


@dataclass(frozen=True)
class Held:
    """A declaration that a scan is held against."""

    declared: Declared | None
    declaration: Declaration


NOT_GIVEN = Held(None, Declaration("none"))
"""None was given: the website's own is looked for."""


def scan(
    wanted: Wanted,
    held: Held,
    *,
    get: Callable[[str], Answer],
    now: Callable[[], datetime],
    progress: Callable[[int, int], None],
    crawl: Crawling | None = None,
) -> Report:
    """Scan a website.

    :param get: gets what is at a URL, at most `DECLARATION_BYTES` of it; raises `FetchFault`
    :param progress: called with the number of pages that were visited, and of those that were found
    :param crawl: visits the pages; None: in a browser, in a process of its own
    :raises Invalid: it cannot be done, and what is missing for it.
    """
    categories: tuple[str, ...] = ()
    if wanted.each_category:
        held = held if held.declared else _before_the_crawl(wanted.start, get)
        if held.declared is None:
            raise Invalid(
                f"which categories there are is not known: {held.declaration.fault}; name a declaration"
            )
        categories = tuple(each for each in held.declared.categories if each != NECESSARY)
    try:
        made = (crawl or running.crawl)(
            job(wanted, categories),
            now=now,
            progress=lambda far: progress(far.done, far.found),
            state=wanted.state,
        )
    except (running.NotPossible, ValueError) as fault:
        raise Invalid(str(fault).rstrip(".")) from fault
    if held.declared is None:
        held = _of_crawl(made, get)
    return report(made, held)


def report(made: Crawl, held: Held) -> Report:
    """What the observations of a website show."""
    classify = known_lists.classifier(held.declared)
    found = rules.find(made, held.declared, classify)
    return Report(
        version=importlib.metadata.version("samtykke"),
        crawl=made,
        declaration=held.declaration,
        findings=tuple(map(_worded, found)),
        groups=inventory.groups(made, classify),
        summary=summary(made, (each.weight for each in found)),
    )


def _worded(finding: Finding) -> Worded:
    said = words.of(finding)
    return Worded(finding, said.title, said.explanation, said.action)


def job(wanted: Wanted, categories: tuple[str, ...]) -> Job:
    """What the browser is asked for."""
    listed = tuple(urljoin(wanted.start, each) for each in wanted.listed)
    pages = wanted.pages or (len({wanted.start, *listed}) if listed else Job.pages)
    return Job(
        start=wanted.start,
        listed=listed,
        follow=not listed,
        pages=pages,
        wait=wanted.wait,
        first_wait=min(FIRST_TIMES * wanted.wait, _LONGEST_FIRST),
        categories=categories,
        robots=wanted.robots,
        allow_private=True,
        storage_state=_path(wanted.login),
        pictures=_path(wanted.pictures),
        browser=_path(wanted.browser),
        # A minute a page is much; where it is not enough, what was done is kept.
        seconds=max(Job.seconds, 60.0 * min(pages, MOST_PAGES)),
    )


def _path(path: Path | None) -> str:
    """A path that is the same from everywhere: the browser's process starts in a folder of its own."""
    return str(path.absolute()) if path else ""


# --- what it is held against --------------------------------------------------------------------------------


def of_site(key: str, document: Document, *, published: bool) -> Held:
    """The banner document of a site, published or its draft."""
    return Held(declarations.of_document(document), Declaration("published" if published else "draft", key))


def of_file(name: str, value: object) -> Held:
    """The declaration in a file: a banner document, or what `cookies.json` of a site answers.

    :param value: the JSON in it
    :raises Invalid: it is neither.
    """
    held = Declaration("file", name)
    if isinstance(value, dict) and "services" in value:
        return Held(declarations.of_document(sites.validate(value)), held)
    try:
        return Held(declarations.of_published(msgspec.json.encode(value)), held)
    except ValueError as fault:
        raise Invalid(f"{name} is neither a banner document nor a published declaration: {fault}") from fault


def _of_crawl(made: Crawl, get: Callable[[str], Answer]) -> Held:
    """The website's own declaration, where one of its pages has our script tag."""
    tools = (tool for page in made.pages for visit in page.visits for tool in visit.tools)
    ours = next((each for each in tools if each.key == "samtykke" and each.server and each.site), None)
    if ours is None:
        return Held(None, Declaration("none", fault="no page has a script tag that names one"))
    return _published(ours.server, ours.site, get)


def _before_the_crawl(start: str, get: Callable[[str], Answer]) -> Held:
    """The same, by the HTML of the first page."""
    try:
        answer = get(start)
    except FetchFault as fault:
        return Held(None, Declaration("none", fault=fault.message))
    page = read(decoded(answer.body, answer.headers.get("content-type", "")), start)
    for element in page.elements:
        source = urlsplit(page.source(element))
        before, _, name = source.path.rpartition("/")
        if element.tag == "script" and before.endswith("/w") and name.endswith(".js"):
            return _published(f"{source.scheme}://{source.netloc}", name.partition(".")[0], get)
    return Held(None, Declaration("none", fault=f"the HTML of {start} has no script tag that names one"))


def _published(server: str, site: str, get: Callable[[str], Answer]) -> Held:
    url = f"{server}/s/{quote(site, safe='')}/cookies.json"
    try:
        answer = get(url)
        if answer.status != 200 or not answer.complete:
            return Held(None, Declaration("none", url, f"{url} answered {answer.status}"))
        return Held(declarations.of_published(answer.body), Declaration("website", url))
    except FetchFault as fault:
        return Held(None, Declaration("none", url, fault.message))
    except ValueError:
        return Held(None, Declaration("none", url, f"{url} is no declaration that is understood here"))


# --- what is made of it -------------------------------------------------------------------------------------


def kinds(named: str) -> frozenset[Kind]:
    """The kinds of findings in a list with commas.

    :raises ValueError: one that there is not; the message names those that there are.
    """
    asked = [each.strip() for each in named.split(",") if each.strip()]
    unknown = [each for each in asked if each not in KINDS]
    if unknown or not asked:
        wrong = f"{unknown[0]!r} is no kind of finding" if unknown else "it names no kind of finding"
        raise ValueError(f"{wrong}; there are {', '.join(KINDS)}")
    return frozenset(each for each in KINDS if each in asked)


def failing(report: Report, named: Collection[str], least: Weight) -> tuple[Worded, ...]:
    """The findings of these kinds that weigh as much, or more."""
    heavy = {"note": ("note", "warning", "fault"), "warning": ("warning", "fault"), "fault": ("fault",)}
    return tuple(
        each for each in report.findings if each.finding.kind in named and each.finding.weight in heavy[least]
    )


def not_shown(report: Report) -> str:
    """Why no page at all could be visited, as a sentence without its end; empty if one could."""
    if report.summary.pages:
        return ""
    faults = dict.fromkeys(fault for page in report.crawl.pages for fault in labels.faults_of(page))
    why = ", ".join(labels.FAULTS[each] for each in faults) or "none was found"
    return f"no page of {report.crawl.start} could be visited: {why}"


def as_text(report: Report) -> list[str]:
    """The report for a terminal, line by line; foreign text in it is escaped."""
    return list(text.lines(report))


def as_json(report: Report) -> dict[str, object]:
    """The report as one JSON value."""
    return json_report.value(report)


def as_sarif(report: Report) -> bytes:
    """The report as a SARIF file."""
    return sarif.log(report)


def as_html(report: Report, folder: Path | None) -> bytes:
    """The report as an HTML file, with the pictures of the folder."""
    named = {
        name
        for page in report.crawl.pages
        for visit in page.visits
        for name in visit.pictures
        if name and Path(name).name == name
    }
    pictures = {name: _picture(folder / name) for name in sorted(named)} if folder else {}
    return html.page(report, pictures)


def _picture(file: Path) -> bytes:
    """A picture, or the beginning of one that is too large to be shown; empty if it is not there."""
    try:
        with file.open("rb") as opened:
            return opened.read(html.PICTURE_BYTES + 1)
    except OSError:
        return b""
