"""A forgotten password: the link is asked for, opened, and another password chosen.

As that of an invitation, the token stands after the `#` of the link, and is then in the signed cookie.
"""

from collections.abc import Mapping

from flask import Response, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from limits import RateLimitItemPerHour

from server.accounts.service import audit_log, deferred, password_resets, sessions
from server.accounts.service.password_resets import Ended
from server.accounts.values import Actor
from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid, NotFound
from server.core.http import settings
from server.core.limits import counters, network
from server.studio import language
from server.studio.accounts.devices import remember_device
from server.studio.accounts.password_words import password_words
from server.studio.accounts.session import tell_of_new_password
from server.studio.guard import ANYBODY, SECRET, blueprint, needs
from server.studio.views import page

RESET = "reset"
"""The name under which the token of an opened link stands in the signed cookie, until it is used."""

PER_NETWORK = RateLimitItemPerHour(20, 1, "password_reset")
"""How many links one network may ask for, whatever the addresses."""

GONE = 410


@blueprint.get("/forgotten")
@needs(ANYBODY)
def forgotten_password() -> ResponseReturnValue:
    """The form that asks for a link; without a mail server, who can make one."""
    language.remember(request.args.get("language", ""))
    if not settings().local_login:
        return redirect(url_for("studio.login"), 303)
    return page("new_password/forgotten.html", sends_mail=settings().smtp_url is not None, wait=0)


@blueprint.post("/forgotten")
@needs(ANYBODY)
def ask_for_password() -> ResponseReturnValue:
    """Have a link sent if the address has an account, which the worker looks up: here nobody learns it."""
    wait = counters(current_app).spend(PER_NETWORK, network(), now=clock.now())
    if wait:
        answer = page("new_password/forgotten.html", 429, sends_mail=True, wait=-(-wait // 60))
        answer.headers["Retry-After"] = str(wait)
        return answer
    if settings().smtp_url is not None and settings().local_login:
        with transaction():
            deferred.defer(
                "reset",
                request.form.get("email", ""),
                language=language.current(),
                secret_key=settings().secret_key,
                now=clock.now(),
            )
    return page("new_password/asked.html")


@blueprint.get("/new-password")
@needs(ANYBODY)
def new_password() -> ResponseReturnValue:
    """The page of a link: its script opens it; without, the link is pasted."""
    language.remember(request.args.get("language", ""))
    return page("new_password/open.html", errors={})


@blueprint.post("/new-password")
@needs(ANYBODY)
def open_new_password() -> ResponseReturnValue:
    """Open a link, and keep its token in this browser."""
    typed = request.form.get("link", "")
    try:
        password_resets.open_link(typed, now=clock.now())
    except NotFound as fault:
        return _not_open(fault)
    session[RESET] = typed.rpartition("#")[2].strip()
    return redirect(url_for("studio.choose_new_password"), 303)


@blueprint.get("/new-password/choose")
@needs(ANYBODY)
def choose_new_password() -> ResponseReturnValue:
    """The form for the new password."""
    language.remember(request.args.get("language", ""))
    if RESET not in session:
        return redirect(url_for("studio.new_password"), 303)
    return _choose()


@blueprint.post("/new-password/choose")
@needs(ANYBODY)
def set_new_password() -> ResponseReturnValue:
    """Set the password: all sessions end, and the user logs in with it."""
    try:
        now = clock.now()
        with transaction():
            opened = password_resets.open_link(str(session.get(RESET, "")), now=now).user
            known = password_resets.choose_password(
                str(session.get(RESET, "")),
                request.form.get("password", ""),
                now=now,
                words=password_words(None if opened.all_sites or opened.group_ids else opened.site_ids),
            )
            tell_of_new_password(known.email, language.current(), now=now)
            audit_log.record_event("password_reset", by=Actor("person", known.email), now=now)
    except Invalid as fault:
        return _choose(fault.status, fault.errors)
    except NotFound as fault:
        return _not_open(fault)
    if SECRET in session:  # of somebody else, who was logged in here
        with transaction():
            sessions.close_session(session[SECRET])
    language.start_session()
    flash(
        language.gettext("Your password is changed, and all your sessions have ended. Log in with it."),
        "success",
    )
    answer = current_app.make_response(redirect(url_for("studio.login"), 303))
    # Whoever has the mailbox is let in, however many strangers guess at the account meanwhile.
    remember_device(answer, known.email, by_link=True)
    return answer


def _choose(status: int = 200, errors: Mapping[str, object] | None = None) -> Response:
    try:
        known = password_resets.open_link(str(session.get(RESET, "")), now=clock.now())
    except NotFound as fault:
        return _not_open(fault)
    return page("new_password/choose.html", status, email=known.user.email, errors=errors or {})


def _not_open(fault: NotFound) -> Response:
    session.pop(RESET, None)
    if isinstance(fault, Ended):
        return page("new_password/ended.html", GONE, used=fault.reset.state == "used")
    return page("new_password/open.html", 422, errors={"link": fault.message})
