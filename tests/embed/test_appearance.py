"""A site's look, written as style rules on the server."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Unavailable
from server.embed.appearance import styled
from server.embed.bundle import bundle
from server.sites import contrast
from server.sites.appearance_css import custom_properties
from server.sites.document_types import Appearance, Palette
from server.sites.schema_fields import schema_of
from tests.absence import absent
from tests.embed.documents import document

LOOK = document()["appearance"]
RULES = {
    "bar": "bar{}",
    "dialog": "dialog{}",
    "top": "top{}",
    "bottom_right": "right{}",
    "logo": "logo{}",
    "large": "large{}",
}
COLOUR = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
PALETTE = st.fixed_dictionaries(dict.fromkeys(LOOK["colours"]["light"], COLOUR))


def test_a_site_gets_the_rules_of_its_own_layout_position_and_logo() -> None:
    assert styled({**LOOK, "layout": "box", "position": "bottom_left"}, RULES)["rules"] == ""
    assert styled({**LOOK, "layout": "box", "position": "bottom_right"}, RULES)["rules"] == "right{}"
    assert styled({**LOOK, "layout": "bar", "position": "top"}, RULES)["rules"] == "bar{}top{}"
    large: Appearance = {**LOOK, "layout": "box", "position": "bottom_left", "size": "large"}
    assert styled(large, RULES)["rules"] == "large{}"
    with_logo = styled(
        {**LOOK, "layout": "dialog", "position": "centre", "logo": "/logo.svg", "logo_text": "Shop"}, RULES
    )
    assert (with_logo["rules"], with_logo["logo"]) == ("dialog{}logo{}", {"src": "/logo.svg", "alt": "Shop"})
    assert "logo" not in styled(LOOK, RULES)


def test_every_layout_and_position_of_a_document_but_the_plain_box_has_built_rules() -> None:
    try:
        rules = bundle().rules
    except Unavailable as fault:
        absent("the built widget", fault.message)
    # A box is at the bottom left by itself; a bar is at the bottom, and a dialog in the middle.
    plain = {"box", "bottom", "bottom_left", "centre", "normal"}
    fields = schema_of(Appearance)().fields
    chosen: list[Any] = [fields[name].validators[0] for name in ("layout", "position", "size")]
    named = {choice for each in chosen for choice in each.choices}
    assert set(rules) == (named - plain) | {"logo"}


@given(light=PALETTE, dark=PALETTE, radius=st.integers(0, 32))
def test_every_colour_has_a_property_in_each_scheme(light: Palette, dark: Palette, radius: int) -> None:
    look: Appearance = {**LOOK, "colours": {"light": light, "dark": dark}, "radius": radius}

    def properties(rule: str) -> dict[str, str]:
        return dict(re.findall(r"--samtykke-([a-z-]+):([^;}]+)", rule))

    def named(palette: Palette) -> dict[str, object]:
        return {name.replace("_", "-"): value for name, value in palette.items()}

    fixed: dict[str, object] = {"radius": f"{radius}px", "font": "inherit"}
    always, media, in_the_dark = custom_properties({**look, "scheme": "auto"}, ".samtykke").partition(
        "@media"
    )
    assert media
    assert properties(always) == named(light) | fixed
    assert properties(in_the_dark) == named(dark)
    assert properties(custom_properties({**look, "scheme": "light"}, ".samtykke")) == named(light) | fixed
    assert properties(custom_properties({**look, "scheme": "dark"}, ".samtykke")) == named(dark) | fixed


@given(light=PALETTE)
def test_links_in_running_text_can_be_read_whatever_colour_buttons_have(light: Palette) -> None:
    look: Appearance = {**LOOK, "colours": {"light": light, "dark": light}, "scheme": "light"}
    link = re.search(r"--samtykke-link:(#[0-9a-f]{6})", custom_properties(look, ":root", links=True))
    assert link
    # As well as the text, if not in the colour of buttons.
    legible = contrast.ratio(light["accent"], light["background"]) >= 4.5
    assert link[1] == light["accent" if legible else "text"]
    assert "link" not in custom_properties(look, ".samtykke")
