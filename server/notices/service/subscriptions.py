"""Subscriptions to changes of a notice by e-mail: asked for, confirmed, ended, and forgotten."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.core.db import db, insert
from server.core.errors import NotFound
from server.core.ids import new_id
from server.core.sealing import Unreadable, seal, unseal
from server.notices import models, retention
from server.notices.letters import letter
from server.notices.secret_links import address_digest, id_of, token
from server.notifications.service import outbox
from server.sites.document_types import Document
from server.sites.values import Site

CONFIRM = "notice.subscription"
CHANGED = "notice.changed"

_KIND = "subscribers/address"
_SUBSCRIBER = cast("sa.Table", models.Subscriber.__table__)


def ask(
    site: Site,
    document: Document,
    address: str,
    language: str,
    *,
    link: Callable[[str], str],
    secret_key: str,
    now: datetime,
) -> None:
    """Send an e-mail that asks whether its receiver wants to subscribe; the same to one who has.

    So nobody learns by it who subscribes.

    :param address: as `server.core.email_addresses` has it
    :param link: the address of the page that confirms, by the token that only this e-mail has
    """
    asked_id = new_id()
    row = {
        "site_id": site.id,
        "id": asked_id,
        "sealed": seal(address, _place(site.id, asked_id), secret_key=secret_key, kind=_KIND),
        "address_digest": address_digest(address, secret_key=secret_key),
        "language": language,
        "created_at": now,
        "confirmed_at": None,
    }
    once = insert(_SUBSCRIBER).values(row)
    once = once.on_conflict_do_update(
        index_elements=["site_id", "address_digest"], set_={"created_at": once.excluded.created_at}
    )
    subscriber_id = str(db.session.execute(once.returning(_SUBSCRIBER.c.id)).scalar_one())
    secret = token(site.id, subscriber_id, "confirm", secret_key=secret_key)
    mail = letter(
        site,
        document,
        CONFIRM,
        {},
        key=f"{CONFIRM} {new_id()}",
        address=address,
        language=language,
        link=link(secret),
    )
    outbox.record_to_visitor(mail, now=now)


def confirm(site_id: str, text: str, language: str, *, secret_key: str, now: datetime) -> str:
    """Subscribe the holder of a token, in this language; returns the token that ends it.

    :raises NotFound: `subscription_unknown`.
    """
    subscriber_id = waiting(site_id, text, secret_key=secret_key)
    confirmed = sa.update(_SUBSCRIBER).where(*_of(site_id, subscriber_id))
    first = sa.func.coalesce(_SUBSCRIBER.c.confirmed_at, now)
    db.session.execute(confirmed.values(confirmed_at=first, language=language))
    return token(site_id, subscriber_id, "unsubscribe", secret_key=secret_key)


def waiting(site_id: str, text: str, *, secret_key: str) -> str:
    """The id of the subscription that a token confirms.

    :raises NotFound: `subscription_unknown`: it is no such token, or its subscription was deleted.
    """
    subscriber_id = id_of(text, site_id, "confirm", secret_key=secret_key)
    query = sa.select(_SUBSCRIBER.c.id).where(*_of(site_id, subscriber_id or ""))
    if subscriber_id is None or db.session.scalar(query) is None:
        raise NotFound("there is no such subscription", reason="subscription_unknown")
    return subscriber_id


def unsubscribe(site_id: str, text: str, *, secret_key: str, now: datetime) -> bool:
    """Delete the subscription of a token, and what still waits to be sent to it; False if it was before.

    :raises NotFound: `subscription_unknown`: it is no such token.
    """
    subscriber_id = id_of(text, site_id, "unsubscribe", secret_key=secret_key)
    if subscriber_id is None:
        raise NotFound("there is no such subscription", reason="subscription_unknown")
    deleted = sa.delete(_SUBSCRIBER).where(*_of(site_id, subscriber_id)).returning(_SUBSCRIBER.c.sealed)
    sealed = db.session.scalar(deleted)
    if sealed is None:
        return False
    address = address_of(site_id, subscriber_id, sealed, secret_key=secret_key)
    if address is None:
        return True
    outbox.drop_visitor_mail(site_id, address, (CONFIRM, CHANGED), now=now)
    return True


def address_of(site_id: str, subscriber_id: str, sealed: bytes, *, secret_key: str) -> str | None:
    """The address of a subscriber; None if it was encrypted with another key, as are the links then."""
    try:
        return unseal(sealed, _place(site_id, subscriber_id), secret_key=secret_key, kind=_KIND)
    except Unreadable:
        return None


def _place(site_id: str, subscriber_id: str) -> str:
    return f"{site_id}/{subscriber_id}/address"


def count(site_id: str, *, at: datetime | None = None) -> int:
    """How many subscribe to the changes of a site, or did already at this time."""
    confirmed = _SUBSCRIBER.c.confirmed_at.is_not(None) if at is None else _SUBSCRIBER.c.confirmed_at <= at
    query = sa.select(sa.func.count()).where(_SUBSCRIBER.c.site_id == site_id, confirmed)
    return db.session.scalar(query) or 0


def delete_unconfirmed(*, now: datetime, batch: int) -> int:
    """Delete at most `batch` subscriptions that nobody has confirmed in time; returns how many."""
    old = sa.select(_SUBSCRIBER.c.site_id, _SUBSCRIBER.c.id).where(
        _SUBSCRIBER.c.confirmed_at.is_(None), _SUBSCRIBER.c.created_at <= now - retention.CONFIRMED_WITHIN
    )
    pairs = [(row.site_id, row.id) for row in db.session.execute(old.limit(batch))]
    if pairs:
        of_them = sa.tuple_(_SUBSCRIBER.c.site_id, _SUBSCRIBER.c.id).in_(pairs)
        # One that was confirmed since it was read stays.
        db.session.execute(sa.delete(_SUBSCRIBER).where(of_them, _SUBSCRIBER.c.confirmed_at.is_(None)))
    return len(pairs)


def _of(site_id: str, subscriber_id: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return _SUBSCRIBER.c.site_id == site_id, _SUBSCRIBER.c.id == subscriber_id
