"""The privacy notice of a site: a page, the same of each earlier version, and JSON."""

import functools
from pathlib import Path

from flask import Response, current_app

from server.core.db import end_reading
from server.core.http import Blueprint, as_json, content
from server.notices import pdf
from server.notices.circumstances import circumstances
from server.notices.json_schemas import json_schema
from server.notices.kept_pages import kept_page
from server.notices.notice import Notice, composed
from server.notices.notice_dates import in_force, was_in_force
from server.notices.representations import notice_json
from server.notices.site_pages import (
    LANGUAGE_PARAMETER,
    NO_SUCH_DATA,
    NO_SUCH_PAGE,
    NUMBER,
    SITE,
    Asked,
    address,
    asked,
    cached,
    for_all_origins,
    in_language,
    template,
)
from server.notices.values import PrivacyNotice
from server.notices.words import phrase, words
from server.sites import service as sites
from server.sites.values import in_force_since

blueprint = Blueprint(
    "site_notice",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE, "number": NUMBER},
)


@blueprint.get("/<string:site>/notice")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={200: {"description": "The page", **content("text/html")}, 404: NO_SUCH_PAGE},
)
def notice(site: str) -> Response:
    """The privacy notice that is in force"""
    about = asked(site)
    return kept_page(about, lambda: _page(about).encode())


@blueprint.get("/<string:site>/notice/versions/<int:number>")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={200: {"description": "The page", **content("text/html")}, 404: NO_SUCH_PAGE},
)
def version(site: str, number: int) -> Response:
    """The privacy notice of one published version; the address is permanent"""
    about = asked(site, number)
    return kept_page(about, lambda: _page(about).encode())


@blueprint.get("/<string:site>/notice.json")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={
        200: {
            "description": "The notice in one language, as plain text",
            "content": {"application/json": {"schema": json_schema(PrivacyNotice)}},
        },
        404: NO_SUCH_DATA,
    },
)
def notice_as_json(site: str) -> Response:
    """The privacy notice as JSON"""
    about = asked(site)
    made = notice_json(
        notice_of(about),
        site=about.site.key,
        version=about.version.number,
        since=in_force_since(about.version),
        content_hash=about.version.content_hash,
        page=address("site_notice.version", about, number=about.version.number),
        cookies=address("site_cookies.cookies", about),
    )
    answer = as_json(made)
    return cached(for_all_origins(in_language(answer, about.language)))


@blueprint.get("/<string:site>/notice.pdf")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={
        200: {"description": "The file, tagged for screen readers (PDF/UA-1)", **content("application/pdf")},
        404: {**NO_SUCH_PAGE, "description": f"{NO_SUCH_DATA['description']}, or PDFs are not installed"},
        503: {"description": "Others are being made, or it is too long for a PDF", **content("text/html")},
    },
)
def notice_as_pdf(site: str) -> Response:
    """The privacy notice that is in force, as PDF"""
    about = asked(site)
    answer = Response(_pdf(about), mimetype="application/pdf")
    name = f"{about.site.key}-notice-{about.version.number}-{about.language}.pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return cached(in_language(answer, about.language))


def _pdf(about: Asked) -> bytes:
    html = template(
        "pdf.html",
        about,
        notice=notice_of(about),
        in_force=in_force(about),
        description=_description(about),
        permanent=address("site_notice.version", about, number=about.version.number),
    )
    # To make it may take a minute, in which nobody else could use the connection.
    end_reading()
    return pdf.rendered(html, _pdf_styles())


@functools.cache
def _pdf_styles() -> str:
    folder = current_app.static_folder
    return Path(str(folder), "notices", "pdf.css").read_text(encoding="utf-8")


def _description(about: Asked) -> str:
    return phrase("notice", about.language, "description", name=about.owner).text


def notice_of(about: Asked) -> Notice:
    """The notice of a version in the language asked for."""
    return composed(about.document, about.site.domains, about.language, circumstances(about))


def _page(about: Asked) -> str:
    replaced = was_in_force(about)
    w = words("notice", about.language)
    return template(
        "notice.html",
        about,
        notice=notice_of(about),
        in_force=in_force(about),
        was_in_force=replaced,
        newest=newest.number if (newest := sites.newest(about.site.id)) else about.version.number,
        feed=address("site_versions.feed", about),
        description=_description(about),
        pdf=address("site_notice.notice_as_pdf", about) if replaced is None and pdf.available() else "",
        w=w,
    )
