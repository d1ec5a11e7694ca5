"""What is stored of actions on many sites: how far each is, and what became of which site."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, cast

import sqlalchemy as sa

from server.core.db import db
from server.core.errors import NotFound
from server.core.ids import PATTERN
from server.sites import models, queries
from server.sites.bulk_rules import BulkAction, BulkSite, Progress, State

_ACTION = cast("sa.Table", models.BulkAction.__table__)
_SITE = cast("sa.Table", models.BulkActionSite.__table__)


def find(action_id: str) -> BulkAction:
    """An action, and how far it is.

    :raises NotFound: `action_unknown`: there is none, or it is not kept any more.
    """
    one = sa.select(_ACTION).where(_ACTION.c.id == action_id)
    found = _actions(one) if PATTERN.fullmatch(action_id) else ()
    if not found:
        raise NotFound("there is no such bulk action", reason="action_unknown")
    return found[0]


def newest(*, user_id: str | None, limit: int, without: Collection[str] = ()) -> tuple[BulkAction, ...]:
    """The newest actions first; three reads.

    :param user_id: of one person; None: of everybody
    :param without: kinds that are left out
    """
    query = sa.select(_ACTION).where(_ACTION.c.kind.not_in(without))
    if user_id is not None:
        query = query.where(_ACTION.c.user_id == user_id)
    return _actions(query.order_by(_ACTION.c.asked_at.desc(), _ACTION.c.id).limit(limit))


def sites_of(
    action_id: str,
    *,
    states: Collection[State] = (),
    only: Collection[str] | None,
    after: int = -1,
    limit: int,
) -> tuple[tuple[int, BulkSite], ...]:
    """At most `limit` sites of an action by their position in it, those after `after`; each with its own.

    :param states: in which they are; empty: in any
    :param only: ids of the sites that may be named; None: all
    """
    query = sa.select(_SITE).where(_SITE.c.action_id == action_id, _SITE.c.position > after)
    if states:
        query = query.where(_SITE.c.state.in_(states))
    if only is not None:
        query = query.where(_SITE.c.site_id.in_(only))
    rows = db.session.execute(query.order_by(_SITE.c.position).limit(limit)).all()
    known = {site.id: site for site in queries.sites_by_id([row.site_id for row in rows])}
    return tuple(
        (
            row.position,
            BulkSite(
                known[row.site_id],
                row.state,
                row.reason,
                row.message,
                json.loads(row.result),
                json.loads(row.given),
            ),
        )
        for row in rows
    )


def results(action_id: str) -> tuple[tuple[str, State, Mapping[str, object]], ...]:
    """Id, state and result of each site of an action, in its order; one read."""
    query = sa.select(_SITE.c.site_id, _SITE.c.state, _SITE.c.result).where(_SITE.c.action_id == action_id)
    rows = db.session.execute(query.order_by(_SITE.c.position))
    return tuple((row.site_id, row.state, json.loads(row.result)) for row in rows)


def _actions(query: "sa.Select[Any]") -> tuple[BulkAction, ...]:
    rows = db.session.execute(query).all()
    ids = [row.id for row in rows]
    counted: dict[str, Progress] = {}
    numbers = sa.select(_SITE.c.action_id, _SITE.c.state, sa.func.count().label("sites"))
    numbers = numbers.where(_SITE.c.action_id.in_(ids)).group_by(_SITE.c.action_id, _SITE.c.state)
    for row in db.session.execute(numbers):
        counted[row.action_id] = replace(counted.get(row.action_id, Progress()), **{row.state: row.sites})
    # One that has failed on all sites took nothing back.
    useful = sa.exists().where(_SITE.c.action_id == _ACTION.c.id, _SITE.c.state.in_(("pending", "done")))
    undone = sa.select(_ACTION.c.undoes, _ACTION.c.id).where(_ACTION.c.undoes.in_(ids), useful)
    undone_by = {row.undoes: row.id for row in db.session.execute(undone)}
    return tuple(
        BulkAction(
            row.id,
            row.kind,
            json.loads(row.parameters),
            row.asked_at,
            row.asked_by,
            row.user_id,
            row.ended_at,
            row.undoes,
            undone_by.get(row.id),
            counted.get(row.id, Progress()),
        )
        for row in rows
    )
