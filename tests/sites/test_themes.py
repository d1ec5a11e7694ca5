"""The looks that a banner can begin from."""

import pytest

from server.sites import contrast, document, lint
from server.sites.brand_colours import solve
from server.sites.defaults import default_document
from server.sites.themes import KEYS, ThemeKey, has_own_colours, themes, with_theme
from tests.sites.documents import publishable


@pytest.mark.parametrize("key", KEYS)
def test_a_theme_is_valid_and_the_lint_has_nothing_to_say_of_it(key: ThemeKey) -> None:
    before = publishable()
    after = document.load(with_theme(before, key))
    assert set(lint.findings(after)) <= set(lint.findings(before))
    assert after["appearance"]["layout"] == themes()[key]["layout"]


@pytest.mark.parametrize("key", KEYS)
def test_a_theme_sets_everything_but_the_logo(key: ThemeKey) -> None:
    before = publishable()
    before["appearance"]["logo"] = "https://www.example.no/logo.svg"
    after = with_theme(before, key)
    untouched = {"logo", "logo_text"}
    assert set(after["appearance"]) - set(themes()[key]) == untouched
    assert after["appearance"]["logo"] == "https://www.example.no/logo.svg"
    assert {**after, "appearance": None} == {**before, "appearance": None}


@pytest.mark.parametrize("key", KEYS)
def test_a_theme_takes_no_colour_away_that_somebody_chose_unless_it_is_about_contrast(key: ThemeKey) -> None:
    before = with_theme(publishable(), "card")
    assert not has_own_colours(before)
    assert with_theme(before, key)["appearance"]["colours"] == themes()[key]["colours"]
    own = solve("#b5179e").colours
    before = {**before, "appearance": {**before["appearance"], "colours": own}}
    after = with_theme(before, key)["appearance"]
    assert (after["colours"], after["layout"], after["radius"]) == (
        themes()["contrast"]["colours"] if key == "contrast" else own,
        themes()[key]["layout"],
        themes()[key]["radius"],
    )


def test_themes_differ_and_a_new_site_has_the_first() -> None:
    assert len({str(theme) for theme in themes().values()}) == len(KEYS) == 6
    look = default_document()["appearance"]
    assert with_theme(default_document(), KEYS[0])["appearance"] == look


def test_the_theme_of_strong_contrast_has_the_most_there_is() -> None:
    for palette in (themes()["contrast"]["colours"]["light"], themes()["contrast"]["colours"]["dark"]):
        assert contrast.ratio(palette["text"], palette["background"]) == pytest.approx(21)
        assert contrast.ratio(palette["accent_text"], palette["accent"]) == pytest.approx(21)
