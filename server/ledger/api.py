"""HTTP interface of the log: C2SP tlog-tiles (https://c2sp.org/tlog-tiles)."""

import base64
import re
from collections.abc import Callable
from typing import Any

from flask import Response

from server.core import clock
from server.core.errors import NotFound
from server.core.http import Blueprint, as_json, content, whole
from server.ledger.schemas import ConsistencySchema, HashesSchema, InclusionSchema
from server.ledger.service import reading
from server.ledger.tiles import PATH, parse
from server.ledger.values import end_of

MOVING = "no-store"

YEAR = 31_536_000
"""Lifetime in caches of immutable answers, in seconds."""

_NAME = re.compile(r"[0-9]{4}h[12][b-z]?", re.ASCII)

blueprint = Blueprint(
    "log",
    __name__,
    url_prefix="/log",
    description="The consent log, for who checks it",
    path={
        "name": {"type": "string", "pattern": whole(_NAME), "example": "2026h2"},
        "tile": {"type": "string", "pattern": whole(PATH), "example": "0/000"},
    },
)

_TEXT = content("text/plain")
_NOT_SIGNED: dict[str, Any] = {
    "404": {"description": "`log_unknown`, or `not_signed`: nothing was signed yet"}
}
_BYTES: dict[str, Any] = {
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
}


def _of_every_log(path: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """A path of the newest log, and the same path of each log by its name."""

    def mounted(view: Callable[..., Response]) -> Callable[..., Response]:
        for prefix in ("", "/<name>"):
            named = {"endpoint": f"{view.__name__}_of_named" if prefix else view.__name__}
            blueprint.route(f"{prefix}/{path}", methods=["GET"], **named)(view)
        return view

    return mounted


@_of_every_log("checkpoint")
@blueprint.doc(
    responses={
        "200": {"description": "A signed note (https://c2sp.org/tlog-checkpoint)", **_TEXT},
        **_NOT_SIGNED,
    }
)
def checkpoint(name: str | None = None) -> Response:
    """How large the log is, and its root, signed

    Without a name that of the newest log; a log takes entries for half a year, e.g. `2026h2`.
    """
    found = reading.checkpoint(_log(name))
    if found is None:
        raise NotFound("nothing of this log was signed yet", reason="not_signed")
    return _text(found)


@blueprint.get("/key")
@blueprint.doc(responses={"200": {"description": "One key a line, `name+id+key`", **_TEXT}, **_NOT_SIGNED})
def every_key() -> Response:
    """The keys that have signed checkpoints, of all logs

    The current one first, then earlier ones and those of earlier logs.
    """
    return _keys(None)


@blueprint.get("/<name>/key")
@blueprint.doc(responses={"200": {"description": "One key a line, `name+id+key`", **_TEXT}, **_NOT_SIGNED})
def key(name: str) -> Response:
    """The keys that have signed checkpoints of this log, the current one first"""
    return _keys(_log(name))


@_of_every_log("tile/<path:tile>")
@blueprint.doc(
    responses={
        "200": {"description": "Hashes, or entries with their lengths in front", **_BYTES},
        "404": {"description": "The log has no such tile, or not yet"},
    }
)
def tile(tile: str, name: str | None = None) -> Response:
    """A tile of the tree, or a bundle of entries; what is there never changes

    `<level>/<index>` or `entries/<index>`, the index in groups of three digits (`x001/x234/067`), and behind
    it `.p/<width>` for the beginning of a tile that is not full.
    """
    try:
        requested = parse(tile)
    except ValueError as fault:
        raise NotFound("this is not the address of a tile") from fault
    log = _log(name)
    found = reading.tile(log, requested)
    if found is None:
        raise NotFound("the log has no such tile, or not yet")
    response = Response(found, content_type="application/octet-stream")
    # Without a name, the URL is that of the next log once this half-year is over.
    seconds = YEAR if name else int((end_of(log) - clock.now()).total_seconds())
    response.headers["Cache-Control"] = f"public, max-age={seconds}, immutable" if seconds > 0 else "no-cache"
    return response


@_of_every_log("proof/inclusion")
@blueprint.arguments(InclusionSchema, location="query", as_kwargs=True)
@blueprint.response(200, HashesSchema)
@blueprint.alt_response(404, description="The log has no such entry, or not that many")
def inclusion(index: int, size: int, name: str | None = None) -> Response:
    """The hashes that prove that an entry is in the log at a size; the tiles give the same"""
    return _proof(lambda log: reading.inclusion(log, index, size), name)


@_of_every_log("proof/consistency")
@blueprint.arguments(ConsistencySchema, location="query", as_kwargs=True)
@blueprint.response(200, HashesSchema)
@blueprint.alt_response(404, description="The log never had that many entries")
def consistency(old: int, new: int, name: str | None = None) -> Response:
    """The hashes that prove that the log at one size begins with it at another; the tiles give the same"""
    return _proof(lambda log: reading.consistency(log, old, new), name)


@blueprint.after_request
def _for_everybody(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


# --- internal --------------------------------------------------------------------------------------------


def _log(name: str | None) -> str:
    found = reading.newest_log() if name is None else name if _NAME.fullmatch(name) else None
    if found is None:
        raise NotFound("there is no such log", reason="log_unknown")
    return found


def _keys(log: str | None) -> Response:
    found = reading.keys(log)
    if not found:
        raise NotFound("nothing of this log was signed yet", reason="not_signed")
    return _text("".join(f"{each.vkey}\n" for each in found))


def _proof(make: Callable[[str], tuple[bytes, ...]], name: str | None) -> Response:
    try:
        hashes = make(_log(name))
    except ValueError as fault:
        raise NotFound("the log has no such entry, or never had that size") from fault
    return as_json({"hashes": [base64.b64encode(each).decode() for each in hashes]})


def _text(content: str) -> Response:
    response = Response(content, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = MOVING
    return response
