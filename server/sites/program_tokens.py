"""Tokens of programs that change sites: who is told of them, and what is left of one that is revoked."""

from datetime import datetime

import sqlalchemy as sa

from server.accounts.service import audit_log, message_choices, users
from server.accounts.values import WIDE, Actor, Token
from server.core.db import Base, db
from server.core.errors import NotFound
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import authors, models, schedules, service
from server.sites.publication_rules import Publication

CREATED, EXPIRING = "token.created", "token.expiring"
"""Kinds of messages."""

_PUBLICATION = Base.metadata.tables[models.Publication.__tablename__]


def is_wide(token: Token) -> bool:
    """Whether owners are told that there is such a token."""
    return token.all_sites or not WIDE.isdisjoint(token.scopes) or token.life.expires_at is None


def tell_of_new(token: Token, by: Actor, *, now: datetime) -> bool:
    """Tell the owners of its sites of a token that may do much; whether there was anything to tell."""
    if not is_wide(token):
        return False
    for site_id in sorted(token.site_ids) or [""]:
        people = message_choices.recipients(site_id, CREATED)
        message = Message(site_id, CREATED, _data(token, site_id), f"{CREATED} {token.token_id}")
        outbox.record(message, people, now=now, by=by.name if by.kind == "person" else "")
    return True


def tell_of_end(token: Token, *, now: datetime) -> bool:
    """Tell its maker and the owners once that a token expires soon; whether they were not told yet."""
    expires_at = token.life.expires_at
    if expires_at is None:
        return False
    told = False
    for site_id in sorted(token.site_ids) or [""]:
        owners = users.with_permission("site.edit", site_id)
        people = [
            one
            for one in message_choices.recipients(site_id, EXPIRING)
            if one.address in owners or one.address == token.created_by
        ]
        key = f"{EXPIRING} {token.token_id} {expires_at:%Y-%m-%d}"
        told = outbox.record(Message(site_id, EXPIRING, _data(token, site_id), key), people, now=now) or told
    return told


def cancel_scheduled(token: Token, *, by: Actor, now: datetime) -> tuple[Publication, ...]:
    """Cancel what a program has scheduled, on record: nothing is published for a token that was revoked."""
    mine = (_PUBLICATION.c.asked_by == authors.author(token.token_id), _PUBLICATION.c.state == "scheduled")
    query = sa.select(_PUBLICATION.c.site_id, _PUBLICATION.c.number).where(*mine)
    done = []
    for row in sorted(db.session.execute(query).all()):
        done.append(schedules.cancel(row.site_id, row.number, by=by.name, now=now))
        subject, why = f"publication {row.number}", f"scheduled by the token {token.actor.name}"
        audit_log.record_event(
            "publish_cancelled", by=by, site_id=row.site_id, subject=subject, detail=why, now=now
        )
    return tuple(done)


def _data(token: Token, site_id: str) -> dict[str, str | int | None]:
    try:
        site = service.find_by_id(site_id) if site_id else None
    except NotFound:
        site = None
    return {
        "site": site.key if site else "",
        "site_name": site.name if site else "",
        "reach": "site" if site else "all",
        "name": token.name or token.actor.name,
        "by": token.created_by,
        "scopes": ", ".join(token.scopes),
        "ends": "day" if token.life.expires_at else "never",
        "day": token.life.expires_at.date().isoformat() if token.life.expires_at else None,
    }
