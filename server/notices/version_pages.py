"""The public history of a site's notice: its versions, what is different between two of them, and a feed."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request

from server.core import parsing
from server.core.errors import Invalid, NotFound
from server.core.http import Blueprint, content
from server.notices import atom
from server.notices.circumstances import circumstances
from server.notices.differences import Difference, SectionChange, compared, folded
from server.notices.kept_pages import kept_page
from server.notices.languages import of_words
from server.notices.notice_dates import first_day
from server.notices.service import history as histories
from server.notices.service.history import Entry
from server.notices.site_pages import (
    LANGUAGE_PARAMETER,
    NO_SUCH_PAGE,
    NUMBER,
    OTHERS_ARE_MADE,
    SITE,
    Asked,
    address,
    asked,
    page,
    template,
)
from server.notices.words import fill, phrase, words
from server.sites import service as sites
from server.sites.values import Version

blueprint = Blueprint(
    "site_versions",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE, "number": NUMBER},
)

AREA = "versions"
"""Folder of the words."""


@dataclass(frozen=True)
class _Shown:
    """An entry of the history in words."""

    entry: Entry
    in_force: str
    also: str
    """Which later versions say the same; empty: none."""
    is_current: bool


# --- history ---------------------------------------------------------------------------------------------


@blueprint.get("/<string:site>/notice/versions")
@blueprint.doc(
    tags=["notices"],
    parameters=[
        LANGUAGE_PARAMETER,
        {
            "in": "query",
            "name": "before",
            "schema": NUMBER,
            "description": "Number of a version; older changes than those of it are listed",
        },
    ],
    responses={
        200: {"description": "The page", **content("text/html")},
        404: NO_SUCH_PAGE,
        422: {"description": "`before` is no number", **content("text/html")},
        503: OTHERS_ARE_MADE,
    },
)
def versions(site: str) -> Response:
    """The versions in which the privacy notice changed, newest first"""
    before = _before()
    about = replace(asked(site), query={"before": str(before)} if before else {})
    return kept_page(about, lambda: _versions(about, before).encode(), in_turn=True)


def _versions(about: Asked, before: int | None) -> str:
    found = histories.history(about.site, about.language, circumstances(about), before=before)
    w = words(AREA, about.language)
    return template(
        "versions.html",
        about,
        w=w,
        description=fill(w["description"], name=about.owner),
        shown=[_shown(about, entry, w, newest=before is None) for entry in found.entries],
        before=before,
        older=found.older,
        feed=address("site_versions.feed", about),
    )


def _before() -> int | None:
    typed = request.args.get("before")
    number = None if typed is None else parsing.number(typed.strip())
    if typed is not None and not number:
        fault = "is not the number of a version"
        raise Invalid(f"before {fault}", errors={"before": fault})
    return number


def _shown(about: Asked, entry: Entry, w: Mapping[str, Any], *, newest: bool) -> _Shown:
    number, replaced_by = entry.version.number, entry.replaced_by
    is_current = newest and replaced_by is None
    # A later page does not know what came after its first entry, if that was further up than the page before.
    end = about.version.number + 1 if is_current else replaced_by.number if replaced_by else number + 1
    first, last = number + 1, end - 1
    also = "" if last < first else w["also_one" if last == first else "also_many"]
    since = first_day(entry.version, about.language)
    until = first_day(replaced_by, about.language) if replaced_by else ""
    sentence = w["was_in_force" if until else "in_force"] if since != until else w["was_in_force_same_day"]
    return _Shown(
        entry,
        fill(sentence, since=since, until=until),
        fill(also, first=first, last=last),
        is_current,
    )


# --- differences -----------------------------------------------------------------------------------------


@blueprint.get("/<string:site>/notice/versions/<int:number>/changes")
@blueprint.doc(
    tags=["notices"],
    parameters=[
        LANGUAGE_PARAMETER,
        {
            "in": "query",
            "name": "from",
            "schema": NUMBER,
            "description": "Number of the version to compare with; absent: the one before",
        },
    ],
    responses={
        200: {"description": "The page", **content("text/html")},
        404: {"description": "There is no such site, or no such version", **content("text/html")},
        422: {"description": "`from` is no number", **content("text/html")},
        503: OTHERS_ARE_MADE,
    },
)
def changes(site: str, number: int) -> Response:
    """What is different in the privacy notice of a version, compared with another one"""
    about, typed = asked(site, number), request.args.get("from", "").strip()
    w = words(AREA, about.language)
    try:
        other = _other(about.version, typed)
    except NotFound:
        newest = sites.newest(about.site.id)
        fault = fill(w["compare_unknown"], other=typed, newest=newest.number if newest else number)
        return page("changes.html", about, 404, **_changes(about, w, None, typed, fault))
    except Invalid:
        fault = fill(w["compare_fault"], example=max(1, number - 1))
        return page("changes.html", about, 422, **_changes(about, w, None, typed, fault))
    named = replace(about, query={"from": str(other.number)} if other and typed else {})
    return kept_page(
        named,
        lambda: template("changes.html", named, **_changes(named, w, other, typed)).encode(),
        in_turn=True,
    )


def _other(version: Version, typed: str) -> Version | None:
    """The version to compare with: the one that is asked for, or the one before; None: there is none.

    :raises Invalid: it is no number.
    :raises NotFound: `version_unknown`.
    """
    if not typed:
        return histories.previous(version)
    number = parsing.number(typed)
    if number is None:
        raise Invalid("from is not a number", errors={"from": "is not a number"})
    return sites.version(version.site_id, number)


def _changes(
    about: Asked, w: Mapping[str, Any], other: Version | None, typed: str, fault: str = ""
) -> dict[str, Any]:
    """What the template shows."""
    difference = _difference(about, other) if other else None
    title = fill(
        w["compared"],
        number=about.version.number,
        since=first_day(about.version, about.language),
        other=other.number if other else "",
        other_since=first_day(other, about.language) if other else "",
    )
    return {
        "w": w,
        "other": other,
        "compared": title,
        "sections": difference.changed if difference else (),
        "unchanged": _unchanged(difference) if difference else (),
        "folded": folded,
        "typed": str(other.number) if other else typed,
        "fault": fault,
    }


def _difference(about: Asked, other: Version) -> Difference:
    # Made in the same circumstances, so that they differ in nothing but their documents.
    same = circumstances(about)
    old, new = (
        histories.passages(about.site, version, about.language, same) for version in (other, about.version)
    )
    return compared(old, new)


def _unchanged(difference: Difference) -> tuple[SectionChange, ...]:
    changed = {section.key for section in difference.changed}
    return tuple(section for section in difference.sections if section.key not in changed)


# --- feed ------------------------------------------------------------------------------------------------


@blueprint.get("/<string:site>/notice.atom")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={
        200: {"description": "The feed (RFC 4287)", **content("application/atom+xml")},
        404: NO_SUCH_PAGE,
        503: OTHERS_ARE_MADE,
    },
)
def feed(site: str) -> Response:
    """Changes of the privacy notice as an Atom feed; larger ones have the category `announced`"""
    about = asked(site)
    return kept_page(about, lambda: _feed(about), mimetype="application/atom+xml", in_turn=True)


def _feed(about: Asked) -> bytes:
    found = histories.history(about.site, about.language, circumstances(about)).entries
    announced = histories.announced(about.site, about.language)
    if announced is not None and announced.version.number not in {entry.version.number for entry in found}:
        # Visitors who follow by feed find it however many small changes came after it.
        found = (*found, announced)
    made = atom.Feed(
        id=_urn(about, ""),
        title=phrase(AREA, about.language, "feed_title", name=about.owner).text,
        author=about.owner,
        language=about.language,
        itself=address("site_versions.feed", about),
        page=address("site_versions.versions", about),
        updated=max((entry.version.published_at for entry in found), default=about.version.published_at),
        entries=tuple(_feed_entry(about, entry) for entry in found),
    )
    return atom.document(made)


def _feed_entry(about: Asked, entry: Entry) -> atom.FeedEntry:
    w, number = words(AREA, about.language), entry.version.number
    spoken, endpoint = of_words(about.language), "site_versions.changes"
    category: tuple[str, str] | None = ("small", w["feed_small"])
    html = ""
    if entry.announcement:
        spoken, category = entry.announcement.language, ("announced", w["feed_announced"])
        html = atom.paragraphs([entry.announcement.text])
    if entry.first:
        html += atom.paragraphs([w["feed_first"]])
        endpoint, category = "site_notice.version", category if entry.announcement else None
    elif entry.changed:
        html += atom.paragraphs([w["changed"]]) + atom.bullets([heading.text for heading in entry.changed])
    return atom.FeedEntry(
        id=_urn(about, str(number)),
        title=fill(w["feed_entry"], number=number),
        published=entry.version.published_at,
        link=address(endpoint, about, number=number),
        html=html,
        category=category,
        language=spoken,
    )


def _urn(about: Asked, what: str) -> str:
    """An identifier that stays the same when this server gets another address, and differs by language."""
    name = f"urn:samtykke:notice:{about.site.id}:{about.language}:{what}"
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn
