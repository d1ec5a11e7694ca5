"""The first page of a new server: it makes the owner's account, and leads on to the first site."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import attempts, audit_log, first_owner, preferences
from server.accounts.service.preferences import Preferences
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Invalid, RateLimited
from server.core.http import settings
from server.core.limits import network
from server.core.time_zones import known
from server.studio import language, local_times, sentences
from server.studio.accounts import session
from server.studio.accounts.devices import remember_device
from server.studio.accounts.password_words import password_words
from server.studio.guard import ANYBODY, blueprint, needs
from server.studio.views import page, redirect_with_flash

USUAL_ZONE = "Europe/Oslo"
"""What is chosen where the browser does not say which time zone it is in."""


@blueprint.get("/welcome")
@needs(ANYBODY)
def welcome() -> ResponseReturnValue:
    """The form for the first owner; where there is one, the login."""
    language.remember(request.args.get("language", ""))
    if not _is_open():
        return redirect(url_for("studio.login"), 303)
    return _welcome()


@blueprint.post("/welcome")
@needs(ANYBODY)
def create_first_owner() -> ResponseReturnValue:
    """Make the first owner, log them in, and go on to the first site."""
    if not _is_open():
        return redirect(url_for("studio.login"), 303)
    email, now = request.form.get("email", ""), clock.now()
    chosen = _usable(Preferences(request.form.get("language", ""), request.form.get("time_zone", "")))
    attempt = attempts.owner_attempt(network=network(), secret_key=settings().secret_key)
    try:
        session.count_attempt(attempt)
        with transaction():
            owner = first_owner.create_owner(
                request.form.get("token", ""),
                email,
                request.form.get("password", ""),
                now=now,
                words=password_words(None),
            )
            preferences.choose_preferences(owner.user_id, chosen)
            audit_log.record_event(
                "user_created", by=owner.actor, subject=owner.email, detail="owner of every site", now=now
            )
    except Conflict:
        return redirect(url_for("studio.login"), 303)
    except Invalid as fault:
        if "token" not in fault.errors:
            session.uncount_attempt(attempt)
        return _welcome(422, errors=fault.errors)
    except RateLimited as fault:
        answer = _welcome(fault.status, problem=sentences.whole(fault.message))
        answer.headers["Retry-After"] = str(fault.retry_after)
        return answer
    session.begin_session(owner, attempt)
    language.remember(chosen.language)
    g.identity = replace(owner, language=chosen.language, time_zone=chosen.time_zone)
    language.refresh()
    said = language.gettext("Your account is created. Now the website.")
    answer = current_app.make_response(redirect_with_flash("start_site", said))
    remember_device(answer, email)
    return answer


def _is_open() -> bool:
    """Whether the first owner is made here, and not by single sign-on alone."""
    return settings().local_login and first_owner.is_awaited()


def _usable(chosen: Preferences) -> Preferences:
    """What was chosen, without what there is none of: it can be chosen again under *Your account*."""
    return Preferences(
        chosen.language if chosen.language in language.LANGUAGES else "",
        chosen.time_zone if chosen.time_zone in known() else "",
    )


def _welcome(status: int = 200, *, errors: Mapping[str, object] | None = None, problem: str = "") -> Response:
    zone = request.form.get("time_zone") or USUAL_ZONE
    return page(
        "welcome.html",
        status,
        typed={name: request.form.get(name, "")[:254] for name in ("token", "email", "language")},
        errors=errors or {},
        problem=problem,
        zone=zone,
        zones=local_times.zone_groups(zone if zone in known() else USUAL_ZONE),
    )
