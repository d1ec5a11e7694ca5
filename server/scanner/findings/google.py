"""Which consent state Google's tags received, as their requests and the page's `dataLayer` show it. Pure."""

from server.scanner.classify.suggestion import Classify, Suggestion
from server.scanner.observations import Command, Request, Visit

HOSTS = (
    "googletagmanager.com",
    "google-analytics.com",
    "analytics.google.com",
    "doubleclick.net",
    "googleadservices.com",
    "googlesyndication.com",
)
"""Domains of tags that heed Google Consent Mode."""

TYPES = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")
"""Types of storage and use that a default should name, as Google wants it for the EEA since March 2024."""


TAG = "www.googletagmanager.com/gtag/js"
"""Where tags of several of its services are loaded from, distinguished by the tag's id in the query."""


def service_of(request: Request, visit: Visit, classify: Classify) -> Suggestion | None:
    """The service that a request belongs to; Google's tags are distinguished by what is configured first."""
    found = classify.request(request)
    if not request.url.partition("://")[2].startswith(TAG):
        return found
    ids = (each.parameters[0] for each in visit.commands if each.name == "config" and each.parameters)
    first = next(ids, "")
    return classify.address(f"https://{TAG}?id={first}") if first else found


def is_tag(request: Request) -> bool:
    """Whether a request is one of tags that heed Google Consent Mode."""
    if request.consent_state:
        return True
    return any(request.host == each or request.host.endswith(f".{each}") for each in HOSTS)


def grants(state: str) -> bool:
    """Whether a `gcs` parameter, such as `G101`, says that something was allowed."""
    return state.startswith("G1") and "1" in state[2:]


def denies(state: str) -> bool:
    """Whether a `gcs` parameter says that nothing was allowed, as `G100` does."""
    return state.startswith("G1") and len(state) > 2 and not grants(state)


def denied_state(visit: Visit, request: Request) -> str:
    """The denied consent state that a Google tag had received, or `default`; empty: it had received none.

    A script carries no state: what counts for it is the default that stood before, and that no other request
    of the phase says otherwise.
    """
    if request.consent_state:
        return request.consent_state if denies(request.consent_state) else ""
    if not is_tag(request):
        return ""
    states = {each.consent_state for each in visit.requests if each.phase == request.phase}
    states.discard("")
    if any(not denies(each) for each in states):
        return ""
    return min(states) if states else "default" if _denied_first(visit.commands) else ""


def _denied_first(commands: tuple[Command, ...]) -> bool:
    """Whether the first consent state that tags received denies everything."""
    first = next((each for each in commands if each.name != "event"), None)
    if first is None or first.name != "consent_default":
        return False
    said = settings(first)
    return bool(said) and all(said.get(each, "denied") == "denied" for each in TYPES)


def settings(command: Command) -> dict[str, str]:
    """Type → `granted` or `denied`, as a command says it."""
    pairs = (each.partition("=") for each in command.parameters)
    return {key: value for key, _, value in pairs if value in ("granted", "denied")}


def is_regional(command: Command) -> bool:
    """Whether a default is for some regions only."""
    return any(each.partition("=")[0] == "region" for each in command.parameters)
