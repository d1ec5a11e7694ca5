"""Logging in and out, and one's own password."""

import hashlib
import hmac

from flask import Flask, Response, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from server.accounts import service as accounts
from server.core import clock
from server.core.db import transaction
from server.core.errors import DomainError, Invalid, Unauthenticated, Unavailable
from server.core.http import settings
from server.core.limits import limiter
from server.studio.guard import ANYBODY, SECRET, SOMEBODY, blueprint, identity, needs
from server.studio.views import inside, onward, page

ATTEMPTS = "10/minute;50/hour"
"""Logins that are tried per account and per network, right or wrong."""


def _account() -> str:
    """A keyed digest of the address that is tried: it is counted, and not kept readable anywhere."""
    address = request.form.get("email", "").strip().lower()
    return "a" + hmac.new(settings().secret_key.encode(), address.encode(), hashlib.sha256).hexdigest()[:24]


@blueprint.get("/login")
@needs(ANYBODY)
def login() -> ResponseReturnValue:
    """The form, or onward for who is in already."""
    if identity() is not None:
        return redirect(inside(request.args.get("next")) or url_for("studio.home"), 303)
    return page("login.html", next=inside(request.args.get("next")), email="", fault=None)


@blueprint.post("/login")
@needs(ANYBODY)
@limiter.limit(ATTEMPTS)
@limiter.limit(ATTEMPTS, key_func=_account)
def log_in() -> ResponseReturnValue:
    """Let in who knows their password, with a session of a new secret."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    wanted = inside(request.form.get("next"))
    try:
        # Outside the transaction: hashing takes long, and nobody else should wait for it.
        known = accounts.authenticate(email, password, now=clock.now())
    except (Unauthenticated, Unavailable) as fault:
        answer = page("login.html", fault.status, next=wanted, email=email[:254], fault=_said(fault))
        if isinstance(fault, Unauthenticated):
            _note_refusal_after(answer, email)
        return answer
    now = clock.now()
    with transaction():
        if SECRET in session:
            accounts.close_session(session[SECRET])
        secret = accounts.open_session(known, now=now)
        accounts.note("login", by=known.actor, now=now)
    session.clear()
    session[SECRET] = secret
    return redirect(wanted or url_for("studio.home"), 303)


@blueprint.post("/logout")
@needs(SOMEBODY)
def log_out() -> ResponseReturnValue:
    """End this session, here and on the server."""
    with transaction():
        accounts.close_session(session[SECRET])
    session.clear()
    return redirect(url_for("studio.login"), 303)


@blueprint.get("/account")
@needs(SOMEBODY)
def account() -> ResponseReturnValue:
    """One's own account."""
    return page("account.html", errors={})


@blueprint.post("/account")
@needs(SOMEBODY)
@limiter.limit(ATTEMPTS)
def change_password() -> ResponseReturnValue:
    """A new password of one's own; every other session ends."""
    current, new = request.form.get("current", ""), request.form.get("password", "")
    try:
        now = clock.now()
        with transaction():
            accounts.change_password(identity().user_id, current, new)
            secret = accounts.open_session(identity(), now=now)
            accounts.note("password_changed", by=identity().actor, now=now)
    except Invalid as fault:
        return page("account.html", 422, errors=fault.errors)
    session.clear()
    session[SECRET] = secret
    return onward("account", "Your password is changed. Other sessions of yours have ended.")


def _note_refusal_after(answer: Response, email: str) -> None:
    """Write it down once the answer is sent: how long that took must not tell which addresses are known."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    now = clock.now()

    def write() -> None:
        try:
            with app.app_context(), transaction():
                accounts.note_refusal(email, now=now)
        except DBAPIError:
            app.logger.exception("refused_login_not_noted")

    answer.call_on_close(write)


def _said(fault: DomainError) -> str:
    return fault.message[0].upper() + fault.message[1:] + "."
