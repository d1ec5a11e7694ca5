"""Six looks to begin from: layout, place, colours, corners, font and size of a banner. Pure.

The colours of most follow from one (`brand_colours`). A new site has the first.
"""

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypedDict, get_args

from server.sites.brand_colours import solve
from server.sites.document_types import (
    Appearance,
    Colours,
    Document,
    Layout,
    Palette,
    Position,
    Scheme,
    SettingsPlace,
    Size,
)

ThemeKey = Literal["bar", "slim", "card", "dialog", "dark", "contrast"]

KEYS: tuple[ThemeKey, ...] = get_args(ThemeKey)
"""In the order in which they are offered."""


class Theme(TypedDict):
    """The part of an appearance that a theme sets: everything but the logo."""

    layout: Layout
    settings: SettingsPlace
    position: Position
    colours: Colours
    scheme: Scheme
    radius: int
    font: str
    size: Size


_BLUE: Colours = {
    "light": {
        "background": "#ffffff",
        "text": "#1b1f24",
        "accent": "#0b57d0",
        "accent_text": "#ffffff",
        "border": "#767d88",
    },
    "dark": {
        "background": "#16181d",
        "text": "#f2f4f7",
        "accent": "#9ec1ff",
        "accent_text": "#0b1a33",
        "border": "#8b93a1",
    },
}
_BLACK_ON_WHITE: Palette = {
    "background": "#ffffff",
    "text": "#000000",
    "accent": "#000000",
    "accent_text": "#ffffff",
    "border": "#000000",
}
_WHITE_ON_BLACK: Palette = {
    "background": "#000000",
    "text": "#ffffff",
    "accent": "#ffffff",
    "accent_text": "#000000",
    "border": "#ffffff",
}


@functools.cache
def themes() -> Mapping[ThemeKey, Theme]:
    """All of them, by key."""
    found: dict[ThemeKey, Theme] = {
        "bar": _theme("bar", "bottom", _BLUE, radius=8),
        "slim": _theme("bar", "top", _from("#22303c"), radius=4, size="compact"),
        "card": _theme("box", "bottom_left", _from("#1d6f42"), radius=16, settings="sheet"),
        "dialog": _theme("dialog", "centre", _from("#5b3cc4"), radius=12),
        "dark": _theme("box", "bottom_right", _from("#ffb454"), radius=12, scheme="dark"),
        "contrast": _theme(
            "bar", "bottom", {"light": _BLACK_ON_WHITE, "dark": _WHITE_ON_BLACK}, radius=0, size="large"
        ),
    }
    return MappingProxyType(found)


def has_own_colours(document: Document) -> bool:
    """Whether the colours of a banner are those of no theme: a theme is no reason to lose them."""
    return all(document["appearance"]["colours"] != theme["colours"] for theme in themes().values())


def keeps_colours(document: Document, key: ThemeKey) -> bool:
    """Whether a theme leaves a banner its colours: those of its own, unless the theme is about contrast."""
    return has_own_colours(document) and key != "contrast"


def with_theme(document: Document, key: ThemeKey) -> Document:
    """The document with the look of a theme; its logo stays, and colours of its own by `keeps_colours`."""
    look: Appearance = {**document["appearance"], **themes()[key]}
    if keeps_colours(document, key):
        look = {**look, "colours": document["appearance"]["colours"]}
    return {**document, "appearance": look}


def _from(brand: str) -> Colours:
    return solve(brand).colours


def _theme(
    layout: Layout,
    position: Position,
    colours: Colours,
    *,
    radius: int,
    settings: SettingsPlace = "dialog",
    scheme: Scheme = "auto",
    size: Size = "normal",
) -> Theme:
    return {
        "layout": layout,
        "settings": settings,
        "position": position,
        "colours": colours,
        "scheme": scheme,
        "radius": radius,
        "font": "inherit",
        "size": size,
    }
