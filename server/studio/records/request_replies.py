"""Replies that are ready to be completed, for the forms of a request."""

from collections.abc import Mapping

from server.core import clock
from server.core.local_days import day_of
from server.notices import replies, request_rules
from server.notices.replies import About
from server.notices.request_rules import Request
from server.notices.service import requests
from server.sites import service as sites
from server.studio.guard import site


def offered(found: Request) -> Mapping[str, str]:
    """The reply for each step that has one, in the requester's language or the nearest that there is."""
    newest = sites.newest(found.site_id)
    document = newest.document if newest else sites.draft(found.site_id).document
    controller, zone = document["controller"], sites.time_zone(found.site_id)
    about = About(
        kind=found.kind,
        name=found.content.name if found.content else "",
        controller=controller["name"].strip() or site().name,
        authority=controller["supervisory_authority"]["name"].strip(),
        received=day_of(found.received_at, zone),
        due=found.due_on,
        late=request_rules.is_overdue(
            found.state, found.due_on, today=requests.today(found.site_id, now=clock.now())
        ),
    )
    return {step: replies.reply(step, about, found.language) for step in replies.STEPS}


def inserted(typed: str, reply: str) -> str:
    """What stands in a field after a reply was inserted: behind what was typed, and once."""
    written = typed.rstrip()
    if not written:
        return reply
    return written if reply in written.replace("\r\n", "\n") else f"{written}\n\n{reply}"
