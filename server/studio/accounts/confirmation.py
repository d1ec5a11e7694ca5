"""The proof of who is there, before what a stolen session must not do, such as publishing and exporting.

Which pages need it, `guard.needs` says. A proof, and a login, count for `sessions.PROOF_LASTS`.
"""

from collections.abc import Mapping

from flask import Response, current_app, g, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from server.accounts.service import attempts, factors, sessions, users
from server.accounts.service.passkeys import Cloned
from server.core import clock
from server.core.db import transaction
from server.core.errors import DomainError, Invalid, RateLimited, Unauthenticated, Unavailable
from server.core.http import settings
from server.studio import sentences
from server.studio.accounts import passkey_answers, second_factor
from server.studio.accounts import session as login
from server.studio.guard import ANYBODY, SECRET, SOMEBODY, blueprint, identity, needs, needs_proof, proved
from server.studio.views import page, studio_path


@blueprint.get("/session")
@needs(ANYBODY)
def present_session() -> ResponseReturnValue:
    """Who is logged in in this browser, if anybody, and the CSRF token of forms.

    And, of a path and a method that are asked for, whether they first need a proof.
    """
    return answer()


def answer(*, factor: bool = False) -> Response:
    """The present session, for scripts.

    :param factor: whether the second factor is awaited
    """
    who = g.identity
    confirm, passkey = "", factor and login.has_passkey()
    if who is not None and _is_asked():
        has = factors.of(who.user_id)
        confirm, passkey = ("factor" if has.any else "password"), has.passkeys > 0
    return jsonify(
        {
            "email": who.email if who else "",
            "token": generate_csrf(),
            "confirm": confirm,
            "factor": factor,
            "passkey": passkey,
        }
    )


@blueprint.get("/confirm")
@needs(SOMEBODY)
def confirmation() -> ResponseReturnValue:
    """The form for the proof."""
    onward = studio_path(request.args.get("next"))
    if proved():
        return redirect(onward or url_for("studio.home"), 303)
    return _form(200, {})


@blueprint.post("/confirm")
@needs(SOMEBODY)
def confirm() -> ResponseReturnValue:
    """Check the proof, and go on with what it was asked for."""
    try:
        _prove()
    except (Invalid, RateLimited, Unauthenticated, Unavailable) as fault:
        refused = _form(fault.status, fault.errors or {"general": fault.message})
        return _waiting(refused, fault)
    return login.onward()


@blueprint.post("/session/confirm")
@needs(SOMEBODY)
def confirm_in_place() -> ResponseReturnValue:
    """Check the proof for a form that is open; answers as `present_session`, or why not."""
    try:
        _prove()
    except (Invalid, RateLimited, Unauthenticated, Unavailable) as fault:
        refused = jsonify({"fault": sentences.whole(fault.message)})
        refused.status_code = fault.status
        return _waiting(refused, fault)
    return answer()


def _prove() -> None:
    """Check what was typed, a code of who has a second factor, and store that it was right.

    :raises Invalid: it was not.
    :raises Unauthenticated: the passkey was not accepted.
    :raises RateLimited: too many attempts.
    :raises Unavailable: too many people are logging in at once.
    """
    who = identity()
    has_factor = factors.of(who.user_id).any
    attempt = (
        attempts.confirming_attempt(who.email, secret_key=settings().secret_key)
        if has_factor
        else attempts.password_attempt(who.user_id)
    )
    login.count_attempt(attempt)
    challenge = passkey_answers.taken("confirm")
    if not has_factor:
        _check_password(attempt)
    now = clock.now()
    try:
        with transaction():
            attempts.forgive_attempt(attempt, now=now)
            if has_factor:
                second_factor.prove(who, challenge, now)
            sessions.prove(session[SECRET], now=now)
    except Cloned as fault:
        second_factor.tell_of_copy(fault)
        raise


def _check_password(attempt: attempts.Attempt) -> None:
    # Outside the transaction, because hashing takes long.
    try:
        users.authenticate(identity().email, request.form.get("password", ""), now=clock.now())
    except Unauthenticated as fault:
        raise Invalid(
            "the password is not right", reason="wrong_password", errors={"password": "is not right"}
        ) from fault
    except Unavailable:
        login.uncount_attempt(attempt)
        raise


def _is_asked() -> bool:
    path = request.args.get("path", "")
    if not path:
        return False
    method = "GET" if request.args.get("method") == "get" else "POST"
    try:
        endpoint, _values = current_app.url_map.bind("").match(path, method=method)
    except HTTPException:
        return False
    return endpoint.startswith("studio.") and needs_proof(endpoint, method) and not proved()


def _form(status: int, errors: Mapping[str, object]) -> Response:
    return page(
        "confirm.html",
        status,
        next=studio_path(request.values.get("next")),
        kept=request.form.get("kept", ""),
        lost=False,
        factor=(has := factors.of(identity().user_id)).any,
        passkey=has.passkeys > 0,
        errors=errors,
    )


def _waiting(refused: Response, fault: DomainError) -> Response:
    if isinstance(fault, (RateLimited, Unavailable)):
        refused.headers["Retry-After"] = str(fault.retry_after)
    return refused
