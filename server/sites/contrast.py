"""Contrast ratio of two colours (WCAG 2.2). Pure."""

READABLE, COMFORTABLE, SEEN = 4.5, 5.0, 3.0
"""Contrast ratios: minimum for text (WCAG 2.2, 1.4.3), recommended, minimum for edges (1.4.11)."""


def ratio(one: str, other: str) -> float:
    """The contrast of two colours written `#rrggbb`: 1 (equal) to 21 (black and white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(channel: float) -> float:
    """The amount of light, 0 to 1, of an sRGB channel, 0 to 1 (WCAG 2.2, relative luminance)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
