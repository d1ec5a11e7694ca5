"""The language of the studio: chosen by each person, else asked for by the browser."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import flask_babel
from babel import Locale
from babel.numbers import format_decimal, get_group_symbol
from flask import Flask, g, has_request_context, request, session
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from server.core.text_direction import isolated
from server.notifications import texts

LANGUAGES = texts.LANGUAGES
"""BCP 47 tag → the language's own name. Messages have the same languages, and one choice is for both."""

FALLBACK = "en"
"""For browsers that ask for none of them, and of the sentences in the code."""

NARROW = "\u202f"
"""Narrow no-break space: between thousands, and around signs."""

MINUS = "\u2212"

_SESSION_KEY = "language"
_ALIASES = {"no": "nb"}
"""What browsers ask for → the language that is meant (ISO 639-1 has `no` for both written standards)."""

_TRANSLATIONS = Path(__file__).parent / "translations"


def install(app: Flask) -> None:
    """Let the pages of the studio speak the language of who reads them."""
    flask_babel.Babel(
        app,
        default_locale=FALLBACK,
        default_translation_directories=str(_TRANSLATIONS),
        locale_selector=of_reader,
    )
    for name in ("gettext", "ngettext"):
        translate = cast("Callable[..., str]", app.jinja_env.globals[name])
        app.jinja_env.globals[name] = _isolating(translate)


def _isolating(translate: Callable[..., str]) -> Callable[..., str]:
    """The same in templates as `gettext` and `ngettext` below are in modules: no place turns its sentence."""

    @pass_context
    def filled(context: Context, *words: object, **places: object) -> str:
        return translate(context, *words, **_isolated(places))

    return filled


def of_reader() -> str:
    """The language of the present page: of the person, else of this browser's session, else as it asks."""
    if not has_request_context():
        return FALLBACK
    who = g.get("identity")
    chosen = (who.language if who else "") or session.get(_SESSION_KEY, "")
    return chosen if chosen in LANGUAGES else asked_for()


def asked_for() -> str:
    """The first language that the browser accepts and the studio has (RFC 9110, section 12.5.4)."""
    for tag, quality in request.accept_languages:
        primary = tag.split("-")[0].lower()
        language = _ALIASES.get(primary, primary)
        if quality > 0 and language in LANGUAGES:
            return language
    return FALLBACK


def remember(language: str) -> None:
    """Let this browser have the language until somebody logs in who has chosen one; others are ignored."""
    if language in LANGUAGES:
        session[_SESSION_KEY] = language


def start_session() -> None:
    """Forget everything of this browser's session but the language that was picked on the login page."""
    chosen = session.get(_SESSION_KEY, "")
    session.clear()
    remember(chosen)


def current() -> str:
    """The language of the present page."""
    # Outside of a page there is no reader.
    return str(flask_babel.get_locale() or FALLBACK)


def refresh() -> None:
    """Look again for the language of the reader, who has just chosen one."""
    flask_babel.refresh()


def _isolated(places: Mapping[str, object]) -> dict[str, object]:
    return {
        name: isolated(value) if isinstance(value, str) and not isinstance(value, Markup) else value
        for name, value in places.items()
    }


def gettext(english: str, **places: object) -> str:
    """A sentence in the language of the present page, with its places `%(name)s` filled."""
    found: str = flask_babel.gettext(english, **_isolated(places))
    return found


def ngettext(one: str, many: str, num: int, **places: object) -> str:
    """A sentence with a number, which fills `%(num)s`, in the form that the number asks for."""
    found: str = flask_babel.ngettext(one, many, num, **_isolated(places))
    return found


def lazy_gettext(english: str, **places: object) -> str:
    """A sentence for a table in a module: its language is that of the page on which it is shown.

    What is answered only looks like a string; `str()` makes one of it.
    """
    found: str = flask_babel.lazy_gettext(english, **places)
    return found


def percent(share: float) -> str:
    """A share with one decimal, as the language writes it; the space before the sign does not break."""
    pattern = "#,##0.0 %" if current() == FALLBACK else "#,##0.0\u00a0%"
    found: str = flask_babel.format_percent(share, pattern)
    return found.replace("-", MINUS)


def number(value: float, digits: int = 0) -> str:
    """A number with so many decimals, its thousands apart, as the language writes it."""
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    found: str = format_decimal(value, pattern, locale=current())
    return found.replace(get_group_symbol(current()), NARROW).replace("-", MINUS)


def country_name(code: str) -> str:
    """What a country is called (Unicode CLDR); its ISO 3166-1 code if that is unknown."""
    return str(Locale.parse(current()).territories.get(code, code))


def language_name(code: str) -> str:
    """What a language is called in that of the page (Unicode CLDR); its code if that is unknown."""
    return str(Locale.parse(current()).languages.get(code, code))


def article(cited: str) -> str:
    """An article with its paragraph and point, as the language cites it: 13(1)(c), 13 nr. 1 bokstav c."""
    if current() == FALLBACK:
        return cited
    paragraph = re.sub(r"\((\d+)\)", r" nr. \1", cited)
    return re.sub(r"\(([a-z])\)", r" bokstav \1", paragraph)
