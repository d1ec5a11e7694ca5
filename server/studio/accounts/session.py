"""Login, logout, and the user's own password."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from flask import Response, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import (
    account_mail,
    attempts,
    audit_log,
    deferred,
    factors,
    first_owner,
    pending_logins,
    preferences,
    sessions,
    users,
)
from server.accounts.service.account_mail import Letter
from server.accounts.values import Identity
from server.core import clock
from server.core.db import transaction
from server.core.email_addresses import email_address
from server.core.errors import Conflict, Invalid, RateLimited, Unauthenticated, Unavailable
from server.core.http import settings
from server.core.limits import network
from server.core.time_zones import UTC
from server.studio import kept_forms, language, local_times, sentences, session_devices
from server.studio.accounts import provider_sessions
from server.studio.accounts.devices import device_of, remember_device
from server.studio.accounts.password_words import password_words
from server.studio.guard import ANYBODY, INVITATION, SECRET, SOMEBODY, blueprint, identity, needs
from server.studio.views import page, redirect_with_flash, studio_path

PENDING = "pending"
"""The name under which the secret of a login that awaits its second factor stands in the signed cookie."""

Refusal = RateLimited | Unauthenticated | Unavailable | Conflict
"""Why somebody is not let in, which the form says."""

REFUSALS = (RateLimited, Unauthenticated, Unavailable, Conflict)


@blueprint.get("/login")
@needs(ANYBODY)
def login() -> ResponseReturnValue:
    """The login form, in the language that is asked for; redirects a user who is logged in."""
    language.remember(request.args.get("language", ""))
    if identity() is None and settings().local_login and first_owner.is_awaited():
        return redirect(url_for("studio.welcome"), 303)
    if identity() is not None:
        return redirect(studio_path(request.args.get("next")) or url_for("studio.home"), 303)
    return login_page(200, request.args.get("next", ""))


@blueprint.post("/login")
@needs(ANYBODY)
def log_in() -> ResponseReturnValue:
    """Authenticate by password, and begin a new session or ask for the second factor.

    A form that was sent without a session goes on after it.
    """
    email = request.form.get("email", "")
    try:
        g.identity = enter(email, request.form.get("password", ""))
    except REFUSALS as fault:
        return not_let_in(fault, email)
    if g.identity is None:
        return factor_form(email, 200, {})
    answer = current_app.make_response(onward())
    remember_device(answer, email)
    return answer


def login_page(
    status: int,
    next_path: str,
    kept: str = "",
    *,
    fault: str | None = None,
    email: str = "",
    connecting: str = "",
) -> Response:
    """The form of the login.

    :param connecting: the address of an account that is connected to the identity provider by its login
    """
    return page(
        "login.html",
        status,
        next=studio_path(next_path),
        kept=kept,
        email=email or connecting,
        fault=fault,
        connecting=connecting,
    )


def enter(email: str, password: str) -> Identity | None:
    """Authenticate somebody by password, and begin a new session in this browser.

    None: they have a second factor, which this browser is to show next.

    :raises RateLimited: too many attempts.
    :raises Unauthenticated: `wrong_login`.
    :raises Unavailable: too many people are logging in at once.
    :raises Conflict: as `begin_session`.
    """
    attempt = attempts.login_attempt(
        email, network=network(), device=device_of(email), secret_key=settings().secret_key
    )
    count_attempt(attempt)
    try:
        # Outside the transaction, because hashing takes long.
        known = users.authenticate(email, password, now=clock.now())
        if not provider_sessions.may_log_in_locally(known, now=clock.now()):
            # As for a wrong password: a login that is closed tells nobody whether theirs is right.
            raise Unauthenticated("the e-mail address or the password is wrong", reason="wrong_login")
    except Unavailable:
        uncount_attempt(attempt)
        raise
    if factors.of(known.user_id).any:
        _await_factor(known, attempt)
        return None
    begin_session(known, attempt)
    return known


def _await_factor(known: Identity, attempt: attempts.Attempt) -> None:
    now = clock.now()
    with transaction():
        attempts.forgive_attempt(attempt, now=now)
        secret = pending_logins.begin(known.user_id, now=now)
    session[PENDING] = secret


def factor_form(email: str, status: int, errors: Mapping[str, object]) -> Response:
    """The form for the second factor; it carries what the form of the login did."""
    return page(
        "login_factor.html",
        status,
        email=email,
        next=studio_path(request.values.get("next")),
        kept=request.form.get("kept", ""),
        errors=errors,
        passkey=has_passkey(),
    )


def pending() -> tuple[str, str] | None:
    """Id and address of who is logging in in this browser, and shows the second factor next."""
    return pending_logins.find(session[PENDING], now=clock.now()) if PENDING in session else None


def has_passkey() -> bool:
    """Whether who is logging in in this browser may show a passkey."""
    found = pending()
    return found is not None and factors.of(found[0]).passkeys > 0


def onward() -> ResponseReturnValue:
    """Where somebody goes who has logged in: on with a form that was kept, or to the page asked for."""
    return go_on(request.form.get("kept", ""), request.form.get("next", ""))


def go_on(sealed: str, next_path: str) -> ResponseReturnValue:
    """As somebody who has logged in goes on, with what was kept for after it."""
    form = kept_forms.unseal(sealed, secret_key=settings().secret_key, now=clock.now()) if sealed else None
    if form is not None:
        return page("go_on.html", form=form)
    if sealed:
        flash(language.gettext("What you typed is not kept any more: it was too long ago."), "warning")
    return redirect(studio_path(next_path) or url_for("studio.home"), 303)


@blueprint.post("/logout")
@needs(SOMEBODY)
def log_out() -> ResponseReturnValue:
    """End this session, in the browser and on the server; where the provider opened it, there too."""
    way_out = provider_sessions.way_out()
    with transaction():
        sessions.close_session(session[SECRET])
    language.start_session()
    if way_out:
        return page("single_sign_on/leave.html", address=way_out, provider=settings().oidc, out=True)
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
    count_attempt(attempt)
    try:
        now = clock.now()
        with transaction():
            attempts.forgive_attempt(attempt, now=now)
            proved_at = _proof_besides_password()
            users.change_password(
                identity().user_id,
                current,
                new,
                now=now,
                words=password_words(None if identity().all_sites else identity().site_ids),
            )
            tell_of_new_password(identity().email, language.current(), now=now)
            secret = _open(identity(), now, proved_at=proved_at)
            audit_log.record_event("password_changed", by=identity().actor, now=now)
    except (Invalid, Unavailable) as fault:
        if "current" not in fault.errors:
            uncount_attempt(attempt)  # the transaction that contained it was rolled back
        if isinstance(fault, Unavailable):
            raise
        return _account(422, fault.errors)
    language.start_session()
    session[SECRET] = secret
    return redirect_with_flash(
        "account", language.gettext("Your password is changed. Other sessions of yours have ended.")
    )


def _proof_besides_password() -> datetime | None:
    """When somebody with a second factor was last proved here; None: the password is all that proves them."""
    return sessions.proved_at(session[SECRET]) if factors.of(identity().user_id).any else None


def _account(status: int, errors: Mapping[str, object]) -> Response:
    return page(
        "account.html",
        status,
        errors=errors,
        zones=local_times.zone_groups(identity().time_zone or UTC),
        connected=users.user(identity().user_id).connected,
        factors=factors.of(identity().user_id),
    )


def begin_session(
    known: Identity, attempt: attempts.Attempt, *, prove: Callable[[datetime], str] = lambda _now: ""
) -> None:
    """Begin a new session, replacing the browser's present one.

    :param prove: uses up a second factor in the same transaction; the audit log has what it answers
    :raises Unauthenticated: the user was disabled in the meantime.
    :raises Conflict: their account cannot be connected to what the identity provider calls them.
    """
    now = clock.now()
    with transaction():
        attempts.forgive_attempt(attempt, now=now)
        means = prove(now)
        if SECRET in session:
            sessions.close_session(session[SECRET])
        provider_session = provider_sessions.connect(known, now=now)
        secret = _open(known, now, provider_session)
        provider_sessions.tell_of_break_glass(known, now=now)
        audit_log.record_event("login", by=known.actor, detail=means, now=now)
    invitation = session.get(INVITATION)
    language.start_session()
    session[SECRET] = secret
    if provider_session is not None:
        session[provider_sessions.BY_PROVIDER] = True
    if invitation is not None:
        session[INVITATION] = invitation  # somebody who has an account logs in to answer it


def _open(
    known: Identity,
    now: datetime,
    provider_session: sessions.ProviderSession | None = None,
    *,
    proved_at: datetime | None = None,
) -> str:
    return sessions.open_session(
        known,
        now=now,
        device=session_devices.device(),
        limits=session_devices.limits(),
        provider_session=provider_session,
        proved_at=proved_at,
    )


def tell_of_new_password(email: str, spoken: str, *, now: datetime) -> None:
    """Put the e-mail into the outbox that tells a user of the change, if e-mail can be sent."""
    address = email_address(email)
    if address is None or settings().smtp_url is None:
        return
    link = settings().public_url + url_for("studio.forgotten_password", language=spoken)
    account_mail.send_changed(Letter(address, spoken, settings().public_host, link), now=now)


def count_attempt(attempt: attempts.Attempt) -> None:
    """Count an attempt before the password is checked.

    :raises RateLimited: a limit is reached.
    """
    now = clock.now()
    attempts.check_attempt(attempt, now=now)
    with transaction():
        attempts.count_attempt(attempt, now=now)


def uncount_attempt(attempt: attempts.Attempt) -> None:
    """Uncount an attempt that was right, or whose password was not checked."""
    with transaction():
        attempts.forgive_attempt(attempt, now=clock.now())


def not_let_in(fault: Refusal, email: str) -> Response:
    """The form with errors."""
    connecting = email if provider_sessions.connecting(email, now=clock.now()) else ""
    answer = login_page(
        fault.status,
        request.form.get("next", ""),
        request.form.get("kept", ""),
        email=email[:254],
        fault=sentences.whole(fault.message),
        connecting=connecting,
    )
    return noted(answer, fault, email)


def noted(answer: Response, fault: Refusal, email: str) -> Response:
    """The answer to a refused login, which is recorded."""
    if isinstance(fault, Unauthenticated):
        note_refusal(email)
    elif not isinstance(fault, Conflict):
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def note_refusal(email: str) -> None:
    """Leave it to the worker to record a refused login, if the address has an account.

    Looked up here, response times would reveal which addresses exist.
    """
    with transaction():
        deferred.defer("refusal", email, secret_key=settings().secret_key, now=clock.now())
