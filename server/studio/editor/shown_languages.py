"""Which languages somebody wants to see on the pages of the editor, as this browser remembers it."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from flask import Response, after_this_request, request

from server.core.http import settings
from server.sites import service as sites
from server.sites.document_types import LANGUAGE, MAX_LANGUAGES
from server.studio.draft import page_languages
from server.studio.draft.form_binding import Form
from server.studio.draft.page_languages import STAR, PageLanguage

COOKIE = "samtykke_languages"
KEPT = timedelta(days=400)
"""How long a browser keeps the choice; browsers keep no cookie longer (RFC 6265bis, section 5.5)."""


def of_page(form: Form, needed: Iterable[str]) -> tuple[PageLanguage, ...]:
    """The languages of a page, of which `needed` names the texts that every language must have.

    The address may choose which are shown (`show`), and lead to one besides (`language`).
    """
    asked = request.args.getlist("language")
    return page_languages.of_page(form, needed, _chosen(), asked, names=own_names())


def own_names() -> Mapping[str, str]:
    """Language → what it calls itself, for all that Samtykke has texts in."""
    return {one.code: one.name for one in sites.known_languages()}


def _chosen() -> list[str]:
    asked = _codes(request.args.getlist("show"))
    if not asked:
        return _codes(request.cookies.get(COOKIE, "").split("."))

    @after_this_request
    def _remember(answer: Response) -> Response:
        answer.set_cookie(
            COOKIE,
            ".".join(asked),
            max_age=KEPT,
            path="/studio",
            secure=settings().secure,
            httponly=True,
            samesite="Lax",
        )
        return answer

    return asked


def _codes(texts: list[str]) -> list[str]:
    return [text for text in texts[:MAX_LANGUAGES] if text == STAR or LANGUAGE.fullmatch(text)]
