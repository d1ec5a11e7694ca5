"""A site's appearance as style rules, computed on the server instead of in every browser."""

from collections.abc import Mapping

from server.embed.configuration_types import ConfiguredAppearance
from server.sites.appearance_css import custom_properties
from server.sites.document_types import Appearance


def styled(appearance: Appearance, rules: Mapping[str, str]) -> ConfiguredAppearance:
    """What the script needs to know of a document's appearance.

    `rules` are the built style rules that only some sites need, by layout, position, size or `logo`. Colours,
    radius and font are custom properties that a page may change by rules for `.samtykke`.
    """
    logo = appearance["logo"]
    names = [
        appearance["layout"],
        appearance["position"],
        appearance["size"],
        *(["logo"] if logo else []),
    ]
    made: ConfiguredAppearance = {
        "rules": "".join(rules.get(name, "") for name in names),
        "properties": custom_properties(appearance, ".samtykke"),
    }
    if logo:
        made["logo"] = {"src": logo, "alt": appearance["logo_text"]}
    return made
