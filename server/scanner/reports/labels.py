"""Words for what observations are made of: visits, moments, lifetimes, places. Pure, in English."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from server.scanner.classify.suggestion import Source
from server.scanner.observations import Choice, Fault, Initiator, Outcome, Page, Phase, StorageKind

CHOICES: Mapping[Choice, str] = {
    "none": "no answer",
    "reject_all": "refuse all",
    "accept_all": "accept all",
    "only": "one category alone",
    "withdraw": "accept all, then withdraw",
}
"""What a visit answers."""

OUTCOMES: Mapping[Outcome, str] = {
    "none": "nothing to answer",
    "made": "answered",
    "no_banner": "no banner was found",
    "no_button": "no button for it was found",
    "failed": "the banner did not take the answer",
}
"""What became of the answer."""

FAULTS: Mapping[Fault, str] = {
    "unreachable": "it could not be reached",
    "address_not_allowed": "its address is not allowed for scans",
    "http_error": "the server answered with an error",
    "not_html": "it is not a web page",
    "too_large": "it is larger than a scan reads",
    "too_many_redirects": "it redirects without end",
    "timed_out": "it took too long",
    "browser_ended": "the browser ended twice while it was open",
    "redirected_away": "it leads to another website",
    "dialogs": "dialogs were refused",
    "download": "a download was refused",
    "memory": "it needed more memory than a scan may use",
    "robots": "robots.txt asks not to visit it",
}
"""Why a page was not observed, or not whole."""

FOUND: Mapping[str, str] = {
    "start": "the address asked for",
    "list": "from the list",
    "sitemap": "from the sitemap",
    "link": "from a link",
    "alternate": "the same in another language",
}
"""How a page was found."""

STORAGE: Mapping[StorageKind, str] = {
    "cookie": "cookie",
    "local_storage": "local storage",
    "session_storage": "session storage",
    "indexed_db": "IndexedDB",
    "cache_storage": "cache",
    "service_worker": "service worker",
}
"""Kinds of storage."""

OPTIONS: Mapping[str, str] = {
    "pages": "pages at most",
    "wait": "seconds a page",
    "first_wait": "seconds the first page",
    "categories": "categories alone",
    "robots": "robots.txt heeded",
    "login": "with a login",
    "sandbox": "browser in its sandbox",
}
"""What a crawl was asked for."""

SOURCES: Mapping[Source, str] = {
    "declared": "the website's own declaration",
    "catalog": "the catalog of services",
    "ordinary_names": "names that websites use for themselves",
    "open_cookie_database": "the Open Cookie Database",
    "third_party_web": "the list of third-party-web",
}
"""Who says to whom something belongs."""

MATCHED: Mapping[str, str] = {"name": "by the name", "host": "by the host", "set_by": "by the script from"}
"""By what it is recognised."""

_AFTER: Mapping[Choice, str] = {
    "none": "without an answer",
    "reject_all": "after refusing",
    "accept_all": "after accepting",
    "only": "after allowing one category",
    "withdraw": "after withdrawing",
}

_DAY = 86_400


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def visit(choice: Choice, category: str = "") -> str:
    """What a visit answers, with the category that it allows."""
    return f"only {category}" if choice == "only" and category else CHOICES[choice]


def moment(choice: Choice, phase: Phase) -> str:
    """When something was seen first, whatever the visit was for."""
    if phase == "before":
        return "after accepting" if choice == "withdraw" else "before an answer"
    return _AFTER[choice]


def lifetime(seconds: int | None) -> str:
    """How long something stays, as people say it; None: until the session ends, or somebody clears it."""
    if seconds is None:
        return "session"
    # What was seen a moment after it was set has a second less than it was set for.
    days = round(seconds / _DAY)
    if days >= 700:
        return f"{days / 365:.1f}".removesuffix(".0") + " years"
    if days >= 60:
        return f"{round(days * 12 / 365)} months"
    if seconds >= _DAY:
        return counted(days, "day")
    if seconds >= 3_600:
        return counted(round(seconds / 3_600), "hour")
    return counted(round(seconds / 60), "minute") if seconds >= 60 else counted(max(seconds, 0), "second")


def span(milliseconds: int, choice: Choice) -> str:
    """A time relative to the answer; without an answer, since the page was asked for."""
    seconds = f"{abs(milliseconds) / 1000:.1f} s"
    if choice == "none":
        return f"{seconds} after the page was asked for"
    return f"{seconds} before the answer" if milliseconds < 0 else f"{seconds} after the answer"


def moment_of(text: str) -> datetime | None:
    """A time in ISO 8601, in UTC; None: it is none."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def time(text: str) -> str:
    """A time as people read it; what is none stays as it is."""
    found = moment_of(text)
    return f"{found:%Y-%m-%d %H:%M} UTC" if found else text


def place(initiator: Initiator) -> str:
    """Where something began: address and line; empty if that is not known."""
    if not initiator.url:
        return initiator.stack[0] if initiator.stack else ""
    return f"{initiator.url}:{initiator.line}" if initiator.line else initiator.url


def faults_of(page: Page) -> tuple[Fault, ...]:
    """Everything that kept a page from being observed whole, each once."""
    return tuple(dict.fromkeys((*page.faults, *(fault for each in page.visits for fault in each.faults))))


def host_of(url: str) -> str:
    """The host of an address; empty if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
