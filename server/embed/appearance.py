"""A site's appearance as style rules, computed on the server instead of in every browser."""

from collections.abc import Mapping

from server.embed.configuration_types import ConfiguredAppearance
from server.sites.document_types import Appearance, Palette


def styled(appearance: Appearance, rules: Mapping[str, str]) -> ConfiguredAppearance:
    """What the script needs to know of a document's appearance.

    `rules` are the built style rules that only some sites need, by layout, position or `logo`.
    """
    logo = appearance["logo"]
    names = [appearance["layout"], appearance["position"], *(["logo"] if logo else [])]
    made: ConfiguredAppearance = {
        "rules": "".join(rules.get(name, "") for name in names),
        "properties": custom_properties(appearance),
    }
    if logo:
        made["logo"] = logo
    return made


def custom_properties(appearance: Appearance) -> str:
    """Colours, radius and font as CSS custom properties that a page may change by rules for `.samtykke`."""
    colours, scheme = appearance["colours"], appearance["scheme"]
    first = colours["dark" if scheme == "dark" else "light"]
    always = _rule({**_by_name(first), "radius": f"{appearance['radius']}px", "font": appearance["font"]})
    if scheme != "auto":
        return always
    return always + f"@media(prefers-color-scheme:dark){{{_rule(_by_name(colours['dark']))}}}"


def _by_name(palette: Palette) -> dict[str, str]:
    return {name: str(colour) for name, colour in palette.items()}


def _rule(values: Mapping[str, str]) -> str:
    declarations = (f"--samtykke-{name.replace('_', '-')}:{value}" for name, value in values.items())
    return f":where(.samtykke){{{';'.join(declarations)}}}"
