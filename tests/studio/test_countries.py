"""Countries to choose from, as the reader calls them."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.studio import language
from server.studio.draft import countries, form_binding

REGIONS = "behaviour.google.regions"


@pytest.mark.parametrize(
    ("reader", "name"), [("en", "Germany"), ("nb", "Tyskland"), ("nn", "Tyskland"), ("nn", "Kypros")]
)
def test_countries_are_called_as_in_the_language_of_the_reader(
    reader: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "current", lambda: reader)

    assert name in [each for _code, each in countries.by_name("")]
    assert name in [each for _label, group in countries.groups("") for _code, each in group]


def test_norwegian_letters_are_sorted_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "current", lambda: "nb")
    names = [each for _code, each in countries.by_name("")][1:]

    assert names.index("Zimbabwe") < names.index("Østerrike") < names.index("Åland")
    assert names.index("Curaçao") < names.index("Cuba") + 2


def test_countries_with_an_authority_are_sorted_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "current", lambda: "nb")

    assert countries.sorted_by_name(["AT", "NO", "BE"]) == [
        ("Belgia", "BE"),
        ("Norge", "NO"),
        ("Østerrike", "AT"),
    ]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("Norway", "NO"), (" norge ", "NO"), ("Noreg", "NO"), ("ØSTERRIKE", "AT"), ("no", "NO"),
     ("us-ca", "US-CA"), ("United  States", "US"), ("USA", "US"), ("California", "California"), ("", "")],
)  # fmt: skip
def test_a_country_may_be_named_in_any_language_or_by_its_code(typed: str, code: str) -> None:
    assert countries.code_of(typed) == code


@given(st.text(max_size=12))
def test_what_names_no_country_is_left_as_it_is_for_the_schema(typed: str) -> None:
    code = countries.code_of(typed)
    assert code == countries.code_of(code)
    assert code == " ".join(typed.split()) or len(code) == 2 or code[2:3] == "-"


@pytest.mark.parametrize("reader", ["en", "nb", "nn"])
def test_every_country_is_shown_by_a_name_that_is_read_back(app: Flask, reader: str) -> None:
    with app.test_request_context(headers={"Accept-Language": reader}):
        codes = [code for code, _name in countries.by_name("")[1:]]
        shown = form_binding.displayed(REGIONS, [*codes, "US-CA"])
        assert [countries.code_of(name) for name in shown.split("\n")] == [*codes, "US-CA"]
