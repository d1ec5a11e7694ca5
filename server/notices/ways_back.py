"""Where public pages lead back to: the site itself, which alone can change a decision."""

from urllib.parse import urlsplit

from flask import request

from server.core.http import settings
from server.notices.site_pages import Asked
from server.sites.page_addresses import page_of
from server.sites.values import Site


def way_back(about: Asked) -> str:
    """The address of a page of the site on which a visitor can change the decision, without a fragment.

    The page the visitor comes from, if it is one of the site's; else the one that the controller names; else
    the front page of the site's first domain.
    """
    contact = about.document["controller"]["contacts"]["url"]
    front = page_of(about.site.domains, contact, public_url=settings().public_url)
    for named in (request.args.get("from", ""), request.referrer or ""):
        if found := _address_if_on_site(named, about.site):
            return found
    return _address_if_on_site(contact, about.site) or front


def _address_if_on_site(named: str, site: Site) -> str:
    """The address without query and fragment, if it is a page of the site; else empty."""
    try:
        parts = urlsplit(named)
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        return ""
    # Of a site on this server's own host, as the demo is, only `page_of` knows which pages are the site's.
    if origin == settings().origin or not site.allows_origin(origin):
        return ""
    return f"{origin}{parts.path or '/'}"
