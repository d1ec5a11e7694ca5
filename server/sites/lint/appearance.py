"""Lint of the appearance: contrast, position of the layout, and no external logo."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from server.sites import contrast, page_addresses
from server.sites.contrast import COMFORTABLE, READABLE, SEEN
from server.sites.document_types import Document, Layout, Position
from server.sites.lint.finding import error, warning
from server.sites.values import Finding

_POSITIONS: Mapping[Layout, tuple[Position, ...]] = {
    "bar": ("bottom", "top"),
    "box": ("bottom_left", "bottom_right", "centre"),
    "dialog": ("centre",),
}


def findings(document: Document, domains: Sequence[str]) -> Iterator[Finding]:
    """Findings of colours, position and logo; `domains` are the site's."""
    yield from _colours(document)
    yield from _position(document)
    yield from _logo(document, domains)


def _colours(document: Document) -> Iterator[Finding]:
    colours = document["appearance"]["colours"]
    for scheme, palette in (("light", colours["light"]), ("dark", colours["dark"])):
        field = f"appearance.colours.{scheme}"
        yield from _legible(f"{field}.text", palette["text"], palette["background"])
        yield from _legible(f"{field}.accent_text", palette["accent_text"], palette["accent"])
        for name, colour in (("border", palette["border"]), ("accent", palette["accent"])):
            ratio = contrast.ratio(colour, palette["background"])
            if ratio < SEEN:
                yield warning(
                    f"{field}.{name}",
                    f"stands out {ratio:.1f}:1 from the background, under 3:1",
                    "contrast_faint",
                    ratio=ratio,
                )


def _legible(field: str, text: str, background: str) -> Iterator[Finding]:
    ratio = contrast.ratio(text, background)
    if ratio < READABLE:
        yield error(field, f"has a contrast of {ratio:.2f}:1, under 4.5:1", "contrast_low", ratio=ratio)
    elif ratio < COMFORTABLE:
        yield warning(field, f"has a contrast of {ratio:.2f}:1, under 5:1", "contrast_modest", ratio=ratio)


def _position(document: Document) -> Iterator[Finding]:
    look = document["appearance"]
    if look["position"] not in _POSITIONS[look["layout"]]:
        fitting = ", ".join(_POSITIONS[look["layout"]])
        yield warning(
            "appearance.position",
            f"does not fit the layout {look['layout']}: {fitting}",
            "position_unfit",
            layout=look["layout"],
        )


def fitting_positions(layout: Layout) -> tuple[Position, ...]:
    """Where a banner of this layout can stand."""
    return _POSITIONS[layout]


def _logo(document: Document, domains: Sequence[str]) -> Iterator[Finding]:
    address = document["appearance"]["logo"]
    host = urlsplit(address).hostname
    if host and not page_addresses.is_logo(address) and domains and not _ours(host, domains):
        yield warning(
            "appearance.logo",
            f"is fetched from {host} before visitors have decided",
            "logo_elsewhere",
            host=host,
        )


def _ours(host: str, domains: Sequence[str]) -> bool:
    return any(host == domain or (domain[0] == "*" and host.endswith(domain[1:])) for domain in domains)
