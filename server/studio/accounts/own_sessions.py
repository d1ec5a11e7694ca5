"""A user's own sessions: from where they are logged in, and how each is ended."""

from flask import session
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log, sessions
from server.core import clock
from server.core.db import transaction
from server.core.errors import NotFound
from server.studio import session_devices
from server.studio.guard import SECRET, SOMEBODY, blueprint, identity, needs
from server.studio.language import gettext
from server.studio.views import page, redirect_with_flash


@blueprint.get("/account/sessions")
@needs(SOMEBODY)
def own_sessions() -> ResponseReturnValue:
    """The sessions of the user, this one first."""
    present = sessions.reference(session[SECRET])
    found = sessions.sessions_of(identity().user_id, now=clock.now())
    rows = [
        (one, one.name == present, session_devices.words(one.device), session_devices.country(one.device))
        for one in found
    ]
    return page("sessions.html", rows=sorted(rows, key=lambda row: not row[1]))


@blueprint.post("/account/sessions/<name>/end")
@needs(SOMEBODY)
def end_own_session(name: str) -> ResponseReturnValue:
    """End one of the user's sessions; of this one, `log_out` does."""
    try:
        with transaction():
            sessions.end_session(identity().user_id, name)
            _note("1")
    except NotFound:
        return redirect_with_flash("own_sessions", gettext("That session has ended already."))
    return redirect_with_flash("own_sessions", gettext("The session has ended."))


@blueprint.post("/account/sessions/end")
@needs(SOMEBODY)
def end_other_sessions() -> ResponseReturnValue:
    """End all of the user's sessions but this one."""
    with transaction():
        ended = sessions.end_others(identity().user_id, session[SECRET])
        if ended:
            _note(str(ended))
    return redirect_with_flash("own_sessions", gettext("Your other sessions have ended."))


def _note(count: str) -> None:
    audit_log.record_event(
        "sessions_ended", by=identity().actor, subject=identity().email, detail=count, now=clock.now()
    )
