"""The inbox of the user: all messages, the newest in the menu of the bell, and how many are unread."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import g, redirect, request
from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.db import transaction
from server.core.errors import NotFound
from server.core.keyset import place, place_after
from server.notifications.service import inbox as messages
from server.sites import service as sites
from server.sites.values import Site
from server.studio.guard import SOMEBODY, blueprint, identity, needs
from server.studio.language import gettext, ngettext
from server.studio.messages import own_inbox
from server.studio.views import page, redirect_with_flash, visible_sites

SHOWN, IN_MENU = 50, 5
"""Messages on one page, and in the menu of the bell."""


@blueprint.context_processor
def _bell() -> dict[str, Callable[[], int]]:
    return {"unread_messages": own_inbox.unread if g.get("identity") else (lambda: 0)}


@blueprint.get("/inbox")
@needs(SOMEBODY)
def inbox() -> ResponseReturnValue:
    """The messages of the user, newest first."""
    here, only_unread = _site(request.args.get("site", "")), request.args.get("show") == "unread"
    before = place(request.args.get("before", ""))
    found = messages.page(
        own_inbox.reach(),
        site_id=here.id if here else None,
        only_unread=only_unread,
        before=before,
        limit=SHOWN + 1,
    )
    shown = found[:SHOWN]
    asked = {"site": here.key if here else "", "show": "unread" if only_unread else ""}
    return page(
        "inbox/list.html",
        lines=own_inbox.lines(shown),
        older=place_after(shown[-1].created_at, shown[-1].message_id) if len(found) > SHOWN else None,
        newer=before is not None,
        newest=shown[0].created_at.isoformat() if shown and before is None else "",
        asked={name: value for name, value in asked.items() if value},
        sites=visible_sites(),
    )


@blueprint.get("/inbox/newest")
@needs(SOMEBODY)
def newest_messages() -> ResponseReturnValue:
    """The newest messages, for the menu of the bell."""
    found = messages.page(own_inbox.reach(), limit=IN_MENU)
    return page("inbox/newest.html", lines=own_inbox.lines(found))


@blueprint.get("/inbox/unread")
@needs(SOMEBODY)
def unread_messages() -> ResponseReturnValue:
    """How many are unread, for a page that is open. A session ends when it would have without this."""
    return page("inbox/unread.html")


@blueprint.post("/inbox/<message_id>")
@needs(SOMEBODY)
def open_message(message_id: str) -> ResponseReturnValue:
    """Mark a message as read, and go to what it is about."""
    now = clock.now()
    with transaction():
        found = messages.read(own_inbox.reach(), message_id, now=now)
    return redirect(own_inbox.place_of(found), 303)


@blueprint.post("/inbox")
@needs(SOMEBODY)
def read_messages() -> ResponseReturnValue:
    """Mark all messages as read that the page showed, or older ones; of one site, if it showed that alone."""
    here, now = _site(request.form.get("site", "")), clock.now()
    with transaction():
        number = messages.read_all(
            own_inbox.reach(), site_id=here.id if here else None, until=_until(now), now=now
        )
    done = (
        ngettext("One message is marked as read.", "%(num)s messages are marked as read.", number)
        if number
        else gettext("Nothing was unread.")
    )
    return redirect_with_flash("inbox", done, site=here.key if here else None)


def _until(now: datetime) -> datetime:
    """The moment up to which the page showed messages; now, if it does not say."""
    try:
        until = datetime.fromisoformat(request.form.get("until", ""))
        # The first hours of the calendar have no moment in UTC where they are written with an offset.
        return min(until.astimezone(UTC), now) if until.tzinfo else now
    except (ValueError, OverflowError):
        return now


def _site(key: str) -> Site | None:
    """The site of this key; None if there is none that the user may see."""
    try:
        found = sites.find(key)
    except NotFound:
        return None
    return found if identity().sees(found.id) else None
