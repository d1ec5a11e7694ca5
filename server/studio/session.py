"""Login, logout, and the user's own password."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from server.accounts.service import attempts, audit_log, preferences, sessions, users
from server.accounts.values import Identity
from server.core import clock
from server.core.db import transaction
from server.core.errors import DomainError, Invalid, RateLimited, Unauthenticated, Unavailable
from server.core.http import settings
from server.core.limits import network
from server.core.time_zones import UTC
from server.studio import language, local_times, sentences
from server.studio.devices import device_of, remember_device
from server.studio.guard import ANYBODY, SECRET, SOMEBODY, blueprint, identity, needs
from server.studio.views import page, redirect_with_flash, studio_path


@blueprint.get("/login")
@needs(ANYBODY)
def login() -> ResponseReturnValue:
    """The login form, in the language that is asked for; redirects a user who is logged in."""
    language.remember(request.args.get("language", ""))
    if identity() is not None:
        return redirect(studio_path(request.args.get("next")) or url_for("studio.home"), 303)
    return page("login.html", next=studio_path(request.args.get("next")), email="", fault=None)


@blueprint.post("/login")
@needs(ANYBODY)
def log_in() -> ResponseReturnValue:
    """Authenticate by password, and begin a new session."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    attempt = attempts.login_attempt(
        email, network=network(), device=device_of(email), secret_key=settings().secret_key
    )
    try:
        _count(attempt)
        # Outside the transaction, because hashing takes long.
        known = users.authenticate(email, password, now=clock.now())
    except (RateLimited, Unauthenticated, Unavailable) as fault:
        if isinstance(fault, Unavailable):
            _forgive(attempt)
        return _not_let_in(fault, email)
    try:
        _open_session(known, attempt)
    except Unauthenticated as fault:
        return _not_let_in(fault, email)
    answer = current_app.make_response(
        redirect(studio_path(request.form.get("next")) or url_for("studio.home"), 303)
    )
    remember_device(answer, email)
    return answer


@blueprint.post("/logout")
@needs(SOMEBODY)
def log_out() -> ResponseReturnValue:
    """End this session, in the browser and on the server."""
    with transaction():
        sessions.close_session(session[SECRET])
    language.start_session()
    return redirect(url_for("studio.login"), 303)


@blueprint.get("/account")
@needs(SOMEBODY)
def account() -> ResponseReturnValue:
    """The user's own account."""
    return _account(200, {})


@blueprint.post("/account/preferences")
@needs(SOMEBODY)
def choose_preferences() -> ResponseReturnValue:
    """Store the user's language and time zone."""
    chosen = preferences.Preferences(request.form.get("language", ""), request.form.get("time_zone", ""))
    try:
        with transaction():
            preferences.choose_preferences(identity().user_id, chosen)
    except Invalid as fault:
        return _account(422, fault.errors)
    g.identity = replace(identity(), language=chosen.language, time_zone=chosen.time_zone)
    language.refresh()
    return redirect_with_flash("account", language.gettext("Your language and time zone are saved."))


@blueprint.post("/account")
@needs(SOMEBODY)
def change_password() -> ResponseReturnValue:
    """Change the user's own password; all other sessions end."""
    current, new = request.form.get("current", ""), request.form.get("password", "")
    attempt = attempts.password_attempt(identity().user_id)
    _count(attempt)
    try:
        now = clock.now()
        with transaction():
            attempts.forgive_attempt(attempt, now=now)
            users.change_password(identity().user_id, current, new)
            secret = sessions.open_session(identity(), now=now)
            audit_log.record_event("password_changed", by=identity().actor, now=now)
    except (Invalid, Unavailable) as fault:
        if "current" not in fault.errors:
            _forgive(attempt)  # the transaction that contained it was rolled back
        if isinstance(fault, Unavailable):
            raise
        return _account(422, fault.errors)
    language.start_session()
    session[SECRET] = secret
    return redirect_with_flash(
        "account", language.gettext("Your password is changed. Other sessions of yours have ended.")
    )


def _account(status: int, errors: Mapping[str, object]) -> Response:
    return page(
        "account.html", status, errors=errors, zones=local_times.zone_groups(identity().time_zone or UTC)
    )


def _open_session(known: Identity, attempt: attempts.Attempt) -> None:
    """Begin a new session, replacing the browser's present one.

    :raises Unauthenticated: the user was disabled in the meantime.
    """
    now = clock.now()
    with transaction():
        attempts.forgive_attempt(attempt, now=now)
        if SECRET in session:
            sessions.close_session(session[SECRET])
        secret = sessions.open_session(known, now=now)
        audit_log.record_event("login", by=known.actor, now=now)
    language.start_session()
    session[SECRET] = secret


def _count(attempt: attempts.Attempt) -> None:
    """Count an attempt before the password is checked.

    :raises RateLimited: a limit is reached.
    """
    now = clock.now()
    attempts.check_attempt(attempt, now=now)
    with transaction():
        attempts.count_attempt(attempt, now=now)


def _forgive(attempt: attempts.Attempt) -> None:
    with transaction():
        attempts.forgive_attempt(attempt, now=clock.now())


def _not_let_in(fault: RateLimited | Unauthenticated | Unavailable, email: str) -> Response:
    """The form with errors."""
    next_path = studio_path(request.form.get("next"))
    answer = page("login.html", fault.status, next=next_path, email=email[:254], fault=_message(fault))
    if isinstance(fault, Unauthenticated):
        _note_refusal_after(answer, email)
    else:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def _note_refusal_after(answer: Response, email: str) -> None:
    """Append the event after the answer is sent: response times must not reveal which addresses exist."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    now = clock.now()

    def write() -> None:
        try:
            with app.app_context(), transaction():
                audit_log.record_refusal(email, now=now)
        except DBAPIError:
            app.logger.exception("refused_login_not_noted")

    answer.call_on_close(write)


def _message(fault: DomainError) -> str:
    return sentences.whole(fault.message)
