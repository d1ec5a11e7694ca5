"""A user's own passkeys: added and removed."""

from flask import jsonify, request, session
from flask.typing import ResponseReturnValue

from server.accounts.service import factors, passkeys, sessions
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from server.core.http import settings
from server.studio.accounts import own_factors, passkey_answers
from server.studio.guard import SECRET, SOMEBODY, blueprint, identity, needs
from server.studio.language import gettext
from server.studio.views import redirect_with_flash


@blueprint.post("/account/passkeys/options")
@needs(SOMEBODY, proof=True)
def passkey_options() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    made = passkey_answers.challenge("add")
    return jsonify(passkeys.creation_options(identity(), made, party=passkey_answers.party()))


@blueprint.post("/account/passkeys")
@needs(SOMEBODY, proof=True)
def add_passkey() -> ResponseReturnValue:
    """Add the passkey that the browser has made; recovery codes come with the first factor."""
    who, now = identity(), clock.now()
    try:
        challenge = passkey_answers.take("add")
        with transaction():
            had = factors.of(who.user_id)
            made = passkeys.add(
                who.user_id,
                passkey_answers.answer(),
                challenge,
                name=request.form.get("name", ""),
                party=passkey_answers.party(),
                now=now,
            )
            codes = (
                () if had.codes_left else factors.make_codes(who.user_id, secret_key=settings().secret_key)
            )
            sessions.prove(session[SECRET], now=now)
            own_factors.changed("passkey_added", made.name)
    except (Invalid, Conflict, Unauthenticated) as fault:
        errors = dict(fault.errors) or {"general": fault.message}
        status = 422 if isinstance(fault, Invalid) else 409
        return own_factors.listed(status, errors, name=request.form.get("name", "")[: passkeys.LONGEST_NAME])
    if codes:
        return own_factors.shown_codes(
            codes, gettext("The passkey is added. Your other sessions have ended.")
        )
    return redirect_with_flash(
        "own_factors", gettext("The passkey is added. Your other sessions have ended.")
    )


@blueprint.post("/account/passkeys/<passkey_id>/remove")
@needs(SOMEBODY, proof=True)
def remove_passkey(passkey_id: str) -> ResponseReturnValue:
    """Remove a passkey."""
    try:
        with transaction():
            own_factors.changed("passkey_removed", passkeys.remove(identity().user_id, passkey_id))
    except NotFound:
        return redirect_with_flash("own_factors", gettext("That passkey is removed already."))
    return redirect_with_flash(
        "own_factors", gettext("The passkey is removed. Your other sessions have ended.")
    )
