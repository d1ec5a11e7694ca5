"""What all pages share: rendering, redirects with a message, errors."""

import hashlib
import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask import Response, current_app, flash, g, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Redirection

from server.accounts.service import users
from server.core.errors import DomainError, NotFound
from server.core.http import settings
from server.core.text_direction import isolated
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Site
from server.studio import authors, guard, language, local_times, places, script_words, sentences
from server.studio.draft import editor_links
from server.studio.draft.finding_way import PARAMETER
from server.studio.guard import blueprint
from server.studio.role_names import ROLE_NAMES, meaning

_INSIDE = re.compile(r"/studio/[A-Za-z0-9._~/?=&%-]{0,4000}")
"""No longer than the line of a request may be."""


def page(template: str, status: int = 200, /, **values: Any) -> Response:
    """A page of the studio; its title begins with that where a form was refused."""
    g.refused = request.method == "POST" and status in (409, 422)
    return Response(render_template(f"studio/{template}", **values), status, mimetype="text/html")


def redirect_with_flash(endpoint: str, message: str | None = None, **values: Any) -> Redirection:
    """Redirect (303) to a page of the studio, with a message to show there."""
    if message:
        flash(message, "success")
    if g.get("site"):
        values.setdefault("key", g.site.key)
    if mark := request.form.get(PARAMETER):
        values.setdefault(PARAMETER, mark)
    return redirect(url_for(f"studio.{endpoint}", **values), 303)


def studio_path(address: str | None) -> str | None:
    """The path, if it is one of the studio; None otherwise, so that no redirect leaves it."""
    address = address or ""
    # Browsers resolve `%2e%2e` as they do `..` (WHATWG URL, double-dot path segment).
    plain = unquote(address)
    return address if _INSIDE.fullmatch(address) and "//" not in plain and ".." not in plain else None


def printable(text: str) -> str:
    """A text that is looked for, without control characters: no name has any, and PostgreSQL takes no NUL."""
    return "".join(filter(str.isprintable, text)).strip()


LISTED = 500
"""Most sites that a field offers to choose from."""

OWNERS_NAMED = 3
"""Most owners that a page names to be asked."""

IN_MENU = 50
"""Most sites in the menu of every page: more are found sooner in their list, or by the search."""


def visible_sites(*, limit: int = LISTED) -> tuple[Site, ...]:
    """The first sites by key that the user may see, sorted by name."""
    who = guard.identity()
    mine = sites.page(after=None, limit=limit, only=None if who.all_sites else who.site_ids)
    return tuple(sorted(mine, key=lambda one: (one.name.casefold(), one.key)))


@lru_cache(maxsize=16)
def _fingerprint(path: str, _changed: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The URL of a built file, with a fingerprint so that a new release is fetched at once."""
    path = Path(current_app.static_folder or "") / "dist" / name
    if not path.is_file():
        return url_for("static", filename=f"dist/{name}")
    return url_for("static", filename=f"dist/{name}", v=_fingerprint(str(path), path.stat().st_mtime))


@blueprint.context_processor
def _frame() -> dict[str, Any]:
    who = g.get("identity")
    return {
        "asset": asset,
        "identity": who,
        "site": g.get("site"),
        "zone_of_times": lambda: guard.zone().key if g.get("times_shown") else "",
        "may": guard.may if who else lambda _permission: False,
        "visible_sites": (lambda: visible_sites(limit=IN_MENU)) if who else tuple,
        "site_pages": places.SECTIONS,
        "editor_parts": places.PARTS,
        "language": language.current(),
        # Pages of the editor have a language of their texts, too.
        "reader_language": language.current(),
        "script_words": script_words.words,
        "languages": language.LANGUAGES,
        "role_names": ROLE_NAMES,
        "role_meaning": meaning,
        "public_url": settings().public_url,
        "sends_mail": settings().smtp_url is not None,
        "provider_name": provider.name if (provider := settings().oidc) else "",
        "local_login": settings().local_login,
        "owners_to_ask": owners_to_ask,
        "by_provider": "by_provider" in session and provider is not None,
    }


@blueprint.app_template_global("link_to")
def _link_to(path: str, document: Document) -> editor_links.EditorLink:
    return editor_links.link_to(path, document)


@blueprint.app_template_filter("isolated")
def _isolated(name: str) -> str:
    # A block is markup already.
    return Markup(isolated(str(name))) if isinstance(name, Markup) else isolated(name)  # noqa: S704 - as above


@blueprint.app_template_filter("author")
def _author(stored: str) -> str:
    return authors.named(stored)


@blueprint.app_template_filter("percent")
def _percent(share: float) -> str:
    return language.percent(share)


@blueprint.app_template_filter("number")
def _number(value: float, digits: int = 0) -> str:
    return language.number(value, digits)


@blueprint.app_template_filter("translated")
def _translated(english: str) -> str:
    return sentences.translated(str(english))


@blueprint.app_template_filter("sentence")
def _sentence(english: str) -> str:
    return sentences.whole(english)


@blueprint.app_template_filter("long_day")
def _long_day(one: date) -> str:
    return local_times.in_words(one, "day", language.current())


@blueprint.app_template_filter("local_time")
def _local_time(moment: datetime, form: str = "minute", note: str = "") -> Markup:
    """A moment in one of the forms of `local_times`; the page then names its time zone at the end."""
    g.times_shown = True
    return local_times.element(moment, guard.zone(), form, note, language=language.current())


def owners_to_ask() -> str:
    """The first owners who can change somebody's role, and how many more there are; empty: nobody is to know.

    They are named only to somebody who is logged in.
    """
    who = g.get("identity")
    if who is None:
        return ""
    others = [one for one in users.with_permission("user.manage", "") if one != who.email]
    named = ", ".join(isolated(one) for one in others[:OWNERS_NAMED])
    more = len(others) - OWNERS_NAMED
    return f"{named} {language.ngettext('and one more', 'and %(num)s more', more)}" if more > 0 else named


@blueprint.get("/<path:unknown>")
@guard.needs(guard.ANYBODY)
def nothing_here(unknown: str) -> Response:  # noqa: ARG001 - the address is the whole of it
    """Any other address below the studio's: the answer is in its look, and in the language of the reader.

    :raises NotFound: always.
    """
    raise NotFound("there is nothing here")


@blueprint.errorhandler(DomainError)
def _fault(fault: DomainError) -> Response:
    g.reason = fault.reason
    return render_error(fault.status, fault.message, fault)


@blueprint.errorhandler(HTTPException)
def _http_fault(fault: HTTPException) -> Response | HTTPException:
    status = fault.code or 500
    if status < 400:
        return fault
    sentences = {
        404: "there is nothing here",
        413: "that is more than this page accepts",
    }
    return render_error(status, sentences.get(status, fault.description or "that did not work"), None)


def render_error(status: int, message: str, fault: DomainError | None) -> Response:
    """A page with the message, or the notice alone for a request of htmx."""
    if "HX-Request" in request.headers and g.get("identity"):
        answer = page("message.html", status, status=status, message=message)
        answer.headers["HX-Reswap"] = "innerHTML"
        answer.headers["HX-Retarget"] = "#messages"
        answer.headers["HX-Reselect"] = ".notice"
    else:
        answer = page("fault.html", status, status=status, message=message)
    if (wait := getattr(fault, "retry_after", None)) is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer
