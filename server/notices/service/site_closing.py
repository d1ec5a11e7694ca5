"""Deleting a site, unless somebody's request still waits on it."""

from datetime import datetime

from server.core.errors import Conflict
from server.notices.service import requests
from server.sites import deletion
from server.sites.values import Site


def delete_site(site_id: str, *, by: str, now: datetime) -> Site:
    """Delete a site, as `server.sites.deletion.delete` does, if all requests of data subjects are answered.

    They have to be within a month (GDPR article 12(3)), and nobody can answer them on a deleted site. Who is
    sending one this moment is waited for, or is told that the site is closed.

    :raises Conflict: `requests_open`, and as `deletion.delete`.
    :raises NotFound: `site_unknown`.
    """
    deletion.hold(site_id)
    if requests.counts(site_id, now=now).open:
        raise Conflict(
            "requests of data subjects still wait for an answer; answer them first", reason="requests_open"
        )
    return deletion.delete(site_id, by=by, now=now)
