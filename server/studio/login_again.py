"""Logging in again without leaving a page: for forms whose session has ended before they were sent."""

from flask import Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from server.core.errors import RateLimited, Unauthenticated, Unavailable
from server.studio import sentences, session
from server.studio.devices import remember_device
from server.studio.guard import ANYBODY, blueprint, needs


@blueprint.get("/session")
@needs(ANYBODY)
def present_session() -> ResponseReturnValue:
    """Who is logged in in this browser, if anybody, and the CSRF token of forms."""
    return _session()


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
    answer = _session()
    remember_device(answer, email)
    return answer


def _session() -> Response:
    return jsonify({"email": g.identity.email if g.identity else "", "token": generate_csrf()})
