"""Actions on many sites: started once, done site by site in small transactions, each site exactly once.

What is done with a site and that it is done are stored in one transaction, so that a worker that is killed
goes on where it was. Who started it needs the permission when it is a site's turn, not only at the start.
What can be done is registered by name: `server/app.py` adds the kinds, which are in `bulk_kinds`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from server.accounts.service import audit_log, users
from server.accounts.values import COMMAND_LINE, Actor, Identity
from server.core.canonical import canonical_text
from server.core.db import db
from server.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from server.core.ids import new_id
from server.sites import bulk_records, bulk_rules, models, service
from server.sites.bulk_rules import KEPT, BulkAction, Done, Kind, State, Task
from server.sites.values import Site

log = structlog.get_logger("samtykke.bulk")

LONGEST_MESSAGE = 1000
"""Most characters of why something stands against a site."""

_ACTION = cast("sa.Table", models.BulkAction.__table__)
_SITE = cast("sa.Table", models.BulkActionSite.__table__)

_KINDS: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Let these be done from now on, in this process."""
    _KINDS.update({each.name: each for each in kinds})


def kind(name: str) -> Kind:
    """What is registered by this name.

    :raises NotFound: `kind_unknown`.
    """
    if name not in _KINDS:
        raise NotFound("there is no such bulk action", reason="kind_unknown")
    return _KINDS[name]


def unlisted() -> tuple[str, ...]:
    """The kinds that change nothing."""
    return tuple(each.name for each in _KINDS.values() if not each.listed)


# --- starting --------------------------------------------------------------------------------------------


def start(
    name: str,
    site_ids: Sequence[str],
    parameters: Mapping[str, object],
    *,
    by: Identity | None,
    now: datetime,
    each: Mapping[str, Mapping[str, object]] | None = None,
    undoes: str | None = None,
) -> str:
    """Have something done with these sites, in their order; returns the id of the action.

    Nothing is done yet: `run` does it, called by the worker or, for a few sites, right after this.

    :param name: of a registered kind
    :param parameters: JSON for all sites
    :param each: site id → JSON for that site alone
    :param by: who does it; None: the command line, which may do everything
    :param undoes: id of the action that this one takes back

    :raises Invalid: there are no sites, or the parameters cannot be used.
    :raises NotFound: `kind_unknown`.
    """
    if check := kind(name).check:
        check(parameters)
    chosen = list(dict.fromkeys(site_ids))
    if not chosen:
        raise Invalid("some fields are not as they should be", errors={"site": "are not chosen yet"})
    made = new_id()
    row = {
        "id": made,
        "kind": name,
        "parameters": canonical_text(dict(parameters)),
        "asked_at": now,
        "asked_by": by.email if by else COMMAND_LINE.name,
        "user_id": by.user_id if by else None,
        "undoes": undoes,
    }
    db.session.execute(sa.insert(_ACTION).values(row))
    _choose(made, chosen, each or {})
    return made


def _choose(action_id: str, site_ids: Sequence[str], given: Mapping[str, Mapping[str, object]]) -> None:
    rows = [
        {
            "site_id": site_id,
            "action_id": action_id,
            "position": position,
            "state": "pending",
            "given": canonical_text(dict(given.get(site_id, {}))),
        }
        for position, site_id in enumerate(site_ids)
    ]
    db.session.execute(sa.insert(_SITE), rows)


def undo(action_id: str, *, by: Identity, now: datetime) -> str:
    """Start what takes an action back on the sites where it did something; returns the id of that.

    Sites on which the person may not do it are left out.

    :raises Conflict: `not_undoable`, `still_running`, `already_undone`, `too_late`, `nothing_to_undo`.
    :raises Forbidden: they may do it on none of the sites.
    :raises NotFound: `action_unknown`.
    """
    db.session.execute(sa.select(_ACTION.c.id).where(_ACTION.c.id == action_id).with_for_update())
    action = bulk_records.find(action_id)
    done_by = kind(action.kind)
    if fault := bulk_rules.fault_in_undo(action, done_by, now):
        raise Conflict("this cannot be undone as a whole any more", reason=fault)
    each = _to_take_back(action, by)
    if not each:
        raise Forbidden(f"your role, {by.role}, does not include this")
    return start(done_by.undo, list(each), action.parameters, by=by, now=now, each=each, undoes=action_id)


def may_undo(action: BulkAction, *, by: Identity, now: datetime) -> bool:
    """Whether `undo` starts something."""
    if bulk_rules.fault_in_undo(action, kind(action.kind), now):
        return False
    return bool(_to_take_back(action, by))


def _to_take_back(action: BulkAction, by: Identity) -> dict[str, Mapping[str, object]]:
    """Id of each site where an action did something that the person may take back → what it is given."""
    permission = kind(kind(action.kind).undo).permission
    done = sa.select(_SITE.c.site_id, _SITE.c.before).where(
        _SITE.c.action_id == action.id, _SITE.c.state == "done"
    )
    rows = db.session.execute(done.order_by(_SITE.c.position)).all()
    return {row.site_id: json.loads(row.before) for row in rows if by.may(permission, row.site_id)}


def retry(action_id: str, *, by: Identity) -> int:
    """Let the failed sites of an action wait for another try; returns how many.

    :raises Conflict: `still_running`, `nothing_failed`.
    :raises Forbidden: `not_own_action`: it is done with the rights of who started it.
    :raises NotFound: `action_unknown`.
    """
    db.session.execute(sa.select(_ACTION.c.id).where(_ACTION.c.id == action_id).with_for_update())
    action = bulk_records.find(action_id)
    fault = bulk_rules.fault_in_retry(action, by.user_id)
    if fault == "not_own_action":
        raise Forbidden("only who started this can go on with it", reason=fault)
    if fault:
        raise Conflict("nothing of this can be tried again now", reason=fault)
    failed = sa.and_(_SITE.c.action_id == action_id, _SITE.c.state == "failed")
    again = sa.update(_SITE).where(failed).values(state="pending", reason="", message="")
    db.session.execute(again)
    db.session.execute(sa.update(_ACTION).where(_ACTION.c.id == action_id).values(ended_at=None))
    return action.progress.failed


# --- doing -----------------------------------------------------------------------------------------------


def unfinished() -> tuple[str, ...]:
    """Ids of the actions with sites that wait, the oldest first."""
    waiting = sa.select(_ACTION.c.id).where(_ACTION.c.ended_at.is_(None))
    return tuple(db.session.scalars(waiting.order_by(_ACTION.c.asked_at, _ACTION.c.id)))


def run(action_id: str, *, now: datetime) -> int:
    """Go through the next sites of an action, in the caller's transaction; returns how many.

    They are as many as the kind says, so that others who write do not wait for long. 0: none is left, another
    worker is at the rest, or this process does not know the kind.

    :raises NotFound: `action_unknown`.
    """
    action = bulk_records.find(action_id)
    if action.ended_at is not None:
        return 0
    if action.kind not in _KINDS:
        log.warning("bulk_kind_unknown", kind=action.kind)
        return 0
    mine = _SITE.c.action_id == action_id
    # Rows that another worker has locked are its own; without locks (SQLite) there is one writer.
    waiting = sa.select(_SITE.c.site_id, _SITE.c.given).where(mine, _SITE.c.state == "pending")
    rows = db.session.execute(
        waiting.order_by(_SITE.c.position).limit(_KINDS[action.kind].batch).with_for_update(skip_locked=True)
    ).all()
    who = users.active_identity(action.user_id) if action.user_id else None
    done = [(row.site_id, _settle(action, row.site_id, json.loads(row.given), who, now)) for row in rows]
    left = sa.exists().where(mine, _SITE.c.state == "pending")
    over = sa.and_(_ACTION.c.id == action_id, _ACTION.c.ended_at.is_(None), ~left)
    db.session.execute(sa.update(_ACTION).where(over).values(ended_at=now))
    # Last, as the audit log asks for: nobody waits for its head while sites are changed.
    actor = Actor("person", action.asked_by) if action.user_id else COMMAND_LINE
    for site_id, each in done:
        if each is not None and each.event:
            detail = f"{each.detail} (bulk action {action_id})".lstrip()
            audit_log.record_event(
                each.event, by=actor, site_id=site_id, subject=each.subject, detail=detail, now=now
            )
    return len(rows)


def _settle(
    action: BulkAction, site_id: str, given: Mapping[str, object], who: Identity | None, now: datetime
) -> Done | None:
    """Do it with one site, and store that it is done, or what stands against it."""
    try:
        # What was begun is taken back alone: the other sites of the transaction keep what they have.
        with db.session.begin_nested():
            done = _do(action, service.find_by_id(site_id), given, who, now)
    except DomainError as fault:
        _store(action.id, site_id, "failed", reason=fault.reason, message=fault.message[:LONGEST_MESSAGE])
        return None
    except (InterfaceError, OperationalError):
        raise  # The database is away, or chose this transaction to end a deadlock: all of it is done again.
    except Exception:
        log.exception("bulk_site_failed", kind=action.kind, action=action.id, site_id=site_id)
        message = "something went wrong here; it has been logged"
        _store(action.id, site_id, "failed", reason=DomainError.reason, message=message)
        return None
    if done is None:
        _store(action.id, site_id, "unchanged")
    else:
        before, result = canonical_text(dict(done.before)), canonical_text(dict(done.result))
        _store(action.id, site_id, "done", before=before, result=result)
    return done


def _do(
    action: BulkAction, site: Site, given: Mapping[str, object], who: Identity | None, now: datetime
) -> Done | None:
    """Do it with one site, if the person who started it still may.

    :raises DomainError: `site_deleted`, `forbidden`, or what stands against it.
    """
    if site.deletion is not None:
        raise NotFound(f"the site {site.key!r} is deleted", reason="site_deleted")
    chosen = kind(action.kind)

    def may(permission: str) -> bool:
        return action.user_id is None or (who is not None and who.may(permission, site.id))

    if not may(chosen.permission):
        raise Forbidden("the role of who started this does not include it on this site")
    return chosen.do(Task(site, action.parameters, given, action.asked_by, may, now))


def _store(action_id: str, site_id: str, state: State, **values: str) -> None:
    here = sa.and_(_SITE.c.site_id == site_id, _SITE.c.action_id == action_id)
    db.session.execute(sa.update(_SITE).where(here).values(state=state, **values))


# --- forgetting -------------------------------------------------------------------------------------------


def purge(*, now: datetime, most: int) -> int:
    """Delete actions that are not kept any more, the oldest first; returns how many."""
    old = sa.select(_ACTION.c.id).where(_ACTION.c.asked_at < now - KEPT, _ACTION.c.ended_at.is_not(None))
    gone = list(db.session.scalars(old.order_by(_ACTION.c.asked_at).limit(most)))
    db.session.execute(sa.delete(_SITE).where(_SITE.c.action_id.in_(gone)))
    db.session.execute(sa.delete(_ACTION).where(_ACTION.c.id.in_(gone)))
    return len(gone)
