"""A banner's appearance as CSS custom properties, for the script and for the public pages of a site. Pure."""

from collections.abc import Mapping

from server.sites.document_types import Appearance, Palette


def custom_properties(appearance: Appearance, selector: str) -> str:
    """CSS rules that set `--samtykke-…` for what the selector matches: colours, radius and font.

    They weigh nothing (`:where`), so that a page may change them by rules of its own.
    """
    colours, scheme = appearance["colours"], appearance["scheme"]
    first = colours["dark" if scheme == "dark" else "light"]
    measures = {"radius": f"{appearance['radius']}px", "font": appearance["font"]}
    always = _rule(selector, {**_by_name(first), **measures})
    if scheme != "auto":
        return always
    return always + f"@media(prefers-color-scheme:dark){{{_rule(selector, _by_name(colours['dark']))}}}"


def _by_name(palette: Palette) -> dict[str, str]:
    return {name: str(colour) for name, colour in palette.items()}


def _rule(selector: str, values: Mapping[str, str]) -> str:
    declarations = (f"--samtykke-{name.replace('_', '-')}:{value}" for name, value in values.items())
    return f":where({selector}){{{';'.join(declarations)}}}"
