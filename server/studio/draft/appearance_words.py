"""What the studio calls the choices of the appearance, and sets of them that a button fills in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.sites.document_types import Appearance, Colours
from server.sites.themes import KEYS, Theme, ThemeKey, themes
from server.studio.language import lazy_gettext

CHOICES: Mapping[str, Mapping[str, str]] = {
    "layout": {
        "bar": lazy_gettext("Bar"),
        "box": lazy_gettext("Box"),
        "dialog": lazy_gettext("Dialog"),
    },
    "settings": {
        "dialog": lazy_gettext("Dialog"),
        "sheet": lazy_gettext("Side sheet"),
    },
    "position": {
        "bottom": lazy_gettext("Bottom"),
        "top": lazy_gettext("Top"),
        "bottom_left": lazy_gettext("Bottom left"),
        "bottom_right": lazy_gettext("Bottom right"),
        "centre": lazy_gettext("Centre"),
    },
    "scheme": {
        "auto": lazy_gettext("As the visitor’s device asks"),
        "light": lazy_gettext("Always light"),
        "dark": lazy_gettext("Always dark"),
    },
    "size": {
        "compact": lazy_gettext("Compact"),
        "normal": lazy_gettext("Normal"),
        "large": lazy_gettext("Large"),
    },
}
"""Key of a field of the appearance → its values, and what each is called."""


@dataclass(frozen=True)
class Preset:
    """What a button fills in."""

    do: str
    """What the button sends."""
    title: str
    fields: Mapping[str, str | int]
    """Name of a field → its value."""

    def chosen(self, look: Appearance) -> bool:
        """Whether an appearance has all of it."""
        return all(_at(look, name) == value for name, value in self.fields.items())


_THEMES: Mapping[ThemeKey, str] = {
    "bar": lazy_gettext("Bar at the bottom"),
    "slim": lazy_gettext("Slim bar at the top"),
    "card": lazy_gettext("Card in the corner"),
    "dialog": lazy_gettext("Dialog in the middle"),
    "dark": lazy_gettext("Dark card"),
    "contrast": lazy_gettext("Large text, strong contrast"),
}

_CORNERS: tuple[tuple[str, str, int], ...] = (
    ("square", lazy_gettext("Square"), 0),
    ("soft", lazy_gettext("Soft"), 8),
    ("round", lazy_gettext("Round"), 20),
)

_FONTS: tuple[tuple[str, str, str], ...] = (
    ("page", lazy_gettext("The page’s own"), "inherit"),
    ("system", lazy_gettext("The device’s own"), "system-ui, sans-serif"),
    ("serif", lazy_gettext("With serifs"), "Georgia, Cambria, serif"),
    ("rounded", lazy_gettext("Rounded"), 'ui-rounded, "Arial Rounded MT Bold", sans-serif'),
    ("mono", lazy_gettext("Typewriter"), "ui-monospace, Menlo, Consolas, monospace"),
)
"""Fonts that are on visitors' devices: none is fetched."""

FONTS: Mapping[str, str] = {fonts: title for _, title, fonts in _FONTS}
"""Fonts → what the choice of them is called."""


def theme_presets() -> tuple[Preset, ...]:
    """The themes, each with what it always sets: its colours take no other's place."""
    found = themes()
    return tuple(Preset(f"theme:{key}", _THEMES[key], _shape(found[key])) for key in KEYS)


def corner_presets() -> tuple[Preset, ...]:
    """Corners by words."""
    return tuple(
        Preset(f"corners:{key}", title, {"appearance.radius": radius}) for key, title, radius in _CORNERS
    )


def font_presets() -> tuple[Preset, ...]:
    """Fonts by words."""
    return tuple(Preset(f"font:{key}", title, {"appearance.font": fonts}) for key, title, fonts in _FONTS)


def preset(do: str) -> Preset | None:
    """The preset whose button sends this; None if there is none."""
    every = (*theme_presets(), *corner_presets(), *font_presets())
    return next((each for each in every if each.do == do), None)


def _shape(theme: Theme) -> dict[str, str | int]:
    return {f"appearance.{name}": value for name, value in theme.items() if isinstance(value, str | int)}


def colour_fields(colours: Colours) -> dict[str, str]:
    """Colours by the names of their fields."""
    return {
        f"appearance.colours.{scheme}.{name}": str(colour)
        for scheme, palette in colours.items()
        for name, colour in palette.items()  # type: ignore[attr-defined] # the palettes of a TypedDict
    }


def _at(look: Appearance, name: str) -> object:
    found: object = look
    for step in name.split(".")[1:]:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
