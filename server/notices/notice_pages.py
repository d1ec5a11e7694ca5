"""The privacy notice of a site: a page, the same of each earlier version, and JSON."""

from datetime import date

from flask import Response

from server.core.errors import NotFound
from server.core.http import Blueprint, as_json, content
from server.notices.declaration import fill
from server.notices.formats import day
from server.notices.json_schemas import json_schema
from server.notices.languages import of_words
from server.notices.notice import Notice, composed
from server.notices.notice_dates import in_force, since, until
from server.notices.notice_parts import Circumstances
from server.notices.representations import notice_json
from server.notices.site_pages import (
    LANGUAGE_PARAMETER,
    NO_SUCH_PAGE,
    SITE,
    Asked,
    address,
    asked,
    cached,
    for_all_origins,
    page,
)
from server.notices.values import PrivacyNotice, Text
from server.notices.words import words
from server.sites.values import LARGEST_VERSION

blueprint = Blueprint(
    "site_notice",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE, "number": {"type": "integer", "minimum": 1, "maximum": LARGEST_VERSION}},
)


@blueprint.get("/<string:site>/notice")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={200: {"description": "The page", **content("text/html")}, 404: NO_SUCH_PAGE},
)
def notice(site: str) -> Response:
    """The privacy notice that is in force"""
    return _page(asked(site))


@blueprint.get("/<string:site>/notice/versions/<int:number>")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={200: {"description": "The page", **content("text/html")}, 404: NO_SUCH_PAGE},
)
def version(site: str, number: int) -> Response:
    """The privacy notice of one published version; the address is permanent"""
    if not 1 <= number <= LARGEST_VERSION:
        raise NotFound(f"there is no version {number}", reason="version_unknown")
    return _page(asked(site, number))


@blueprint.get("/<string:site>/notice.json")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={
        200: {
            "description": "The notice in one language, as plain text",
            "content": {"application/json": {"schema": json_schema(PrivacyNotice)}},
        },
        404: {"description": NO_SUCH_PAGE["description"]},
    },
)
def notice_as_json(site: str) -> Response:
    """The privacy notice as JSON"""
    about = asked(site)
    made = notice_json(
        notice_of(about),
        site=about.site.key,
        version=about.version.number,
        since=since(about.version),
        content_hash=about.version.content_hash,
        page=address("site_notice.version", about, number=about.version.number),
        cookies=address("site_cookies.cookies", about),
    )
    answer = as_json(made)
    answer.headers["Content-Language"] = about.language
    answer.vary.add("Accept-Language")
    return cached(for_all_origins(answer))


def notice_of(about: Asked) -> Notice:
    """The notice of a version in the language asked for."""
    circumstances = Circumstances(
        since=since(about.version),
        retention=about.site.retention,
        links={"cookies": address("site_cookies.cookies", about)},
    )
    return composed(about.document, about.site.domains, about.language, circumstances)


def _page(about: Asked) -> Response:
    replaced = until(about.version)
    w = words("notice", about.language)
    made = page(
        "notice.html",
        about,
        notice=notice_of(about),
        in_force=in_force(about),
        was_in_force=None if replaced is None else _was_in_force(about, replaced),
        description=fill(w["description"], {"name": about.document["controller"]["name"]}),
        w=w,
    )
    return cached(made)


def _was_in_force(about: Asked, replaced: date) -> Text:
    spoken = of_words(about.language)
    filled = {
        "number": str(about.version.number),
        "since": day(since(about.version), spoken).text,
        "until": day(replaced, spoken).text,
    }
    return Text(words("notice", spoken)["old_version"].format(**filled), spoken)
