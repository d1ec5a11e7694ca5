"""Logging in again without leaving a page: for forms whose session has ended before they were sent."""

from flask import Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from server.core.errors import DomainError, Invalid
from server.studio import sentences
from server.studio.accounts import confirmation, passkey_login, second_factor, session
from server.studio.accounts.devices import remember_device
from server.studio.guard import ANYBODY, blueprint, needs


@blueprint.post("/session")
@needs(ANYBODY)
def log_in_again() -> ResponseReturnValue:
    """Authenticate by password, and begin a new session; answers as `present_session`, or why not.

    Where a second factor is awaited, the session is nobody's yet, and `factor` says so.
    """
    email = request.form.get("email", "")
    try:
        g.identity = session.enter(email, request.form.get("password", ""))
    except session.REFUSALS as fault:
        return session.noted(_refused(fault), fault, email)
    answer = confirmation.answer(factor=g.identity is None)
    if g.identity is not None:
        remember_device(answer, email)
    return answer


@blueprint.post("/session/passkey")
@needs(ANYBODY)
def log_in_with_passkey_again() -> ResponseReturnValue:
    """Authenticate by a passkey alone, and begin a new session; answers as `log_in_again`."""
    try:
        email = passkey_login.enter()
    except session.REFUSALS as fault:
        return session.noted(_refused(fault), fault, "")
    answer = confirmation.answer()
    remember_device(answer, email)
    return answer


@blueprint.post("/session/factor")
@needs(ANYBODY)
def give_factor_again() -> ResponseReturnValue:
    """Check the second factor, and begin a new session; answers as `present_session`, or why not."""
    email = second_factor.awaited()
    try:
        second_factor.enter()
    except Invalid as fault:
        refused = _refused(fault)
        session.note_refusal(email)
        return refused
    except session.REFUSALS as fault:
        return session.noted(_refused(fault), fault, email)
    answer = confirmation.answer()
    remember_device(answer, email)
    return answer


def _refused(fault: DomainError) -> Response:
    refused = jsonify({"fault": sentences.whole(fault.message)})
    refused.status_code = fault.status
    return refused
