"""What has been tried on a sample site, noted with the saves that did it."""

from collections.abc import Collection
from typing import cast

import sqlalchemy as sa

from server.core.db import db
from server.sites import lint, models, queries, sample_rules
from server.sites.sample_rules import TASKS, Task
from server.sites.values import Draft

_SITE = cast("sa.Table", models.Site.__table__)


def tried(site_id: str) -> frozenset[Task]:
    """What has been tried on a sample site."""
    words = (db.session.scalar(sa.select(_SITE.c.sample_tried).where(_SITE.c.id == site_id)) or "").split()
    return frozenset(task for task in TASKS if task in words)


def note(site_id: str, tasks: Collection[Task]) -> None:
    """Note what was tried on a sample site."""
    there = tried(site_id)
    if there >= set(tasks):
        return
    words = " ".join(task for task in TASKS if task in there or task in tasks)
    db.session.execute(sa.update(_SITE).where(_SITE.c.id == site_id).values(sample_tried=words))


def note_save(site_id: str, before: Draft, after: Draft) -> None:
    """Note what a save has tried; of a site that is no sample, nothing."""
    site = queries.site_by_id(site_id)
    if site is None or site.sample_of is None:
        return
    domains = site.domains
    done = sample_rules.done_by(before, after, lambda draft: len(lint.findings(draft.document, domains)))
    note(site_id, done)
