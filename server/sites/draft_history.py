"""Earlier states of a draft: kept when it is saved, to look at, compare and take back."""

from dataclasses import replace
from typing import cast

import sqlalchemy as sa

from server.core.db import db, insert
from server.core.errors import NotFound
from server.sites import models, queries
from server.sites.publishing import text
from server.sites.values import Draft

KEPT = 50
"""Earlier states that are kept for a site; the oldest go first."""

_TABLE = cast("sa.Table", models.DraftRevision.__table__)


def keep(site_id: str, earlier: Draft) -> None:
    """Keep the state that is about to be replaced, and drop what is older than the newest `KEPT`."""
    row = {
        "site_id": site_id,
        "revision": earlier.revision,
        "document": text(earlier.document),
        "saved_at": earlier.updated_at,
        "saved_by": earlier.updated_by,
    }
    db.session.execute(insert(_TABLE).values(row).on_conflict_do_nothing())
    mine = _TABLE.c.site_id == site_id
    oldest = sa.select(_TABLE.c.revision).where(mine).order_by(_TABLE.c.revision.desc()).offset(KEPT).limit(1)
    db.session.execute(sa.delete(_TABLE).where(mine, _TABLE.c.revision <= oldest.scalar_subquery()))


def earlier(site_id: str) -> tuple[Draft, ...]:
    """The earlier states of a site's draft, the newest first."""
    return queries.draft_revisions(site_id)


def state(site_id: str, revision: int) -> Draft:
    """The draft as it was stored under this revision, or is.

    :raises NotFound: `site_unknown`, or `revision_unknown`: never there, or no longer kept
    """
    now = queries.draft(site_id)
    if now is None:
        raise NotFound("there is no such site", reason="site_unknown")
    if now.revision == revision:
        return replace(now)
    found = queries.draft_revision(site_id, revision)
    if found is None:
        raise NotFound("this state of the draft is not kept any more", reason="revision_unknown")
    return found


def base(site_id: str, revision: int) -> Draft | None:
    """The draft as a form that was made from this revision had it; None if that is no longer known.

    Saving what is stored already makes a new revision, but keeps no state: then it is the state after it.
    """
    now = queries.draft(site_id)
    if now is None or not 1 <= revision <= now.revision:
        return None
    kept = sorted(queries.draft_revision_numbers(site_id))
    if len(kept) == KEPT and revision < kept[0]:
        return None
    following = next((number for number in kept if number >= revision), now.revision)
    return now if following == now.revision else queries.draft_revision(site_id, following)
