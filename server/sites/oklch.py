"""Colours as lightness, chroma and hue (OKLCH), in which equal steps look equal. Pure.

The matrices are those of Björn Ottosson's Oklab, https://bottosson.github.io/posts/oklab/, as in CSS Color 4.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from server.sites.contrast import linear

_STEPS = 24
"""Halvings in the search for the most chroma that a screen can show: finer than 8 bits."""

_SHADES = 256
"""Steps of lightness that are tried for a shade: as many as a screen has."""


@dataclass(frozen=True)
class Oklch:
    """A colour by how light, how strong and of which hue it is."""

    lightness: float
    """0 (black) to 1 (white)."""
    chroma: float
    """0 (grey) to about 0.32, the strongest colour of an sRGB screen."""
    hue: float
    """Angle in radians; without meaning for greys."""


def of_hex(colour: str) -> Oklch:
    """The colour that is written `#rrggbb`."""
    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    return Oklch(lightness, math.hypot(a, b), math.atan2(b, a))


def to_hex(colour: Oklch) -> str:
    """`#rrggbb`; of a colour that screens cannot show, one of the same lightness and hue with less chroma."""
    channels = _channels(colour, colour.chroma)
    if not _shown(channels):
        low, high = 0.0, colour.chroma
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if _shown(_channels(colour, middle)) else (low, middle)
        channels = _channels(colour, low)
    return "#" + "".join(f"{min(255, max(0, round(channel))):02x}" for channel in channels)


def _shown(channels: tuple[float, ...]) -> bool:
    return all(-0.5 < channel < 255.5 for channel in channels)


def _channels(colour: Oklch, chroma: float) -> tuple[float, ...]:
    """Red, green and blue of the colour with this chroma; 0 to 255 where a screen can show it."""
    a, b = chroma * math.cos(colour.hue), chroma * math.sin(colour.hue)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    mixed = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return tuple(_encoded(channel) for channel in mixed)


def _encoded(channel: float) -> float:
    """0 to 255 of an amount of light, 0 to 1; the inverse of `contrast.linear`."""
    if channel <= 0.0031308:
        return 255 * 12.92 * channel
    return float(255 * (1.055 * channel ** (1 / 2.4) - 0.055))


def nearest(colour: str, base: Oklch, fits: Callable[[str], bool]) -> str | None:
    """The colour itself if it fits, else the shade of `base` nearest to it in lightness that does.

    :param base: the colour, or one of the same hue and less chroma
    :return: `#rrggbb`; None if not even black or white fits
    """
    if fits(colour):
        return colour
    return next((shade for shade in _shades(base) if fits(shade)), None)


def _shades(base: Oklch) -> Iterator[str]:
    """All shades of a colour, the nearest in lightness first; black and white are the last."""
    for step in range(1, _SHADES + 1):
        for lightness in (base.lightness - step / _SHADES, base.lightness + step / _SHADES):
            if 0 <= lightness <= 1:
                yield to_hex(Oklch(lightness, base.chroma, base.hue))
    yield from ("#000000", "#ffffff")
