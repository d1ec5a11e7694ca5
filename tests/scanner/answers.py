"""Servers of websites as the tests of the scanner have them: URL → answer, without a network."""

from collections.abc import Mapping
from types import MappingProxyType

from server.core.addresses import FetchFault
from server.core.guarded_fetch import Answer, Failed


def html(text: str, *, complete: bool = True, **headers: str) -> Answer:
    """A page."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        200,
        MappingProxyType({"content-type": "text/html; charset=utf-8", **named}),
        text.encode(),
        complete=complete,
    )


def redirect(location: str, status: int = 301) -> Answer:
    """A redirect."""
    return Answer(status, MappingProxyType({"location": location}), b"", complete=True)


class Web:
    """What answers; it remembers what was asked for."""

    def __init__(self, pages: Mapping[str, Answer | FetchFault]) -> None:
        self.pages = dict(pages)
        self.asked: list[str] = []

    def __call__(self, url: str) -> Answer:
        """Answer, for a URL with a query that is not known as for the one without."""
        self.asked.append(url)
        found = self.pages.get(url) or self.pages.get(url.partition("?")[0])
        if found is None:
            raise Failed("name_not_resolved", f"{url} has no address")
        if isinstance(found, FetchFault):
            raise found
        return found
