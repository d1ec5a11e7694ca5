"""Where the identity provider says who has logged out there (OpenID Connect Back-Channel Logout 1.0).

A program posts here, without a session: it is known by the signature of what it sends, and not by a form's
token, so this is no page of the studio's own blueprint.
"""

import structlog
from flask import Blueprint, Response, current_app, jsonify, request
from limits import RateLimitItemPerMinute

from server.accounts.service import audit_log, provider_login, provider_logout
from server.accounts.values import Actor, BadAnswer
from server.core import clock
from server.core.bodies import read_form
from server.core.db import transaction
from server.core.errors import DomainError, Malformed, NotFound, RateLimited
from server.core.http import settings
from server.core.limits import counters, network

PER_NETWORK = RateLimitItemPerMinute(600, 1, "provider_logout")
"""How many logouts one network may ask for: a provider can end everybody's sessions at once."""

LARGEST = 64 * 1024
"""Most bytes of a request: a logout token has a few thousand."""

log = structlog.get_logger("samtykke.single_sign_on")

blueprint = Blueprint("back_channel", __name__, url_prefix="/studio")


@blueprint.post("/single-sign-on/logout")
def end_provider_sessions() -> Response:
    """End the sessions that a logout token names (§ 2.5 to 2.8); the same answer if there are none."""
    provider, now = settings().oidc, clock.now()
    if provider is None:
        raise NotFound("there is nothing here")
    if wait := counters(current_app).spend(PER_NETWORK, network(), now=now):
        raise RateLimited("too many requests; try again later", retry_after=wait)
    try:
        asked = provider_login.logout(provider, read_form(request, LARGEST).get("logout_token", ""), now=now)
        with transaction():
            for one in provider_logout.end_sessions(asked, now=now):
                audit_log.record_event(
                    "provider_logout",
                    by=Actor("provider", provider.host),
                    subject=one.email,
                    detail=str(one.count),
                    now=now,
                )
    except BadAnswer as fault:
        log.warning("provider_logout_refused", reason=fault.reason)
        raise Malformed("this is not a logout token of the identity provider", reason=fault.reason) from fault
    return _answer(Response(status=200))


@blueprint.errorhandler(DomainError)
def _refused(fault: DomainError) -> Response:
    """An error as OAuth 2.0 writes it (RFC 6749 § 5.2), which § 2.8 asks for."""
    answer = jsonify({"error": "invalid_request", "error_description": fault.message})
    answer.status_code = fault.status
    if (wait := getattr(fault, "retry_after", None)) is not None:
        answer.headers["Retry-After"] = str(wait)
    return _answer(answer)


def _answer(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
