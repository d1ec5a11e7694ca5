"""Logging in with a passkey alone, and the challenges that passkeys sign."""

from flask import Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from server.accounts.service import attempts, passkeys, users
from server.accounts.service.passkeys import Cloned
from server.core import clock
from server.core.db import transaction
from server.core.errors import Forbidden, Unauthenticated
from server.core.limits import network
from server.studio.accounts import passkey_answers, provider_sessions, second_factor
from server.studio.accounts import session as login
from server.studio.accounts.devices import remember_device
from server.studio.guard import ANYBODY, blueprint, needs


@blueprint.context_processor
def _offered() -> dict[str, bool]:
    return {"passkeys_possible": passkey_answers.are_possible()}


@blueprint.post("/passkeys/challenge")
@needs(ANYBODY)
def passkey_challenge() -> ResponseReturnValue:
    """A challenge for the passkey of who logs in, of who has begun to, or of who is logged in."""
    purpose, party = request.form.get("for", ""), passkey_answers.party()
    if purpose == "login":
        return _options(
            passkeys.request_options(passkey_answers.challenge("login"), user_id=None, party=party)
        )
    if purpose == "factor" and (begun := login.pending()) is not None:
        made = passkey_answers.challenge("factor")
        return _options(passkeys.request_options(made, user_id=begun[0], party=party))
    if purpose == "confirm" and g.identity is not None:
        made = passkey_answers.challenge("confirm")
        return _options(passkeys.request_options(made, user_id=g.identity.user_id, party=party))
    raise Forbidden("nobody is logging in here")


@blueprint.post("/login/passkey")
@needs(ANYBODY)
def log_in_with_passkey() -> ResponseReturnValue:
    """Authenticate by a passkey alone, and begin a new session; a form that was sent without one goes on."""
    try:
        email = enter()
    except login.REFUSALS as fault:
        return login.not_let_in(fault, "")
    answer = current_app.make_response(login.onward())
    remember_device(answer, email)
    return answer


def enter() -> str:
    """Begin the session of whose passkey has signed; their address.

    :raises RateLimited: too many attempts from this network.
    :raises Unauthenticated: the passkey was not accepted.
    :raises Conflict: as `begin_session`.
    """
    attempt = attempts.network_attempt(network=network())
    login.count_attempt(attempt)
    challenge, now = passkey_answers.take("login"), clock.now()
    party = passkey_answers.party()
    try:
        with transaction():
            user_id = passkeys.prove(passkey_answers.answer(), challenge, user_id=None, party=party, now=now)
    except Cloned as fault:
        second_factor.tell_of_copy(fault)
        raise
    known = users.active_identity(user_id)
    local = known is not None and provider_sessions.may_log_in_locally(known, now=now)
    if known is None or not local or users.user(user_id).connected:
        raise Unauthenticated("this passkey was not accepted; try again", reason="passkey_refused")
    login.begin_session(known, attempt, prove=lambda _now: "passkey")
    g.identity = known
    return known.email


def _options(found: dict[str, object]) -> Response:
    return jsonify(found)
