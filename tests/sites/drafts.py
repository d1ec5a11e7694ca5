"""Changes of drafts, as staff make them."""

import copy
from datetime import datetime
from typing import Any

from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site


def edit(site: Site, place: tuple[str, ...], value: object, *, by: str, now: datetime) -> None:
    """Save the draft of a site with another value at a place."""
    document: Any = copy.deepcopy(sites.draft(site.id).document)
    above = document
    for step in place[:-1]:
        above = above[step]
    above[place[-1]] = value
    with transaction():
        sites.save_draft(site.id, document, by=by, now=now)
