"""The visitor's own page: what this browser has decided, by the secret that only it has.

The secret is in the fragment of the address, which browsers send to nobody. The page's script takes it out of
the address bar and shows it to the API (`/api/v1/sites/{site}/me`); this module never sees it.
"""

from urllib.parse import urlsplit

from flask import Response, url_for

from server.consents.service import visitors
from server.core.http import Blueprint, as_json, content
from server.core.text_direction import isolated
from server.notices.json_schemas import json_schema
from server.notices.languages import localized
from server.notices.site_pages import (
    LANGUAGE_PARAMETER,
    NO_SUCH_DATA,
    NO_SUCH_PAGE,
    NUMBER,
    SITE,
    address,
    asked,
    cached,
    in_language,
    page,
)
from server.notices.values import VersionNames
from server.notices.ways_back import way_back
from server.notices.words import fill, words
from server.sites.values import NECESSARY, ordered_categories

AREA = "my_choice"
"""The words of the page."""

blueprint = Blueprint(
    "own_choice",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE, "number": NUMBER},
)

_OF_THE_TEMPLATE = ("title", "lead", "noscript", "how_title", "how", "erase_ask")


@blueprint.get("/<string:site>/my-choice")
@blueprint.doc(
    tags=["notices"],
    parameters=[
        LANGUAGE_PARAMETER,
        {
            "in": "query",
            "name": "from",
            "schema": {"type": "string", "format": "uri"},
            "description": "Where the visitor comes from; if it is one of the site's, the page leads back",
        },
    ],
    responses={200: {"description": "The page", **content("text/html")}, 404: NO_SUCH_PAGE},
)
def own_choice(site: str) -> Response:
    """What this browser has answered; the secret is in the fragment, which is not sent"""
    about = asked(site)
    back = way_back(about)
    w = words(AREA, about.language)
    named = {"name": about.owner, "host": isolated(urlsplit(back).netloc)}
    filled = {key: fill(value, **named) if key in _OF_THE_TEMPLATE else value for key, value in w.items()}
    answer = page(
        "my_choice.html",
        about,
        w=filled,
        data={
            "api": f"/api/v1/sites/{about.site.key}/me",
            "versions": url_for(
                "own_choice.version_names", site=about.site.key, number=0, lang=about.language
            ),
            "back": back,
            "site": about.site.key,
            "words": {key: value for key, value in w.items() if key not in _OF_THE_TEMPLATE} | named,
        },
        back=back,
        open_settings=fill(w["open_settings"], **named),
    )
    answer.vary.add("Referer")
    return cached(answer, "no-cache")


@blueprint.get("/<string:site>/my-choice/versions/<int:number>.json")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={
        200: {
            "description": "Names as that version has them, in one language",
            "content": {"application/json": {"schema": json_schema(VersionNames)}},
        },
        404: NO_SUCH_DATA,
    },
)
def version_names(site: str, number: int) -> Response:
    """What a decision on a version was about, in words"""
    about = asked(site, number)
    document, default = about.document, about.document["default_language"]
    made: VersionNames = {
        "version": about.version.number,
        "notice": address("site_notice.version", about, number=about.version.number),
        "categories": [
            {
                "key": each["key"],
                "name": localized(each["names"], about.language, default)[0] or each["key"],
                "necessary": each["key"] == NECESSARY,
            }
            for each in ordered_categories(document)
            if not each["hidden"]
        ],
        "services": {
            each["key"]: {"name": each["name"], "category": each["category"]} for each in document["services"]
        },
        "forms": list(visitors.complete_forms(document)),
    }
    return cached(in_language(as_json(made), about.language))
