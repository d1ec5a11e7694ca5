"""How much it weighs that something was seen which the visitor has not allowed. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from server.scanner.classify.known_services import CARRIERS, TRACKING
from server.scanner.classify.suggestion import SURE, Classify, Suggestion
from server.scanner.findings.finding import Weight
from server.scanner.findings.google import denied_state, service_of
from server.scanner.observations import Page, Phase, Request, Stored, Visit
from server.sites.values import NECESSARY

UNDECIDED = ("no_banner", "no_button")
"""Outcomes of a choice after which nothing was answered."""

OWN = "samtykke"
"""Key of this product among consent tools."""


@dataclass(frozen=True)
class Seen:
    """A request or something stored that weighs something."""

    page: Page
    visit: Visit
    item: Request | Stored
    suggestion: Suggestion | None
    weight: Weight
    consent_state: str = ""
    """Of Google's tags: the denied consent state that they had received when they sent something."""


def unanswered(visit: Visit, phase: Phase) -> bool:
    """Whether the visitor had answered nothing in a phase of a visit."""
    if visit.choice == "none" or visit.outcome in UNDECIDED:
        return True
    return phase == "before" and visit.choice != "withdraw"


def answered(visit: Visit, phase: Phase) -> bool:
    """Whether the choice of a visit had been made in a phase of it."""
    return visit.choice != "none" and visit.outcome == "made" and phase != "before"


def of_visit(
    page: Page,
    visit: Visit,
    classify: Classify,
    phases: Collection[Phase],
    *,
    declared: bool,
    allowed: Collection[str] = (),
) -> Iterator[Seen]:
    """Everything of a visit that weighs something.

    :param phases: in which it was seen first
    :param declared: whether the website's declaration is known
    :param allowed: keys of categories that the visitor has allowed
    """
    servers = own_servers(visit)
    for request in visit.requests:
        if request.phase not in phases or request.host in servers:
            continue
        found = service_of(request, visit, classify)
        weight = of_request(request, found, visit, declared=declared)
        weight = weight and _as_brought(weight, request, found, classify, allowed)
        if weight is not None:
            state = denied_state(visit, request)
            yield Seen(page, visit, request, found, "warning" if state else weight, state)
    for stored in visit.stored:
        if stored.phase not in phases or host_of(stored) in servers:
            continue
        found = classify.stored(stored)
        weight = of_stored(stored, found, declared=declared)
        weight = weight and _as_brought(weight, stored, found, classify, allowed)
        if weight is not None:
            yield Seen(page, visit, stored, found, weight)


def _as_brought(
    weight: Weight,
    item: Request | Stored,
    found: Suggestion | None,
    classify: Classify,
    allowed: Collection[str],
) -> Weight | None:
    """What something weighs that may be allowed itself, or was brought by a service that is; None: nothing.

    What an allowed service needs is part of it. What measures or advertises weighs as much as before, but if
    visitors can refuse the service, it is a warning: they may have been informed.
    """
    category = found.category if found is not None else ""
    if category in allowed:
        return None
    bringer = brought_by(item, classify, (*allowed, NECESSARY))
    if bringer is None:
        return weight
    if category in ("", "functional"):
        return None
    return weight if bringer.category == NECESSARY else "warning"


def brought_by(item: Request | Stored, classify: Classify, allowed: Collection[str]) -> Suggestion | None:
    """The allowed service whose script, redirect or frame made something; None: none did.

    Services that carry whatever others put into them bring nothing of their own.
    """
    made = item.set_by if isinstance(item, Stored) else item.initiator
    scripts = (place.rpartition(":")[0] for place in made.stack)
    frame = "" if isinstance(item, Stored) else item.frame
    found = (classify.address(place) for place in (*scripts, made.url, frame) if place)
    return next(
        (
            each
            for each in found
            if each is not None
            and each.source in SURE
            and each.use not in CARRIERS
            and each.category in allowed
        ),
        None,
    )


def own_servers(visit: Visit) -> frozenset[str]:
    """Hosts of the servers that this product's script comes from."""
    return frozenset(host_of_address(each.server) for each in visit.tools if each.key == OWN and each.server)


def host_of_address(address: str) -> str:
    """The host of an address; empty if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def host_of(stored: Stored) -> str:
    """The host of something stored, without a dot in front."""
    return stored.host.lstrip(".")


def of_request(
    request: Request, suggestion: Suggestion | None, visit: Visit, *, declared: bool
) -> Weight | None:
    """How much a request weighs that nobody has allowed; None: nothing."""
    if suggestion is not None and needs_nothing(suggestion):
        return None
    if not request.third_party:
        # Of the website's own hosts only what it declares itself as something to be allowed.
        own = suggestion is not None and suggestion.source == "declared" and "/" in suggestion.why.pattern
        apart = suggestion is not None and suggestion.source == "declared" and not _of_page(request, visit)
        return "fault" if own or apart else None
    if declared or (suggestion is not None and suggestion.source == "declared"):
        return "fault"
    if suggestion is None or not suggestion.category:
        return "note"
    return _of_category(suggestion)


def of_stored(stored: Stored, suggestion: Suggestion | None, *, declared: bool) -> Weight | None:
    """How much something stored weighs that nobody has allowed; None: nothing.

    What is the website's own and not declared is another finding, where the declaration is known.
    """
    if suggestion is not None and needs_nothing(suggestion):
        return None
    if suggestion is not None and (suggestion.source == "declared" or suggestion.category in TRACKING):
        return "fault" if suggestion.source == "declared" else _of_category(suggestion)
    if stored.third_party:
        return "fault" if declared else "warning"
    return None if declared else "note"


def needs_nothing(suggestion: Suggestion) -> bool:
    """Whether something is necessary, or the consent tool itself."""
    return suggestion.category == NECESSARY or suggestion.use == "consent"


def _of_category(suggestion: Suggestion) -> Weight:
    if suggestion.category in TRACKING and suggestion.certainty != "possible":
        return "fault"
    return "warning"


def _of_page(request: Request, visit: Visit) -> bool:
    """Whether a request is to the host of the page itself."""
    return request.host == host_of_address(visit.url)
