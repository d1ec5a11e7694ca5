"""The draft on the website's own pages: an address there, and a link that shows the draft on it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Response, request, session, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid
from server.core.host_names import host_name
from server.core.http import settings
from server.embed import service as embed
from server.sites import hosts
from server.sites import service as sites
from server.sites.page_addresses import page_of
from server.sites.values import Site, matches
from server.studio import language
from server.studio.draft import pasted
from server.studio.guard import SECRET, blueprint, identity, needs, site
from server.studio.views import page

REMEMBERED = timedelta(days=180)
"""How long a browser remembers the address that was last used."""

MOST = 20
"""Most sites of which it remembers one; older ones are dropped."""

LONGEST = 2000
"""Most characters of an address."""

_COOKIE = "samtykke_own_page"


@blueprint.get("/sites/<key>/own-page")
@needs("banner.edit")
def own_page() -> ResponseReturnValue:
    """The form for the address."""
    return _page(200, _remembered().get(site().key) or _front(site()))


@blueprint.post("/sites/<key>/own-page")
@needs("banner.edit")
def link_to_own_page() -> ResponseReturnValue:
    """Make a link that shows the draft on a page of the website."""
    typed = request.form.get("address", "")
    try:
        address = page_address(typed, site())
    except Invalid as fault:
        return _page(422, typed, errors=fault.errors)
    now = clock.now()
    token, expires_at = embed.draft_token(
        site(), session[SECRET], language.current(), secret_key=settings().secret_key, now=now
    )
    with transaction():
        audit_log.record_event(
            "draft_link_made", by=identity().actor, site_id=site().id, subject=address, now=now
        )
    answer = _page(
        200,
        address,
        link=f"{address.partition('#samtykke-')[0]}#samtykke-draft={token}",
        expires_at=expires_at,
    )
    _remember(answer, address)
    return answer


def page_address(typed: str, where: Site) -> str:
    """The address of a page of a site; with `https://` in front where nothing was typed.

    :raises Invalid: `address` is none, or is not on a host of the site.
    """
    address = pasted.address(typed.strip())
    if len(address) > LONGEST:
        raise _wrong(f"is longer than {LONGEST} characters")
    try:
        host = host_name(urlsplit(hosts.url(address)).hostname or "")
    except ValueError as fault:
        raise _wrong(str(fault)) from fault
    known = (*where.domains, *where.staging_domains)
    if not any(matches(domain, host) for domain in known):
        raise _wrong(f"must be on one of the website’s domains: {', '.join(known)}")
    return address


def _wrong(what: str) -> Invalid:
    return Invalid("some fields are not as they should be", errors={"address": what})


def _front(where: Site) -> str:
    return page_of(where.domains, "", public_url=settings().public_url)


def _page(
    status: int, address: str, *, errors: Mapping[str, object] | None = None, **link: object
) -> Response:
    return page(
        "own_page.html",
        status,
        address=address,
        errors=errors or {},
        newest=sites.newest(site().id),
        draft=sites.draft(site().id),
        minutes=int(embed.DRAFT_LINKS_LAST.total_seconds() // 60),
        **{"link": "", **link},
    )


def _remembered() -> dict[str, str]:
    """Site key → the address that this browser used last."""
    try:
        found = json.loads(request.cookies.get(_COOKIE, ""))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: each for key, each in found.items() if isinstance(each, str) and each.isprintable()}


def _remember(answer: Response, address: str) -> None:
    known = _remembered()
    known.pop(site().key, None)
    newest = dict([*known.items(), (site().key, address)][-MOST:])
    answer.set_cookie(
        _COOKIE,
        json.dumps(newest, separators=(",", ":")),
        max_age=REMEMBERED,
        path=url_for("studio.home"),
        secure=settings().secure,
        httponly=True,
        samesite="Strict",
    )
