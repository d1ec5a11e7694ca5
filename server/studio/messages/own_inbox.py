"""What the user may see of their inbox, and each message in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.notifications import texts
from server.notifications.service import inbox
from server.notifications.service.inbox import InboxMessage, Reach
from server.notifications.values import KINDS, Severity, kind_of
from server.sites import service as sites
from server.sites.values import Site
from server.studio import authors
from server.studio.guard import identity
from server.studio.language import current


@dataclass(frozen=True)
class Line:
    """A message as a line of the list."""

    message_id: str
    title: str
    severity: Severity
    site: Site | None
    """None if it concerns no single site."""
    at: datetime
    unread: bool
    by: str
    """Who did what the message tells of, where its title does not name them; empty: nobody in particular."""


def reach() -> Reach:
    """What the user may see now: what their role and their sites have, whatever they had before."""
    who = identity()
    kinds = frozenset(name for name, kind in KINDS.items() if who.may(kind.permission))
    return Reach(who.user_id, kinds, None if who.all_sites else who.site_ids)


def unread() -> int:
    """How many messages the user has not read, at most `inbox.COUNTED`."""
    return inbox.unread(reach())


def lines(messages: Iterable[InboxMessage]) -> list[Line]:
    """The messages in the language of the reader; three reads for all of them."""
    found = list(messages)
    about = {one.id: one for one in sites.with_ids({one.site_id for one in found if one.site_id})}
    publishers = sites.publishers([version for one in found if (version := _version(one))])
    authors.look_up(publishers.values())
    return [_line(one, about, publishers.get(_version(one) or ("", 0), "")) for one in found]


def _version(one: InboxMessage) -> tuple[str, int] | None:
    """The version that a message says is published.

    The message has no name in it, since it goes to other programs, too.
    """
    number = one.data.get("version")
    return (one.site_id, number) if one.kind == "banner.published" and isinstance(number, int) else None


def _line(one: InboxMessage, about: Mapping[str, Site], publisher: str) -> Line:
    try:
        title = texts.subject(one.kind, one.data, current())
    except KeyError:
        # Recorded by an earlier release, whose words named other facts.
        title = texts.texts(current())["kinds"][one.kind]["name"]
    severity = kind_of(one.kind).severity
    by = publisher or (str(one.data.get("by") or "") if one.kind == "site.deleted" else "")
    site = about.get(one.site_id)
    return Line(one.message_id, title, severity, site, one.created_at, one.read_at is None, by)


def place_of(one: InboxMessage) -> str:
    """The path of the page that a message is about."""
    return kind_of(one.kind).path.format_map(one.data)
