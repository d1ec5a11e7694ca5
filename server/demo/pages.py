"""Pages of the demo shop, which embed the banner and third parties as a customer's pages would."""

from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from server.core.headers import allow_content
from server.core.http import as_json, settings
from server.demo import knitting, parties, service, words
from server.demo.document import document

blueprint = Blueprint("demo", __name__)

PRODUCTS = ("pledd", "votter", "lue", "sokker")


@blueprint.get("/")
def start() -> AnyResponse:
    """Redirects to the shop if it is on, else to the studio."""
    return redirect("/demo/" if settings().demo else "/studio/")


@blueprint.get("/demo/")
def front() -> AnyResponse:
    """The home page."""
    return _page("front")


@blueprint.get("/demo/<any(pledd, votter, lue, sokker):product>")
def product(product: str) -> AnyResponse:
    """A product."""
    return _page("product", product=product)


@blueprint.get("/demo/inspirasjon")
def story() -> AnyResponse:
    """An article with an embedded film."""
    return _page("inspirasjon")


@blueprint.get("/demo/kundeservice")
def help_page() -> AnyResponse:
    """Questions and answers, with an embedded chat."""
    return _page("kundeservice")


@blueprint.get("/demo/personvern")
def privacy() -> AnyResponse:
    """What the shop stores, and how its pages are made."""
    return _page("personvern")


@blueprint.get("/demo/seen.json")
def seen() -> Response:
    """The request counters of the stand-ins."""
    _only_when_on()
    response = as_json(service.seen(settings().data_dir))
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(name: str, **more: object) -> AnyResponse:
    _only_when_on()
    public, elsewhere = settings().public_url, parties.origin(settings().public_url)
    if elsewhere != public and request.host == urlsplit(elsewhere).netloc:
        # On the origin of the stand-ins the shop would not be third-party to them, and show nothing.
        return redirect(public + request.full_path.rstrip("?"))
    language = _language()
    # On another host name of this server, script and decisions go to the public URL.
    allow_content(
        script_src=f"{public} {elsewhere}",
        connect_src=public,
        img_src=elsewhere,
        frame_src=elsewhere,
    )
    facts = _facts(language, public, elsewhere)
    html = render_template(
        f"demo/{name}.html",
        t=words.shop(language),
        language=language,
        languages=[(code, words.shop(code)["name"]) for code in words.LANGUAGES],
        link=_linker(language),
        here=_linker,
        knit=knitting.knit,
        public=public,
        elsewhere=elsewhere,
        third=elsewhere + parties.PATH,
        products=PRODUCTS,
        facts=facts,
        stored=[(key, list(group)) for key, group in groupby(facts["stored"], key=itemgetter("key"))],
        **more,
    )
    response = Response(html, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language
    return response


def _only_when_on() -> None:
    if not settings().demo:
        abort(404)


def _language() -> str:
    requested = request.args.get("lang", "")
    return requested if requested in words.LANGUAGES else words.LANGUAGES[0]


def _linker(language: str) -> Callable[..., str]:
    """URLs of the shop's pages that keep the language."""

    def link(endpoint: str | None = None, **values: str) -> str:
        arguments = dict(request.view_args or {}) if endpoint is None else values
        if language != words.LANGUAGES[0]:
            arguments["lang"] = language
        return url_for(f"demo.{endpoint}" if endpoint else str(request.endpoint), **arguments)

    return link


def _facts(language: str, public: str, elsewhere: str) -> dict[str, Any]:
    """Names for what the panel shows."""
    banner = document(public)
    categories = [{"key": each["key"], "name": each["names"][language]} for each in banner["categories"]]
    return {
        "elsewhere": elsewhere,
        "path": parties.PATH,
        "counted": service.counted(settings().data_dir),
        "language": language,
        "parties": {party.key: {"name": party.name, "category": party.category} for party in parties.PARTIES},
        "categories": categories,
        "stored": [
            {
                "name": cookie["name"],
                "kind": cookie["kind"],
                "service": each["name"],
                "key": each["key"],
                "category": each["category"],
                "lifetime": _lifetime(language, cookie["lifetime"]),
                "purpose": cookie["purpose"][language],
            }
            for each in banner["services"]
            for cookie in each["cookies"]
        ],
        "texts": words.shop(language)["panel"],
    }


def _lifetime(language: str, duration: str) -> str:
    panel = words.shop(language)["panel"]
    if duration == "session":
        return str(panel["session"])
    return str(panel["days"]).replace("{days}", duration.removeprefix("P").removesuffix("D"))
