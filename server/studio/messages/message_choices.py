"""Which messages the user wants, in the studio alone or by e-mail too, and a test of it."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import message_choices
from server.accounts.service.message_choices import MessageChoices
from server.accounts.values import Identity
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Invalid
from server.core.http import settings
from server.notifications import texts
from server.notifications.service import delivery_log, outbox
from server.notifications.values import FREQUENCIES, KINDS, Frequency, Recipient
from server.studio.guard import SOMEBODY, blueprint, identity, needs
from server.studio.language import current, gettext, lazy_gettext
from server.studio.messages import delivery_words
from server.studio.views import page, redirect_with_flash

LABELS: dict[Frequency, str] = {
    "at_once": lazy_gettext("E-mail at once"),
    "daily": lazy_gettext("Daily digest"),
    "studio": lazy_gettext("Studio alone"),
    "never": lazy_gettext("Never"),
}


@blueprint.get("/account/messages")
@needs(SOMEBODY)
def own_messages() -> ResponseReturnValue:
    """The user's choices."""
    return _page(200, message_choices.message_choices(identity().user_id), {})


@blueprint.post("/account/messages")
@needs(SOMEBODY)
def choose_own_messages() -> ResponseReturnValue:
    """Store the user's choices."""
    frequencies: dict[str, Frequency] = {
        name: request.form.get(f"frequency-{name}", "")  # type: ignore[misc]
        for name in _kinds(identity())
        if f"frequency-{name}" in request.form
    }
    chosen = MessageChoices(frequencies)
    try:
        with transaction():
            message_choices.choose_messages(identity().user_id, chosen)
    except Invalid as fault:
        stored = message_choices.message_choices(identity().user_id)
        return _page(422, stored, dict(fault.errors))
    return redirect_with_flash("own_messages", gettext("Your choices are saved."))


@blueprint.post("/account/messages/test")
@needs(SOMEBODY)
def send_own_test() -> ResponseReturnValue:
    """Send the user a test message."""
    if settings().smtp_url is None:
        raise Conflict("no mail server is set on this server", reason="mail_unset")
    now = clock.now()
    language = identity().language or texts.FALLBACK
    with transaction():
        outbox.send_test_email(Recipient(identity().email, language, "at_once"), {}, now=now)
    return redirect_with_flash(
        "own_messages", gettext("A test message to %(email)s is on its way.", email=identity().email)
    )


def _kinds(who: Identity) -> dict[str, str]:
    """The kinds that a user of this role may get → their names."""
    words = texts.texts(current())["kinds"]
    return {name: words[name]["name"] for name, kind in KINDS.items() if who.may(kind.permission)}


def _page(status: int, choices: MessageChoices, errors: dict[str, object]) -> Response:
    return page(
        "notifications/choices.html",
        status,
        choices=choices,
        kinds=_kinds(identity()),
        labels=[(name, LABELS[name]) for name in FREQUENCIES],
        mail=settings().smtp_url is not None,
        tested=delivery_log.newest_test_email(identity().email),
        errors=errors,
        in_words=delivery_words.in_words,
    )
