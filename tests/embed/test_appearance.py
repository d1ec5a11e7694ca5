"""A site's look, written as style rules on the server."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Unavailable
from server.embed.appearance import styled
from server.embed.bundle import bundle
from server.sites.appearance_css import custom_properties
from server.sites.document_types import Appearance, Palette
from server.sites.schema_fields import schema_of
from tests.absence import absent
from tests.embed.documents import document

LOOK = document()["appearance"]
RULES = {"bar": "bar{}", "dialog": "dialog{}", "top": "top{}", "bottom_right": "right{}", "logo": "logo{}"}
COLOUR = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
PALETTE = st.fixed_dictionaries(dict.fromkeys(LOOK["colours"]["light"], COLOUR))


def test_a_site_gets_the_rules_of_its_own_layout_position_and_logo() -> None:
    assert styled({**LOOK, "layout": "box", "position": "bottom_left"}, RULES)["rules"] == ""
    assert styled({**LOOK, "layout": "box", "position": "bottom_right"}, RULES)["rules"] == "right{}"
    assert styled({**LOOK, "layout": "bar", "position": "top"}, RULES)["rules"] == "bar{}top{}"
    with_logo = styled({**LOOK, "layout": "dialog", "position": "centre", "logo": "/logo.svg"}, RULES)
    assert (with_logo["rules"], with_logo["logo"]) == ("dialog{}logo{}", "/logo.svg")
    assert "logo" not in styled(LOOK, RULES)


def test_every_layout_and_position_of_a_document_but_the_plain_box_has_built_rules() -> None:
    try:
        rules = bundle().rules
    except Unavailable as fault:
        absent("the built widget", fault.message)
    # A box is at the bottom left by itself; a bar is at the bottom, and a dialog in the middle.
    plain = {"box", "bottom", "bottom_left", "centre"}
    fields = schema_of(Appearance)().fields
    chosen: list[Any] = [fields[name].validators[0] for name in ("layout", "position")]
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
