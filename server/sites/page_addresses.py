"""Addresses of pages of a site, of which only the host names are known, and of its logo here. Pure."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

_LOGO = re.compile(r"(?:/[^?#]*)?/s/[a-z0-9-]{2,40}/logo/[0-9a-f]{32}\.(?:svg|png)")

_OWN = re.compile(r"/s/([a-z0-9-]{2,40})/logo/([0-9a-f]{32}\.(?:svg|png))")


def logo_path(site_key: str, name: str) -> str:
    """The path of an uploaded logo, below the public URL."""
    return f"/s/{site_key}/logo/{name}"


def uploaded_logo(address: str, public_url: str) -> tuple[str, str] | None:
    """Site key and name of an uploaded logo of this server; None: the address is of something else."""
    found = _OWN.fullmatch(address.removeprefix(public_url)) if address.startswith(public_url) else None
    return None if found is None else (found[1], found[2])


def is_logo(address: str) -> bool:
    """Whether an address looks like that of an uploaded logo, which comes from where the banner does."""
    there = urlsplit(address)
    return bool(_LOGO.fullmatch(there.path)) and not there.query


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
