"""Removing the second factors of a user who has lost them."""

from flask import session
from flask.typing import ResponseReturnValue

from server.accounts.service import account_alarms, factors, own_messages, sessions
from server.accounts.service import users as accounts_users
from server.core import clock
from server.core.db import transaction
from server.studio.accounts import second_factor
from server.studio.accounts.users import note
from server.studio.guard import SECRET, blueprint, identity, needs
from server.studio.language import gettext
from server.studio.views import redirect_with_flash


@blueprint.post("/users/<user_id>/factors")
@needs("user.manage")
def remove_factors(user_id: str) -> ResponseReturnValue:
    """Remove the second factors of a user, who has lost them, and end their sessions."""
    now = clock.now()
    with transaction():
        known = accounts_users.user(user_id)
        if factors.remove_all(known.user_id):
            if known.user_id == identity().user_id:
                sessions.end_others(known.user_id, session[SECRET])
            else:
                sessions.end_all(known.user_id)
            who = accounts_users.active_identity(known.user_id)
            if who is not None:
                second_factor.tell(who, "factors_removed", now=now)
            own_messages.factors_removed(known, by=identity().actor, now=now)
            account_alarms.factors_removed(known.email, by=identity().actor, now=now)
            note("factors_removed", known.email)
    said = gettext("%(email)s logs in with the password alone.", email=known.email)
    return redirect_with_flash("user", said, user_id=user_id)
