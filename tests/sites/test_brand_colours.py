"""One brand colour becomes the colours of a banner."""

from hypothesis import given
from hypothesis import strategies as st

from server.sites import contrast, lint
from server.sites.brand_colours import solve
from server.sites.document_types import Document
from server.sites.oklch import of_hex, to_hex
from tests.sites.documents import publishable

COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")

COMPLETE = publishable()
LINTED = set(lint.findings(COMPLETE))


def _in(brand: str) -> Document:
    return {**COMPLETE, "appearance": {**COMPLETE["appearance"], "colours": solve(brand).colours}}


@given(brand=COLOUR)
def test_any_brand_colour_gives_colours_to_which_the_lint_has_nothing_to_say(brand: str) -> None:
    assert set(lint.findings(_in(brand))) <= LINTED


@given(brand=COLOUR)
def test_the_colours_follow_from_the_brand_colour_alone_however_it_is_written(brand: str) -> None:
    assert solve(brand) == solve(brand.upper())
    assert solve(brand).colours["light"]["background"] == "#ffffff"


@given(brand=COLOUR)
def test_buttons_have_the_brand_colour_itself_wherever_it_can_be_read_and_seen(brand: str) -> None:
    solved = solve(brand)
    adjusted = {each.scheme for each in solved.adjustments}
    for scheme, palette in (("light", solved.colours["light"]), ("dark", solved.colours["dark"])):
        seen = contrast.ratio(brand, palette["background"]) >= contrast.SEEN
        readable = max(contrast.ratio(brand, "#ffffff"), contrast.ratio(brand, "#000000"))
        fits = seen and readable >= contrast.COMFORTABLE
        assert (palette["accent"] == brand) == fits == (scheme not in adjusted)


@given(brand=COLOUR)
def test_what_is_adjusted_is_named_with_its_reason_and_moves_in_lightness_alone(brand: str) -> None:
    solved = solve(brand)
    base = of_hex(brand)
    for each in solved.adjustments:
        palette = solved.colours[each.scheme]
        used = of_hex(each.used)
        assert each.used == palette["accent"]
        assert each.darker == (used.lightness < base.lightness)
        assert (each.reason == "background") == (contrast.ratio(brand, palette["background"]) < contrast.SEEN)
        # Of a grey, and of what is nearly black or white, the hue is noise of rounding.
        if min(base.chroma, used.chroma) > 0.04:
            apart = abs(base.hue - used.hue)
            assert min(apart, 6.2832 - apart) < 0.12
        assert used.chroma <= base.chroma + 0.01


def test_a_bright_yellow_becomes_darker_on_white_and_stays_in_the_dark() -> None:
    solved = solve("#ffd400")
    assert solved.colours["dark"]["accent"] == "#ffd400"
    (only,) = solved.adjustments
    assert (only.scheme, only.darker, only.reason) == ("light", True, "background")
    # No more than needed: one shade lighter could not be distinguished from white.
    assert 3 <= contrast.ratio(only.used, "#ffffff") < 3.1


def test_a_colour_between_black_and_white_text_moves_a_little() -> None:
    solved = solve("#e30613")
    assert [each.reason for each in solved.adjustments] == ["text", "text"]
    assert abs(of_hex(solved.colours["light"]["accent"]).lightness - of_hex("#e30613").lightness) < 0.02


@given(colour=COLOUR)
def test_a_colour_is_the_same_after_there_and_back(colour: str) -> None:
    assert to_hex(of_hex(colour)) == colour


def test_lightness_chroma_and_hue_are_those_of_css_color_4() -> None:
    red = of_hex("#ff0000")
    assert (round(red.lightness, 3), round(red.chroma, 3), round(red.hue, 3)) == (0.628, 0.258, 0.510)
    white = of_hex("#ffffff")
    assert (round(white.lightness, 3), round(white.chroma, 3)) == (1, 0)
