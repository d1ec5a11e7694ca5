"""Stand-in third parties on another origin. What browsers send them is discarded."""

from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template, request

from server.core.headers import allow_content
from server.core.http import settings
from server.core.ids import new_id
from server.demo import parties, tally, words
from server.demo.document import document

blueprint = Blueprint("demo_third_parties", __name__, url_prefix=parties.PATH)

_DAY = 86_400
_PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
"""A transparent picture of one pixel."""


@blueprint.before_request
def _only_when_on() -> None:
    if not settings().demo:
        abort(404)


@blueprint.after_request
def _for_everybody(response: Response) -> Response:
    """Headers of such services: any page, no cache."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Timing-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


@blueprint.get("/praten/start.js")
def chat() -> Response:
    """The embedded chat."""
    return _script("praten")


@blueprint.get("/tellekanten/tell.js")
def counter() -> Response:
    """The embedded page counter."""
    return _script("tellekanten")


@blueprint.get("/tellekanten/treff.gif")
def hit() -> Response:
    """A page view; nothing that is sent along is stored."""
    tally.note(settings().data_dir, "tellekanten", "hit")
    return Response(_PIXEL, content_type="image/gif")


@blueprint.get("/plakatveggen/plakat.gif")
def pixel() -> Response:
    """The advertiser's pixel. It sets a random id in a cookie, which is not stored here."""
    tally.note(settings().data_dir, "plakatveggen", "pixel")
    response = Response(_PIXEL, content_type="image/gif")
    _remember(response, "plakat_id", 90)
    return response


@blueprint.get("/lerretet/spiller")
def player() -> Response:
    """The embedded film player."""
    tally.note(settings().data_dir, "lerretet", "player")
    shop = settings().public_url
    # With `frame-ancestors`, browsers ignore X-Frame-Options.
    allow_content(frame_ancestors=shop)
    language = _language()
    html = render_template(
        "demo/player.html",
        t=words.shop(language),
        language=language,
        shop=shop,
        words={key: words.text(language, f"player.{key}") for key in ("play", "pause")},
    )
    response = Response(html, mimetype="text/html")
    _remember(response, "lerretet_id", 30, partitioned=True)
    return response


@blueprint.get("/<any(praten, lerretet, tellekanten, plakatveggen):name>/")
def about(name: str) -> Response:
    """The privacy notice of a stand-in."""
    language = _language()
    banner = document(settings().public_url)
    html = render_template(
        "demo/party.html",
        t=words.shop(language),
        language=language,
        party=parties.BY_KEY[name],
        service=next(each for each in banner["services"] if each["key"] == name),
        shop=settings().public_url,
    )
    return Response(html, mimetype="text/html")


def _script(name: str) -> Response:
    tally.note(settings().data_dir, name, "script")
    source = Path(str(current_app.static_folder)) / "demo" / "third-party" / f"{name}.js"
    return Response(source.read_bytes(), content_type="text/javascript; charset=utf-8")


def _remember(response: Response, name: str, days: int, *, partitioned: bool = False) -> None:
    """Set the cookie by which such a service recognises a browser on other sites.

    Third-party cookies need `SameSite=None`, and that needs `Secure`, which browsers accept from loopback
    too. A partitioned cookie differs for every embedding site; strict browsers accept no other.
    """
    known = request.cookies.get(name, "")
    response.set_cookie(
        name,
        known if len(known) == 22 else new_id(),
        max_age=days * _DAY,
        path=parties.PATH,
        secure=True,
        httponly=False,
        samesite="None",
        partitioned=partitioned,
    )


def _language() -> str:
    requested = request.args.get("lang", "")
    return requested if requested in words.LANGUAGES else words.LANGUAGES[0]
