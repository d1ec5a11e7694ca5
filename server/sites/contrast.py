"""Contrast ratio of two colours (WCAG 2.2)."""


def ratio(one: str, other: str) -> float:
    """The contrast of two colours written `#rrggbb`: 1 (equal) to 21 (black and white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def nearest(colour: str, against: str, needed: float) -> str | None:
    """The darker or lighter shade nearest to a colour that has this contrast; None if none has it."""
    found = [
        (step, mixed)
        for end in (0, 255)
        if (first := _first(colour, end, against, needed)) is not None
        for step, mixed in (first,)
    ]
    return min(found)[1] if found else None


def _first(colour: str, end: int, against: str, needed: float) -> tuple[int, str] | None:
    """The first of 255 steps from a colour to black (0) or white (255) that has the contrast."""
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    for step in range(256):
        mixed = "#" + "".join(f"{round(each + (end - each) * step / 255):02x}" for each in channels)
        if ratio(mixed, against) >= needed:
            return step, mixed
    return None
