"""The page of the appearance: colours that are typed, and all of them from a brand colour."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.accounts.service import audit_log
from server.sites import service as sites
from server.sites.brand_colours import solve
from server.sites.document_types import Appearance
from server.sites.themes import themes
from server.sites.values import Site
from server.studio.draft import appearance_words
from tests.conftest import PUBLIC_URL
from tests.sites.test_svg import svg
from tests.studio.conftest import Visitor


@pytest.fixture
def editor(as_role: Callable[..., Visitor], site: Site) -> Visitor:
    """Somebody who writes banners."""
    return as_role("editor", site)


def page_of(site: Site) -> str:
    return f"/sites/{site.key}/banner/appearance"


def look(site: Site) -> Appearance:
    return sites.draft(site.id).document["appearance"]


@pytest.mark.parametrize("typed", ["#AABBCC", "abc", "rgb(170, 187, 204)"])
def test_a_colour_may_be_typed_as_people_write_it(site: Site, editor: Visitor, typed: str) -> None:
    assert editor.save(page_of(site), {"appearance.colours.dark.accent": typed}).status_code == 303
    assert look(site)["colours"]["dark"]["accent"] == "#aabbcc"


def test_what_is_no_colour_stays_as_it_was_typed_beside_its_error(site: Site, editor: Visitor) -> None:
    answer = editor.save(page_of(site), {"appearance.colours.dark.accent": "blågrønn"})
    assert answer.status_code == 422
    assert 'value="blågrønn"' in answer.text
    assert 'id="appearance.colours.dark.accent-error"' in answer.text


def test_a_brand_colour_fills_all_colours_and_says_what_was_adjusted(site: Site, editor: Visitor) -> None:
    sent = {"do": "brand", "brand": " FFD400 ", "appearance.radius": "3"}
    assert editor.save(page_of(site), sent).status_code == 303
    assert look(site)["colours"] == solve("#ffd400").colours
    # What else was typed is saved with it.
    assert look(site)["radius"] == 3
    page = editor.get(page_of(site)).text
    assert "#ffd400 is too light on white: there, buttons have #b19200, which is darker." in page
    assert "Saved in the draft." in page


def test_a_brand_colour_that_is_none_changes_nothing_and_stays_typed(site: Site, editor: Visitor) -> None:
    before = look(site)
    sent = {"do": "brand", "brand": "sennepsgul", "appearance.radius": "3"}
    answer = editor.save(page_of(site), sent)
    assert answer.status_code == 422
    assert 'id="brand-error"' in answer.text
    assert 'value="sennepsgul"' in answer.text
    assert re.search(r'id="appearance.radius"[^>]*value="3"', answer.text)
    assert look(site) == before


def test_the_pages_script_gets_the_colours_and_nothing_is_saved(site: Site, editor: Visitor) -> None:
    before = look(site)
    answer = editor.get(f"{page_of(site)}/filled?brand=%23e30613")
    assert answer.json is not None
    assert (
        answer.json["fields"]["appearance.colours.light.accent"]
        == solve("#e30613").colours["light"]["accent"]
    )
    assert len(answer.json["fields"]) == 10
    assert answer.json["sentences"][0].startswith("Text on #e30613 is hard to read: in light colours")
    assert look(site) == before
    refused = editor.get(f"{page_of(site)}/filled?brand=gul")
    assert (refused.status_code, refused.json) == (422, {"error": "This is not a colour such as #0b57d0."})


def test_a_theme_fills_the_form_and_is_saved_with_what_was_typed_elsewhere(
    site: Site, editor: Visitor
) -> None:
    logo = "https://www.butikken.no/logo.svg"
    assert editor.save(page_of(site), {"do": "theme:card", "appearance.logo": logo}).status_code == 303
    assert look(site) == {**themes()["card"], "logo": logo, "logo_text": ""}
    page = editor.get(page_of(site)).text
    assert re.findall(r'value="(theme:\w+)"[^>]*aria-pressed="true"', page) == ["theme:card"]


def test_a_theme_leaves_chosen_colours_and_offers_its_own(site: Site, editor: Visitor) -> None:
    assert editor.save(page_of(site), {"do": "brand", "brand": "#b5179e"}).status_code == 303
    own = look(site)["colours"]
    answer: Any = editor.get(f"{page_of(site)}/filled?theme=card").json
    light = "appearance.colours.light.accent"
    assert answer["sentences"] == ["The theme is filled in. Your own colours stay."]
    assert (answer["fields"][light], answer["fields"]["appearance.radius"]) == (own["light"]["accent"], 16)
    assert answer["more"]["fields"][light] == themes()["card"]["colours"]["light"]["accent"]
    # What the form shows counts, saved or not.
    colours = appearance_words.colour_fields(themes()["bar"]["colours"])
    unsaved: Any = editor.get(f"{page_of(site)}/filled", query_string={"theme": "card", **colours}).json
    assert (unsaved["sentences"], unsaved["more"]) == (["The theme is filled in."], None)
    assert editor.save(page_of(site), {"do": "theme:card"}).status_code == 303
    assert (look(site)["colours"], look(site)["radius"]) == (own, 16)


@pytest.mark.parametrize(
    ("do", "field", "value"),
    [
        ("corners:square", "radius", 0),
        ("corners:round", "radius", 20),
        ("font:serif", "font", "Georgia, Cambria, serif"),
    ],
)
def test_corners_and_fonts_are_chosen_by_words(
    site: Site, editor: Visitor, do: str, field: str, value: object
) -> None:
    assert editor.save(page_of(site), {"do": do}).status_code == 303
    assert dict(look(site))[field] == value
    assert f'value="{do}"' in editor.get(page_of(site)).text


def test_an_unknown_button_fills_in_nothing(site: Site, editor: Visitor) -> None:
    before = look(site)
    assert editor.save(page_of(site), {"do": "theme:neon"}).status_code == 303
    assert look(site) == before


def test_each_button_fills_in_fields_that_the_page_has(site: Site, editor: Visitor) -> None:
    page = editor.get(page_of(site)).text
    every = (*appearance_words.theme_presets(), *appearance_words.corner_presets())
    for preset in (*every, *appearance_words.font_presets()):
        assert f'value="{preset.do}"' in page
        assert [name for name in preset.fields if f'name="{name}"' not in page] == []


def test_the_size_is_chosen_and_a_number_of_pixels_is_not(site: Site, editor: Visitor) -> None:
    assert editor.save(page_of(site), {"appearance.size": "large"}).status_code == 303
    assert look(site)["size"] == "large"
    assert editor.save(page_of(site), {"appearance.size": "9"}).status_code == 422


def _file(data: bytes, name: str = "logo.svg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def test_a_logo_is_uploaded_with_the_form_and_shown_from_here(
    site: Site, editor: Visitor, client: FlaskClient
) -> None:
    sent = {"do": "logo", "logo_file": _file(svg("<script/>")), "appearance.logo_text": "Butikken"}
    assert editor.save(page_of(site), sent).status_code == 303
    address = look(site)["logo"]
    assert re.fullmatch(rf"{re.escape(PUBLIC_URL)}/s/{site.key}/logo/[0-9a-f]{{32}}\.svg", address)
    assert look(site)["logo_text"] == "Butikken"
    page = editor.get(page_of(site)).text
    assert f'src="{address}"' in page
    assert "Left out of the file, since a logo works without: script." in page
    assert client.get(address.removeprefix(PUBLIC_URL)).data.startswith(b"<svg ")
    newest = audit_log.audit_events(only=None, limit=1)[0]
    assert (newest.action, newest.subject) == ("logo_uploaded", address.rpartition("/")[2])


def test_a_file_that_is_no_logo_changes_nothing_and_is_named_by_its_field(
    site: Site, editor: Visitor
) -> None:
    before = look(site)
    sent = {"do": "logo", "logo_file": _file(b"%PDF"), "appearance.radius": "3"}
    answer = editor.save(page_of(site), sent)
    assert answer.status_code == 422
    assert 'id="logo_file-error"' in answer.text
    assert "The file is not a PNG, JPEG, WebP or SVG file that can be read." in answer.text
    assert re.search(r'id="appearance.radius"[^>]*value="3"', answer.text)
    assert look(site) == before


def test_a_form_without_a_file_says_so(site: Site, editor: Visitor) -> None:
    answer = editor.save(page_of(site), {"do": "logo"})
    assert answer.status_code == 422
    assert "The file is not chosen, or is empty." in answer.text


def test_the_pages_script_uploads_a_logo_and_the_draft_stays(site: Site, editor: Visitor) -> None:
    before = look(site)
    answer = editor.post(f"{page_of(site)}/logo", {"logo_file": _file(svg(""))})
    assert answer.json is not None
    assert answer.json["fields"]["appearance.logo"].startswith(f"{PUBLIC_URL}/s/{site.key}/logo/")
    assert look(site) == before
    refused = editor.post(f"{page_of(site)}/logo", {"logo_file": _file(b"x" * 102_401)})
    assert refused.status_code == 422
    assert refused.json == {"error": "The file is larger than 100 KB; make it smaller."}


def test_a_logo_is_removed_with_what_it_says(site: Site, editor: Visitor) -> None:
    logo = {"appearance.logo": "https://www.butikken.no/logo.svg", "appearance.logo_text": "Butikken"}
    editor.save(page_of(site), logo)
    policy = editor.get(page_of(site)).headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://www.butikken.no;" in policy
    assert editor.save(page_of(site), {"do": "no-logo"}).status_code == 303
    assert (look(site)["logo"], look(site)["logo_text"]) == ("", "")


def test_no_address_of_a_logo_widens_the_policy_of_the_page_beyond_its_host(
    site: Site, editor: Visitor
) -> None:
    for typed in ("https://a;script-src/x", "https://a'b/x", "http://user@host/x"):
        answer = editor.save(page_of(site), {"appearance.logo": typed, "do": "brand", "brand": "none"})
        assert "img-src 'self' data:;" in answer.headers["Content-Security-Policy"], typed
