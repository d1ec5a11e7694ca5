"""Whether the script is on a website, and instructions for putting it there, one page for each platform."""

from collections.abc import Mapping

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from limits import RateLimitItemPerHour

from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid, NotFound, RateLimited
from server.core.http import settings
from server.core.limits import counters
from server.scanner import service as scanner
from server.sites import installation_links, sample_rules
from server.sites import service as sites
from server.studio.guard import blueprint, may, needs, site
from server.studio.installation import check_view, install_guide, snippets
from server.studio.views import page, redirect_with_flash

CHECKS = RateLimitItemPerHour(60, 1, "installation_check")
"""How often people may have the pages of a site looked at."""


@blueprint.get("/sites/<key>/install")
@blueprint.get("/sites/<key>/install/<platform>")
@needs("site.read")
def install(platform: str = snippets.FIRST) -> ResponseReturnValue:
    """Whether the script is on the website, and how it gets there on a platform."""
    return install_page(platform)


@blueprint.post("/sites/<key>/install")
@blueprint.post("/sites/<key>/install/<platform>")
@needs("banner.edit")
def check_installation(platform: str = snippets.FIRST) -> ResponseReturnValue:
    """Look at a page of the website now, and store what is found."""
    typed = request.form.get("url", "")
    try:
        look(typed)
    except Invalid as fault:
        return install_page(platform, 422, typed=typed, errors=fault.errors)
    return redirect_with_flash("install", platform=platform, _anchor="live")


def look(typed: str) -> bool:
    """Look at a page of the website now, and store what is found; whether it asks its visitors.

    :raises Invalid: `url`: it cannot be looked at.
    :raises RateLimited: too many pages were looked at.
    :raises Conflict: `sample_site`.
    """
    sample_rules.refuse(site())
    private = settings().scan_private
    url = scanner.page_of(site(), typed, allow_private=private)
    now = clock.now()
    if wait := counters(current_app).spend(CHECKS, site().id, now=now):
        raise RateLimited("too many requests; try again later", retry_after=wait)
    get = scanner.getter(allow_private=private)
    made = scanner.check(site(), url, get=get, public_url=settings().public_url, now=now)
    with transaction():
        scanner.store(site(), made, now=now)
    return made.live


def install_page(
    platform: str,
    status: int = 200,
    *,
    typed: str = "",
    email: str = "",
    errors: Mapping[str, object] | None = None,
) -> Response:
    """The page for a platform, after a refused form with what was typed.

    :raises NotFound: `platform_unknown`.
    """
    if platform not in snippets.PLATFORMS:
        raise NotFound("there are no instructions for this platform", reason="platform_unknown")
    live, draft = sites.newest(site().id), sites.draft(site().id).document
    document = live.document if live else draft
    check = check_view.shown(scanner.status(site().id), live, draft, platform)
    pinned = "pinned" in request.args
    links = installation_links.valid(site().id, now=clock.now()) if may("banner.edit") else ()
    return page(
        "install/install.html",
        status,
        check=check,
        newest=live,
        url=typed or (check.url if check else scanner.first_page(site())),
        errors=errors or {},
        platforms=install_guide.NAMES,
        guide=install_guide.guide(site(), document, platform, published=live is not None, pinned=pinned),
        links=[(link, install_guide.address_of(link, platform)) for link in links],
        email=email,
        sends_mail=settings().smtp_url is not None,
    )
