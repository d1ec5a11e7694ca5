"""The page of the appearance: its words, and buttons that fill in fields, such as all colours from one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from server.core.errors import Invalid
from server.core.headers import allow_content
from server.sites.appearance_css import custom_properties
from server.sites.brand_colours import Adjustment, Solved, solve
from server.sites.document_types import COLOUR, Document, Scheme
from server.sites.themes import ThemeKey, keeps_colours, themes, with_theme
from server.studio.draft import appearance_words, form_binding, pasted
from server.studio.editor import drafts, logo
from server.studio.guard import blueprint, needs
from server.studio.language import gettext, lazy_gettext
from server.studio.sentences import sentence, translated

_ROOT = ("appearance",)

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?=/)")
"""Scheme and host of an address, as a policy may name them."""

_SCHEMES: tuple[Scheme, ...] = ("light", "dark")

FAULT_LABELS: Mapping[str, str] = {
    "brand": lazy_gettext("Your brand’s colour"),
    logo.FILE: lazy_gettext("Upload an image"),
}
"""Field that is none of the document → its label."""

NO_COLOUR = "is not a colour such as #0b57d0"
"""Why a text is refused as a colour, as the end of a sentence; the schema says the same."""


_ADJUSTED = {
    ("light", "background"): sentence(
        "%(brand)s is too light on white: there, buttons have %(used)s, which is darker."
    ),
    ("dark", "background"): sentence(
        "%(brand)s is too dark on a dark background: there, buttons have %(used)s, which is lighter."
    ),
    ("light", "text"): sentence(
        "Text on %(brand)s is hard to read: in light colours, buttons have %(used)s, which is close to it."
    ),
    ("dark", "text"): sentence(
        "Text on %(brand)s is hard to read: in dark colours, buttons have %(used)s, which is close to it."
    ),
}
"""Scheme and reason of an adjustment → what is said of it."""


@dataclass(frozen=True)
class Filled:
    """A document that a button of the page has filled."""

    document: Document
    sentences: tuple[str, ...] = ()
    """What to say of it."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """Why it is not filled: field that is none of the document → the end of a sentence."""


def filled(document: Document, do: str) -> Filled:
    """The document with what the pressed button fills in; unchanged for a button that fills in nothing.

    :param do: what the button sends
    """
    match do:
        case "brand":
            return _with_brand(document, request.form.get("brand", ""))
        case "logo":
            return _with_logo(document)
        case "no-logo":
            return Filled(logo.without(document), (gettext("The logo is removed."),))
    found = appearance_words.preset(do)
    if found is None:
        return Filled(document)
    kind, _, key = do.partition(":")
    if kind == "theme" and key in themes():
        return _with_theme(document, cast("ThemeKey", key))
    names = form_binding.fields_of(document, _ROOT)
    typed = {name: str(value) for name, value in found.fields.items()}
    return Filled(form_binding.bind(document, typed, names))


def _with_theme(document: Document, key: ThemeKey) -> Filled:
    own = keeps_colours(document, key)
    said = (
        gettext("The theme is filled in. Your own colours stay.")
        if own
        else gettext("The theme is filled in.")
    )
    return Filled(with_theme(document, key), (said,))


def _with_logo(document: Document) -> Filled:
    try:
        address, sentences = logo.stored()
    except Invalid as fault:
        return Filled(document, faults={logo.FILE: logo.fault_of(fault)})
    return Filled(logo.shown(document, address), sentences)


def words(document: Document) -> dict[str, Any]:
    """What the page of the appearance shows besides the form; it may show the logo, wherever that is."""
    look = document["appearance"]
    if origin := _ORIGIN.match(look["logo"]):
        allow_content(img_src=origin[0])
    return {
        "brand": request.form.get("brand") or look["colours"]["light"]["accent"],
        "choices": appearance_words.CHOICES,
        "presets": {
            "theme": appearance_words.theme_presets(),
            "corners": appearance_words.corner_presets(),
            "font": appearance_words.font_presets(),
        },
        "themes": themes(),
        # Each picture has the properties that a banner of the theme would have.
        "theme_rules": "".join(
            (
                *(custom_properties({**look, **theme}, f".theme-{key}") for key, theme in themes().items()),
                *(custom_properties({**look, "scheme": each}, f".logo-on-{each}") for each in _SCHEMES),
            )
        ),
    }


def _with_brand(document: Document, typed: str) -> Filled:
    brand = pasted.colour(typed.strip())
    if not COLOUR.fullmatch(brand):
        return Filled(document, faults={"brand": NO_COLOUR})
    solved = solve(brand)
    look = document["appearance"]
    coloured: Document = {**document, "appearance": {**look, "colours": solved.colours}}
    return Filled(coloured, tuple(_sentences(brand, solved)))


@blueprint.get("/sites/<key>/banner/appearance/filled")
@needs("banner.edit")
def filled_appearance() -> ResponseReturnValue:
    """The fields that a brand colour or a theme fills, for the page's script; nothing is saved."""
    if (theme := request.args.get("theme", "")) in themes():
        return jsonify(_themed(cast("ThemeKey", theme)))
    found = _with_brand(drafts.form(_ROOT).document, request.args.get("brand", ""))
    if found.faults:
        return jsonify(error=f"{gettext('This')} {translated(NO_COLOUR)}."), 422
    names = form_binding.fields_of(found.document, ("appearance", "colours"))
    fields = {name: form_binding.value_at(found.document, path) for name, path in names.items()}
    return jsonify(fields=fields, sentences=found.sentences)


def _themed(key: ThemeKey) -> dict[str, Any]:
    """What a theme fills in a form with these colours; where they stay, `more` has those of the theme."""
    stored = drafts.form(("appearance", "colours"))
    found = _with_theme(form_binding.bind(stored.document, request.args, stored.names), key)
    names = form_binding.fields_of(found.document, _ROOT)
    fields = {
        name: form_binding.value_at(found.document, path)
        for name, path in names.items()
        if path[1] in themes()[key]
    }
    colours = appearance_words.colour_fields(themes()[key]["colours"])
    more = {
        "label": gettext("Use the theme’s colours too"),
        "fields": colours,
        "sentences": [gettext("The theme’s colours are filled in.")],
    }
    kept = any(fields[name] != colour for name, colour in colours.items())
    return {"fields": fields, "sentences": found.sentences, "more": more if kept else None}


def _sentences(brand: str, solved: Solved) -> list[str]:
    if not solved.adjustments:
        return [gettext("Buttons have %(brand)s itself, in light and in dark colours.", brand=brand)]
    return [_sentence(brand, each) for each in solved.adjustments]


def _sentence(brand: str, adjustment: Adjustment) -> str:
    """Why buttons have another colour, in the language of the reader."""
    english = _ADJUSTED[adjustment.scheme, adjustment.reason]
    return gettext(english, brand=brand, used=adjustment.used)
