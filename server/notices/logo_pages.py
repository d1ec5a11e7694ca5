"""The logo that a site has uploaded: fetched by its banner, and by its pages here."""

from flask import Response

from server.core.http import Blueprint, content
from server.notices.site_pages import IMMUTABLE, NO_SUCH_PAGE, SITE, cached
from server.sites import logos

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""What an SVG image may do that somebody opens by its address: be seen. Its own styles are cleaned."""

_KINDS = {"svg": "image/svg+xml", "png": "image/png"}

blueprint = Blueprint(
    "site_logo",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE, "name": {"type": "string", "pattern": "^[0-9a-f]{32}[.](svg|png)$"}},
)


@blueprint.get("/<string:site>/logo/<string:name>")
@blueprint.doc(
    tags=["notices"],
    responses={
        200: {"description": "The image, which never changes", **content(*_KINDS.values())},
        404: {**NO_SUCH_PAGE, "description": "There is no such site or logo"},
    },
)
def logo(site: str, name: str) -> Response:
    """A logo by its digest"""
    found = logos.find(site, name)
    answer = Response(found.content, mimetype=_KINDS[found.kind])
    answer.headers["Content-Security-Policy"] = _POLICY
    # Pages of other origins show it, also those that admit only what says so.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return cached(answer, IMMUTABLE)
