"""The colours of a banner, light and dark, from one brand colour. Pure.

Hue and, where a screen can show it, strength of the brand colour stay; its lightness moves no further than
contrast needs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from server.sites import contrast
from server.sites.contrast import COMFORTABLE, SEEN
from server.sites.document_types import Colours, Palette
from server.sites.oklch import Oklch, nearest, of_hex, to_hex

_WHITE = "#ffffff"

Reason = Literal["background", "text"]


@dataclass(frozen=True)
class Adjustment:
    """Buttons have another colour than the brand's in one scheme."""

    scheme: Literal["light", "dark"]
    used: str
    """The colour that buttons have, `#rrggbb`."""
    darker: bool
    """Whether it is darker than the brand colour, else lighter."""
    reason: Reason
    """`background`: the brand colour is hard to tell from it; `text`: no text can be read well on it."""


@dataclass(frozen=True)
class Solved:
    """Colours that pass the lint without a warning."""

    colours: Colours
    adjustments: tuple[Adjustment, ...]
    """Empty if buttons have the brand colour itself, in both schemes."""


def solve(brand: str) -> Solved:
    """The colours for a brand colour written `#rrggbb`."""
    brand = brand.lower()
    base = of_hex(brand)
    light = _palette(brand, base, _WHITE, 0.24)
    dark = _palette(brand, base, _tinted(base, 0.21, 0.014), 0.96)
    found = (_adjustment("light", brand, base, light), _adjustment("dark", brand, base, dark))
    return Solved({"light": light, "dark": dark}, tuple(each for each in found if each))


def _palette(brand: str, base: Oklch, background: str, text: float) -> Palette:
    """The colours on a background; `text` is the lightness of the text."""
    accent = _nearest(brand, base, lambda colour: _fits(colour, background, base))
    return {
        "background": background,
        "text": _tinted(base, text, 0.02),
        "accent": accent,
        "accent_text": _text_on(accent, base) or background,
        "border": _border(base, background),
    }


def _fits(colour: str, background: str, base: Oklch) -> bool:
    return contrast.ratio(colour, background) >= SEEN and _text_on(colour, base) is not None


def _text_on(colour: str, base: Oklch) -> str | None:
    """White or nearly black of the same hue, whichever can be read on a colour; None if neither can."""
    inks = (_WHITE, _tinted(base, 0.17, 0.03), "#000000")
    return next((ink for ink in inks if contrast.ratio(ink, colour) >= COMFORTABLE), None)


def _border(base: Oklch, background: str) -> str:
    """A quiet edge: the shade nearest to the background that can be distinguished from it."""
    start = of_hex(background).lightness
    faint = Oklch(start, min(base.chroma, 0.02), base.hue)
    return _nearest(background, faint, lambda colour: contrast.ratio(colour, background) >= SEEN + 0.2)


def _nearest(colour: str, base: Oklch, fits: Callable[[str], bool]) -> str:
    found = nearest(colour, base, fits)
    assert found is not None  # noqa: S101 - on every background, black or white can be told from it
    return found


def _tinted(base: Oklch, lightness: float, chroma: float) -> str:
    """A near-grey with a touch of the hue."""
    return to_hex(Oklch(lightness, min(base.chroma, chroma), base.hue))


def _adjustment(
    scheme: Literal["light", "dark"], brand: str, base: Oklch, palette: Palette
) -> Adjustment | None:
    used = palette["accent"]
    if used == brand:
        return None
    faint = contrast.ratio(brand, palette["background"]) < SEEN
    return Adjustment(
        scheme, used, of_hex(used).lightness < base.lightness, "background" if faint else "text"
    )
