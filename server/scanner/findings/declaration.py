"""What is declared, held against what was seen: how long something stays, what was never seen. Pure."""

from collections.abc import Iterable, Sequence

from server.scanner.classify.classifier import place_of
from server.scanner.declared import Declared, DeclaredService, DeclaredStorage
from server.scanner.findings import bare, changes, gathering
from server.scanner.findings.finding import Change, Finding, Weight
from server.scanner.findings.gathering import Gathering, Later, Occurrence, Subject, in_order
from server.scanner.findings.weighing import host_of
from server.scanner.observations import Crawl, Stored
from server.sites import durations
from server.sites.values import CONSENT_SERVICE, NECESSARY

DAY = 86_400

TOLERANCE = 0.02
"""Of a declared lifetime: browsers count from another moment, and a year is 365 days or some more."""

SCANS = 3
"""Whole scans in which something must not have been seen, before that is said."""


# --- how long something stays ------------------------------------------------------------------------------


def find_lifetimes(crawl: Crawl, declared: Declared) -> tuple[Finding, ...]:
    """What stays longer than declared, the weightiest first."""
    gathered = Gathering()
    for page in crawl.pages:
        for visit in page.visits:
            for stored in visit.stored:
                found = _exceeded(stored, declared)
                if found is None:
                    continue
                service, one, weight = found
                subject = Subject("lifetime", "storage", one.name, bare.address(host_of(stored)), stored.kind)
                occurrence = Occurrence(
                    weight,
                    gathering.of_stored(page, visit, stored),
                    page.found == "start",
                    service.catalog_key,
                    {
                        "name": service.name,
                        "declared_service": service.key,
                        "declared": one.lifetime,
                        "lifetime": changes.lifetime(stored),
                    },
                    change=_as_seen(one, stored),
                )
                gathered.add(subject, occurrence)
    return gathered.findings()


def _exceeded(stored: Stored, declared: Declared) -> tuple[DeclaredService, DeclaredStorage, Weight] | None:
    """What something is declared as, if it stays longer than any such entry says, and what that weighs."""
    found = declared.storing(stored)
    exact = [pair for pair in found if pair[1].name == found[0][1].name]
    weights = [_excess(stored, one) for _, one in exact]
    if not exact or None in weights:
        return None
    return (*exact[0], weights[0] or "fault")


def _excess(stored: Stored, one: DeclaredStorage) -> Weight | None:
    """What it weighs that something stays longer than it is declared to; None: it does not."""
    if one.lifetime == "session":
        if stored.kind in ("local_storage", "indexed_db"):
            return "fault"
        if stored.kind != "cookie" or stored.lifetime is None:
            return None
        return "fault" if stored.lifetime > DAY else "note"
    if not one.lifetime or stored.kind != "cookie" or stored.lifetime is None:
        return None
    said = durations.seconds(one.lifetime)
    return "fault" if stored.lifetime > said + max(DAY, said * TOLERANCE) else None


def _as_seen(one: DeclaredStorage, stored: Stored) -> Later:
    return lambda: changes.line("lifetime", one.lifetime, changes.lifetime(stored))


# --- what was never seen -----------------------------------------------------------------------------------


def find_never_seen(crawls: Sequence[Crawl], declared: Declared) -> tuple[Finding, ...]:
    """Declared services, and what those that were seen are said to store, that no scan saw.

    Nothing is said unless there are `SCANS` whole scans, each with a visit in which everything was accepted:
    what never could come was not looked for.
    """
    if len(crawls) < SCANS or not all(each.whole and _accepted(each) for each in crawls):
        return ()
    services: set[str] = set()
    stored: set[tuple[str, str, str]] = set()
    for visit in (visit for crawl in crawls for page in crawl.pages for visit in page.visits):
        for request in visit.requests:
            place = place_of(request.url) or request.host
            services.update(service.key for service, _ in declared.loading(place))
        for item in visit.stored:
            for service, one in declared.storing(item):
                services.add(service.key)
                stored.add((service.key, one.name, one.kind))
    scans = str(len(crawls))
    return in_order(
        found
        for each in declared.services
        for found in _unseen(each, stored, scans, seen=each.key in services)
    )


def _accepted(crawl: Crawl) -> bool:
    return any(
        visit.choice == "accept_all" and visit.outcome == "made"
        for page in crawl.pages
        for visit in page.visits
    )


def _unseen(
    service: DeclaredService, stored: set[tuple[str, str, str]], scans: str, *, seen: bool
) -> Iterable[Finding]:
    said = [each for each in service.stored if each.kind != "pixel"]
    facts = {"name": service.name, "declared_service": service.key, "scans": scans}
    if not seen and (service.hosts or said):
        change = Change("", None, f'"key": "{service.key}"', "")
        yield Finding(
            "never-seen", "note", "service", service.key, service.catalog_key, facts, pages=0, change=change
        )
    for each in said if seen else ():
        if (service.key, each.name, each.kind) not in stored:
            change = Change("", None, f'"name": "{each.name}"', "")
            of_it = {**facts, "storage_kind": each.kind, "host": each.host.lstrip(".")}
            of_it = {key: value for key, value in of_it.items() if value}
            yield Finding(
                "never-seen", "note", "storage", each.name, service.catalog_key, of_it, pages=0, change=change
            )


# --- why necessary -----------------------------------------------------------------------------------------


def find_reasonless(declared: Declared) -> tuple[Finding, ...]:
    """Services that are declared as necessary without a reason."""
    return in_order(
        Finding(
            "necessary-without-reason",
            "fault",
            "service",
            each.key,
            each.catalog_key,
            {"name": each.name, "declared_service": each.key},
            pages=0,
            change=Change("", None, '"necessary_reason": {}', '"necessary_reason": {"en": "…"}'),
        )
        for each in declared.services
        if each.category == NECESSARY and not each.reason.strip() and each.key != CONSENT_SERVICE
    )
