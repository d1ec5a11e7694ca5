"""A new site from the address of its website: what the page proposes is shown before it is used."""

from urllib.parse import urlsplit

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from limits import RateLimitItemPerHour

from server.core import clock
from server.core.errors import Invalid, RateLimited
from server.core.http import settings
from server.core.limits import counters
from server.scanner import reading
from server.scanner import service as scanner
from server.scanner.reading import Getters
from server.scanner.values import Fault, Proposal
from server.sites import service as sites
from server.studio.guard import blueprint, identity, needs
from server.studio.installation import installation_words
from server.studio.language import gettext
from server.studio.sites import site_start, websites
from server.studio.views import page

READS = RateLimitItemPerHour(60, 1, "website_reading")
"""How often one person may have pages read."""


@blueprint.get("/sites/start")
@needs("site.create")
def start_site() -> ResponseReturnValue:
    """The form for the address of the website that a new site is for."""
    return page("sites/start.html", url="", errors={})


@blueprint.post("/sites/start")
@needs("site.create")
def read_website() -> ResponseReturnValue:
    """Read the page, and show the form for a new site with what it proposes. Stores nothing."""
    typed, private = request.form.get("url", ""), settings().scan_private
    try:
        url = reading.address(typed, allow_private=private)
    except Invalid as fault:
        return page("sites/start.html", 422, url=typed, errors=fault.errors)
    if wait := counters(current_app).spend(READS, identity().user_id, now=clock.now()):
        raise RateLimited("too many requests; try again later", retry_after=wait)
    getters = Getters(
        scanner.getter(allow_private=private),
        scanner.getter(allow_private=private, timeout=reading.PATIENCE),
    )
    found = reading.read(url, getters)
    return _unread(url, found) if isinstance(found, Fault) else _proposed(found)


def _proposed(found: Proposal) -> Response:
    typed = {
        "name": found.name,
        "key": websites.key_of(found.name) if found.name else "",
        "domains": "\n".join(found.domains),
        "language": site_start.language_of(found.language, [one.code for one in sites.known_languages()]),
    }
    return websites.new_site_form(200, typed, {}, proposal=found)


def _unread(url: str, fault: Fault) -> Response:
    """The form with what the address alone tells, and why the page tells nothing."""
    host = (urlsplit(url).hostname or "").lower()
    typed = {"domains": "\n".join(reading.domains(host))}
    said = installation_words.said(fault).what
    problem = gettext("%(what)s Type in what could not be read; everything else works as usual.", what=said)
    return websites.new_site_form(200, typed, {}, problem=problem)
