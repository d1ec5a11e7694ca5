"""Faults on the public pages of a site, in its language and look, also when the database is out of reach."""

from collections.abc import Sequence
from math import ceil

from flask import Response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from server.core.bodies import read_form
from server.core.errors import DomainError, Gone, NotFound, RateLimited, Unavailable
from server.notices.languages import WORDS, of_words, requested
from server.notices.site_pages import (
    MAX_FORM,
    Asked,
    answered,
    asked,
    contact,
    in_language,
    template,
    was_asked,
)
from server.notices.words import fill, words

_SHOWN = (400, 422)
"""Statuses of faults whose own sentence, which is English, says what is to be corrected.

It is shown too where there are words for the fault's own reason: it is for who runs the server.
"""


def is_public_page(path: str) -> bool:
    """Whether the faults of an address are shown by `fault_page`."""
    return path.startswith("/s/") or path == "/log/verify"


def fault_page(fault: DomainError) -> Response:
    """The page that says what is wrong, and what can be done; what was typed can be sent again."""
    about = _about(fault)
    language = about.language if about else _language()
    w = words("faults", language)
    values = {
        "w": w,
        "found": w.get(fault.reason) or w.get(str(fault.status)) or w[_kind(fault)],
        "detail": _sentence(fault) if fault.status in _SHOWN or fault.reason in w else "",
        "minutes": ceil(getattr(fault, "retry_after", 60) / 60),
        "contact": contact(about) if about and fault.status == Gone.status else (),
        "typed": _typed(fault),
        "action": request.full_path.removesuffix("?"),
        # The page of an address that is answered by a fault is not offered in other languages.
        "offered": (),
    }
    if about:
        return answered(about, template("fault.html", about, **values), "text/html", fault.status)
    html = render_template(
        "notices/fault.html",
        language=language,
        words_language=of_words(language),
        names={},
        t=words("site_pages", language),
        fill=fill,
        **values,
    )
    return in_language(Response(html, fault.status, mimetype="text/html"), language)


def _kind(fault: DomainError) -> str:
    return "client" if fault.status < 500 else "server"


def _sentence(fault: DomainError) -> str:
    return fault.message[:1].upper() + fault.message[1:]


def _about(fault: DomainError) -> Asked | None:
    """The site of the address, if it has a page; as last read, if the database may be out of reach."""
    key = (request.path.split("/") + [""] * 3)[2] if request.path.startswith("/s/") else ""
    if isinstance(fault, Unavailable) or fault.status == 500:
        return was_asked(key)
    try:
        return asked(key)
    except (NotFound, SQLAlchemyError):
        return None


def _language() -> str:
    """The language of the address, else the first that the browser accepts, else English."""
    accepted = [tag for tag, _quality in request.accept_languages]
    nearest = [of_words(tag.lower()) for tag in accepted]
    return requested(request.args.get("lang", ""), [*accepted, *nearest], ("en", *WORDS))


def _typed(fault: DomainError) -> Sequence[tuple[str, str]]:
    """What the form held, if it was right but could not be handled now."""
    if request.method != "POST" or not isinstance(fault, Unavailable | RateLimited):
        return ()
    try:
        return tuple(read_form(request, MAX_FORM).items(multi=True))
    except (DomainError, HTTPException, OSError):
        return ()
