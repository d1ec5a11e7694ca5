"""Sending the installation instructions to a developer: links without a login, and the pages behind them."""

from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue
from limits import RateLimitItemPerHour

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.email_addresses import email_address
from server.core.errors import Conflict, Invalid, NotFound
from server.core.http import settings
from server.core.limits import counters, may_mail
from server.notifications.service import outbox
from server.notifications.values import VisitorMail
from server.sites import installation_links
from server.sites import service as sites
from server.sites.installation_links import InstallationLink
from server.sites.values import Site
from server.studio import language
from server.studio.guard import ANYBODY, blueprint, identity, needs, site
from server.studio.installation import install, install_guide, snippets
from server.studio.installation import link_tokens as installation_tokens
from server.studio.language import gettext
from server.studio.views import page, redirect_with_flash

PER_SITE = RateLimitItemPerHour(20, 1, "installation_mail")
"""How many e-mails with instructions a site may send."""

PER_ADDRESS = RateLimitItemPerHour(3, 1, "installation_mail_to_address")
"""How many of them an address may get about a site."""

MANY = "has had several already, or the site has sent many; copy the link instead, or try again in an hour"

KIND = "installation.instructions"


@blueprint.post("/sites/<key>/install/links")
@needs("banner.edit")
def share_installation() -> ResponseReturnValue:
    """Make a link to the instructions, and send it where an address was typed."""
    platform = request.form.get("platform", "")
    platform = platform if platform in snippets.PLATFORMS else snippets.FIRST
    typed = request.form.get("email", "").strip()
    spoken = request.form.get("language", "")
    spoken = spoken if spoken in language.LANGUAGES else language.current()
    now = clock.now()
    try:
        address = _address(typed)
        with transaction():
            made = installation_links.create(site().id, by=identity().email, now=now)
            if address:
                _send(made, address, spoken, platform)
            audit_log.record_event(
                "install_sent" if address else "install_link_made",
                by=identity().actor,
                site_id=site().id,
                subject=address,
                now=now,
            )
    except (Invalid, Conflict) as fault:
        if not fault.errors:
            raise
        return install.install_page(platform, fault.status, errors=fault.errors, email=typed)
    said = (
        gettext(
            "The instructions are on their way to %(address)s. The link works for seven days.",
            address=address,
        )
        if address
        else gettext("The link is made. It works for seven days.")
    )
    return redirect_with_flash("install", said, platform=platform, _anchor="developer")


@blueprint.post("/sites/<key>/install/links/<link_id>/revoke")
@needs("banner.edit")
def revoke_installation_link(link_id: str) -> ResponseReturnValue:
    """End a link at once."""
    now = clock.now()
    with transaction():
        installation_links.revoke(site().id, link_id, now=now)
        audit_log.record_event("install_link_revoked", by=identity().actor, site_id=site().id, now=now)
    said = gettext("The link is revoked. Its page says now that it has ended.")
    return redirect_with_flash("install", said, _anchor="developer")


@blueprint.get("/install/<token>")
@blueprint.get("/install/<token>/<platform>")
@needs(ANYBODY)
def shared_installation(token: str, platform: str = snippets.FIRST) -> ResponseReturnValue:
    """The instructions for somebody without an account, by the published banner; nothing else."""
    # Who is logged in sees what others see, in the language that is chosen here.
    g.identity = None
    language.remember(request.args.get("language", ""))
    language.refresh()
    try:
        found = _opened(token, platform)
    except NotFound as fault:
        ended = fault.reason == "link_ended"
        return _unlisted(page("install/ended.html", 410 if ended else 404, ended=ended, token=token))
    published = sites.newest(found.id)
    pinned = "pinned" in request.args
    guide = published and install_guide.guide(
        found, published.document, platform, published=True, pinned=pinned
    )
    return _unlisted(
        page(
            "install/shared.html",
            website_name=found.name,
            token=token,
            platforms=install_guide.NAMES,
            guide=guide,
            platform=platform,
        )
    )


def _opened(token: str, platform: str) -> Site:
    known = installation_tokens.read(token, secret_key=settings().secret_key)
    if known is None or platform not in snippets.PLATFORMS:
        raise NotFound("there is nothing here", reason="link_unknown")
    installation_links.find(*known, now=clock.now())
    found = sites.find_by_id(known[0])
    if found.deletion is not None:
        raise NotFound("the site of this link is deleted", reason="link_ended")
    return found


def _unlisted(answer: Response) -> Response:
    """For whoever has the address alone: in no search engine, cache or referrer."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _address(typed: str) -> str:
    """The address that somebody typed; empty if none was.

    :raises Invalid: `email`: it is none, or may get no e-mail now.
    """
    if not typed:
        return ""
    address = email_address(typed)
    if address is None:
        fault = "is not an e-mail address"
    elif settings().smtp_url is None:
        fault = "cannot be sent to: this server sends no e-mail"
    elif counters(current_app).spend(PER_SITE, site().id, now=clock.now()) or not may_mail(
        current_app, PER_ADDRESS, address, site().key
    ):
        fault = MANY
    else:
        return address
    raise Invalid("the instructions are not sent", errors={"email": fault})


def _send(link: InstallationLink, address: str, spoken: str, platform: str) -> None:
    outbox.record_to_visitor(
        VisitorMail(
            site_id=link.site_id,
            kind=KIND,
            data={"site_name": site().name, "asked_by": identity().email},
            key=f"{KIND} {link.link_id}",
            address=address,
            language=spoken,
            sender=site().name,
            link=f"{install_guide.address_of(link, platform)}?language={spoken}",
            reply_to=identity().email,
        ),
        now=link.created_at,
    )
