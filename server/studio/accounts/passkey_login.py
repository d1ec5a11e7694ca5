"""Logging in with a passkey alone, and the challenges that passkeys sign."""

from datetime import datetime

from flask import Response, current_app, g, jsonify, request, session
from flask.typing import ResponseReturnValue

from server.accounts.service import attempts, passkeys, pending_logins, users
from server.accounts.service.passkeys import Cloned
from server.accounts.values import Identity
from server.core import clock
from server.core.db import transaction
from server.core.errors import Forbidden, RateLimited, Unauthenticated
from server.core.limits import network
from server.studio.accounts import passkey_answers, provider_sessions, second_factor
from server.studio.accounts import session as login
from server.studio.accounts.devices import remember_device
from server.studio.accounts.session import PENDING
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
    if purpose == "factor" and (user_id := _begun()) is not None:
        made = passkey_answers.challenge("factor")
        return _options(passkeys.request_options(made, user_id=user_id, party=party))
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
    except (RateLimited, Unauthenticated) as fault:
        return login.not_let_in(fault, "")
    answer = current_app.make_response(login.onward())
    remember_device(answer, email)
    return answer


def enter() -> str:
    """Begin the session of whose passkey has signed; their address.

    :raises RateLimited: too many attempts from this network.
    :raises Unauthenticated: the passkey was not accepted.
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
    if known is None or users.user(user_id).connected or not _may_enter(known, now):
        raise Unauthenticated("this passkey was not accepted; try again", reason="passkey_refused")
    login.begin_session(known, attempt, prove=lambda _now: "passkey")
    g.identity = known
    return known.email


def _may_enter(known: Identity, now: datetime) -> bool:
    return provider_sessions.may_log_in_locally(known, now=now)


def _begun() -> str | None:
    found = pending_logins.find(session.get(PENDING, ""), now=clock.now())
    return found[0] if found else None


def _options(found: dict[str, object]) -> Response:
    return jsonify(found)
