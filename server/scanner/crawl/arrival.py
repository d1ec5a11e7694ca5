"""Where the request for a page led, and what is wrong with that. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from server.scanner.crawl.urls import is_same_site
from server.scanner.observations import Fault

ENDS: frozenset[Fault] = frozenset({"not_html", "redirected_away", "unreachable"})
"""Faults with which there is no page to look at."""

_BY_WORD: Mapping[str, Fault] = {
    "ERR_TOO_MANY_REDIRECTS": "too_many_redirects",
    "Download is starting": "download",
    "ERR_TIMED_OUT": "timed_out",
    "ERR_ABORTED": "not_html",
    "ERR_UNSAFE_PORT": "address_not_allowed",
    "ERR_UNKNOWN_URL_SCHEME": "address_not_allowed",
    "crashed": "browser_ended",
}
"""By a part of the browser's message. `ERR_ABORTED`: an answer without content, status 204."""

_PAGES = frozenset({"", "text/html", "application/xhtml+xml"})


def of_error(message: str, refused: Sequence[str]) -> Fault:
    """The fault for which the browser has no page.

    :param message: the browser's
    :param refused: why each connection was refused, as `Connection.refused`
    """
    for word, fault in _BY_WORD.items():
        if word in message:
            return fault
    if refused and refused[-1] not in ("", "unreachable"):
        return "address_not_allowed"
    return "unreachable"


def of_arrival(url: str, asked: str, status: int | None, kind: str) -> Iterator[Fault]:
    """The faults of what the browser shows.

    :param url: of what it shows
    :param asked: what it was asked for
    :param kind: the media type as the answer has it; empty: it has none
    """
    if status is not None and status >= 400:
        yield "http_error"
    if kind.partition(";")[0].strip().lower() not in _PAGES:
        yield "not_html"
    if not url.startswith(("http:", "https:")):
        yield "unreachable"
    elif not is_same_site(url, asked):
        yield "redirected_away"
