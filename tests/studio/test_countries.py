"""Countries to choose from, as the reader calls them."""

import pytest

from server.studio import countries, language


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
