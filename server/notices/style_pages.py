"""The stylesheet with a site's own colours, for all of its public pages."""

from flask import Response

from server.core.http import Blueprint, content
from server.notices.site_pages import IMMUTABLE, NO_SUCH_PAGE, NUMBER, SITE, cached
from server.sites import service as sites
from server.sites.appearance_css import custom_properties
from server.sites.document_types import Appearance

blueprint = Blueprint(
    "site_style",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE, "number": NUMBER},
)


@blueprint.get("/<string:site>/style/<int:number>.css")
@blueprint.doc(
    tags=["notices"],
    responses={200: {"description": "Custom properties", **content("text/css")}, 404: NO_SUCH_PAGE},
)
def style(site: str, number: int) -> Response:
    """Colours, radius and font of a version, for its pages"""
    look = sites.version(sites.find(site).id, number).document["appearance"]
    return cached(Response(rules(look), mimetype="text/css"), IMMUTABLE)


def rules(look: Appearance) -> str:
    """CSS rules with colours, radius and font of a site, for its pages."""
    found = custom_properties(look, ":root", links=True)
    if look["font"] != "inherit":
        # There is no page around these to inherit from.
        found += f":root{{--font:{look['font']},system-ui,sans-serif}}"
    return found
