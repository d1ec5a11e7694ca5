"""The one script per site: how its handler is set up, and its description in OpenAPI."""

from typing import Any

from flask import Flask

from server.core.http import Api, FaultSchema, content, whole
from server.core.json_bodies import JSON_TYPE
from server.core.settings import Settings
from server.embed.cache import script_cache
from server.embed.draft_handler import DRAFT, DraftHandler
from server.embed.handler import CHUNK, DIGEST, NAME, NEWEST, PINNED, ScriptHandler
from server.sites.values import KEY

_SCRIPT = content("text/javascript")
_PATH = {
    "site": {"type": "string", "pattern": whole(KEY)},
    "digest": {"type": "string", "pattern": whole(DIGEST)},
    "name": {"type": "string", "pattern": whole(NAME)},
}

DRAFT_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "The token of a link that the studio makes; for half an hour it shows the draft of a site",
}
"""OpenAPI security scheme of a link to a draft."""


def handler(app: Flask) -> ScriptHandler:
    """The handler of scripts, to be mounted before the application (`server.core.mounting`)."""
    known: Settings = app.extensions["samtykke"]
    with app.app_context():
        return ScriptHandler(script_cache(), app.app_context, public_url=known.public_url)


def draft_handler(app: Flask) -> DraftHandler:
    """The handler of drafts, to be mounted beside the other one."""
    known: Settings = app.extensions["samtykke"]
    return DraftHandler(app.app_context, public_url=known.public_url, secret_key=known.secret_key)


def describe(api: Api) -> None:
    """Add the operations of the handler to the OpenAPI document."""
    api.spec.tag({"name": "embed", "description": "The banner script that websites embed"})
    for route, summary, found in (
        (NEWEST, "The banner script of a site: the newest published version", _SCRIPT),
        (PINNED, "Exactly these bytes of a site's script, for `integrity=`; they never change", _SCRIPT),
        (
            CHUNK,
            "A lazily loaded part: the settings dialog, or the banner's texts in another language",
            content("text/javascript", "application/json"),
        ),
    ):
        operation: dict[str, Any] = {
            "tags": ["embed"],
            "summary": summary,
            "responses": {
                200: {"description": "The part" if route == CHUNK else "The script", **found},
                304: {"description": "Unchanged"},
                404: {"description": "A comment that does nothing", **_SCRIPT},
                503: {"description": "A comment that does nothing", **_SCRIPT},
                "default": "DEFAULT_ERROR",
            },
        }
        api.describe(route, {"get": operation}, path=_PATH)
    fault = {"content": {JSON_TYPE: {"schema": FaultSchema}}}
    faults = {
        401: "No token",
        403: "`draft_refused`, `draft_expired` or `draft_ended`",
        404: "No such site, or `not_published`",
        503: "The widget has not been built",
    }
    draft: dict[str, Any] = {
        "tags": ["embed"],
        "summary": "The draft of a site, for the website's own pages in the browser of somebody who edits it",
        "security": [{"draft": []}],
        "responses": {
            200: {
                "description": "With this the script shows the draft",
                **content(JSON_TYPE),
            },
            "default": "DEFAULT_ERROR",
            **{status: {"description": said, **fault} for status, said in faults.items()},
        },
    }
    api.describe(DRAFT, {"get": draft}, path=_PATH)
