"""Resources under `/.well-known/`, and the icon at the address that browsers know."""

from urllib.parse import urlsplit

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.errors import NotFound
from server.core.http import Blueprint, as_json, content, settings
from server.core.json_bodies import JSON_TYPE
from server.ops.security_txt import PATH, contacts_of, security_txt
from server.sites import service as sites
from server.sites.values import Version

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
    published = _published_here()
    answer = as_json(
        {
            "gpc": all(version.document["behaviour"]["signals"]["gpc"] for version in published),
            "lastUpdate": max((f"{version.published_at:%Y-%m-%d}" for version in published), default=_SINCE),
        }
    )
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@blueprint.get("/favicon.ico")
@blueprint.doc(
    tags=["operations"], responses={302: {"description": "The product's icon", **content("text/html")}}
)
def icon() -> ResponseReturnValue:
    """The icon that browsers ask for beside data and files, which name none"""
    answer = redirect(url_for("static", filename="dist/icon.svg"))
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


@blueprint.get(PATH)
@blueprint.alt_response(404, description="`security_contact_unset`: the operator has named nobody")
@blueprint.doc(
    tags=["operations"], responses={200: {"description": "The file of RFC 9116", **content("text/plain")}}
)
def security_contact() -> Response:
    """Where to report a vulnerability

    Those that the operator has set. Without any, the contacts that a site on this server's own host has
    published, for its controller answers for what is on it.
    """
    contacts = settings().security_contact or tuple(
        dict.fromkeys(
            contact
            for version in _published_here()
            for contact in contacts_of(version.document["controller"]["contacts"])
        )
    )
    if not contacts:
        raise NotFound(
            "there is no security contact: the operator sets SAMTYKKE_SECURITY_CONTACT",
            reason="security_contact_unset",
        )
    text = security_txt(
        contacts, public_url=settings().public_url, policy=settings().security_policy, now=clock.now()
    )
    answer = Response(text, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


def _published_here() -> list[Version]:
    """The newest versions of the sites on this server's own host."""
    host = urlsplit(settings().public_url).hostname or ""
    return [newest for site in sites.of_host(host) if (newest := sites.newest(site.id))]
