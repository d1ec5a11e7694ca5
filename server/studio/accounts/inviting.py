"""Inviting users, by e-mail or by a link to copy; sending invitations again, and withdrawing them."""

from flask import current_app, request
from flask.typing import ResponseReturnValue
from limits import RateLimitItemPerHour

from server.accounts.service import invitations
from server.accounts.service.account_mail import Letter
from server.accounts.service.invitations import Invitation
from server.accounts.values import ROLES
from server.core import clock
from server.core.db import transaction
from server.core.email_addresses import email_address
from server.core.errors import Conflict, Invalid
from server.core.http import settings
from server.core.limits import may_mail
from server.sites import groups
from server.sites import service as sites
from server.studio import language
from server.studio.accounts import users
from server.studio.guard import blueprint, identity, needs
from server.studio.language import gettext
from server.studio.views import page, redirect_with_flash

PER_ADDRESS = RateLimitItemPerHour(5, 1, "invitation_mail")
"""How many e-mails with invitations an address gets."""

MANY = "has had several e-mails already; make a link instead, or try again in an hour"

MOST_NAMED = 3
"""Sites that an e-mail names; of more it says how many."""


@blueprint.get("/users/new")
@needs("user.manage")
def new_user() -> ResponseReturnValue:
    """The form to invite somebody; the least trusted role is chosen."""
    _refuse_where_passwords_are_off()
    typed: dict[str, object] = {"email": "", "role": ROLES[-1], "all": True, "sites": [], "groups": []}
    return users.user_form("users/new.html", 200, typed, {}, sends_mail=_sends_mail())


@blueprint.post("/users/new")
@needs("user.manage")
def invite_user() -> ResponseReturnValue:
    """Invite somebody: send the link, or show it to be copied."""
    _refuse_where_passwords_are_off()
    typed, by_mail, now = users.typed_user(), _by_mail(), clock.now()
    try:
        with transaction():
            invited, token = invitations.invite(
                str(typed["email"]),
                str(typed["role"]),
                site_ids=users.chosen_sites(typed),
                group_ids=users.chosen_groups(typed),
                by=identity().email,
                now=now,
            )
            if by_mail:
                _send(invited, token)
            users.note("user_invited", invited.email, users.reach(invited))
    except (Invalid, Conflict) as fault:
        return users.user_form(
            "users/new.html", fault.status, typed, dict(fault.errors), sends_mail=_sends_mail()
        )
    return _invited(invited, token, by_mail=by_mail)


@blueprint.post("/users/invitations/<invitation_id>/renew")
@needs("user.manage")
def renew_invitation(invitation_id: str) -> ResponseReturnValue:
    """Make another link, and send or show it; the one before works no more."""
    _refuse_where_passwords_are_off()
    by_mail, now = _by_mail(), clock.now()
    try:
        with transaction():
            invited, token = invitations.renew(invitation_id, by=identity().email, now=now)
            if by_mail:
                _send(invited, token)
            users.note("invitation_renewed", invited.email, users.reach(invited))
    except Invalid as fault:
        return users.user_list(fault.status, errors={"invitation": fault.errors["email"]})
    return _invited(invited, token, by_mail=by_mail)


@blueprint.post("/users/invitations/<invitation_id>/withdraw")
@needs("user.manage")
def withdraw_invitation(invitation_id: str) -> ResponseReturnValue:
    """Let the link work no more."""
    with transaction():
        gone = invitations.withdraw(invitation_id, now=clock.now())
        users.note("invitation_withdrawn", gone.email)
    said = gettext("The invitation of %(email)s is withdrawn. Its link says so.", email=gone.email)
    return redirect_with_flash("users", said)


def _invited(invited: Invitation, token: str, *, by_mail: bool) -> ResponseReturnValue:
    if by_mail:
        said = gettext("Invitation sent to %(email)s. It holds for 72 hours.", email=invited.email)
        return redirect_with_flash("users", said)
    link = invitations.link(token, public_url=settings().public_url)
    return page("users/invited.html", 201, email=invited.email, link=link)


def _refuse_where_passwords_are_off() -> None:
    """:raises Conflict: an invitation makes an account with a password, which would let nobody in."""
    if not settings().local_login:
        raise Conflict(
            "nobody is invited here: accounts are made by single sign-on", reason="local_login_off"
        )


def _sends_mail() -> bool:
    return settings().smtp_url is not None


def _by_mail() -> bool:
    """Whether the link is to be sent: that is what the first button does, where there is a mail server."""
    return _sends_mail() and request.form.get("do") != "link"


def _send(invited: Invitation, token: str) -> None:
    """Put the e-mail into the outbox.

    :raises Invalid: `email`: no e-mail reaches this address, or it has had enough.
    """
    address = email_address(invited.email)
    if address is None:
        fault = "is not an address that e-mail reaches; make a link instead"
    elif not may_mail(current_app, PER_ADDRESS, address):
        fault = MANY
    else:
        link = invitations.link(token, public_url=settings().public_url)
        letter = Letter(address, language.current(), settings().public_host, link)
        invitations.send(invited, letter, where=_named(invited), now=invited.created_at)
        return
    raise Invalid("the invitation is not sent", errors={"email": fault})


def _named(invited: Invitation) -> str:
    known = groups.named()
    grouped = [known[one].name for one in invited.group_ids if one in known]
    names = sorted([*(one.name for one in sites.with_ids(invited.site_ids)), *grouped])
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return language.ngettext("%(num)s site", "%(num)s sites", len(names))
