"""Earlier states of a draft: kept when it is saved, to look at, compare and take back."""

from collections.abc import Collection
from dataclasses import replace
from typing import cast

import sqlalchemy as sa

from server.core.canonical import canonical_text
from server.core.db import db, insert
from server.core.errors import NotFound
from server.sites import models, queries, save_groups
from server.sites.values import Draft, Save

KEPT = 50
"""States of the history that are kept for a site; the oldest go first."""

_TABLE = cast("sa.Table", models.DraftRevision.__table__)


def keep(site_id: str, earlier: Draft) -> None:
    """Keep the state that is about to be replaced, and drop those that `save_groups` does not keep."""
    row = {
        "site_id": site_id,
        "revision": earlier.revision,
        "document": canonical_text(earlier.document),
        "saved_at": earlier.updated_at,
        "saved_by": earlier.updated_by,
        "automatic": earlier.automatic,
        "undoes": earlier.undoes,
        "changed": earlier.changed,
    }
    db.session.execute(insert(_TABLE).values(row).on_conflict_do_nothing())
    kept = queries.draft_saves(site_id)
    if gone := save_groups.dropped(kept, states_kept=KEPT, recent=save_groups.RECENT):
        one = _TABLE.c
        db.session.execute(sa.delete(_TABLE).where(one.site_id == site_id, one.revision.in_(gone)))


def states(site_id: str) -> tuple[Draft, ...]:
    """The draft and the states of its history, the newest first: automatic saves in a row are one.

    :raises NotFound: `site_unknown`
    """
    wanted = [each.revision for each in earlier_saves(site_id)]
    return (_draft(site_id), *queries.draft_revisions(site_id, wanted))


def earlier_saves(site_id: str) -> tuple[Save, ...]:
    """Who saved the earlier states of the history when, the newest first; their documents are not read.

    :raises NotFound: `site_unknown`
    """
    return save_groups.states(saves(site_id))[1 : KEPT + 1]


def saves(site_id: str) -> tuple[Save, ...]:
    """All saves whose states are known, the newest first, which is the draft's.

    :raises NotFound: `site_unknown`
    """
    return (last_save(site_id), *queries.draft_saves(site_id))


def last_save(site_id: str) -> Save:
    """Who saved the draft last, and when.

    :raises NotFound: `site_unknown`
    """
    found = queries.last_save(site_id)
    if found is None:
        raise NotFound("there is no such site", reason="site_unknown")
    return found


def state(site_id: str, revision: int) -> Draft:
    """The draft as it was stored under this revision, or is.

    :raises NotFound: `site_unknown`, or `revision_unknown`: never there, or no longer kept
    """
    now = _draft(site_id)
    if now.revision == revision:
        return replace(now)
    found = queries.draft_revision(site_id, revision)
    if found is None:
        raise NotFound("this state of the draft is not kept any more", reason="revision_unknown")
    return found


def some(site_id: str, revisions: Collection[int]) -> tuple[Draft, ...]:
    """The draft as it was under each of these revisions; those that are not kept any more are left out.

    :raises NotFound: `site_unknown`
    """
    now = _draft(site_id)
    earlier = queries.draft_revisions(site_id, [each for each in revisions if each != now.revision])
    return (*((now,) if now.revision in revisions else ()), *earlier)


def base(site_id: str, revision: int) -> Draft | None:
    """The draft as a form that was made from this revision had it; None if that is no longer known."""
    try:
        return state(site_id, revision)
    except NotFound:
        return None


def _draft(site_id: str) -> Draft:
    found = queries.draft(site_id)
    if found is None:
        raise NotFound("there is no such site", reason="site_unknown")
    return found
