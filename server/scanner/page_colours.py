"""Which colour a page has for its brand, by what its HTML and its styles say. Pure.

What is named for it counts most: `theme-color`, custom properties such as `--primary`. Else it is what is
used most often. Greys are nobody's brand, and the palettes that WordPress and Bootstrap put into every page
are not the page's own.
"""

import colorsys
import re
from collections import Counter
from collections.abc import Iterable, Iterator

LONGEST = 1_000_000
"""Characters of styles that are read."""

_LEAST_CHROMA = 40
"""Difference between the strongest and the weakest channel, of 255, from which on something is no grey."""

_NAMED, _PROPERTY, _USED = 60, 25, 1
"""How much a colour counts that a page names as its own, that a property is called for, and that is used."""

_MOST_USES = 20
"""Uses of a colour that count."""

_DECLARATION = re.compile(r"(?P<name>--[A-Za-z0-9_-]{1,80}|[a-z-]{3,30})\s{0,9}:(?P<value>[^;{}]{1,200})")
_COLOUR = re.compile(
    r"#(?P<hex>[0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-z])"
    r"|rgba?\(\s*(?P<rgb>[0-9]{1,3}\s*[,\s]\s*[0-9]{1,3}\s*[,\s]\s*[0-9]{1,3})\b"
    r"|hsla?\(\s*(?P<hsl>[0-9]{1,3}(?:deg)?\s*[,\s]\s*[0-9]{1,3}%\s*[,\s]\s*[0-9]{1,3}%)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[0-9]+")
_BRAND = re.compile(r"brand|primary|accent|theme|main-color|main-colour", re.IGNORECASE)
_NOT_BRAND = re.compile(r"text|background|hover|secondary|contrast|border|light|dark|bg", re.IGNORECASE)
_SHIPPED = re.compile(
    r"--wp--preset--(?:gradient--|shadow--|duotone--|color--(?:black|white|cyan-bluish-gray|pale-pink|vivid-red|"
    r"luminous-vivid-orange|luminous-vivid-amber|light-green-cyan|vivid-green-cyan|pale-cyan-blue|vivid-cyan-blue|"
    r"vivid-purple)$)|--bs-(?:blue|indigo|purple|pink|red|orange|yellow|green|teal|cyan|link|"
    r"(?:primary|success|info|warning|danger)(?:-rgb)?$)|--(?:blue|indigo|purple|pink|red|orange|yellow|green|teal|cyan)$",
    re.IGNORECASE,
)


def brand_colours(named: Iterable[str], styles: Iterable[str]) -> tuple[str, ...]:
    """Colours that may be a page's brand colour, as `#rrggbb`, the likeliest first; at most five.

    :param named: what the page itself gives as its colour, such as the content of `theme-color`
    :param styles: CSS, however broken
    """
    scores: Counter[str] = Counter()
    for value in named:
        for colour in _colours(value[:200]):
            scores[colour] += _NAMED
    text, used = "", Counter[str]()
    for style in styles:
        text += style[: LONGEST - len(text)]
    for found in _DECLARATION.finditer(text):
        name = found["name"]
        if _SHIPPED.match(name):
            continue
        for colour in _colours(found["value"]):
            used[colour] += 1
            if name.startswith("--") and _BRAND.search(name) and not _NOT_BRAND.search(name):
                scores[colour] += _PROPERTY
    for colour, number in used.items():
        scores[colour] += _USED * min(number, _MOST_USES)
    return tuple(colour for colour, _score in scores.most_common(5))


def _colours(value: str) -> Iterator[str]:
    """The colours in a value that are no greys."""
    for found in _COLOUR.finditer(value):
        channels = _channels(found)
        if max(channels) < 256 and max(channels) - min(channels) >= _LEAST_CHROMA:
            yield "#" + "".join(f"{channel:02x}" for channel in channels)


def _channels(found: re.Match[str]) -> tuple[int, ...]:
    if digits := found["hex"]:
        doubled = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
        return tuple(int(doubled[at : at + 2], 16) for at in (0, 2, 4))
    if found["rgb"]:
        return tuple(int(number) for number in _NUMBER.findall(found["rgb"]))
    hue, saturation, lightness = (int(number) for number in _NUMBER.findall(found["hsl"]))
    if max(saturation, lightness) > 100:
        return (0, 0, 0)
    parts = colorsys.hls_to_rgb((hue % 360) / 360, lightness / 100, saturation / 100)
    return tuple(round(part * 255) for part in parts)
