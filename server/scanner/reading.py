"""Reading a website's page for the site that is to be made of it. Nothing is stored.

All requests are made by what the caller gives, which is `core.guarded_fetch`.
"""

from dataclasses import dataclass

from server.catalog import service as catalog
from server.scanner import fetching, page, proposal
from server.scanner.fetching import Get
from server.scanner.values import Fault, Proposal

PATIENCE = 4.0
"""Seconds for which a stylesheet or a logo is waited for: a site can do without."""


@dataclass(frozen=True)
class Getters:
    """How a page and what belongs to it are got."""

    page: Get
    extras: Get
    """By `PATIENCE`."""


def address(typed: str, *, allow_private: bool) -> str:
    """The page that somebody means, by its whole URL; without a scheme it is `https`.

    :raises Invalid: `url`: it is no URL, or may not be requested.
    """
    return fetching.whole(typed, allow_private=allow_private)


def read(url: str, getters: Getters) -> Proposal | Fault:
    """What a site can begin with by its page, or why the page cannot be read.

    :param url: by `address`
    """
    bare = proposal.host_of(url)
    fetched = fetching.fetch(url, getters.page, hosts=(bare,))
    if isinstance(fetched, Fault):
        return fetched
    html = page.decoded(fetched.html, fetched.answer.headers.get("content-type", ""))
    found = page.read(html, fetched.url)
    styles = (fetching.download(each, getters.extras) for each in proposal.stylesheets(found))
    return proposal.propose(
        found,
        fetched.url,
        styles=[each.decode("utf-8", "replace") for each in styles if each],
        services_at=lambda place: [each.key for each in catalog.at_address(place)],
    )


def domains(host: str) -> tuple[str, ...]:
    """The domains of a website by the host of a page: with and without `www.`, where both are usual."""
    return proposal.domains_of(host)


def image(url: str, get: Get) -> bytes | None:
    """The image at an address; None if it is not to be had."""
    return fetching.download(url, get)
