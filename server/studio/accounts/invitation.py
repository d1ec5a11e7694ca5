"""What the invited see: the link is opened, and the invitation accepted by choosing a password.

The token stands after the `#` of the link. A script sends it as a form, or the invited paste the link; it is
then in the signed cookie until the invitation is answered, and in no address.
"""

from collections.abc import Mapping

from flask import Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import attempts, audit_log, invitations, preferences, sessions, tokens, users
from server.accounts.service.invitations import Ended, Invitation
from server.accounts.service.preferences import Preferences
from server.accounts.values import Account, Identity
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.core.http import settings
from server.core.time_zones import known as known_zones
from server.sites import groups
from server.sites import service as sites
from server.studio import language
from server.studio.accounts.devices import remember_device
from server.studio.accounts.password_words import password_words
from server.studio.accounts.session import begin_session
from server.studio.accounts.users import reach
from server.studio.guard import ANYBODY, INVITATION, SECRET, blueprint, identity, needs
from server.studio.views import page, redirect_with_flash

GONE = 410
"""Status of the page of an invitation that has ended (RFC 9110, 15.5.11)."""


@blueprint.get("/invitation")
@needs(ANYBODY)
def invitation() -> ResponseReturnValue:
    """The page of a link: its script opens the invitation; without, the link is pasted."""
    return page("invitation/open.html", errors={})


@blueprint.post("/invitation")
@needs(ANYBODY)
def open_invitation() -> ResponseReturnValue:
    """Open a link, and keep its token in this browser."""
    typed = request.form.get("link", "")
    try:
        invitations.open_link(typed, now=clock.now())
    except NotFound as fault:
        return _not_open(fault)
    session[INVITATION] = typed.rpartition("#")[2].strip()
    return redirect(url_for("studio.answer_invitation"), 303)


@blueprint.get("/invitation/answer")
@needs(ANYBODY)
def answer_invitation() -> ResponseReturnValue:
    """What the invitation gives, and how it is accepted by who is here."""
    language.remember(request.args.get("language", ""))
    if INVITATION not in session:
        return redirect(url_for("studio.invitation"), 303)
    try:
        return _answer(invitations.open_link(session[INVITATION], now=clock.now()))
    except NotFound as fault:
        return _not_open(fault)


@blueprint.post("/invitation/answer")
@needs(ANYBODY, proof=True)
def accept_invitation() -> ResponseReturnValue:
    """Accept: make the account and log in, or add the role to the account that is logged in."""
    token = str(session.get(INVITATION, ""))
    try:
        if identity() is not None:
            return _joined(token, identity())
        return _accepted(token, request.form.get("password", ""), request.form.get("time_zone", ""))
    except NotFound as fault:
        return _not_open(fault)
    except Invalid as fault:
        return _answer(invitations.open_link(token, now=clock.now()), fault.status, fault.errors)
    except Conflict:
        # Somebody made the account meanwhile, or it cannot take this role: the page says which.
        return redirect(url_for("studio.answer_invitation"), 303)


@blueprint.post("/invitation/leave")
@needs(ANYBODY)
def leave_for_invitation() -> ResponseReturnValue:
    """Log out who is here, so that the invited can go on."""
    token = session.get(INVITATION)
    if SECRET in session:
        with transaction():
            sessions.close_session(session[SECRET])
    language.start_session()
    if token is not None:
        session[INVITATION] = token
    return redirect(url_for("studio.answer_invitation"), 303)


def _accepted(token: str, password: str, time_zone: str) -> ResponseReturnValue:
    if not settings().local_login:
        raise Forbidden("nobody is invited here: accounts are made by single sign-on")
    now = clock.now()
    with transaction():
        known = invitations.open_link(token, now=now)
        made = invitations.accept(
            token, password, now=now, words=password_words(None if known.group_ids else known.reach)
        )
        # A browser may name a zone that is unknown here: another can be chosen under *Your account*.
        zone = time_zone if time_zone in known_zones() else ""
        preferences.choose_preferences(made.user_id, Preferences(language.current(), zone))
        _note(made, known)
    session.pop(INVITATION)
    begin_session(made, attempts.Attempt(()))
    g.identity = made
    said = language.gettext("Welcome. Your account is made, and you are logged in.")
    answer = current_app.make_response(redirect_with_flash("all_sites", said))
    remember_device(answer, made.email)
    return answer


def _joined(token: str, who: Identity) -> ResponseReturnValue:
    now = clock.now()
    with transaction():
        known = invitations.open_link(token, now=now)
        programs = tokens.tokens_of(who.user_id)
        before = users.user(who.user_id)
        _note(who, known, before, invitations.join(token, who, now=now))
        users.record_token_changes(programs, by=who.actor, now=now)
    session.pop(INVITATION)
    return redirect_with_flash(
        "all_sites", language.gettext("The invitation is accepted. It applies from now on.")
    )


def _note(
    who: Identity, known: Invitation, before: Account | None = None, changed: Account | None = None
) -> None:
    """`changed` is what an account that was there `before` has now."""
    detail = f"{reach(before)} → {reach(changed)}" if before and changed else reach(known)
    audit_log.record_event(
        "invitation_accepted", by=who.actor, subject=known.created_by, detail=detail, now=clock.now()
    )


def _answer(known: Invitation, status: int = 200, errors: Mapping[str, object] | None = None) -> Response:
    who = identity()
    has = users.with_address(known.email)
    merged, refused = None, ""
    if who is not None and who.email == known.email:
        try:
            merged = invitations.merged(users.user(who.user_id), known)
        except Conflict as fault:
            refused = fault.reason
    named = known.site_ids if merged is None else merged[1] or frozenset()
    of_groups = known.group_ids if merged is None else merged[2]
    titles = groups.named()
    return page(
        "invitation/answer.html",
        status,
        invited=known,
        who=who,
        refused=refused,
        has_account=has is not None,
        disabled=has is not None and has.disabled_at is not None,
        role=merged[0] if merged else known.role,
        everywhere=merged[1] is None if merged else known.all_sites,
        names=sorted(one.name for one in sites.with_ids(named)),
        groups=sorted(titles[one].name for one in of_groups if one in titles),
        errors=errors or {},
    )


def _not_open(fault: NotFound) -> Response:
    session.pop(INVITATION, None)
    if isinstance(fault, Ended):
        return page("invitation/ended.html", GONE, invited=fault.invitation)
    return page("invitation/open.html", 422, errors={"link": fault.message})
