"""Addresses of pages of a site, of which only the host names are known. Pure."""

from collections.abc import Collection
from urllib.parse import urlsplit


def page_of(domains: Collection[str], contact: str, *, public_url: str) -> str:
    """The address of a page of the site with these domains, on which a visitor may change the choice.

    Pages of a site are assumed to be on https and its default port. Where the site shares its host with this
    server, as the demo does, scheme and port are the server's, and the controller's `contact` page counts
    as the site's where it is there too.
    """
    server = urlsplit(public_url)
    if server.hostname in domains:
        there = urlsplit(contact)
        return contact if (there.scheme, there.netloc) == (server.scheme, server.netloc) else f"{public_url}/"
    host = min(domains, key=lambda name: name[0] == "*").removeprefix("*.")
    return f"https://{host}/"
