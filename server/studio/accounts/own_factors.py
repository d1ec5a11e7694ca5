"""A user's own second factors: the authenticator app and the recovery codes."""

from collections.abc import Mapping

import segno
from flask import Response, request, session
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from server.accounts.service import account_alarms, audit_log, factors, passkeys, sessions
from server.accounts.service.factors import Offer
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Invalid
from server.core.http import settings
from server.studio import session_devices
from server.studio.accounts import passkey_answers, second_factor
from server.studio.guard import SECRET, SOMEBODY, blueprint, identity, lacks_factor, needs
from server.studio.language import gettext
from server.studio.views import page, redirect_with_flash


@blueprint.get("/account/factors")
@needs(SOMEBODY)
def own_factors() -> ResponseReturnValue:
    """What the login asks for beside the password, and what helps when that is lost."""
    return listed()


def listed(
    status: int = 200, errors: Mapping[str, object] | None = None, *, name: str | None = None
) -> Response:
    """The page, with what was refused of a passkey, and the name that was typed for it."""
    device = session_devices.device()
    known = session_devices.words(device) if device.browser or device.system else ""
    return page(
        "factors/list.html",
        status,
        factors=factors.of(identity().user_id),
        passkeys=passkeys.of(identity().user_id),
        possible=passkey_answers.are_possible(),
        passkey_name=known[: passkeys.LONGEST_NAME] if name is None else name,
        needed=lacks_factor(),
        errors=errors or {},
    )


@blueprint.get("/account/factors/app")
@needs(SOMEBODY, proof=True)
def new_app() -> ResponseReturnValue:
    """A new secret for an authenticator app, as a QR code and to be typed."""
    return _offer(factors.offer_app(_session(), secret_key=settings().secret_key))


@blueprint.post("/account/factors/app")
@needs(SOMEBODY, proof=True)
def add_app() -> ResponseReturnValue:
    """Let the app be asked for, once it has shown a first code; recovery codes come with the first factor."""
    key = settings().secret_key
    try:
        offer = factors.offered(request.form.get("offer", ""), _session(), secret_key=key)
    except Conflict:
        return redirect_with_flash("own_factors", gettext("That QR code is not valid any more. Begin again."))
    who, now = identity(), clock.now()
    try:
        with transaction():
            had = factors.of(who.user_id)
            factors.add_app(who.user_id, offer.secret, request.form.get("code", ""), now=now, secret_key=key)
            codes = () if had.codes_left else factors.make_codes(who.user_id, secret_key=key)
            sessions.prove(session[SECRET], now=now)
            changed("app_added")
    except Invalid as fault:
        return _offer(offer, fault.status, fault.errors)
    if codes:
        return shown_codes(codes, gettext("The authenticator app is added. Your other sessions have ended."))
    return redirect_with_flash(
        "own_factors", gettext("The authenticator app is changed. Your other sessions have ended.")
    )


@blueprint.post("/account/factors/app/remove")
@needs(SOMEBODY, proof=True)
def remove_app() -> ResponseReturnValue:
    """Remove the app."""
    with transaction():
        if factors.remove_app(identity().user_id):
            changed("app_removed", subject=identity().email)
    return redirect_with_flash(
        "own_factors", gettext("The authenticator app is removed. Your other sessions have ended.")
    )


@blueprint.post("/account/factors/codes")
@needs(SOMEBODY, proof=True)
def make_codes() -> ResponseReturnValue:
    """Make new recovery codes; those before do not work any more."""
    who = identity()
    if not factors.of(who.user_id).any:
        return redirect_with_flash("own_factors")
    with transaction():
        codes = factors.make_codes(who.user_id, secret_key=settings().secret_key)
        changed("recovery_codes_made")
    return shown_codes(
        codes, gettext("Those that you had do not work any more. Your other sessions have ended.")
    )


def _session() -> str:
    return sessions.reference(session[SECRET])


def changed(action: str, subject: str = "") -> None:
    """End the user's other sessions, tell them, and append the event: in the transaction of the change."""
    who, now = identity(), clock.now()
    sessions.end_others(who.user_id, session[SECRET])
    second_factor.tell(who, action, name=subject, now=now)
    if action in ("app_removed", "passkey_removed") and not factors.of(who.user_id).any:
        account_alarms.factors_removed(who.email, by=who.actor, now=now)
    audit_log.record_event(action, by=who.actor, subject=subject, now=now)


def _offer(offer: Offer, status: int = 200, errors: Mapping[str, object] | None = None) -> Response:
    uri = offer.uri(account=identity().email, issuer=f"Samtykke {settings().own_host}")
    # Light around dark in both themes: many cameras read nothing else.
    drawn = segno.make(uri, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    return page(
        "factors/app.html",
        status,
        drawn=Markup(drawn),  # noqa: S704 - made here, of squares alone
        typed=offer.grouped,
        offer=offer.sealed,
        changes=factors.of(identity().user_id).app_since is not None,
        errors=errors or {},
    )


def shown_codes(codes: tuple[str, ...], said: str) -> Response:
    """The page that shows recovery codes, this once."""
    return page("factors/codes.html", 201, codes=codes, said=said, host=settings().public_host)
