"""What programs look for under `/.well-known/`."""

from urllib.parse import urlsplit

from flask import Response

from server.core.http import JSON_TYPE, Blueprint, as_json, content, settings
from server.sites import service as sites

blueprint = Blueprint("well_known", __name__, description="For programs that visit")

_SINCE = "2026-11-22"
"""The day on which the product itself began to keep what it says here."""


@blueprint.get("/.well-known/gpc.json")
@blueprint.doc(
    tags=["operations"],
    responses={200: {"description": "Whether it is, and since when", **content(JSON_TYPE)}},
)
def privacy_control() -> Response:
    """Whether Global Privacy Control is respected on this host

    The server itself sells and shares nothing. Where pages of a site are on the same host, what the site's
    published banner does counts.
    """
    host = urlsplit(settings().public_url).hostname or ""
    published = [newest for site in sites.of_host(host) if (newest := sites.newest(site.id))]
    answer = as_json(
        {
            "gpc": all(version.document["behaviour"]["signals"]["gpc"] for version in published),
            "lastUpdate": max((f"{version.published_at:%Y-%m-%d}" for version in published), default=_SINCE),
        }
    )
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
