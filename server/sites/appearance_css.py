"""A banner's appearance as CSS custom properties, for the script and for the public pages of a site. Pure."""

from collections.abc import Mapping

from server.sites import contrast
from server.sites.document_types import Appearance, Palette


def custom_properties(appearance: Appearance, selector: str, *, links: bool = False) -> str:
    """CSS rules that set `--samtykke-…` for what the selector matches: colours, radius and font.

    They weigh nothing (`:where`), so that a page may change them by rules of its own.

    :param links: whether there are links in running text, which need a colour of their own
    """
    colours, scheme = appearance["colours"], appearance["scheme"]
    first = colours["dark" if scheme == "dark" else "light"]
    measures = {"radius": f"{appearance['radius']}px", "font": appearance["font"]}
    always = _rule(selector, {**_by_name(first, links=links), **measures})
    if scheme != "auto":
        return always
    dark = _rule(selector, _by_name(colours["dark"], links=links))
    return always + f"@media(prefers-color-scheme:dark){{{dark}}}"


def _by_name(palette: Palette, *, links: bool) -> dict[str, str]:
    found = {name: str(colour) for name, colour in palette.items()}
    if links:
        # Buttons must stand out 3 : 1; text in their colour needs more (WCAG 2.2, 1.4.3).
        legible = contrast.ratio(palette["accent"], palette["background"]) >= contrast.READABLE
        found["link"] = palette["accent" if legible else "text"]
    return found


def _rule(selector: str, values: Mapping[str, str]) -> str:
    declarations = (f"--samtykke-{name.replace('_', '-')}:{value}" for name, value in values.items())
    return f":where({selector}){{{';'.join(declarations)}}}"
