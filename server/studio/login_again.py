"""Logging in again without leaving a page: for forms whose session has ended before they were sent."""

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue

from server.core.errors import RateLimited, Unauthenticated, Unavailable
from server.studio import confirmation, sentences, session
from server.studio.devices import remember_device
from server.studio.guard import ANYBODY, blueprint, needs


@blueprint.post("/session")
@needs(ANYBODY)
def log_in_again() -> ResponseReturnValue:
    """Authenticate by password, and begin a new session; answers as `present_session`, or why not."""
    email = request.form.get("email", "")
    try:
        g.identity = session.enter(email, request.form.get("password", ""))
    except (RateLimited, Unauthenticated, Unavailable) as fault:
        refused = jsonify({"fault": sentences.whole(fault.message)})
        refused.status_code = fault.status
        return session.noted(refused, fault, email)
    answer = confirmation.answer()
    remember_device(answer, email)
    return answer
