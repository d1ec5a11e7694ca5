"""Rows of publications that wait or have waited; all of it under the lock of the site's draft."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa

from server.accounts.service import message_choices
from server.core.canonical import canonical_text, content_hash
from server.core.db import db
from server.core.errors import Conflict, NotFound
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import models, publication_rules, queries
from server.sites.document_types import Document, StoredDocument
from server.sites.publication_rules import TRANSITIONS, WAITING, Kind, Publication, Standing, State
from server.sites.values import LARGEST_VERSION, Planned, Site

KEPT = 50
"""Publications of a site that are kept when they are over; the oldest go first."""

_TABLE = cast("sa.Table", models.Publication.__table__)
_VERSION = cast("sa.Table", models.BannerVersion.__table__)


def waiting(site_id: str) -> Publication | None:
    """The publication that is scheduled, or waits for approval; None if nothing does."""
    return _first(sa.select(_TABLE).where(_TABLE.c.site_id == site_id, _TABLE.c.state.in_(WAITING)))


def newest(site_id: str) -> Publication | None:
    """What was scheduled or asked for last, over or not."""
    mine = sa.select(_TABLE).where(_TABLE.c.site_id == site_id)
    return _first(mine.order_by(_TABLE.c.number.desc()).limit(1))


def standings(site_ids: Collection[str]) -> dict[str, Standing]:
    """What became of the newest publication of each of these sites that has any; two reads.

    Without what was published: for lists.
    """
    newest = _newest_of(_TABLE, site_ids)
    rows = db.session.execute(
        sa.select(_TABLE.c.site_id, _TABLE.c.state, _TABLE.c.asked_by, _TABLE.c.closed_at).join(
            newest, sa.and_(_TABLE.c.site_id == newest.c.site_id, _TABLE.c.number == newest.c.number)
        )
    ).all()
    last = _newest_of(_VERSION, [row.site_id for row in rows])
    published = {
        row.site_id: row.published_at
        for row in db.session.execute(
            sa.select(_VERSION.c.site_id, _VERSION.c.published_at).join(
                last, sa.and_(_VERSION.c.site_id == last.c.site_id, _VERSION.c.number == last.c.number)
            )
        )
    }
    return {
        row.site_id: Standing(row.state, row.asked_by, row.closed_at, published.get(row.site_id))
        for row in rows
    }


def _newest_of(table: sa.Table, site_ids: Collection[str]) -> sa.Subquery:
    number = sa.func.max(table.c.number).label("number")
    chosen = sa.select(table.c.site_id, number).where(table.c.site_id.in_(site_ids))
    return chosen.group_by(table.c.site_id).subquery()


def find(site_id: str, number: int) -> Publication:
    """The publication with this number.

    :raises NotFound: `publication_unknown`: there is none, or it is not kept any more.
    """
    found = None
    if 0 < number <= LARGEST_VERSION:
        found = _first(sa.select(_TABLE).where(_TABLE.c.site_id == site_id, _TABLE.c.number == number))
    if found is None:
        raise NotFound("there is no such publication", reason="publication_unknown")
    return found


def approvers(site_id: str, versions: Collection[int]) -> dict[int, str]:
    """Version → who approved it, for those of these versions that somebody approved."""
    query = sa.select(_TABLE.c.version, _TABLE.c.decided_by).where(
        _TABLE.c.site_id == site_id,
        _TABLE.c.state == "published",
        _TABLE.c.version.in_(versions),
        _TABLE.c.decided_by.is_not(None),
    )
    return {int(row.version): row.decided_by for row in db.session.execute(query)}


def due(now: datetime) -> tuple[tuple[str, int], ...]:
    """Site and number of what is scheduled and due, the longest due first."""
    query = sa.select(_TABLE.c.site_id, _TABLE.c.number).where(
        _TABLE.c.state == "scheduled", _TABLE.c.publish_at <= now
    )
    return tuple((row.site_id, row.number) for row in db.session.execute(query.order_by(_TABLE.c.publish_at)))


def add(
    site_id: str,
    kind: Kind,
    content: StoredDocument,
    *,
    state: State,
    note: str,
    by: str,
    now: datetime,
    publish_at: datetime | None = None,
    announcement: Mapping[str, str] | None = None,
    of_version: int | None = None,
    plan: Planned | None = None,
    variant_a: Document | None = None,
) -> Publication:
    """Store a publication that waits, in the state `requested` or `scheduled`.

    :raises Conflict: `publication_waiting`: there is no room for it.
    """
    if waiting(site_id) is not None:
        raise _in_the_way()
    mine = _TABLE.c.site_id == site_id
    last = db.session.scalar(sa.select(sa.func.max(_TABLE.c.number)).where(mine)) or 0
    row = {
        "site_id": site_id,
        "number": last + 1,
        "kind": kind,
        "state": state,
        "content_hash": content_hash([content, variant_a] if variant_a else content),
        "note": note,
        "announcement": canonical_text(dict(announcement)) if announcement else None,
        "of_version": of_version,
        "plan": json.dumps(asdict(plan)) if plan else None,
        "variant_a": canonical_text(variant_a) if variant_a else None,
        "publish_at": publish_at,
        "asked_at": now,
        "asked_by": by,
        "reason": "",
        "faults": "{}",
        "document": canonical_text(content),
    }
    db.session.execute(sa.insert(_TABLE).values(row))
    over = mine & _TABLE.c.state.not_in(WAITING) & (_TABLE.c.number <= last + 1 - KEPT)
    db.session.execute(sa.delete(_TABLE).where(over))
    return find(site_id, last + 1)


def move(publication: Publication, state: State, **changes: object) -> Publication:
    """Put a publication into its next state, if it still is in the one that it was read in.

    :raises Conflict: `publication_closed`: somebody was faster.
    """
    if state not in TRANSITIONS[publication.state]:
        raise ValueError(f"a publication that is {publication.state} cannot become {state}")
    moved = _change(publication, state=state, **changes)
    if not moved:
        now = find(publication.site_id, publication.number)
        raise Conflict(
            f"publication {publication.number} is {now.state} already", reason="publication_closed"
        )
    return find(publication.site_id, publication.number)


def change(publication: Publication, **changes: object) -> Publication:
    """Change a publication that goes on waiting in the same state.

    :raises Conflict: `publication_closed`: somebody was faster.
    """
    if not _change(publication, **changes):
        raise Conflict(f"publication {publication.number} was changed meanwhile", reason="publication_closed")
    return find(publication.site_id, publication.number)


def make_room(site: Site, *, replacing: int | None, by: str, now: datetime) -> None:
    """Cancel the publication that waits, if it is the one that is meant.

    What another person asked for stays: the version that is made instead supersedes it.

    :raises Conflict: `publication_waiting`: another one is scheduled or waits for approval.
    """
    found = waiting(site.id)
    if found is None:
        return
    if found.number != replacing:
        raise _in_the_way()
    if found.state == "scheduled":
        cancel(site, found, by=by, now=now)
    elif found.asked_by == by:
        move(found, "withdrawn", closed_at=now, closed_by=by)


def cancel(site: Site, publication: Publication, *, by: str, now: datetime) -> Publication:
    """Cancel what is scheduled; those who publish are notified, unless it was their own.

    :raises Conflict: `publication_closed`: somebody was faster.
    """
    gone = move(publication, "cancelled", closed_at=now, closed_by=by)
    if by != gone.asked_by:
        tell_of_failure(site, gone, but=by, now=now)
    return gone


def _in_the_way() -> Conflict:
    return Conflict(
        "another publication waits on this site: cancel or withdraw it in the studio first",
        reason="publication_waiting",
    )


def settle(site: Site, version: int, *, fulfils: int | None, by: str, now: datetime) -> None:
    """Close what waited for a version that has just been made, or was superseded by it.

    :param fulfils: number of the publication that waited for it
    :raises Conflict: `publication_closed`: it does not wait any more.
    """
    found = waiting(site.id)
    if found is not None and found.number == fulfils:
        move(found, "published", version=version, closed_at=now)
    elif found is not None:
        gone = move(found, "superseded", version=version, closed_at=now, closed_by=by)
        tell_of_failure(site, gone, but=by, now=now)
    elif fulfils is not None:
        # An experiment can be two versions: the second one is that of the draft.
        done = find(site.id, fulfils)
        publication_rules.refuse_closed(done, "published")
        _change(done, version=version)


def tell_of_failure(site: Site, publication: Publication, *, but: str, now: datetime) -> None:
    """Put a message into the outbox about what will not be published, for all who may but one."""
    kind, why = "publication.failed", str(publication.state)
    if publication.state == "failed":
        why = "not_permitted" if publication.not_permitted else "not_publishable"
    data: dict[str, str | int | None] = {
        **_facts(site, publication),
        "why": why,
        "version": publication.version,
        "faults": len(publication.faults),
    }
    _tell(site, kind, data, publication, but=but, now=now)


def tell_of_request(site: Site, publication: Publication, *, now: datetime) -> None:
    """Put a message into the outbox for those who may approve."""
    data = {**_facts(site, publication), "asked_by": publication.asked_by, "kind": publication.kind}
    _tell(site, "publication.requested", data, publication, but=publication.asked_by, now=now)


def tell_of_decision(site: Site, publication: Publication, *, now: datetime) -> None:
    """Put a message into the outbox for who asked."""
    kind = "publication.decided"
    data = {
        **_facts(site, publication),
        "decision": "refused" if publication.state == "refused" else "approved",
        "decided_by": publication.decided_by,
        "reason": publication.reason,
        "state": publication.state,
    }
    message = Message(site.id, kind, data, key=_key(kind, publication))
    people = [one for one in message_choices.recipients(site.id, kind) if one.address == publication.asked_by]
    outbox.record(message, people, now=now)


def _tell(
    site: Site,
    kind: str,
    data: Mapping[str, str | int | None],
    publication: Publication,
    *,
    but: str,
    now: datetime,
) -> None:
    message = Message(site.id, kind, data, key=_key(kind, publication))
    people = [one for one in message_choices.recipients(site.id, kind) if one.address != but]
    outbox.record(message, people, now=now)


def _key(kind: str, publication: Publication) -> str:
    # A new moment makes a request of what was approved: then the same publication has one more message.
    return f"{kind} {publication.number} {publication.asked_at} {publication.publish_at}"


def _facts(site: Site, publication: Publication) -> dict[str, str | int | None]:
    at = publication.publish_at
    return {
        "site": site.key,
        "site_name": site.name,
        "publication": publication.number,
        "publish_at": at.astimezone(UTC).isoformat(timespec="seconds") if at else None,
    }


def _change(publication: Publication, **changes: object) -> bool:
    """Change a row, if it still is as it was read; whether it was."""
    changed = (
        sa.update(_TABLE)
        .where(
            _TABLE.c.site_id == publication.site_id,
            _TABLE.c.number == publication.number,
            _TABLE.c.state == publication.state,
        )
        .values(changes)
    )
    return cast("sa.CursorResult[Any]", db.session.execute(changed)).rowcount == 1


def _first(query: "sa.Select[Any]") -> Publication | None:
    row = db.session.execute(query).first()
    if row is None:
        return None
    plan = json.loads(row.plan) if row.plan else None
    return Publication(
        site_id=row.site_id,
        number=row.number,
        kind=row.kind,
        state=row.state,
        document=queries.of_today(json.loads(row.document)),
        content_hash=row.content_hash,
        note=row.note,
        announcement=json.loads(row.announcement) if row.announcement else None,
        of_version=row.of_version,
        plan=Planned(**plan) if plan else None,
        variant_a=queries.of_today(json.loads(row.variant_a)) if row.variant_a else None,
        publish_at=row.publish_at,
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
        faults=json.loads(row.faults),
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        version=row.version,
    )
