"""The second step of a login: a code of the authenticator app, a recovery code, or a passkey."""

from collections.abc import Callable
from datetime import datetime

from flask import current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import (
    account_mail,
    attempts,
    audit_log,
    factors,
    own_messages,
    passkeys,
    pending_logins,
    users,
)
from server.accounts.service.account_mail import Letter
from server.accounts.service.passkeys import Cloned
from server.accounts.values import Identity
from server.core import clock
from server.core.db import transaction
from server.core.email_addresses import email_address
from server.core.errors import Conflict, Invalid, RateLimited, Unauthenticated
from server.core.http import settings
from server.core.limits import network
from server.studio import language
from server.studio.accounts import passkey_answers
from server.studio.accounts import session as login
from server.studio.accounts.devices import device_with_factor, remember_device
from server.studio.accounts.session import PENDING
from server.studio.guard import ANYBODY, blueprint, needs

MEANS = {"app": "authenticator app", "code": "recovery code"}
"""With what somebody has logged in → the words of the audit log."""


@blueprint.get("/login/factor")
@needs(ANYBODY)
def second_factor() -> ResponseReturnValue:
    """The form for the second factor, of a login that has begun in this browser."""
    language.remember(request.args.get("language", ""))
    found = login.pending()
    if found is None:
        return redirect(url_for("studio.login"), 303)
    return login.factor_form(found[1], 200, {})


@blueprint.post("/login/factor")
@needs(ANYBODY)
def give_factor() -> ResponseReturnValue:
    """Check the second factor, and begin a new session; a form that was sent without one goes on."""
    email = awaited()
    try:
        enter()
    except Invalid as fault:
        refused = login.factor_form(email, Unauthenticated.status, fault.errors)
        login.note_refusal(email)
        return refused
    except Conflict as fault:
        return login.not_let_in(fault, email)
    except RateLimited as fault:
        refused = login.factor_form(email, fault.status, {"general": fault.message})
        return login.noted(refused, fault, email)
    except Unauthenticated as fault:
        if not awaited():
            return login.not_let_in(fault, email)
        return login.noted(login.factor_form(email, fault.status, {"general": fault.message}), fault, email)
    answer = current_app.make_response(login.onward())
    remember_device(answer, email)
    return answer


def prove(who: Identity, challenge: bytes | None, now: datetime) -> str:
    """Use up what was shown, and tell its owner of a recovery code; the words of the audit log.

    :param challenge: what a passkey has signed; None: a code was typed

    :raises Invalid: the code is not right.
    :raises Unauthenticated: the passkey is not.
    """
    if challenge is not None:
        answer, party = passkey_answers.answer(), passkey_answers.party()
        passkeys.prove(answer, challenge, user_id=who.user_id, party=party, now=now)
        return "passkey"
    typed = request.form.get("code", "")
    means = factors.prove(who.user_id, typed, now=now, secret_key=settings().secret_key)
    if means == "code":
        left = factors.of(who.user_id).codes_left
        tell(who, "recovery_code_used", left=left, now=now)
        own_messages.recovery_code_used(who, left=left, now=now)
        audit_log.record_event("recovery_code_used", by=who.actor, detail=f"{left} left", now=now)
    return MEANS[means]


def tell(who: Identity, what: str, *, left: int = 0, name: str = "", now: datetime) -> None:
    """Put the e-mail into the outbox that tells somebody of their second factors, if e-mail can be sent."""
    address = email_address(who.email)
    if address is None or settings().smtp_url is None:
        return
    spoken = who.language or language.current()
    link = settings().public_url + url_for("studio.forgotten_password", language=spoken)
    account_mail.send_factors(
        Letter(address, spoken, settings().public_host, link), what, left=left, name=name, now=now
    )


def awaited() -> str:
    """The address of who is logging in in this browser; empty: nobody."""
    return (login.pending() or ("", ""))[1]


def enter() -> None:
    """Begin the session of who has begun to log in here, and shows the second factor.

    :raises Unauthenticated: nobody has, or too long ago.
    :raises RateLimited: too many attempts.
    :raises Invalid: the factor is not right.
    :raises Conflict: as `begin_session`.
    """
    found = login.pending()
    known = users.active_identity(found[0]) if found else None
    if known is None:
        raise _too_late()
    attempt = attempts.factor_attempt(
        known.email,
        network=network(),
        device=device_with_factor(known.email),
        secret_key=settings().secret_key,
    )
    login.count_attempt(attempt)
    try:
        login.begin_session(known, attempt, prove=_finishing(known, passkey_answers.taken("factor")))
    except Cloned as fault:
        tell_of_copy(fault)
        raise
    g.identity = known
    _warn(known)


def tell_of_copy(fault: Cloned) -> None:
    """Tell somebody that there is a copy of their passkey, and append the event."""
    now = clock.now()
    with transaction():
        who = users.active_identity(fault.user_id)
        if who is not None:
            tell(who, "passkey_refused", name=fault.name, now=now)
            own_messages.passkey_refused(who, fault.name, now=now)
            audit_log.record_event("passkey_refused", by=who.actor, subject=fault.name, now=now)


def _finishing(known: Identity, challenge: bytes | None) -> Callable[[datetime], str]:
    secret = session[PENDING]

    def finish(now: datetime) -> str:
        means = prove(known, challenge, now)
        if not pending_logins.end(secret):
            raise _too_late()
        return means

    return finish


def _warn(known: Identity) -> None:
    left = factors.of(known.user_id).codes_left
    if left <= factors.FEW:
        said = language.ngettext(
            "You have %(num)s recovery code left. Make new ones under Your account.",
            "You have %(num)s recovery codes left. Make new ones under Your account.",
            left,
        )
        flash(said, "warning")


def _too_late() -> Unauthenticated:
    return Unauthenticated("the login took too long; log in again", reason="login_ended")
