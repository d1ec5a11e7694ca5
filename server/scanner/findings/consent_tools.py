"""The consent tool of the pages: whether it is there, early enough, alone, and can be refused. Pure."""

import re
from collections.abc import Iterator
from html import escape, unescape
from urllib.parse import urljoin

from server.scanner.classify.suggestion import Classify
from server.scanner.declared import Declared
from server.scanner.findings import bare, gathering
from server.scanner.findings.finding import Change, Finding
from server.scanner.findings.gathering import Gathering, Later, Occurrence, Subject
from server.scanner.findings.weighing import OWN, needs_nothing, own_servers
from server.scanner.observations import Crawl, Initiator, Page, Phase, Tool, Visit

_SOURCE = re.compile(r"""\s(?:src|href|data)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def find(crawl: Crawl, declared: Declared | None, classify: Classify) -> tuple[Finding, ...]:
    """Findings of these kinds, the weightiest first.

    That this product's script should be there is known where the website has a declaration, or it is on one
    of the pages.
    """
    expected = declared is not None or any(_own(visit) for page in crawl.pages for visit in page.visits)
    gathered = Gathering()
    for page in crawl.pages:
        visits = [each for each in page.visits if _loaded(each)]
        if not visits:
            continue
        if expected:
            _missing(gathered, crawl, page, visits)
            _others(gathered, page, visits, classify)
        for visit in visits:
            _late(gathered, page, visit, classify)
            _refusal(gathered, page, visit)
    return gathered.findings()


def _own(visit: Visit) -> Tool | None:
    return next((each for each in visit.tools if each.key == OWN), None)


def _loaded(visit: Visit) -> bool:
    """Whether a page came, so that what it has not says something."""
    unloaded = {"unreachable", "address_not_allowed", "http_error", "not_html", "redirected_away", "robots"}
    cut_off = {"too_many_redirects", "browser_ended", "memory", "timed_out", "too_large"}
    return not (unloaded | cut_off) & set(visit.faults)


def _missing(gathered: Gathering, crawl: Crawl, page: Page, visits: list[Visit]) -> None:
    if any(_own(each) for each in visits):
        return
    shown = min({tool.key for each in visits for tool in each.tools}, default="")
    subject = Subject("tag-missing", "page", bare.address(crawl.start))
    facts = {"tool": bare.address(shown)} if shown else {}
    for visit in visits:
        evidence = gathering.of_visit(page, visit)
        gathered.add(subject, Occurrence("fault", evidence, page.found == "start", facts=facts))


def _others(gathered: Gathering, page: Page, visits: list[Visit], classify: Classify) -> None:
    for visit in visits:
        ours = _own(visit)
        if all(tool.key == OWN for tool in visit.tools):
            _loaded_only(gathered, page, visit, classify)
        for tool in visit.tools:
            if tool.key == OWN:
                continue
            both = ours is not None and ours.shown and tool.shown
            facts = {"beside": "yes"} if ours is not None else {}
            gathered.add(
                Subject("other-consent-tool", "service", bare.address(tool.key)),
                Occurrence(
                    "fault" if both else "warning",
                    gathering.of_visit(page, visit),
                    page.found == "start",
                    facts={
                        "name": bare.address(tool.key),
                        **facts,
                        **({"both_shown": "yes"} if both else {}),
                    },
                ),
            )


def _loaded_only(gathered: Gathering, page: Page, visit: Visit, classify: Classify) -> None:
    """Consent tools of which the script was asked for, and no banner was recognised."""
    servers = own_servers(visit)
    for request in visit.requests:
        found = classify.request(request) if request.host not in servers else None
        if found is None or found.use != "consent" or found.catalog_key == OWN:
            continue
        beside = {"beside": "yes"} if _own(visit) is not None else {}
        gathered.add(
            Subject("other-consent-tool", "service", found.key or found.name),
            Occurrence(
                "warning",
                gathering.of_visit(page, visit, url=bare.address(request.url), initiator=request.initiator),
                page.found == "start",
                facts={"name": found.name, "host": request.host, **beside},
            ),
        )


def _refusal(gathered: Gathering, page: Page, visit: Visit) -> None:
    if visit.choice != "reject_all" or visit.outcome != "no_button":
        return
    shown = [each for each in visit.tools if each.shown] or list(visit.tools)
    tool = min((each.key for each in shown), default="")
    gathered.add(
        Subject("no-refusal", "service", bare.address(tool) or "banner"),
        Occurrence(
            "fault" if shown else "warning",
            gathering.of_visit(page, visit),
            page.found == "start",
            facts={"name": bare.address(tool)} if tool else {},
        ),
    )


# --- too late ----------------------------------------------------------------------------------------------


def _late(gathered: Gathering, page: Page, visit: Visit, classify: Classify) -> None:
    """What comes before the script, and does something that is known, or goes to others."""
    own = _own(visit)
    if own is None:
        return
    if visit.script_line is None:
        subject = Subject("tag-late", "page", bare.address(own.server or own.key), fault="not_in_html")
        gathered.add(subject, Occurrence("warning", gathering.of_visit(page, visit), page.found == "start"))
        return
    for early, name, host in _early(visit, classify):
        gathered.add(
            Subject("tag-late", "request", host or "inline script"),
            Occurrence(
                "warning",
                gathering.of_visit(page, visit, url=early.url, initiator=early),
                page.found == "start",
                facts={"name": name, "line": str(visit.script_line)},
                change=_first(page, visit, own, early),
            ),
        )


def _early(visit: Visit, classify: Classify) -> Iterator[tuple[Initiator, str, str]]:
    """Elements that matter, each with what it loads or runs, and the host."""
    servers = own_servers(visit)
    third = {bare.address(each.url): each for each in visit.requests if each.third_party}
    for early in visit.early_scripts:
        address = bare.address(early.url) if early.url != visit.url else ""
        if address:
            found = classify.address(_whole(early, visit.url) or address)
            request = third.get(address)
            if found is not None and (needs_nothing(found) or not (found.key or request)):
                continue
            if request is not None and request.host in servers:
                continue
            if found is not None or request is not None:
                host = request.host if request is not None else address.partition("://")[2].partition("/")[0]
                yield early, found.name if found is not None else host, host
        elif name := _done_inline(early, visit, classify):
            yield early, name, ""


def _done_inline(early: Initiator, visit: Visit, classify: Classify) -> str:
    """What an inline script does that matters, by the places where requests and storage were made."""
    if early.line is None or visit.script_line is None:
        return ""
    later = [each.line for each in visit.early_scripts if each.line is not None and each.line > early.line]
    lines = range(early.line, min([*later, visit.script_line]))
    names: set[str] = set()
    for request in visit.requests:
        if request.third_party and _made_in(request.phase, request.initiator, visit.url, lines):
            found = classify.request(request)
            if found is None or not needs_nothing(found):
                names.add(found.name if found is not None else request.host)
    for stored in visit.stored:
        if _made_in(stored.phase, stored.set_by, visit.url, lines):
            found = classify.stored(stored)
            if found is not None and not needs_nothing(found) and found.source != "ordinary_names":
                names.add(found.name)
    return gathering.listed(names)


def _made_in(phase: Phase, made: Initiator, document: str, lines: range) -> bool:
    """Whether a script in these lines of a document did something before an answer."""
    return phase == "before" and _line_in(made, document) in lines


def _line_in(made: Initiator, document: str) -> int:
    """The line of a document on which a script in it did something; 0: none did."""
    for place in made.stack:
        url, _, line = place.rpartition(":")
        if url == document and line.isdigit():
            return int(line)
    return made.line or 0 if made.kind == "script" and made.url == document else 0


def _whole(early: Initiator, document: str) -> str:
    found = _SOURCE.search(early.element)
    if found is None:
        return ""
    try:
        return urljoin(document, unescape(found[1] or found[2] or found[3] or "").strip())
    except ValueError:
        return ""


def _first(page: Page, visit: Visit, own: Tool, early: Initiator) -> Later:
    def made() -> Change | None:
        if not own.server or not own.site:
            return None
        script = f'<script src="{escape(own.server)}/w/{escape(own.site)}.js"></script>'
        before = bare.markup(early.element)
        return Change(bare.address(visit.url or page.url), early.line, before, f"{script}\n{before}")

    return made
