"""Notifying subscribers, staff and programs of a change that a version announces.

An announcement is put into the outbox in batches, each with the watermark in one transaction. A worker that
was killed goes on where it was, so each e-mail is in the outbox once. From there it arrives at least once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa
import structlog

from server.accounts.service import message_choices
from server.core.db import db, insert
from server.notices import models
from server.notices.languages import localized
from server.notices.letters import letter
from server.notices.secret_links import token
from server.notices.service.subscriptions import CHANGED, address_of, count
from server.notifications.service import outbox
from server.notifications.values import Message, VisitorMail
from server.sites import service as sites
from server.sites.values import Site, Version, in_force_since

ANNOUNCED = "notice.announced"

log = structlog.get_logger("samtykke.notices")

_SUBSCRIBER = cast("sa.Table", models.Subscriber.__table__)
_ANNOUNCEMENT = cast("sa.Table", models.AnnouncementProgress.__table__)


@dataclass(frozen=True)
class Links:
    """Where e-mails lead: addresses by the key of the site, what differs, and the language of the page."""

    changes: Callable[[str, int, str], str]
    """By the number of a version: its differences from the one before."""
    unsubscribe: Callable[[str, str, str], str]
    """By the token that ends a subscription: the page that ends it."""
    secret_key: str


def due() -> tuple[str, ...]:
    """Ids of the sites with an announcement that has not been sent wholly."""
    newest = sites.newest_announcements()
    query = sa.select(_ANNOUNCEMENT.c.site_id, _ANNOUNCEMENT.c.version, _ANNOUNCEMENT.c.finished)
    rows = db.session.execute(query).all()
    done = {row.site_id: row.version for row in rows if row.finished}
    return tuple(site_id for site_id, number in newest.items() if done.get(site_id, 0) < number)


def announce(site_id: str, links: Links, *, now: datetime, batch: int) -> bool:
    """Put the next `batch` e-mails of a site's oldest unfinished announcement into the outbox.

    The first batch has the message for staff and programs too. Those get an e-mail who subscribed before the
    version was published. False if nothing is left.
    """
    state = _locked(site_id)
    version = sites.version(site_id, state.version) if not state.finished else None
    after = state.after
    if version is None:
        version, after = sites.next_announcement(site_id, after=state.version), ""
        if version is None:
            return False
    site = sites.find_by_id(site_id)
    if not after:
        _notify_staff(site, version, links, now)
    rows = _subscribers(version, after, batch)
    letters = [_letter(site, version, row, links) for row in rows]
    outbox.record_to_visitors([each for each in letters if each is not None], now=now)
    if unreadable := letters.count(None):
        log.error("addresses of subscribers were encrypted with another secret key", number=unreadable)
    changes = {
        "version": version.number,
        "after": rows[-1].id if rows else after,
        "finished": len(rows) < batch,
    }
    here = _ANNOUNCEMENT.c.site_id == site_id
    db.session.execute(sa.update(_ANNOUNCEMENT).where(here).values(changes))
    return True


def _locked(site_id: str) -> sa.Row[tuple[object, ...]]:
    """The watermark of a site, which this transaction alone moves."""
    first = insert(_ANNOUNCEMENT).values(site_id=site_id, version=0, after="", finished=True)
    db.session.execute(first.on_conflict_do_nothing())
    query = sa.select(_ANNOUNCEMENT).where(_ANNOUNCEMENT.c.site_id == site_id).with_for_update()
    return db.session.execute(query).one()


def _subscribers(version: Version, after: str, batch: int) -> list[sa.Row[tuple[object, ...]]]:
    query = sa.select(_SUBSCRIBER).where(
        _SUBSCRIBER.c.site_id == version.site_id,
        _SUBSCRIBER.c.id > after,
        _SUBSCRIBER.c.confirmed_at <= version.published_at,
    )
    return list(db.session.execute(query.order_by(_SUBSCRIBER.c.id).limit(batch)))


def _letter(
    site: Site, version: Version, row: sa.Row[tuple[object, ...]], links: Links
) -> VisitorMail | None:
    """What a subscriber is sent; None if the address cannot be decrypted."""
    address = address_of(site.id, row.id, row.sealed, secret_key=links.secret_key)
    if address is None:
        return None
    secret = token(site.id, row.id, "unsubscribe", secret_key=links.secret_key)
    what, _ = localized(version.announcement, row.language, version.document["default_language"])
    return letter(
        site,
        version.document,
        CHANGED,
        {"what": what, "from": in_force_since(version).isoformat()},
        key=f"{CHANGED} {version.number} {row.id}",
        address=address,
        language=row.language,
        link=links.changes(site.key, version.number, row.language),
        unsubscribe=links.unsubscribe(site.key, secret, row.language),
    )


def _notify_staff(site: Site, version: Version, links: Links, now: datetime) -> None:
    default = version.document["default_language"]
    what, language = localized(version.announcement, default, default)
    data: dict[str, str | int | None] = {
        "site": site.key,
        "site_name": site.name,
        "version": version.number,
        "language": language,
        "what": what,
        "from": in_force_since(version).isoformat(),
        "url": links.changes(site.key, version.number, language),
        "subscribers": count(site.id, at=version.published_at),
    }
    message = Message(site.id, ANNOUNCED, data, key=f"{ANNOUNCED} {version.number}")
    outbox.record(message, message_choices.recipients(site.id, ANNOUNCED), now=now)
