"""The cookie declaration of a site: a page, a fragment for the site's own pages, and JSON."""

from dataclasses import replace

from flask import Response, render_template, request

from server.core.errors import Invalid
from server.core.http import Blueprint, as_json, content
from server.notices.declaration import AREA, Declaration, declared
from server.notices.json_schemas import json_schema
from server.notices.kept_pages import kept_page
from server.notices.notice_dates import in_force
from server.notices.representations import declaration_json
from server.notices.site_pages import (
    LANGUAGE_PARAMETER,
    NO_SUCH_DATA,
    NO_SUCH_PAGE,
    SITE,
    Asked,
    address,
    asked,
    for_all_origins,
    template,
)
from server.notices.values import CookieDeclaration
from server.notices.words import fill, words

blueprint = Blueprint(
    "site_cookies", __name__, url_prefix="/s", description="Public pages of a site", path={"site": SITE}
)

LEVELS = ("2", "3", "4")
"""Levels of the fragment's first headings."""


@blueprint.get("/<string:site>/cookies")
@blueprint.doc(
    tags=["notices"],
    parameters=[
        LANGUAGE_PARAMETER,
        {
            "in": "query",
            "name": "embed",
            "schema": {"type": "string", "enum": ["1"]},
            "description": "The declaration alone, as HTML to be put into another page",
        },
        {
            "in": "query",
            "name": "level",
            "schema": {"type": "string", "enum": list(LEVELS), "default": "2"},
            "description": "With `embed`: the level of its first headings",
        },
    ],
    responses={
        200: {
            "description": "The page, or the fragment",
            **content("text/html"),
        },
        404: NO_SUCH_PAGE,
        422: {"description": "`level` is none of these", **content("text/html")},
    },
)
def cookies(site: str) -> Response:
    """The cookie declaration: services, what they store, why, for how long, and who gets the information"""
    about = asked(site)
    if request.args.get("embed"):
        return _fragment(about)
    return kept_page(about, lambda: _page(about).encode())


@blueprint.get("/<string:site>/cookies.json")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={
        200: {
            "description": "The declaration in one language, with all words to show it",
            "content": {"application/json": {"schema": json_schema(CookieDeclaration)}},
        },
        404: NO_SUCH_DATA,
    },
)
def cookies_json(site: str) -> Response:
    """The cookie declaration as JSON"""
    about = asked(site)
    return for_all_origins(kept_page(about, lambda: _json(about), mimetype="application/json"))


def _page(about: Asked) -> str:
    w = words(AREA, about.language)
    return template(
        "cookies.html",
        about,
        declaration=_declared(about),
        in_force=in_force(about),
        description=fill(w["description"], name=about.owner),
        w=w,
        level=2,
    )


def _json(about: Asked) -> bytes:
    made = declaration_json(
        _declared(about),
        site=about.site.key,
        version=about.version.number,
        in_force=in_force(about),
        page=address("site_cookies.cookies", about),
        notice=address("site_notice.notice", about),
    )
    return as_json(made).get_data()


def _fragment(about: Asked) -> Response:
    level = request.args.get("level", LEVELS[0])
    if level not in LEVELS:
        fault = f"is not {LEVELS[0]} to {LEVELS[-1]}"
        raise Invalid(f"the level of the headings {fault}", errors={"level": fault})
    named = replace(about, query={"embed": "1", "level": level})
    return for_all_origins(kept_page(named, lambda: _fragment_of(named, int(level)).encode()))


def _fragment_of(about: Asked, level: int) -> str:
    return render_template(
        "notices/_declaration.html", declaration=_declared(about), in_force=in_force(about), level=level
    )


def _declared(about: Asked) -> Declaration:
    return declared(about.document, about.site.domains, about.language)
