"""What was seen and is not declared: services, what is stored, hosts; after accepting too. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server.catalog.values import LONGEST_KEY
from server.scanner.classify.suggestion import Classify, Suggestion
from server.scanner.declared import UNDECLARABLE, Declared
from server.scanner.findings import bare, changes, gathering
from server.scanner.findings.finding import Finding, Weight
from server.scanner.findings.gathering import Gathering, Occurrence, Subject
from server.scanner.findings.google import service_of
from server.scanner.findings.weighing import answered, brought_by, host_of, own_servers
from server.scanner.findings.without_consent import classified, stored_subject
from server.scanner.observations import Crawl, Page, Request, Stored, Visit
from server.sites.values import NECESSARY


def find(crawl: Crawl, declared: Declared, classify: Classify) -> tuple[Finding, ...]:
    """Findings of this kind, the weightiest first."""
    seen = [
        each
        for page in crawl.pages
        for visit in page.visits
        for each in _of_visit(page, visit, classify, declared)
    ]
    entries = _Entries(seen)
    gathered = Gathering()
    for each in seen:
        gathered.add(each.subject, each.occurrence(entries))
    return gathered.findings()


@dataclass(frozen=True)
class _Undeclared:
    """Something that was seen and is not declared."""

    page: Page
    visit: Visit
    item: Request | Stored
    found: Suggestion | None
    brought_by: Suggestion | None
    """The declared service that brought it, after it was allowed."""

    @property
    def subject(self) -> Subject:
        found = self.found
        if found is not None and found.key and found.source != "declared":
            return Subject("undeclared", "service", found.key)
        if isinstance(self.item, Stored):
            return stored_subject("undeclared", self.item, found)
        return Subject("undeclared", "request", bare.address(self.item.host))

    @property
    def weight(self) -> Weight:
        if isinstance(self.item, Stored) and self.item.kind in UNDECLARABLE and not self.item.third_party:
            return "note"
        return "warning" if self.brought_by is not None else "fault"

    def occurrence(self, entries: "_Entries") -> Occurrence:
        item, subject = self.item, self.subject
        if isinstance(item, Stored):
            evidence = gathering.of_stored(self.page, self.visit, item)
            lists = {"stored": stored_subject("undeclared", item, self.found).subject}
            facts = {"lifetime": changes.lifetime(item)} if subject.subject_kind == "storage" else {}
        else:
            evidence = gathering.of_request(self.page, self.visit, item)
            lists, facts = {"hosts": bare.address(item.host)}, {}
        if self.found is not None and self.found.source == "declared":
            facts["declared_service"] = self.found.key
        if self.brought_by is not None:
            facts["brought_by"] = self.brought_by.name
        return Occurrence(
            weight=self.weight,
            evidence=evidence,
            starts=self.page.found == "start",
            service=self.found.catalog_key if self.found is not None else "",
            facts={**classified(self.found), **facts, "remedy": "declare"},
            lists=lists if subject.subject_kind == "service" else {},
            change=lambda: changes.entry(entries.of(subject)),
        )


def _of_visit(page: Page, visit: Visit, classify: Classify, declared: Declared) -> Iterator[_Undeclared]:
    servers = own_servers(visit)
    for request in visit.requests:
        if not request.third_party or request.host in servers:
            continue
        found = service_of(request, visit, classify)
        if found is None or (found.source != "declared" and found.use != "consent"):
            yield _Undeclared(page, visit, request, found, _bringer(request, visit, classify, declared))
    for stored in visit.stored:
        if host_of(stored) in servers or declared.storing(stored) or _is_own_program(stored):
            continue
        found = classify.stored(stored)
        if found is None or found.use != "consent":
            yield _Undeclared(page, visit, stored, found, None)


def _is_own_program(stored: Stored) -> bool:
    """Whether it is a service worker of the website's own.

    A declaration has no place for one: it is a program, and what it asks for and stores is seen by itself.
    """
    return stored.kind == "service_worker" and not stored.third_party


def _bringer(request: Request, visit: Visit, classify: Classify, declared: Declared) -> Suggestion | None:
    """The declared service that brought a request after it was allowed."""
    if not answered(visit, request.phase):
        return None
    allowed: Collection[str] = ()
    if visit.choice == "accept_all":
        allowed = declared.categories
    elif visit.choice == "only":
        allowed = (NECESSARY, visit.category)
    found = brought_by(request, classify, allowed)
    return found if found is not None and found.source == "declared" else None


class _Entries:
    """Entries to be added to the banner document, with everything that was seen of each."""

    def __init__(self, seen: list[_Undeclared]) -> None:
        self._hosts: dict[Subject, set[str]] = {}
        self._stored: dict[Subject, dict[tuple[str, str], Stored]] = {}
        self._found: dict[Subject, Suggestion | None] = {}
        for each in seen:
            # Of several the same one, in whatever order they came.
            others = self._found.get(each.subject, each.found)
            self._found[each.subject] = min(each.found, others, key=repr)
            if isinstance(each.item, Stored):
                self._add(each.subject, each.item, each.found)
            else:
                self._hosts.setdefault(each.subject, set()).add(bare.address(each.item.host))

    def _add(self, subject: Subject, stored: Stored, found: Suggestion | None) -> None:
        if stored.kind in UNDECLARABLE:
            return
        names = self._stored.setdefault(subject, {})
        name = (stored_subject("undeclared", stored, found).subject, stored.kind)
        # What stays longest is what visitors have to be informed of.
        if name not in names or _stay(stored) > _stay(names[name]):
            names[name] = stored

    def of(self, subject: Subject) -> Mapping[str, Any]:
        """The entry of something undeclared: a service; of a declared one the cookie alone."""
        found = self._found[subject]
        stored = self._stored.get(subject, {})
        cookies = [
            changes.cookie(each, name)
            for (name, _kind), each in sorted(stored.items(), key=lambda pair: pair[0])
        ]
        if found is not None and found.source == "declared" and cookies:
            return cookies[0]
        hosts = sorted(self._hosts.get(subject, ()))
        named = found.name if found is not None and found.source != "ordinary_names" else ""
        key = found.key if found is not None and found.key else _key(named or (hosts or [subject.subject])[0])
        return {
            "key": key,
            "name": named or (hosts or [""])[0],
            "category": found.category if found is not None else "",
            "hosts": hosts,
            "cookies": cookies,
        }


def _stay(stored: Stored) -> tuple[int, str]:
    return (-1 if stored.lifetime is None else stored.lifetime), stored.host


def _key(text: str) -> str:
    """A key for a service that has none yet."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_0123456789")
    return plain[:LONGEST_KEY].rstrip("_") if len(plain) > 1 else "service"
