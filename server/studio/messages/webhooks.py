"""Webhook endpoints of a site, and the log of what was delivered to them and, by e-mail, to visitors."""

from datetime import datetime
from urllib.parse import urlsplit

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Invalid
from server.core.http import settings
from server.core.keyset import place, place_after
from server.notifications import texts
from server.notifications.service import delivery_log, endpoints, outbox
from server.notifications.values import STATES, TEST, WEBHOOK_KINDS, Endpoint, State
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import current, gettext, lazy_gettext, ngettext
from server.studio.messages import delivery_words
from server.studio.views import page, redirect_with_flash

SHOWN = 50
"""Deliveries on one page."""

VISITORS = "visitors"
"""What the delivery log is asked for to show e-mails to visitors."""

STATE_LABELS: dict[State, str] = {
    "pending": lazy_gettext("On its way"),
    "delivered": lazy_gettext("Delivered"),
    "dead": lazy_gettext("Not delivered"),
    "gone": lazy_gettext("Not sent"),
}


@blueprint.get("/sites/<key>/messages")
@needs("webhook.manage")
def messages() -> ResponseReturnValue:
    """The webhook endpoints of the site."""
    return _messages(200, {"url": "", "kinds": list(WEBHOOK_KINDS), "in_order": False}, {})


@blueprint.post("/sites/<key>/messages")
@needs("webhook.manage", proof=True)
def create_endpoint() -> ResponseReturnValue:
    """Add an endpoint; this answer shows its secret."""
    typed = _typed()
    try:
        now = clock.now()
        with transaction():
            made = endpoints.create_endpoint(
                site().id,
                str(typed["url"]),
                request.form.getlist("kinds"),
                in_order=bool(typed["in_order"]),
                by=identity().email,
                now=now,
                private=settings().scan_private,
            )
            _record("webhook_created", made, " ".join(made.kinds), now)
    except (Invalid, Conflict) as fault:
        return _messages(422, typed, dict(fault.errors))
    return _secret(made, 201)


@blueprint.get("/sites/<key>/messages/endpoints/<endpoint_id>")
@needs("webhook.manage")
def endpoint(endpoint_id: str) -> ResponseReturnValue:
    """One endpoint."""
    found = endpoints.endpoint(site().id, endpoint_id)
    return _endpoint(200, found, {"url": found.url, "kinds": found.kinds, "in_order": found.in_order}, {})


@blueprint.post("/sites/<key>/messages/endpoints/<endpoint_id>")
@needs("webhook.manage", proof=True)
def change_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Change an endpoint's address, kinds and order."""
    old, typed = endpoints.endpoint(site().id, endpoint_id), _typed()
    try:
        now = clock.now()
        with transaction():
            changed = endpoints.change_endpoint(
                site().id,
                endpoint_id,
                str(typed["url"]),
                request.form.getlist("kinds"),
                in_order=bool(typed["in_order"]),
                private=settings().scan_private,
            )
            if changed != old:
                _record("webhook_changed", changed, " ".join(changed.kinds), now)
    except Invalid as fault:
        return _endpoint(422, old, typed, dict(fault.errors))
    return redirect_with_flash("messages", gettext("The endpoint is saved."))


@blueprint.post("/sites/<key>/messages/endpoints/<endpoint_id>/secret")
@needs("webhook.manage", proof=True)
def rotate_secret(endpoint_id: str) -> ResponseReturnValue:
    """Give an endpoint a new secret; this answer shows it."""
    now = clock.now()
    with transaction():
        rotated = endpoints.rotate_secret(site().id, endpoint_id, now=now)
        _record("webhook_changed", rotated, "a new secret", now)
    return _secret(rotated, 200)


@blueprint.post("/sites/<key>/messages/endpoints/<endpoint_id>/test")
@needs("webhook.manage")
def test_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Send a test message to one endpoint."""
    found = endpoints.endpoint(site().id, endpoint_id)
    if found.disabled_at is not None:
        raise Conflict("this endpoint is switched off; switch it on first", reason="endpoint_disabled")
    now = clock.now()
    with transaction():
        outbox.send_test(found, {"site": site().key, "site_name": site().name}, now=now)
    return redirect_with_flash("delivery_log_page", gettext("A test message is on its way."), to=endpoint_id)


@blueprint.post("/sites/<key>/messages/endpoints/<endpoint_id>/switch")
@needs("webhook.manage")
def switch_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Switch an endpoint off, or on again."""
    now, asked = clock.now(), request.form.get("do")
    if asked not in ("enable", "disable"):
        raise Invalid("say whether to switch it on or off", errors={"do": "must be enable or disable"})
    on = asked == "enable"
    with transaction():
        if on:
            switched = endpoints.enable_endpoint(site().id, endpoint_id)
        else:
            switched = endpoints.disable_endpoint(site().id, endpoint_id, by=identity().email, now=now)
        _record("webhook_changed", switched, "switched on" if on else "switched off", now)
    done = gettext("The endpoint is turned on.") if on else gettext("The endpoint is turned off.")
    return redirect_with_flash("messages", done)


@blueprint.post("/sites/<key>/messages/endpoints/<endpoint_id>/delete")
@needs("webhook.manage")
def delete_endpoint(endpoint_id: str) -> ResponseReturnValue:
    """Delete an endpoint."""
    now = clock.now()
    with transaction():
        deleted = endpoints.delete_endpoint(site().id, endpoint_id, now=now)
        _record("webhook_deleted", deleted, "", now)
    return redirect_with_flash("messages", gettext("The endpoint is deleted. Nothing more is sent to it."))


# --- the delivery log ------------------------------------------------------------------------------------


@blueprint.get("/sites/<key>/messages/log")
@needs("webhook.manage")
def delivery_log_page() -> ResponseReturnValue:
    """What was sent to the site's endpoints or, if chosen, by e-mail to visitors, newest first."""
    asked = {name: request.args.get(name, "") for name in ("state", "to")}
    state: State | None = next((one for one in STATES if one == asked["state"]), None)
    before = place(request.args.get("before", ""))
    if asked["to"] == VISITORS:
        found = delivery_log.visitor_mail(site().id, state=state, before=before, limit=SHOWN + 1)
    else:
        found = delivery_log.deliveries(
            site().id, state=state, endpoint_id=asked["to"] or None, before=before, limit=SHOWN + 1
        )
    shown = found[:SHOWN]
    return page(
        "notifications/log.html",
        deliveries=shown,
        older=place_after(shown[-1].created_at, shown[-1].delivery_id) if len(found) > SHOWN else None,
        newer=before is not None,
        asked={name: value for name, value in asked.items() if value},
        endpoints={one.endpoint_id: one for one in endpoints.endpoints(site().id)},
        dead=delivery_log.dead_count(site().id),
        states=STATE_LABELS,
        kinds=_kinds() | _visitor_kinds() | {TEST.name: gettext("Test message")},
        visitors=VISITORS,
        host=host,
        in_words=delivery_words.in_words,
    )


@blueprint.post("/sites/<key>/messages/log/<delivery_id>/again")
@needs("webhook.manage")
def send_again(delivery_id: str) -> ResponseReturnValue:
    """Send one message again that was not delivered."""
    now = clock.now()
    with transaction():
        delivery_log.send_again(site().id, delivery_id, now=now)
        _record_again(1, now)
    to = VISITORS if request.form.get("to") == VISITORS else None
    return redirect_with_flash("delivery_log_page", gettext("The message is on its way again."), to=to)


@blueprint.post("/sites/<key>/messages/log/again")
@needs("webhook.manage")
def send_all_again() -> ResponseReturnValue:
    """Send all messages again that were not delivered."""
    now = clock.now()
    with transaction():
        number = delivery_log.send_all_again(site().id, now=now)
        if number:
            _record_again(number, now)
    done = ngettext("One message is on its way again.", "%(num)s messages are on their way again.", number)
    return redirect_with_flash("delivery_log_page", done)


# --- internal --------------------------------------------------------------------------------------------


def host(url: str) -> str:
    """The host of an address: its path may hold a secret, and is shown on the endpoint's own page alone."""
    return urlsplit(url).netloc


def _kinds() -> dict[str, str]:
    """Kind → its name in the studio."""
    words = texts.texts(current())["kinds"]
    return {name: words[name]["name"] for name in WEBHOOK_KINDS}


def _visitor_kinds() -> dict[str, str]:
    """Kind of e-mail to visitors → its name in the studio."""
    return {name: words["name"] for name, words in texts.texts(current())["visitors"]["kinds"].items()}


def _typed() -> dict[str, object]:
    return {
        "url": request.form.get("url", "").strip(),
        "kinds": request.form.getlist("kinds"),
        "in_order": request.form.get("in_order") == "on",
    }


def _messages(status: int, typed: dict[str, object], errors: dict[str, object]) -> Response:
    return page(
        "notifications/endpoints.html",
        status,
        endpoints=endpoints.endpoints(site().id),
        dead=delivery_log.dead_count(site().id),
        kinds=_kinds(),
        typed=typed,
        errors=errors,
        host=host,
        in_words=delivery_words.in_words,
    )


def _endpoint(status: int, one: Endpoint, typed: dict[str, object], errors: dict[str, object]) -> Response:
    return page(
        "notifications/endpoint.html",
        status,
        endpoint=one,
        kinds=_kinds(),
        typed=typed,
        errors=errors,
        host=host,
        in_words=delivery_words.in_words,
    )


def _secret(one: Endpoint, status: int) -> Response:
    return page(
        "notifications/secret.html",
        status,
        endpoint=one,
        value=endpoints.secret(one, secret_key=settings().secret_key),
        host=host,
        in_words=delivery_words.in_words,
    )


def _record(action: str, one: Endpoint, detail: str, now: datetime) -> None:
    audit_log.record_event(
        action, by=identity().actor, site_id=site().id, subject=host(one.url), detail=detail, now=now
    )


def _record_again(number: int, now: datetime) -> None:
    subject = "1 message" if number == 1 else f"{number} messages"
    audit_log.record_event(
        "messages_resent", by=identity().actor, site_id=site().id, subject=subject, now=now
    )
