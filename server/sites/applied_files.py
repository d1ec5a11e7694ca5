"""What a site was when a file was last applied to it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.core.canonical import canonical_text
from server.core.db import db, insert
from server.sites import models, queries
from server.sites.site_content import Content, ordered

_TABLE = cast("sa.Table", models.AppliedFile.__table__)


@dataclass(frozen=True)
class Applied:
    """That a file was applied to a site."""

    at: datetime
    by: str
    content: Content
    """The site as it was then: what files that were applied have named."""


def of_site(site_id: str) -> Applied | None:
    """What the site was when a file was last applied; None: none ever was."""
    row = db.session.execute(sa.select(_TABLE).where(_TABLE.c.site_id == site_id)).first()
    if row is None:
        return None
    content = json.loads(row.content)
    if "banner" in content:
        content["banner"] = ordered(queries.of_today(content["banner"]))
    return Applied(row.applied_at, row.applied_by, content)


def keep(site_id: str, content: Content, *, by: str, now: datetime) -> None:
    """Keep what a site is, after a file was applied to it."""
    row = {
        "site_id": site_id,
        "applied_at": now,
        "applied_by": by,
        "content": canonical_text(dict(content)),
    }
    again = {name: value for name, value in row.items() if name != "site_id"}
    kept = insert(_TABLE).values(row)
    db.session.execute(kept.on_conflict_do_update(index_elements=["site_id"], set_=again))
