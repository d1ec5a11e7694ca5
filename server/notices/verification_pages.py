"""The page on which anybody checks a receipt in the browser itself, without a connection."""

from flask import Response, render_template, request, url_for

from server.core.http import Blueprint, content, settings
from server.ledger.service import reading
from server.notices.languages import WORDS, of_words, requested
from server.notices.site_pages import cached, in_language, language_names
from server.notices.words import fill, words

SOURCES = (
    "receipt.js",
    "strict_json.js",
    "canonical.js",
    "commitment.js",
    "signed_note.js",
    "ed25519.js",
    "merkle.js",
    "bytes.js",
    "page.js",
)
"""The modules that the page's script is built of, in the order in which an auditor may want to read them."""

SCRIPT = "dist/verify.js"
STYLES = ("notices/notices.css", "notices/verify.css")
"""The files that the page loads, in the folder of static files."""

_FOR_THE_SCRIPT = (
    "steps",
    "states",
    "found",
    "by",
    "checking",
    "proved",
    "not_proved",
    "not_receipt",
    "says",
    "says_unproved",
    "record",
    "actions",
    "categories",
    "granted",
    "refused",
    "none",
    "faults",
)

blueprint = Blueprint("verification", __name__, url_prefix="/log", description="Checks of receipts")


@blueprint.get("/verify")
@blueprint.doc(
    tags=["log"],
    parameters=[
        {"in": "query", "name": "lang", "required": False, "schema": {"type": "string", "enum": [*WORDS]}}
    ],
    responses={
        200: {
            "description": "The page, which may load its own files alone",
            **content("text/html"),
        }
    },
)
def verify_receipt() -> Response:
    """Check a receipt in the browser itself"""
    language = _language()
    w = words("verify", language)
    known = reading.keys()
    html = render_template(
        "notices/verify.html",
        language=language,
        names={code: language_names()[code] for code in WORDS},
        here=_here,
        fill=fill,
        t=words("site_pages", language),
        w=w,
        script_words={name: w[name] for name in _FOR_THE_SCRIPT},
        keys=[each.vkey for each in known],
        sources=SOURCES,
    )
    answer = Response(html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _policy()
    # A page without the newest key would refuse the newest receipts.
    return cached(in_language(answer, language), "no-cache")


def _policy() -> str:
    """What the page may load: its script and its styles, by their addresses; no connection, form or frame.

    No policy can forbid a script to leave for another address, or to ask for these files once more with
    something in the query. That this one does not is to be read in `SOURCES`.
    """
    files = (settings().origin + url_for("static", filename=name) for name in (SCRIPT, *STYLES))
    script, *styles = files
    return (
        f"default-src 'none'; script-src {script}; style-src {' '.join(styles)}; connect-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _language() -> str:
    """The language of the address, else the first that the browser accepts, else the nearest to its first."""
    accepted = [tag for tag, _quality in request.accept_languages]
    nearest = [of_words(tag.lower()) for tag in accepted]
    return requested(request.args.get("lang", ""), [*accepted, *nearest], ("en", "nb", "nn"))


def _here(language: str) -> str:
    return settings().public_url + url_for("verification.verify_receipt", lang=language)
