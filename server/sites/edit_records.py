"""Edits of drafts on record: who edited which places, one entry of the audit log for each person at a time.

Drafts are saved while people type, so a save is no event. The saves since the last entry are one edit of each
person who made them; it is put on record by the worker once nobody has saved for a while (ADR 54). What is
not on record yet is read from the history of the draft in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import cast

import sqlalchemy as sa

from server.accounts.service import audit_log
from server.accounts.values import Actor
from server.core.db import db
from server.sites import authors, draft_history, edit_summary, models, publishing, queries
from server.sites.document_types import Document
from server.sites.edit_summary import Place
from server.sites.values import Draft, Save, Site

SETTLED = timedelta(minutes=10)
"""How long nobody has saved a draft when its edits are put on record."""

_DRAFT = cast("sa.Table", models.BannerDraft.__table__)
_SITE = cast("sa.Table", models.Site.__table__)


@dataclass(frozen=True)
class Edit:
    """What one person, or program, changed of a draft since the last edits on record."""

    by: str
    """As drafts name who saved them."""
    at: datetime
    """When they saved last."""
    places: tuple[Place, ...]
    """What differs by it; what was changed and changed back is none."""

    @property
    def detail(self) -> str:
        """The places as the audit log has them."""
        return edit_summary.line(self.places)


def pending(site: Site) -> tuple[Edit, ...]:
    """The edits of a draft that are not on record yet, the newest first; two narrow reads if there are none.

    What was saved in the moment in which the site was made is part of making it.
    """
    recorded = queries.recorded_revision(site.id)
    if draft_history.last_save(site.id).revision <= recorded:
        return ()
    saves = draft_history.saves(site.id)[::-1]
    known = (one.revision <= recorded or one.updated_at == site.created_at for one in saves)
    base = max((number for number, there in enumerate(known) if there), default=0)
    return _edits(site.id, saves[base], saves[base + 1 :])


def due(*, now: datetime, limit: int) -> tuple[str, ...]:
    """Ids of the sites whose edits are to be put on record, those that wait longest first."""
    one = _DRAFT.c
    query = (
        sa.select(one.site_id)
        .join(_SITE, _SITE.c.id == one.site_id)
        .where(one.recorded < one.revision, one.updated_at <= now - SETTLED)
        .where(_SITE.c.sample_of.is_(None), _SITE.c.deleted_at.is_(None))
    )
    return tuple(db.session.scalars(query.order_by(one.updated_at, one.site_id).limit(limit)))


def record(site: Site) -> int:
    """Put the edits of a draft on record, in the caller's transaction; returns how many entries.

    An entry has the moment of the last save, not that of the entry.
    """
    stored = publishing.locked_draft(site.id)
    edits = [edit for edit in reversed(pending(site)) if edit.places]
    mine = sa.update(_DRAFT).where(_DRAFT.c.site_id == site.id)
    db.session.execute(mine.values(recorded=stored.revision))
    for edit in edits:
        audit_log.record_event(
            "draft_edited", by=actor(edit), site_id=site.id, detail=edit.detail, now=edit.at
        )
    return len(edits)


def record_at_once(
    action: str, site_id: str, before: Draft, saved: Draft, *, by: Actor, now: datetime
) -> None:
    """Put a save on record under its own name, in its transaction; those before it have to be on record."""
    edited = edit_summary.line(edit_summary.places(before.document, saved.document))
    db.session.execute(sa.update(_DRAFT).where(_DRAFT.c.site_id == site_id).values(recorded=saved.revision))
    audit_log.record_event(action, by=by, site_id=site_id, detail=edited, now=now)


def actor(edit: Edit) -> Actor:
    """Whom the audit log names for an edit."""
    return authors.actor_of(edit.by)


def _edits(site_id: str, base: Save, saves: Sequence[Save]) -> tuple[Edit, ...]:
    """The edits of everybody who made these saves, which follow the base; the oldest save is the first."""
    runs = [list(run) for _, run in groupby(saves, key=lambda save: save.updated_by)]
    ends = [base.revision, *(run[-1].revision for run in runs)]
    states = {each.revision: each.document for each in draft_history.some(site_id, ends)}
    found: dict[str, Edit] = {}
    for run, begin, end in zip(runs, ends, ends[1:], strict=False):
        by, before = run[-1].updated_by, found.pop(run[-1].updated_by, None)
        edited = (*(before.places if before else ()), *_differing(states.get(begin), states.get(end)))
        found[by] = Edit(by, run[-1].updated_at, tuple(dict.fromkeys(edited)))
    return tuple(reversed(found.values()))


def _differing(old: Document | None, new: Document | None) -> tuple[Place, ...]:
    return () if old is None or new is None else edit_summary.places(old, new)
